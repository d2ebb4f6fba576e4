import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { RECODED, steady, STILL } from '../../src/gate/steady.js';
import type { Box, DigitClass, Frame, FrameSightings, Sighting, Verdict } from '../../src/types.js';

interface Seen {
  readonly id?: string;
  readonly x?: number;
  readonly digit?: DigitClass;
  readonly accepted?: boolean;
  /**
   * How far each pixel is from the one picture that all sightings have in common; far by default, as frames of a camera
   * are.
   */
  readonly noise?: number;
}

const random = createRandom(17);
const picture = Float32Array.from({ length: 784 }, () => 0.25 + random.next() / 2);

/** The picture with every pixel off by exactly `noise`, up or down. */
const exposure = (noise: number): Float32Array =>
  picture.map((value) => value + (random.int(2) === 0 ? noise : -noise));

function sighting({ id = 'r0', x = 0, digit = 7, accepted = true, noise = 0.02 }: Seen): Sighting {
  const outputs = Float32Array.from({ length: 10 }, () => random.next());
  const evidence = { digit, ratio: 20, top: 1, second: 0.05 };
  const verdict: Verdict = accepted
    ? { ...evidence, accepted }
    : { ...evidence, accepted, rejected: 'ratio', distance: 1 };
  return {
    digit: { region: { id, box: [x, 0, 20, 40] as Box, polarity: 'dark-on-light' }, pixels: exposure(noise) },
    outputs,
    verdict,
  };
}

function frame(time: number, seen: readonly Seen[], file?: string): FrameSightings {
  return {
    frame: {
      index: 0,
      time,
      width: 1,
      height: 1,
      left: 0,
      top: 0,
      scale: 1,
      gray: new Uint8Array(1),
      ...(file && { file }),
      retain() {
        return this;
      },
      release: () => undefined,
    } satisfies Frame,
    sightings: seen.map(sighting),
  };
}

const outcome = ({ verdict }: Sighting) => (verdict.accepted ? String(verdict.digit) : verdict.rejected);

async function run(frames: readonly FrameSightings[], shift = 0.25): Promise<string[][]> {
  const out = await lastValueFrom(from(frames).pipe(steady({ shift }), toArray()));
  return out.map(({ sightings }) => sightings.map(outcome));
}

it('accepts what stands still and stays the same', async () => {
  expect(await run([frame(0, [{}]), frame(0.04, [{ x: 5 }]), frame(0.08, [{ x: 10 }])])).toEqual([['7'], ['7'], ['7']]);
});

it('rejects what moved too far, is new, was another digit, or was not accepted', async () => {
  expect(await run([frame(0, [{}]), frame(0.04, [{ x: 11 }])])).toEqual([['7'], ['unsteady']]);
  expect(await run([frame(0, [{}]), frame(0.04, [{ id: 'r1' }]), frame(0.08, [{ id: 'r1' }])])).toEqual([
    ['7'],
    ['unsteady'],
    ['7'],
  ]);
  expect(await run([frame(0, [{ digit: 1 }]), frame(0.04, [{}]), frame(0.08, [{}])])).toEqual([
    ['1'],
    ['unsteady'],
    ['7'],
  ]);
  expect(await run([frame(0, [{ accepted: false }]), frame(0.04, [{}])])).toEqual([['ratio'], ['unsteady']]);
});

it('says how much too far it moved, in units of its longer side', async () => {
  const [, second] = await lastValueFrom(
    from([frame(0, [{}]), frame(0.04, [{ x: 30 }])]).pipe(steady({ shift: 0.25 }), toArray()),
  );
  const verdict = second!.sightings[0]!.verdict;
  expect(!verdict.accepted && verdict.distance).toBeCloseTo(30 / 40 - 0.25, 12);
});

it('leaves other rejections as they are', async () => {
  expect(await run([frame(0, [{}]), frame(0.04, [{ accepted: false, x: 40 }])])).toEqual([['7'], ['ratio']]);
});

