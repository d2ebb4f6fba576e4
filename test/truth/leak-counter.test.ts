// Tests of src/truth/leak-counter.ts: the running count, against frames written by hand.
import { describe, expect, it } from 'vitest';
import { LeakCounter } from '../../src/truth/leak-counter.js';
import type { Box, DigitClass, FrameSightings, Sighting, Verdict } from '../../src/types.js';

function sighting(box: Box, digit: DigitClass, accepted = true): Sighting {
  const evidence = { digit, ratio: 9, top: 1, second: 0.1 };
  const verdict: Verdict = accepted
    ? { ...evidence, accepted }
    : { ...evidence, accepted, rejected: 'ratio', distance: 1 };
  return {
    digit: { region: { id: 'r0', box, polarity: 'dark-on-light' }, pixels: new Float32Array(784) },
    outputs: new Float32Array(10),
    verdict,
  };
}

function frame(index: number, ...sightings: Sighting[]): FrameSightings {
  return {
    frame: {
      index,
      time: index / 30,
      width: 100,
      height: 100,
      left: 0,
      top: 0,
      scale: 1,
      gray: new Uint8Array(1),
      retain() {
        return this;
      },
      release() {},
    },
    sightings,
  };
}

describe('LeakCounter', () => {
  const [here, there]: Box[] = [
    [10, 10, 20, 20],
    [60, 10, 20, 20],
  ];
  const live = (): LeakCounter =>
    new LeakCounter({
      frames: [
        {
          frame: 1,
          digits: [
            { id: 'a', box: [...here!] as [number, number, number, number], label: 7 },
            { id: 'b', box: [...there!] as [number, number, number, number], label: null },
          ],
        },
      ],
    });

  it('has a rate of 0 before the first digit', () => {
    expect(live().leaks).toEqual({ digits: 0, leaked: 0, rate: 0, stray: 0 });
  });

  it('counts each digit once a frame, what is accepted as something else or is none, and what lies beside', () => {
    const truth = live();
    truth.frame(frame(0, sighting(here!, 7)));
    expect(truth.leaks).toEqual({ digits: 0, leaked: 0, rate: 0, stray: 1 });
    truth.frame(frame(1, sighting(here!, 1), sighting(here!, 2), sighting(there!, 3), sighting([90, 90, 5, 5], 4)));
    expect(truth.leaks).toEqual({ digits: 2, leaked: 2, rate: 1, stray: 2 });
  });

  it('knows each pass of a file that is read again', () => {
    const truth = live();
    const again = frame(31, sighting(here!, 1));
    truth.frame({ ...again, frame: { ...again.frame, pass: { number: 2, begins: 30 } } });
    expect(truth.leaks).toEqual({ digits: 2, leaked: 1, rate: 0.5, stray: 0 });
  });

  it('counts nothing that is right or was rejected', () => {
    const truth = live();
    truth.frame(frame(1, sighting(here!, 7), sighting(here!, 1, false), sighting(there!, 3, false)));
    expect(truth.leaks).toEqual({ digits: 2, leaked: 0, rate: 0, stray: 0 });
  });
});
