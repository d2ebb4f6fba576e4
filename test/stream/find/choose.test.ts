import { describe, expect, it } from 'vitest';
import { choose, source, type ChoiceLimits } from '../../../src/stream/find/choose.js';
import type { Candidate } from '../../../src/stream/find/terms.js';

const limits: ChoiceLimits = { maxClutter: 0.2, maxRoughness: 0.2, maxUnrest: 0.3, maxRoughnessOfStroke: 0.09, maxSoftness: 1.6, minRelativeContrast: 0.3, maxRegions: 100 };

/** A box full of ink on clean ground, in level pixels. */
function candidate(left: number, top: number, width: number, height: number, rest: Partial<Candidate> = {}): Candidate {
  return {
    polarity: 'dark-on-light', scale: 1, left, top, right: left + width, bottom: top + height, area: width * height, holes: 0, perimeter: 4 * (width + height),
    contrast: 100, offCentre: 0, clutter: 0, roughness: 0, softness: 0.5,
    patch: { width, height, ink: new Float32Array(width * height).fill(1) }, patchLeft: left, patchTop: top, ...rest,
  };
}

describe('choose', () => {
  it('leaves candidates on unclean ground out, at the limits and not before', () => {
    const clean = candidate(0, 0, 10, 20, { clutter: 0.2, roughness: 0.05, softness: 1.6 });
    const others = [{ clutter: 0.21 }, { roughness: 0.21 }, { clutter: 0.16, roughness: 0.16 }, { softness: 1.7 }].map((rest, k) => candidate(40 + 40 * k, 0, 10, 20, rest));
    expect(choose([...others, clean], limits)).toEqual([clean]);
  });

  it('asks more of the ground around a single plain stroke, which every edge looks like', () => {
    const stroke = { roughness: 0.1, perimeter: 60 };
    expect(choose([candidate(0, 0, 10, 20, stroke)], limits)).toEqual([]);
    for (const rest of [{ perimeter: 80 }, { holes: 1 }, { roughness: 0.05 }]) expect(choose([candidate(0, 0, 10, 20, { ...stroke, ...rest })], limits)).toHaveLength(1);
  });

  it('keeps one of doubles: the cut nearest to the middle of its edge, on whatever level it was seen', () => {
    const fine = candidate(40, 40, 20, 30, { offCentre: 0.1 });
    const off = candidate(41, 40, 19, 30, { offCentre: 0.4 });
    const coarse = candidate(20, 20, 10, 15, { scale: 2, offCentre: 0.2 });
    expect(choose([off, coarse, fine], limits)).toEqual([fine]);
    expect(choose([off, coarse], limits)).toEqual([coarse]);
  });

  it('takes a whole over a single piece of it, and parts that are digits over a whole that holds several', () => {
    const whole = candidate(0, 0, 60, 40);
    const piece = candidate(5, 5, 10, 15);
    expect(choose([piece, whole], limits)).toEqual([whole]);
    const [a, b] = [candidate(0, 2, 25, 36), candidate(32, 2, 25, 36)];
    expect(choose([whole, a, b], limits)).toEqual([a, b]);
  });

  it('keeps a digit inside a drawn frame: they share no ink', () => {
    const ink = new Float32Array(60 * 60).fill(1);
    for (let y = 3; y < 57; y++) ink.fill(0, y * 60 + 3, y * 60 + 57);
    const frame = candidate(0, 0, 60, 60, { patch: { width: 60, height: 60, ink } });
    const digit = candidate(20, 15, 20, 30);
    expect(choose([frame, digit], limits)).toEqual([frame, digit]);
  });

  it('drops the ground that a digit encloses, but nothing of the other polarity beside it', () => {
    const ring = candidate(0, 0, 30, 40);
    const inside = candidate(8, 8, 12, 22, { polarity: 'light-on-dark' });
    const beside = candidate(60, 8, 12, 22, { polarity: 'light-on-dark' });
    expect(choose([inside, beside, ring], limits)).toEqual([ring, beside]);
  });

  it('drops what is faint beside the strongest, keeps at most so many, and puts them in reading order', () => {
    const row = [100, 29, 90, 95, 31].map((contrast, k) => candidate(200 - 40 * k, 0, 10, 20, { contrast }));
    const low = candidate(0, 50, 10, 20, { contrast: 80 });
    const at = (list: readonly Candidate[]) => list.map((c) => c.contrast);
    expect(at(choose([low, ...row], limits))).toEqual([31, 95, 90, 100, 80]);
    expect(at(choose([low, ...row], { ...limits, maxRegions: 2 }))).toEqual([95, 100]);
    expect(choose([], limits)).toEqual([]);
  });

  it('gives boxes in source pixels', () => {
    expect(source(candidate(3, 5, 10, 20, { scale: 4 }))).toEqual({ left: 12, top: 20, right: 52, bottom: 100 });
  });
});
