import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.js';
import { createChooser, standsAlone, type ChoiceLimits, type Chosen } from '../../../src/regions/find/choose.js';
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

/** A ring of ink, 3 pixels wide. */
function ringed(left: number, top: number, width: number, height: number, rest: Partial<Candidate> = {}): Candidate {
  const ink = new Float32Array(width * height).fill(1);
  for (let y = 3; y < height - 3; y++) ink.fill(0, y * width + 3, y * width + width - 3);
  return candidate(left, top, width, height, { patch: { width, height, address: 0, ink }, ...rest });
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
    const frame = ringed(0, 0, 60, 60);
    const digit = candidate(20, 15, 20, 30);
    expect(choose([frame, digit], limits)).toEqual([frame, digit]);
  });

  it("drops a frame that something of a digit's height stands in, of either polarity, and keeps one that is empty", () => {
    const ring = ringed(0, 0, 60, 60, { frame: true });
    const digit = candidate(20, 15, 20, 30);
    expect(choose([ring, digit], limits)).toEqual([digit]);
    // As faint as ground would be, and so no halo's strong ink.
    const light = candidate(20, 10, 20, 40, { polarity: 'light-on-dark' });
    expect(choose([ring, light], limits)).toEqual([light]);
    // In the other polarity it may be the hole of a letter: that is lower.
    const hole = candidate(20, 15, 20, 30, { polarity: 'light-on-dark' });
    expect(choose([ring, hole], limits)).toEqual([ring]);
    const low = candidate(20, 15, 20, 20);
    expect(choose([ring, low], limits)).toEqual([ring, low]);
    const beside = candidate(70, 15, 20, 30);
    expect(choose([ring, beside], limits)).toEqual([ring, beside]);
    // Of frames within each other the innermost goes only for what stands in it.
    const within = ringed(8, 8, 44, 44, { frame: true });
    expect(choose([ring, within], limits)).toEqual([within]);
    expect(choose([ring, within, digit], limits)).toEqual([digit]);
  });

  it('drops a halo: what is fainter than the ink of the other polarity that lies within it', () => {
    const digit = candidate(10, 10, 20, 30);
    const halo = (contrast: number) => ringed(6, 6, 28, 38, { polarity: 'light-on-dark', contrast });
    expect(choose([halo(80), digit], limits)).toEqual([digit]);
    // As strong as what lies within it, it is the digit, and the other one its ground.
    expect(choose([halo(85), digit], limits)).toEqual([halo(85)]);
  });

  it('gives a whole its parts, where these may be digits by themselves', () => {
    const whole = candidate(0, 0, 44, 40, { offCentre: 0.1 });
    const [left, right] = [candidate(0, 0, 20, 40, { piece: true }), candidate(22, 0, 22, 39, { piece: true })];
    const parts = (list: readonly Candidate[]) => choose(list, limits).map((c) => c.parts ?? []);
    expect(parts([right, whole, left])).toEqual([[left, right]]);
    // One above the other: a mark below a digit may be one, the halves of an 8 are not.
    const tall = candidate(0, 0, 20, 50);
    const upper = (height: number) => candidate(0, 0, 20, height, { piece: true });
    const lower = (height: number) => candidate(0, 50 - height, 20, height, { piece: true });
    expect(parts([tall, upper(30), lower(18)])).toEqual([[upper(30), lower(18)]]);
    expect(parts([tall, upper(25), lower(24)])).toEqual([[]]);
    // Too low for a digit; with a third piece, which is none, much of the ink is another's.
    expect(parts([tall, upper(36), lower(12)])).toEqual([[]]);
    expect(parts([tall, upper(22), lower(14)])).toEqual([[]]);
    // Side by side: two strokes of one narrow digit, and one that is too low.
    const narrow = candidate(0, 0, 30, 40);
    expect(
      parts([narrow, candidate(0, 0, 14, 40, { piece: true }), candidate(16, 0, 14, 40, { piece: true })]),
    ).toEqual([[]]);
    expect(parts([whole, left, candidate(22, 0, 22, 22, { piece: true })])).toEqual([[]]);
    // A single one is a piece, and so is one that overlaps another.
    expect(parts([whole, left])).toEqual([[]]);
    expect(parts([whole, left, candidate(18, 0, 26, 39, { piece: true })])).toEqual([[]]);
  });

  it('keeps a piece beside the whole that is nearly as large, and takes no part that is a region by itself', () => {
    const whole = candidate(0, 0, 44, 40, { offCentre: 0.1 });
    const [left, right] = [candidate(0, 0, 30, 40, { piece: true }), candidate(32, 0, 12, 40, { piece: true })];
    // It is 0.68 of the whole: seen at another threshold, and no piece, it would be the same thing.
    expect(choose([whole, left, right], limits)).toEqual([{ ...whole, parts: [left, right] }]);
    expect(choose([whole, { ...left, piece: false }], limits)).toEqual([{ ...left, piece: false }]);
    // Two pieces are doubles as two wholes are.
    const again = candidate(0, 0, 26, 40, { piece: true, offCentre: 0.05 });
    expect(choose([whole, again, left, right], limits)).toEqual([{ ...whole, parts: [left, right] }]);
    // Another region stands on its right part.
    const other = candidate(31, 4, 40, 30);
    expect(choose([whole, left, right, other], limits)).toEqual([whole, other]);
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
    const count = { kept: 0, faint: 0, split: 0, frames: 0, halos: 0 };
    for (let k = 0; k < 30; k++) {
      const list = [
        ...Array.from({ length: 40 }, () => scattered(random)),
        ...Array.from({ length: 6 }, () => inPieces(random)).flat(),
        ...Array.from({ length: 4 }, () => framed(random)).flat(),
        ...Array.from({ length: 4 }, () => faintAbove(random)).flat(),
      ];
      const { chosen, faint, frames, halos } = plainChoice(list, limits);
      expect(choose(list, limits)).toEqual(chosen);
      count.kept += chosen.length;
      count.faint += faint;
      count.split += chosen.filter(({ parts }) => parts).length;
      count.frames += frames;
      count.halos += halos;
    }
    for (const [what, times] of Object.entries(count)) expect(times, what).toBeGreaterThan(20);
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
    frame: random.next() < 0.1,
    piece: random.next() < 0.2,
  });
}

