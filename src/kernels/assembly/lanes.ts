// Owns what several passes do with 16 pixels at a time.

/** All bits of the first `count` of 16 bytes; of all, where it is 16 or more. */
// @ts-ignore: decorator
@inline
export function firstOf(count: i32): v128 {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return i8x16.gt_u(i8x16.splat(<i8>min(16, count)), places);
}

/** The sum of four i32, which wraps around. */
// @ts-ignore: decorator
@inline
export function totalOf(lanes: v128): i32 {
  const two = i32x4.add(lanes, i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}
