// Ink that is still being drawn, over made-up sightings.
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { LENGTH_GAIN, SETTLED, SETTLED_STROKE, settled, SIDE_GAIN } from '../../src/gate/growing.js';
import type { DigitClass, FrameReadings, Reading } from '../../src/types.js';
import { grayFrame } from '../sinks/drawing/readings.js';

/** One region of one frame: its height, the length of its ink, its contrast. */
interface Seen {
  readonly id?: string;
  readonly height?: number;
  readonly length?: number;
  readonly contrast?: number;
  readonly digit?: DigitClass;
  readonly accepted?: boolean;
  readonly fixed?: boolean;
}

function reading(seen: Seen): Reading {
  const { id = 'r0', height = 100, length = 200, contrast = 150, digit = 7, accepted = true, fixed = false } = seen;
  const evidence = { digit, ratio: 20, top: 1, second: 0.05 };
  const ink = { contrast, area: 4 * length, stroke: 4 };
  return {
    digit: {
      region: { id, box: [10, 10, 40, height], polarity: 'dark-on-light', ...(!fixed && { ink }) },
      pixels: new Float32Array(784),
    },
    outputs: new Float32Array(10),
    verdict: accepted ? { ...evidence, accepted } : { ...evidence, accepted, rejected: 'ratio', distance: 1 },
  };
}

const at = (time: number, seen: readonly Seen[], file?: string): FrameReadings => ({
  frame: { ...grayFrame(64, 48, 128), time, ...(file !== undefined && { file }) },
  readings: seen.map(reading),
});

async function run(...frames: readonly FrameReadings[]): Promise<string[]> {
  const out = await lastValueFrom(from(frames).pipe(settled(), toArray()));
  return out.map(({ readings }) =>
    readings.map(({ verdict }) => (verdict.accepted ? String(verdict.digit) : verdict.rejected)).join(),
  );
}

it('refuses a digit whose box grew, until it has kept its size for a while', async () => {
  const out = await run(
    at(0, [{ height: 60 }]),
    at(0.04, [{ height: 80 }]),
    at(0.08, [{ height: 100 }]),
    at(0.08 + SETTLED - 0.1, [{}]),
    at(0.08 + SETTLED + 0.001, [{}]),
  );
  expect(out).toEqual(['7', 'growing', 'growing', 'growing', '7']);
});

it('refuses one whose ink grew within its box, by how much more than noise makes it', async () => {
  const frames = [at(0, [{ length: 100 }]), at(0.04, [{ length: 200 }])];
  const [, last] = await lastValueFrom(from(frames).pipe(settled(), toArray()));
  const { verdict } = last!.readings[0]!;
  expect(verdict).toMatchObject({ accepted: false, rejected: 'growing', digit: 7 });
  expect(verdict.accepted ? NaN : verdict.distance).toBeCloseTo(1 - LENGTH_GAIN, 12);
});

it('waits longer for a single stroke, which may be the first of any digit', async () => {
  const grown: Seen = { digit: 1 };
  const out = await run(
    at(0, [{ digit: 1, height: 50 }]),
    at(0.04, [grown]),
    at(SETTLED + 0.1, [grown]),
    at(SETTLED_STROKE - 0.01, [grown]),
    at(SETTLED_STROKE + 0.01, [grown]),
  );
  expect(out).toEqual(['1', 'growing', 'growing', 'growing', '1']);
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

it('does not compare with ink of another contrast: it was out of focus', async () => {
  expect(await run(at(0, [{ height: 60, contrast: 100 }]), at(0.04, [{}]))).toEqual(['7', '7']);
});

it('judges no fixed rectangles, and no image by the one before; what was refused keeps its reason', async () => {
  expect(await run(at(0, [{ height: 50, fixed: true }]), at(0.04, [{ fixed: true }]))).toEqual(['7', '7']);
  expect(await run(at(0, [{ height: 50 }], 'a.png'), at(0, [{}], 'b.png'))).toEqual(['7', '7']);
  expect(await run(at(0, [{ height: 50 }]), at(0.04, [{ accepted: false }]))).toEqual(['7', 'ratio']);
});