/** A whole and its two pieces, beside each other or one below the other, apart or not. */
function inPieces(random: Random): Candidate[] {
  const [left, top, width, height] = [random.int(700), random.int(400), 20 + random.int(40), 30 + random.int(40)];
  const rest = (piece: boolean) => ({ piece, offCentre: 0.3 * random.next(), contrast: 60 + random.int(60) });
  const [cut, gap] = [0.3 + 0.4 * random.next(), random.int(6) - 2];
  const [w, h] = [Math.round(cut * width), Math.round(cut * height)];
  const [one, other] =
    random.next() < 0.5
      ? ([
          [left, top, w, height - random.int(12)],
          [left + w + gap, top, width - w - gap, height],
        ] as const)
      : ([
          [left, top, width, h],
          [left, top + h + gap, width, height - h - gap],
        ] as const);
  return [
    candidate(left, top, width, height, rest(false)),
    candidate(...one, rest(true)),
    candidate(...other, rest(random.next() < 0.8)),
  ];
}

/** A ring of either polarity with something in it, perhaps too low, perhaps stronger. */
function framed(random: Random): Candidate[] {
  const [left, top, size] = [random.int(700), random.int(400), 30 + random.int(50)];
  const rest = (): Partial<Candidate> => ({
    offCentre: 0.3 * random.next(),
    contrast: 60 + random.int(60),
    polarity: random.next() < 0.5 ? 'light-on-dark' : 'dark-on-light',
  });
  return [
    ringed(left, top, size, size, { ...rest(), frame: random.next() < 0.6 }),
    candidate(left + 5, top + 5, size >> 1, Math.round((0.2 + 0.5 * random.next()) * size), rest()),
  ];
}

