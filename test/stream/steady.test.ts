import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { steady } from '../../src/stream/steady.js';
import type { Box, DigitClass, Frame, FrameReadings, Reading, Verdict } from '../../src/types.js';

interface Seen {
  readonly id?: string;
  readonly x?: number;
  readonly digit?: DigitClass;
  readonly accepted?: boolean;
  /** The same picture as every other repeated one. */
  readonly repeated?: boolean;
}

// Every sighting has outputs of its own, as frames of a camera have, unless it is repeated.
let sightings = 0;

function reading({ id = 'r0', x = 0, digit = 7, accepted = true, repeated = false }: Seen): Reading {
  const outputs = new Float32Array(10);
  if (!repeated) outputs[0] = ++sightings;
  const evidence = { digit, ratio: 20, top: 1, second: 0.05 };
  const verdict: Verdict = accepted ? { ...evidence, accepted } : { ...evidence, accepted, rejected: 'ratio', distance: 1 };
  return { digit: { region: { id, box: [x, 0, 20, 40] as Box, polarity: 'dark-on-light' }, pixels: new Float32Array(784) }, outputs, verdict };
}

function frame(time: number, seen: readonly Seen[], file?: string): FrameReadings {
  return { frame: { index: 0, time, width: 1, height: 1, left: 0, top: 0, gray: new Uint8Array(1), ...(file && { file }), release: () => undefined } satisfies Frame, readings: seen.map(reading) };
}

const outcome = ({ verdict }: Reading) => (verdict.accepted ? String(verdict.digit) : verdict.rejected);

async function run(frames: readonly FrameReadings[], shift = 0.25): Promise<string[][]> {
  const out = await lastValueFrom(from(frames).pipe(steady({ shift }), toArray()));
  return out.map(({ readings }) => readings.map(outcome));
}

it('accepts what stands still and stays the same', async () => {
  expect(await run([frame(0, [{}]), frame(0.04, [{ x: 5 }]), frame(0.08, [{ x: 10 }])])).toEqual([['7'], ['7'], ['7']]);
});

it('rejects what moved too far, is new, was another digit, or was not accepted', async () => {
  expect(await run([frame(0, [{}]), frame(0.04, [{ x: 11 }])])).toEqual([['7'], ['unsteady']]);
  expect(await run([frame(0, [{}]), frame(0.04, [{ id: 'r1' }]), frame(0.08, [{ id: 'r1' }])])).toEqual([['7'], ['unsteady'], ['7']]);
  expect(await run([frame(0, [{ digit: 1 }]), frame(0.04, [{}]), frame(0.08, [{}])])).toEqual([['1'], ['unsteady'], ['7']]);
  expect(await run([frame(0, [{ accepted: false }]), frame(0.04, [{}])])).toEqual([['ratio'], ['unsteady']]);
});

it('says how much too far it moved, in units of its longer side', async () => {
  const [, second] = await lastValueFrom(from([frame(0, [{}]), frame(0.04, [{ x: 30 }])]).pipe(steady({ shift: 0.25 }), toArray()));
  const verdict = second!.readings[0]!.verdict;
  expect(!verdict.accepted && verdict.distance).toBeCloseTo(30 / 40 - 0.25, 12);
});

it('leaves other rejections as they are', async () => {
  expect(await run([frame(0, [{}]), frame(0.04, [{ accepted: false, x: 40 }])])).toEqual([['7'], ['ratio']]);
});

it('judges alone: the first frame, frames far apart, images of a directory, time that goes back, and all when it is off', async () => {
  expect(await run([frame(0, [{}]), frame(0.26, [{ x: 90 }])])).toEqual([['7'], ['7']]);
  expect(await run([frame(0, [{}], 'a.png'), frame(0, [{ digit: 2 }], 'b.png')])).toEqual([['7'], ['2']]);
  expect(await run([frame(5, [{}]), frame(4.9, [{ digit: 2 }])])).toEqual([['7'], ['2']]);
  expect(await run([frame(0, [{}]), frame(0.04, [{ x: 90 }])], 0)).toEqual([['7'], ['7']]);
});

it('takes a repeated picture for the same evidence, until it has stood for a tenth of a second', async () => {
  const repeated = { x: 60, repeated: true };
  expect(await run([frame(0, [{}]), frame(0.04, [repeated]), frame(0.08, [repeated]), frame(0.12, [repeated]), frame(0.16, [repeated])]))
    .toEqual([['7'], ['unsteady'], ['unsteady'], ['unsteady'], ['7']]);
  expect(await run([frame(0, [{ x: 60 }]), frame(0.04, [repeated]), frame(0.08, [repeated])])).toEqual([['7'], ['7'], ['7']]);
});
