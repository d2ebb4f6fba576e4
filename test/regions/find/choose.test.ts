import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.js';
import { createChooser, standsAlone, type ChoiceLimits } from '../../../src/regions/find/choose.js';
import type { Candidate } from '../../../src/regions/find/candidate.js';

const limits: ChoiceLimits = {
  maxClutter: 0.2,
  maxRoughness: 0.2,
  maxUnrest: 0.3,
  maxRoughnessOfStroke: 0.09,
  maxSoftness: 1.6,
  minRelativeContrast: 0.3,
};

const choose = (candidates: readonly Candidate[], asked: ChoiceLimits) => createChooser(asked)(candidates);

/** A box full of ink on clean ground, in level pixels. */
function candidate(left: number, top: number, width: number, height: number, rest: Partial<Candidate> = {}): Candidate {
  return {
    polarity: 'dark-on-light',
    scale: 1,
    left,
    top,
    right: left + width,
    bottom: top + height,
    area: width * height,
    holes: 0,
    perimeter: 4 * (width + height),
    contrast: 100,
    offCentre: 0,
    clutter: 0,
    roughness: 0,
    softness: 0.5,
    frame: false,
    piece: false,
    patch: { width, height, address: 0, ink: new Float32Array(width * height).fill(1) },
    patchLeft: left,
    patchTop: top,
    ...rest,
  };
}

describe('the choice', () => {
  it('leaves candidates on unclean ground out, at the limits and not before', () => {
    const clean = candidate(0, 0, 10, 20, { clutter: 0.2, roughness: 0.05, softness: 1.6 });
    const others = [{ clutter: 0.21 }, { roughness: 0.21 }, { clutter: 0.16, roughness: 0.16 }, { softness: 1.7 }].map(
      (rest, k) => candidate(40 + 40 * k, 0, 10, 20, rest),
    );
    expect(choose([...others, clean], limits)).toEqual([clean]);
  });

  it('asks more of the ground around a single plain stroke, which every edge looks like', () => {
    const stroke = { roughness: 0.1, perimeter: 60 };
    expect(choose([candidate(0, 0, 10, 20, stroke)], limits)).toEqual([]);
    for (const rest of [{ perimeter: 80 }, { holes: 1 }, { roughness: 0.05 }])
      expect(choose([candidate(0, 0, 10, 20, { ...stroke, ...rest })], limits)).toHaveLength(1);
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
    const frame = candidate(0, 0, 60, 60, { patch: { width: 60, height: 60, address: 0, ink } });
    const digit = candidate(20, 15, 20, 30);
    expect(choose([frame, digit], limits)).toEqual([frame, digit]);
  });

  it(
    'drops a plain stroke beside a thing that is much taller, a slip of the pen, but no other short ' +
      'thing and none that stands apart',
    () => {
      const nine = candidate(0, 0, 24, 40);
      const bar = { perimeter: 40 };
      expect(choose([nine, candidate(30, 15, 3, 16, bar)], limits)).toEqual([nine]);
      for (const kept of [
        candidate(30, 10, 3, 24, bar),
        candidate(60, 15, 3, 16, bar),
        candidate(30, 15, 10, 16),
        candidate(30, 15, 3, 16, { ...bar, polarity: 'light-on-dark' }),
      ])
        expect(choose([nine, kept], limits)).toContain(kept);
    },
  );

  it('drops the ground that a digit encloses, but nothing of the other polarity beside it', () => {
    const ring = candidate(0, 0, 30, 40);
    const inside = candidate(8, 8, 12, 22, { polarity: 'light-on-dark' });
    const beside = candidate(60, 8, 12, 22, { polarity: 'light-on-dark' });
    expect(choose([inside, beside, ring], limits)).toEqual([ring, beside]);
  });

  it('drops what is faint beside the strongest, and puts the others in reading order, however many', () => {
    const row = [100, 29, 90, 95, 31].map((contrast, k) => candidate(200 - 40 * k, 0, 10, 20, { contrast }));
    const low = candidate(0, 50, 10, 20, { contrast: 80 });
    const at = (list: readonly Candidate[]) => list.map((c) => c.contrast);
    expect(at(choose([low, ...row], limits))).toEqual([31, 95, 90, 100, 80]);
    expect(choose([], limits)).toEqual([]);
  });

  it('is what comparing everything with everything gives, pixel by pixel', () => {
    const random = createRandom(6);
    let kept = 0;
    for (let k = 0; k < 30; k++) {
      const list = Array.from({ length: 60 }, () => scattered(random));
      const want = plainChoice(list, limits);
      expect(choose(list, limits)).toEqual(want);
      kept += want.length;
    }
    expect(kept).toBeGreaterThan(100);
  });
});