/** A block, and a lower cut of it with a row or more of faint ink above. */
function faintAbove(random: Random): Candidate[] {
  const [left, top, width, height] = [random.int(240), 20 + random.int(140), 20 + random.int(20), 30 + random.int(30)];
  const more = random.int(8);
  const ink = new Float32Array(width * (height + more)).fill(1).fill(0.3, 0, width * more);
  const offCentre = 0.2 * random.next();
  return [
    candidate(left, top, width, height, { offCentre }),
    candidate(left, top - more, width, height + more, {
      offCentre: offCentre + 0.8 * random.next(),
      holes: random.int(3),
      patch: { width, height: height + more, address: 0, ink },
    }),
  ];
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

/** The choice, the cuts in whose place a lower one came, and what was left out as frames and as halos. */
interface PlainChoice {
  readonly chosen: Chosen[];
  readonly faint: number;
  readonly frames: number;
  readonly halos: number;
}

function plainChoice(candidates: readonly Candidate[], limits: ChoiceLimits): PlainChoice {
  const quality = (c: Candidate) => -c.offCentre - 2 * c.clutter;
  const reading = (a: Candidate, b: Candidate) =>
    sourceBox(a).top - sourceBox(b).top || sourceBox(a).left - sourceBox(b).left;
  const better = (a: Candidate, b: Candidate) => quality(b) - quality(a) || reading(a, b);
  const tall = (c: Candidate) => (c.bottom - c.top) * c.scale;
  const kept: Candidate[] = [];
  const lower = new Map<number, Candidate>();
  for (const c of candidates.filter((one) => standsAlone(one, limits)).sort(better)) {
    const same = (other: Candidate) =>
      common(c, other) > (c.piece === other.piece ? 0.6 : 0.85) * Math.max(areaOf(c), areaOf(other)) &&
      sameInk(c, other);
    const double = kept.findIndex(same);
    if (double < 0) kept.push(c);
    else if (plainlyBrings(c, lower.get(double) ?? kept[double]!, kept[double]!)) lower.set(double, c);
  }
  for (const [k, c] of lower) kept[k] = { ...c, offCentre: kept[k]!.offCentre, clutter: kept[k]!.clutter };
  const dropped = new Set<Candidate>();
  const partsOf = new Map<Candidate, readonly Candidate[]>();
  for (const whole of [...kept].sort((a, b) => areaOf(b) - areaOf(a) || reading(a, b))) {
    if (dropped.has(whole)) continue;
    const parts = kept.filter(
      (c) => areaOf(c) < areaOf(whole) && common(c, whole) > 0.7 * areaOf(c) && sameInk(c, whole),
    );
    const digits = parts.filter((c) => !c.piece && tall(c) > 0.6 * tall(whole) && c.offCentre < whole.offCentre + 0.15);
    const apart = digits.some((a) =>
      digits.some((b) => a !== b && common(a, b) < 0.2 * Math.min(areaOf(a), areaOf(b))),
    );
    for (const c of apart ? [whole] : parts) dropped.add(c);
    if (!apart) partsOf.set(whole, plainParts(whole, parts.sort(better)).sort(reading));
  }
  const other = (a: Candidate, b: Candidate) => a.polarity !== b.polarity;
  const liesIn = (a: Candidate, b: Candidate) => areaOf(a) < areaOf(b) && common(a, b) > 0.8 * areaOf(a);
  const single = kept.filter((c) => !dropped.has(c) && !c.piece);
  const unframed = single.filter(
    (a) => !a.frame || !single.some((b) => liesIn(b, a) && tall(b) > (other(a, b) ? 0.6 : 0.35) * tall(a)),
  );
  const bare = unframed.filter(
    (a) => !unframed.some((b) => other(a, b) && liesIn(b, a) && b.contrast > 1.2 * a.contrast),
  );
  const outer = bare.filter((a) => !bare.some((b) => other(a, b) && liesIn(a, b)));
  const strongest = Math.max(0, ...outer.map((c) => c.contrast));
  const settled = outer.filter((c) => c.contrast >= limits.minRelativeContrast * strongest).sort(reading);
  const chosen = settled.map((whole): Chosen => {
    const parts = partsOf.get(whole)!;
    const taken = parts.some((part) =>
      settled.some((c) => c !== whole && !other(c, part) && common(c, part) > 0.2 * areaOf(part)),
    );
    return parts.length > 0 && !taken ? { ...whole, parts } : whole;
  });
  const faint = lower.size;
  return { chosen, faint, frames: single.length - unframed.length, halos: unframed.length - bare.length };
}

/** Whether a cut holds another one of its level, and strokes beyond it: 5 % of its ink or more, one by one. */
function plainlyBrings(lower: Candidate, best: Candidate, first: Candidate): boolean {
  const inkAt = ({ patch, patchLeft, patchTop }: Candidate, x: number, y: number): number =>
    x < patchLeft || y < patchTop || x >= patchLeft + patch.width || y >= patchTop + patch.height
      ? 0
      : patch.ink[(y - patchTop) * patch.width + x - patchLeft]!;
  let [added, ink] = [0, 0];
  for (let y = 0; y < 300; y++)
    for (let x = 0; x < 400; x++) {
      if (inkAt(lower, x, y) >= 0.25 && inkAt(best, x, y) === 0) added++;
      if (inkAt(first, x, y) >= 0.5) ink++;
    }
  const grown = Math.max(
    lower.right - lower.left - (best.right - best.left),
    lower.bottom - lower.top - (best.bottom - best.top),
  );
  const sides = [best.left - lower.left, best.top - lower.top, lower.right - best.right, lower.bottom - best.bottom];
  return (
    ['scale', 'polarity', 'piece'].every((key) => lower[key as keyof Candidate] === best[key as keyof Candidate]) &&
    lower.area > best.area &&
    lower.offCentre <= 0.9 &&
    lower.clutter <= best.clutter + 0.03 &&
    lower.holes <= best.holes + 1 &&
    sides.every((side) => side >= 0) &&
    grown <= 0.3 * Math.max(best.right - best.left, best.bottom - best.top) &&
    added > 0.05 * ink
  );
}

/** The best parts of a whole that may all be digits, if they are most of its ink: none, or two and more. */
function plainParts(whole: Candidate, best: readonly Candidate[]): Candidate[] {
  const { left, right, top, bottom } = whole;
  const tall = (c: Candidate) => (c.bottom - c.top) * c.scale;
  const agree = (a: Candidate, b: Candidate): boolean => {
    const [p, q] = [sourceBox(a), sourceBox(b)];
    const [low, high] = [Math.min(tall(a), tall(b)), Math.max(tall(a), tall(b))];
    if (common(a, b) > 0) return false;
    if (p.left < q.right && q.left < p.right) return low < 0.67 * high;
    return low > 0.55 * tall(whole) && right - left > 0.8 * (bottom - top);
  };
  const parts: Candidate[] = [];
  for (const c of best) if (tall(c) >= 0.25 * tall(whole) && parts.every((one) => agree(one, c))) parts.push(c);
  const ink = (c: Candidate) => c.area * c.scale ** 2;
  return parts.length > 1 && parts.reduce((sum, c) => sum + ink(c), 0) > 0.75 * ink(whole) ? parts : [];
}
