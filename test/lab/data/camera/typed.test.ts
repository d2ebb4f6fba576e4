// Tests of src/lab/data/camera/typed.ts: what is drawn against the table of seven bars and the holes that digits have.
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../../src/base/random.js';
import { boundsOf, drawShape, type Shape } from '../../../../src/lab/data/camera/shape.js';
import { barDigit, printedDigit } from '../../../../src/lab/data/camera/typed.js';

const SIZE = 120;

function drawn(shape: Shape, width: number): Float32Array {
  const ink = new Float32Array(SIZE * SIZE);
  drawShape(shape, ink, SIZE, SIZE, { left: 10, top: 10, scale: 100, width });
  return ink;
}

/** Areas of paper that ink shuts in. */
function holes(ink: Float32Array): number {
  const seen = Uint8Array.from(ink, (value) => (value > 0.3 ? 1 : 0));
  const flood = (from: number): number => {
    let area = 0;
    const open = [from];
    seen[from] = 1;
    while (open.length > 0) {
      const p = open.pop()!;
      area++;
      const [x, y] = [p % SIZE, Math.floor(p / SIZE)];
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const) {
        const [u, v] = [x + dx, y + dy];
        if (u < 0 || v < 0 || u >= SIZE || v >= SIZE || seen[v * SIZE + u]) continue;
        seen[v * SIZE + u] = 1;
        open.push(v * SIZE + u);
      }
    }
    return area;
  };
  flood(0);
  let count = 0;
  for (let p = 0; p < seen.length; p++) if (!seen[p] && flood(p) > 30) count++;
  return count;
}

const times = (make: (random: Random) => void): void => {
  const random = createRandom(9);
  for (let k = 0; k < 25; k++) make(random);
};

describe('printedDigit', () => {
  it.each([
    [0, 1],
    [1, 0],
    [2, 0],
    [3, 0],
    [5, 0],
    [6, 1],
    [7, 0],
    [8, 2],
    [9, 1],
  ] as const)(
    // prettier-ignore
    'prints %i with %i holes',
    (digit, count) => times((random) => expect(holes(drawn(printedDigit(digit, random), 5))).toBe(count)),
  );

  it('prints 4 with one hole, or open', () =>
    times((random) => expect([0, 1]).toContain(holes(drawn(printedDigit(4, random), 5)))));

  it('is higher than wide', () =>
    times((random) => {
      const [x0, y0, x1, y1] = boundsOf(printedDigit(2, random));
      expect((x1 - x0) / (y1 - y0)).toBeGreaterThan(0.3);
      expect((x1 - x0) / (y1 - y0)).toBeLessThan(1.1);
    }));
});

describe('barDigit', () => {
  // Lit bars by digit as the standard's drawing has them: a b c d e f g.
  const STANDARD = ['1111110', '0110000', '1101101', '1111001', '0110011', '1011011', '1011111', '1110000', '1111111', '1111011']; // prettier-ignore
  const MIDDLES = [[0.5, 0], [1, 0.25], [1, 0.75], [0.5, 1], [0, 0.75], [0, 0.25], [0.5, 0.5]] as const; // prettier-ignore

  it.each(STANDARD.map((bars, digit) => [digit, bars] as const))('lights the bars of %i: %s', (digit, bars) => {
    const seen = new Set<string>();
    times((random) => {
      const shape = barDigit(digit, random);
      seen.add(lit(drawn(shape, 6), boundsOf(shape), digit));
    });
    expect(Array.from(seen)).toContain(bars);
    // Beside the standard's form only that of one bar more or less.
    // A 7 has no left side: its leaning foot comes to where d, e and g would stand, which are not looked at.
    const looked = digit === 7 ? [0, 1, 2, 5] : [0, 1, 2, 3, 4, 5, 6];
    for (const form of seen) expect(looked.filter((k) => form[k] !== bars[k]).length).toBeLessThanOrEqual(1);
  });

  function lit(ink: Float32Array, [x0, y0, x1, y1]: readonly number[], digit: number): string {
    // A 1 fills only the right side: all its ink is there.
    if (digit === 1) return ink.some((value) => value > 0.5) && x1! - x0! < 0.35 ? '0110000' : '?';
    return MIDDLES.map(([u, v]) => {
      // Ink at the bar's middle; an upright bar's may have leaned inwards from the box's side.
      const [cx, cy] = [10 + 100 * (x0! + u * (x1! - x0!)), 10 + 100 * (y0! + v * (y1! - y0!))];
      const [from, to] = u === 0.5 ? [cx - 8, cx + 8] : u === 0 ? [cx, cx + 18] : [cx - 18, cx];
      let most = 0;
      for (let y = Math.round(cy) - 8; y <= cy + 8; y++)
        for (let x = Math.round(from); x <= to; x++) most = Math.max(most, ink[y * SIZE + x] ?? 0);
      return most > 0.5 ? '1' : '0';
    }).join('');
  }

  it('leaves a 0 open at its corners: a closed frame is no digit', () =>
    times((random) => expect(holes(drawn(barDigit(0, random), 1.5))).toBe(0)));
});
