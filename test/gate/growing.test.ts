// Ink that is still being drawn, over made-up sightings.
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { LENGTH_GAIN, SETTLED, SETTLED_STROKE, settled, SIDE_GAIN } from '../../src/gate/growing.js';
import type { DigitClass, FrameSightings, Sighting } from '../../src/types.js';
import { grayFrame } from '../sinks/drawing/sightings.js';

/** One region of one frame: its height, the length of its ink, its contrast. */
interface Seen {
  readonly id?: string;
  readonly height?: number;
  readonly length?: number;
  readonly contrast?: number;
  readonly digit?: DigitClass;
  readonly accepted?: boolean;
  readonly fixed?: boolean;
  /** Another picture in the same box. */
  readonly other?: boolean;
}

/** Two upright bars, which a longer box holds too, or two across: their ink has little in common. */
function drawn(other: boolean): Float32Array {
  return Float32Array.from({ length: 784 }, (_, k) => {
    const [x, y] = [k % 28, Math.floor(k / 28)];
    if (x < 4 || x >= 24 || y < 4 || y >= 24) return 0;
    const along = other ? y : x;
    return along < 6 || along >= 22 ? 1 : 0;
  });
}

function sighting(seen: Seen): Sighting {
  const {
    id = 'r0',
    height = 100,
    length = 200,
    contrast = 150,
    digit = 7,
    accepted = true,
    fixed = false,
    other = false,
  } = seen;
  const evidence = { digit, ratio: 20, top: 1, second: 0.05 };
  const ink = { contrast, area: 4 * length, stroke: 4 };
  return {
    digit: {
      region: { id, box: [10, 10, 40, height], polarity: 'dark-on-light', ...(!fixed && { ink }) },
      pixels: drawn(other),
    },
    outputs: new Float32Array(10),
    verdict: accepted ? { ...evidence, accepted } : { ...evidence, accepted, rejected: 'ratio', distance: 1 },
  };
}

const at = (time: number, seen: readonly Seen[], file?: string): FrameSightings => ({
  frame: { ...grayFrame(64, 48, 128), time, ...(file !== undefined && { file }) },
  sightings: seen.map(sighting),
});

/** The same sighting ten times a second. */
const still = (from: number, to: number, seen: Seen): FrameSightings[] =>
  Array.from({ length: Math.ceil((to - from) / 0.1) }, (_, k) => at(from + 0.1 * k, [seen]));

async function run(...frames: readonly FrameSightings[]): Promise<string[]> {
  const out = await lastValueFrom(from(frames).pipe(settled(), toArray()));
  return out.map(({ sightings }) =>
    sightings.map(({ verdict }) => (verdict.accepted ? String(verdict.digit) : verdict.rejected)).join(),
  );
}

it('refuses a digit whose box grew, until it has kept its size for a while', async () => {
  const out = await run(
    at(0, [{ height: 60 }]),
    at(0.04, [{ height: 80 }]),
    at(0.08, [{ height: 100 }]),
    ...still(0.2, SETTLED + 0.03, {}),
    at(SETTLED + 0.05, [{}]),
  );
  expect(out.slice(0, 3)).toEqual(['7', 'growing', 'growing']);
  expect(out.slice(3, -1).every((one) => one === 'growing')).toBe(true);
  expect(out.at(-1)).toBe('7');
});

it('refuses one whose ink grew within its box, by how much more than noise makes it', async () => {
  const frames = [at(0, [{ length: 100 }]), at(0.04, [{ length: 200 }])];
  const [, last] = await lastValueFrom(from(frames).pipe(settled(), toArray()));
  const { verdict } = last!.sightings[0]!;
  expect(verdict).toMatchObject({ accepted: false, rejected: 'growing', digit: 7 });
  expect(verdict.accepted ? NaN : verdict.distance).toBeCloseTo(1 - LENGTH_GAIN, 12);
});

it('waits longer for a single stroke, which may be the first of any digit', async () => {
  const grown: Seen = { digit: 1 };
  const out = await run(
    at(0, [{ digit: 1, height: 50 }]),
    ...still(0.04, SETTLED_STROKE - 0.01, grown),
    at(SETTLED_STROKE + 0.01, [grown]),
  );
  expect(out[0]).toBe('1');
  expect(out.slice(1, -1).every((one) => one === 'growing')).toBe(true);
  expect(out.at(-1)).toBe('1');
});

it('begins anew after frames too far apart for a pen to be seen at work', async () => {
  expect(await run(at(0, [{ height: 60 }]), at(0.25, [{}]))).toEqual(['7', 'growing']);
  expect(await run(at(0, [{ height: 60 }]), at(0.26, [{}]))).toEqual(['7', '7']);
});

it('begins anew with each pass of a file that is read again', async () => {
  const again = at(0.04, [{}]);
  const frame = { ...again.frame, pass: { number: 1, begins: 1 } };
  expect(await run(at(0, [{ height: 60 }]), { ...again, frame })).toEqual(['7', '7']);
});

it('leaves what changes by no more than noise, what shrinks, and what is new', async () => {
  const noise = 1 + SIDE_GAIN - 0.001;
  expect(await run(at(0, [{}]), at(0.04, [{ height: 100 * noise, length: 200 * (1 + LENGTH_GAIN - 0.001) }]))).toEqual([
    '7',
    '7',
  ]);
  expect(await run(at(0, [{}]), at(0.04, [{ height: 50, length: 100 }]))).toEqual(['7', '7']);
  expect(await run(at(0, [{ height: 50 }]), at(0.04, [{ id: 'r1' }]))).toEqual(['7', '7']);
});

it('takes off what most regions gain: the camera comes closer', async () => {
  const near = (factor: number, ids: readonly string[]): Seen[] =>
    ids.map((id) => ({ id, height: 60 * factor, length: 150 * factor }));
  const ids = ['a', 'b', 'c', 'd'];
  expect(await run(at(0, near(1, ids)), at(0.1, near(1.4, ids)))).toEqual(['7,7,7,7', '7,7,7,7']);
  expect(
    await run(at(0, near(1, ids)), at(0.1, [...near(1.4, ids.slice(1)), { id: 'a', height: 120, length: 300 }])),
  ).toEqual(['7,7,7,7', '7,7,7,growing']);
});

it('leaves a digit that took the place of a smaller one: the ink that was there is gone', async () => {
  expect(await run(at(0, [{ length: 100 }]), at(0.2, [{ other: true }]))).toEqual(['7', '7']);
  expect(await run(at(0, [{ length: 100 }]), at(0.2, [{}]))).toEqual(['7', 'growing']);
});

it('does not compare with ink of another contrast: it was out of focus', async () => {
  expect(await run(at(0, [{ height: 60, contrast: 100 }]), at(0.04, [{}]))).toEqual(['7', '7']);
});

it('judges no fixed rectangles, and no image by the one before; what was refused keeps its reason', async () => {
  expect(await run(at(0, [{ height: 50, fixed: true }]), at(0.04, [{ fixed: true }]))).toEqual(['7', '7']);
  expect(await run(at(0, [{ height: 50 }], 'a.png'), at(0, [{}], 'b.png'))).toEqual(['7', '7']);
  expect(await run(at(0, [{ height: 50 }]), at(0.04, [{ accepted: false }]))).toEqual(['7', 'ratio']);
});