it('judges alone: first frame, frames far apart, images of a directory, time going back, all when off', async () => {
  expect(await run([frame(0, [{}]), frame(0.26, [{ x: 90 }])])).toEqual([['7'], ['7']]);
  expect(await run([frame(0, [{}], 'a.png'), frame(0, [{ digit: 2 }], 'b.png')])).toEqual([['7'], ['2']]);
  expect(await run([frame(5, [{}]), frame(4.9, [{ digit: 2 }])])).toEqual([['7'], ['2']]);
  expect(await run([frame(0, [{}]), frame(0.04, [{ x: 90 }])], 0)).toEqual([['7'], ['7']]);
});

it('judges the first frame of each pass of a file that is read again alone', async () => {
  const inPass = (number: number, seen: FrameSightings): FrameSightings => ({
    ...seen,
    frame: { ...seen.frame, pass: { number, begins: 2 * number } },
  });
  // What stood there at the end of the pass before speaks neither for nor against it.
  expect(
    await run([
      frame(0, [{ accepted: false }]),
      inPass(1, frame(0.04, [{}])),
      inPass(1, frame(0.08, [{ digit: 2 }])),
      inPass(2, frame(0.12, [{ digit: 3 }])),
    ]),
  ).toEqual([['ratio'], ['7'], ['unsteady'], ['3']]);
});

it('takes a repeated picture for the same evidence, until it has stood for a tenth of a second', async () => {
  for (const noise of [0, RECODED / 4]) {
    const repeated = { x: 60, noise };
    expect(
      await run([
        frame(0, [{}]),
        frame(0.04, [repeated]),
        frame(0.08, [repeated]),
        frame(0.12, [repeated]),
        frame(0.16, [repeated]),
      ]),
    ).toEqual([['7'], ['unsteady'], ['unsteady'], ['unsteady'], ['7']]);
    expect(await run([frame(0, [{ x: 60, noise }]), frame(0.04, [repeated]), frame(0.08, [repeated])])).toEqual([
      ['7'],
      ['7'],
      ['7'],
    ]);
  }
});

it('takes each repeat of a camera at half the rate for the frame before it', async () => {
  // Every picture is shown twice, and each is far from the last: a digit in fast motion.
  const frames = [0, 0, 20, 20, 40, 40, 60, 60].map((x, k) =>
    frame(1 + k / 25, k === 0 ? [{ id: 'other' }] : [{ x, noise: RECODED / 4 }]),
  );
  expect((await run(frames)).flat()).toEqual(['7', ...Array.from({ length: 7 }, () => 'unsteady')]);
});

it('tells a repeat from what a camera saw once more by box, digit and the mean difference of the pixels', async () => {
  const second = async (seen: Seen): Promise<string[] | undefined> =>
    (await run([frame(0, [{ id: 'other' }]), frame(0.04, [{ noise: 0 }]), frame(0.08, [seen])])).at(-1);
  expect(await second({ noise: RECODED * 0.99 })).toEqual(['unsteady']);
  expect(await second({ noise: RECODED * 1.01 })).toEqual(['7']);
  expect(await second({ noise: 0, x: 1 })).toEqual(['7']);
});

it('rejects what is another digit in the same picture', async () => {
  const seen = { noise: 0 };
  expect(await run([frame(0, [seen]), frame(0.04, [{ ...seen, digit: 1 }]), frame(0.08, [seen])])).toEqual([
    ['7'],
    ['unsteady'],
    ['unsteady'],
  ]);
});

it('accepts what stands still after a tenth of a second, whatever the rate and the noise of the camera', async () => {
  for (const rate of [10, 25, 30, 60]) {
    for (const noise of [0, RECODED / 3, RECODED / 2, RECODED, 0.02]) {
      // From 0.4 s on, where 0.5 - 0.4 is less than 0.1.
      const times = Array.from({ length: rate }, (_, k) => 0.4 + k / rate);
      const seen = await run([frame(0.39, [{ id: 'other' }]), ...times.map((time) => frame(time, [{ noise }]))]);
      const late = times.filter((time, k) => time >= 0.4 + STILL - 1e-6 && seen[k + 1]![0] !== '7');
      expect(late, `${rate} frames a second, noise ${noise}`).toEqual([]);
    }
  }
});