/**
 * A candidate on one of three levels, with strokes or a plain block of uneven ink in a patch that is larger than its
 * box.
 */
function scattered(random: Random): Candidate {
  const scale = 2 ** random.int(3);
  const [left, top] = [random.int(240 / scale), random.int(160 / scale)];
  const [width, height] = [4 + random.int(60 / scale), 6 + random.int(80 / scale)];
  const [patchLeft, patchTop] = [Math.max(0, left - 2), Math.max(0, top - 2)];
  const patch = { width: left + width + 2 - patchLeft, height: top + height + 2 - patchTop };
  const density = random.next() < 0.5 ? 1 : 3;
  const ink = Float32Array.from({ length: patch.width * patch.height }, (_, p) =>
    (p % patch.width) % density ? 0 : random.next(),
  );
  return candidate(left, top, width, height, {
    scale,
    patchLeft,
    patchTop,
    patch: { ...patch, address: 0, ink },
    offCentre: 0.05 * random.int(8),
    clutter: 0.05 * random.int(5),
    contrast: 40 + random.int(120),
    polarity: random.next() < 0.3 ? 'light-on-dark' : 'dark-on-light',
  });
}

const sourceBox = ({ left, top, right, bottom, scale }: Candidate) => ({
  left: left * scale,
  top: top * scale,
  right: right * scale,
  bottom: bottom * scale,
});
const areaOf = (c: Candidate) => (c.right - c.left) * (c.bottom - c.top) * c.scale ** 2;

function common(a: Candidate, b: Candidate): number {
  const [p, q] = [sourceBox(a), sourceBox(b)];
  return (
    Math.max(0, Math.min(p.right, q.right) - Math.max(p.left, q.left)) *
    Math.max(0, Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top))
  );
}

/** Whether more than half of the smaller one's pixels of ink lie on ink of the other, looked up one by one. */
function sameInk(a: Candidate, b: Candidate): boolean {
  const [small, large] = areaOf(a) <= areaOf(b) ? [a, b] : [b, a];
  const mine = [...small.patch.ink.entries()].filter(([, value]) => value >= 0.5);
  const shared = mine.filter(([p]) => {
    const x =
      Math.floor(((small.patchLeft + (p % small.patch.width) + 0.5) * small.scale) / large.scale) - large.patchLeft;
    const y =
      Math.floor(((small.patchTop + Math.floor(p / small.patch.width) + 0.5) * small.scale) / large.scale) -
      large.patchTop;
    return (
      x >= 0 &&
      y >= 0 &&
      x < large.patch.width &&
      y < large.patch.height &&
      large.patch.ink[y * large.patch.width + x]! > 0.25
    );
  });
  return a.polarity === b.polarity && shared.length > 0.5 * mine.length;
}

function plainChoice(candidates: readonly Candidate[], limits: ChoiceLimits): Candidate[] {
  const quality = (c: Candidate) => -c.offCentre - 2 * c.clutter;
  const reading = (a: Candidate, b: Candidate) =>
    sourceBox(a).top - sourceBox(b).top || sourceBox(a).left - sourceBox(b).left;
  const kept: Candidate[] = [];
  for (const c of candidates
    .filter((one) => standsAlone(one, limits))
    .sort((a, b) => quality(b) - quality(a) || reading(a, b))) {
    if (!kept.some((other) => common(c, other) > 0.6 * Math.max(areaOf(c), areaOf(other)) && sameInk(c, other)))
      kept.push(c);
  }
  const dropped = new Set<Candidate>();
  for (const whole of [...kept].sort((a, b) => areaOf(b) - areaOf(a) || reading(a, b))) {
    if (dropped.has(whole)) continue;
    const parts = kept.filter(
      (c) => areaOf(c) < areaOf(whole) && common(c, whole) > 0.7 * areaOf(c) && sameInk(c, whole),
    );
    const tall = (c: Candidate) => (c.bottom - c.top) * c.scale;
    const digits = parts.filter((c) => tall(c) > 0.6 * tall(whole) && c.offCentre < whole.offCentre + 0.15);
    const apart = digits.some((a) =>
      digits.some((b) => a !== b && common(a, b) < 0.2 * Math.min(areaOf(a), areaOf(b))),
    );
    for (const c of apart ? [whole] : parts) dropped.add(c);
  }
  const single = kept.filter((c) => !dropped.has(c));
  const outer = single.filter(
    (a) => !single.some((b) => a.polarity !== b.polarity && areaOf(a) < areaOf(b) && common(a, b) > 0.8 * areaOf(a)),
  );
  const strongest = Math.max(0, ...outer.map((c) => c.contrast));
  return outer.filter((c) => c.contrast >= limits.minRelativeContrast * strongest).sort(reading);
}
