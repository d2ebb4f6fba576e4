import { describe, expect, it } from 'vitest';
import { createKernels } from '../../../src/kernels/kernels.js';
import type { Candidate } from '../../../src/regions/find/candidate.js';
import { bringsFaintStrokes } from '../../../src/regions/find/faint.js';
import { createRegionFinder } from '../../../src/regions/found.js';

/** A cut of rows of text at level pixel (left, top): `#` full ink, `+` faint ink, `.` ground; no room around it. */
function cut(left: number, top: number, rows: readonly string[], rest: Partial<Candidate> = {}): Candidate {
  const [width, height] = [rows[0]!.length, rows.length];
  const ink = Float32Array.from(rows.join(''), (mark) => ({ '#': 1, '+': 0.3 })[mark] ?? 0);
  const measures = { polarity: 'dark-on-light', scale: 1, area: ink.filter((v) => v > 0).length } as const;
  const plain = { holes: 0, perimeter: 40, contrast: 100, offCentre: 0, clutter: 0, roughness: 0, softness: 0.5 };
  const box = { left, top, right: left + width, bottom: top + height, patchLeft: left, patchTop: top };
  return {
    ...measures,
    ...plain,
    ...box,
    frame: false,
    piece: false,
    patch: { width, height, address: 0, ink },
    ...rest,
  };
}

const OPEN = ['#......#', '#......#', '#......#', '########'];
const CLOSED = ['++++++++', ...OPEN];
const open = cut(0, 1, OPEN);
const closed = cut(0, 0, CLOSED, { holes: 1, offCentre: 0.7 });
const INK = 14;

describe('faint strokes', () => {
  it('come with a lower cut that closes what the better one left open', () => {
    expect(bringsFaintStrokes(closed, open, INK)).toBe(true);
  });

  it('are not what a soft edge, or a few pixels of noise, adds', () => {
    const thick = cut(0, 1, OPEN, { area: 20, offCentre: 0.5 });
    expect(bringsFaintStrokes(thick, open, INK)).toBe(false);
    expect(bringsFaintStrokes(cut(0, 0, ['+.......', ...OPEN]), open, 30)).toBe(false);
  });

  it.each<[string, Partial<Candidate>]>([
    ['another level', { scale: 2 }],
    ['another polarity', { polarity: 'light-on-dark' }],
    ['a piece', { piece: true }],
    ['a threshold as low as shadows', { offCentre: 0.95 }],
    ['what stands beside it', { clutter: 0.04 }],
    ['a frame around it', { holes: 2 }],
    ['a line that it stands on', { right: 11 }],
    ['less than all of it', { left: 1 }],
  ])('are not those of %s', (_, rest) => {
    expect(bringsFaintStrokes({ ...closed, ...rest }, open, INK)).toBe(false);
  });

  // A ring on light paper whose upper third has a third of the contrast of the rest.
  it('close a ring in a picture, which is one region as high as the ring', () => {
    const [side, scale] = [96, 1];
    const data = new Uint8Array(side * side).fill(220);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        if (Math.abs(Math.hypot((x - 48) * 1.4, y - 48) - 16) < 2) data[y * side + x] = y < 38 ? 178 : 90;
    const find = createRegionFinder(createKernels());
    const { regions } = find({ gray: data, width: side, height: side, scale, left: 0, top: 0 });
    expect(regions).toHaveLength(1);
    const [, top, , height] = regions[0]!.box;
    expect(top).toBeLessThanOrEqual(33);
    expect(top + height).toBeGreaterThanOrEqual(65);
  });
});
