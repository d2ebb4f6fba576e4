// Owns the halving of a gray image.

/**
 * Each output pixel is the rounded mean of a 2x2 block. `to` may be `from`: the write position never passes the read
 * position.
 */
export function halve(from: usize, stride: i32, to: usize, width: i32, height: i32): void {
  for (let y: i32 = 0; y < height; y++) {
    let a = from + 2 * y * stride;
    let out = to + y * width;
    const end = out + width;
    for (const whole = out + (width & ~15); out < whole; out += 16, a += 32) {
      const left = quarter(sumPairs(a, stride, 0));
      const right = quarter(sumPairs(a, stride, 16));
      v128.store(out, i8x16.narrow_i16x8_u(left, right));
    }
    for (; out < end; out++, a += 2) {
      const b = a + stride;
      store<u8>(out, (u32(load<u8>(a)) + load<u8>(a, 1) + load<u8>(b) + load<u8>(b, 1) + 2) >> 2);
    }
  }
}

// @ts-ignore: decorator
@inline
function sumPairs(a: usize, stride: i32, offset: usize): v128 {
  const above = i16x8.extadd_pairwise_i8x16_u(v128.load(a + offset));
  return i16x8.add(above, i16x8.extadd_pairwise_i8x16_u(v128.load(a + offset + stride)));
}

// @ts-ignore: decorator
@inline
function quarter(sum: v128): v128 {
  return i16x8.shr_u(i16x8.add(sum, i16x8.splat(2)), 2);
}
