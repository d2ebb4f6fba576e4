// Owns one example of the camera model's training: what is drawn, how it is seen, what is found, and its label.
// Digits and clutter pass through the stream's own region finder and normaliser, so that training sees what frames
// give.

import { createNormaliser, type Normaliser } from '../../../digits/normalise.js';
import { createKernels } from '../../../kernels/kernels.js';
import type { InkPatch } from '../../../kernels/patch-arena.js';
import { createRegionFinder, LOOSE, type NamelessRegion } from '../../../regions/found.js';
import type { Digits } from '../dataset.js';
import { uniform, type Random } from '../../../base/random.js';
import { clutter, dash, scribble } from './clutter.js';
import { crossBar, handDigit, handSign, looseHand } from './hands.js';
import { handLetter, printedLetter, structure } from './no-digits.js';
import { fade, ink, paper, photograph } from './paper.js';
import { HALVED, halfOf } from './pieces.js';
import { bend, boundsOf, drawShape, mapPoints, union, type Shape } from './shape.js';
import { skeletonOf } from './skeleton.js';
import { barDigit, printedDigit } from './typed.js';
import { CLASSES, NO_DIGIT, PIXELS, SIDE } from '../../../types.js';
import { MIDDLE, sampleDigit } from '../../image/interpolate.js';

/** Shares of the kinds of example; they are normalised to sum to 1. */
export interface Mixture {
  /** MNIST digits slightly turned, scaled and shifted. */
  readonly plain: number;
  /** MNIST digits drawn anew with another pen on paper, photographed, found and normalised. */
  readonly penned: number;
  /** Digits in styles that MNIST lacks, likewise. */
  readonly styled: number;
  /** Signs, scribble, pieces of digits and digits grown together, likewise; the target is the zero vector. */
  readonly signs: number;
  /** What the finder takes from textures, edges and overlapping things; the target is the zero vector. */
  readonly clutter: number;
  /** Letters written by hand that no digit looks like, on paper; likewise. Default 0, as for all that follow. */
  readonly letters?: number | undefined;
  /** Letters of print. */
  readonly print?: number | undefined;
  /** Halves of digits that are no digit. */
  readonly pieces?: number | undefined;
  /** Bars with arms, rails, wheels, bows, boxes: the structures of streets and rooms. */
  readonly scenes?: number | undefined;
  /** Digits drawn anew as `penned` and `styled`, wider and narrower, with ink that fades along the way. */
  readonly worn?: number | undefined;
  /** Digits of print, of counters' wheels and of displays. */
  readonly typed?: number | undefined;
}

/** One example: pixels `[784]` and a class, or {@link NO_DIGIT}. */
export interface Example {
  readonly pixels: Float32Array;
  readonly label: number;
}

/** Makes examples without end. The same digits, mixture and random stream give the same examples. */
export interface Sampler {
  next(random: Random): Example;
}

/** @param digits the digits to draw from (training digits for training, held-out ones for calibration) */
export function createSampler(digits: Digits, mixture: Mixture): Sampler {
  const kernels = createKernels();
  const eye: Eye = {
    find: createRegionFinder(kernels, { polarity: 'dark-on-light', minContrast: 16 }, LOOSE),
    normalise: createNormaliser(kernels, 'mnist'),
  };
  // What one piece of clutter gave beyond the example asked for.
  const waiting: Example[] = [];
  const kinds: [share: number, make: (random: Random) => Example | undefined][] = [
    [mixture.plain, (random) => plain(digits, random)],
    [mixture.penned, (random) => onPaper(pennedDigit(digits, random), eye, random)],
    [mixture.styled, (random) => onPaper(styledDigit(random), eye, random)],
    [mixture.signs, (random) => onPaper(noDigit(digits, random), eye, random)],
    [mixture.clutter, (random) => waiting.pop() ?? fromClutter(eye, random, waiting)],
    [mixture.letters ?? 0, (random) => onPaper({ shape: handLetter(random), label: NO_DIGIT }, eye, random)],
    [mixture.print ?? 0, (random) => onPaper({ shape: printedLetter(random), label: NO_DIGIT }, eye, random)],
    [mixture.pieces ?? 0, (random) => pieceOnPaper(digits, eye, random)],
    [mixture.scenes ?? 0, (random) => onPaper({ shape: structure(random), label: NO_DIGIT }, eye, random)],
    [mixture.worn ?? 0, (random) => onPaper(wornDigit(digits, random), eye, random)],
    [mixture.typed ?? 0, (random) => onPaper(typedDigit(random), eye, random)],
  ];
  const total = kinds.reduce((sum, [share]) => sum + share, 0);
  return {
    next(random) {
      let at = random.next() * total;
      const make = (kinds.find(([share]) => (at -= share) < 0) ?? kinds[0]!)[1];
      for (;;) {
        const example = make(random);
        if (example) return example;
      }
    },
  };
}

/** The stream's own finder and normaliser, in one memory. */
interface Eye {
  readonly find: ReturnType<typeof createRegionFinder>;
  readonly normalise: Normaliser;
}

/** Something to draw and what it is. */
interface Drawing {
  readonly shape: Shape;
  readonly label: number;
  /** How much of the ink is gone where it has faded most, [0, 1]. Default: it is as full everywhere. */
  readonly faded?: number;
}

function imageOf(digits: Digits, index: number): Uint8Array {
  return digits.images.subarray(index * PIXELS, (index + 1) * PIXELS);
}

function plain(digits: Digits, random: Random): Example {
  const index = random.int(digits.count);
  const image = imageOf(digits, index);
  const [turn, slant] = [0.12 * random.normal(), 0.12 * random.normal()];
  const [sx, sy] = [Math.exp(0.08 * random.normal()), Math.exp(0.08 * random.normal())];
  const [tx, ty] = [0.8 * random.normal(), 0.8 * random.normal()];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const pixels = new Float32Array(PIXELS);
  for (let y = 0, p = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, p++) {
      const [u, v] = [x - MIDDLE - tx, y - MIDDLE - ty];
      const [a, b] = [MIDDLE + (cos * u + sin * v + slant * v) / sx, MIDDLE + (cos * v - sin * u) / sy];
      pixels[p] = sampleDigit(image, a, b) / 255;
    }
  }
  return { pixels, label: digits.labels[index]! };
}

function pennedDigit(digits: Digits, random: Random): Drawing {
  const index = random.int(digits.count);
  const label = digits.labels[index]!;
  const skeleton = skeletonOf(imageOf(digits, index), 255);
  const crossed = label === 7 && random.next() < 0.25 ? union([skeleton, crossBar(random)]) : skeleton;
  return { shape: bend(crossed, { turn: 0.1, slant: 0.12, aspect: 0.22, warp: 0.025 }, random), label };
}

function styledDigit(random: Random): Drawing {
  const label = random.int(CLASSES);
  const narrow = 0.55 + 0.4 * random.next();
  const shape = mapPoints(handDigit(label, random), (x, y) => [0.5 + narrow * (x - 0.5), y]);
  return { shape: bend(shape, { turn: 0.09, slant: 0.14, aspect: 0.18, warp: 0.04 }, random), label };
}

// A flat 0 whose top has all but gone, a 2 as wide as two: hands and dry pens go further than MNIST.
function wornDigit(digits: Digits, random: Random): Drawing {
  const { shape, label } = random.next() < 0.5 ? pennedDigit(digits, random) : looseDigit(random);
  const faded = random.next() < 0.7 ? 0.8 * random.next() : 0;
  return { shape: bend(shape, { turn: 0.04, slant: 0.08, aspect: 0.28, warp: 0.015 }, random), label, faded };
}

function looseDigit(random: Random): Drawing {
  const label = random.int(CLASSES);
  return { shape: looseHand(label, random), label };
}

function typedDigit(random: Random): Drawing {
  const label = random.int(CLASSES);
  return { shape: random.next() < 0.6 ? printedDigit(label, random) : barDigit(label, random), label };
}

function noDigit(digits: Digits, random: Random): Drawing {
  const kind = random.next();
  const loose = { turn: 0.25, slant: 0.2, aspect: 0.3, warp: 0.05 };
  if (kind < 0.4) return { shape: bend(handSign(random), loose, random), label: NO_DIGIT };
  if (kind < 0.6) return { shape: scribble(random), label: NO_DIGIT };
  if (kind < 0.68) return { shape: dash(random), label: NO_DIGIT };
  if (kind < 0.84) return { shape: grownTogether(digits, random), label: NO_DIGIT };
  return { shape: turned(digits, random), label: NO_DIGIT };
}

// Two digits that touch.
function grownTogether(digits: Digits, random: Random): Shape {
  const [a, b] = [pennedDigit(digits, random).shape, pennedDigit(digits, random).shape];
  const [right, left] = [boundsOf(a)[2], boundsOf(b)[0]];
  const [overlap, drop] = [0.02 + 0.08 * random.next(), 0.1 * random.normal()];
  return union([a, mapPoints(b, (x, y) => [x + right - left - overlap, y + drop])]);
}

// A digit on its side; of those only the ones that are no other digit then.
const SIDEWAYS = [2, 3, 4, 5, 7] as const;

function turned(digits: Digits, random: Random): Shape {
  for (;;) {
    const { shape, label } = pennedDigit(digits, random);
    if (!SIDEWAYS.includes(label as (typeof SIDEWAYS)[number])) continue;
    const clockwise = random.next() < 0.5;
    return mapPoints(shape, (x, y) => (clockwise ? [1 - y, x] : [y, 1 - x]));
  }
}

// Half a digit: cut off by a fold, a frame or another thing.
function pieceOnPaper(digits: Digits, eye: Eye, random: Random): Example | undefined {
  const { shape, label } = random.next() < 0.5 ? pennedDigit(digits, random) : styledDigit(random);
  const piece = HALVED.includes(label) ? halfOf(shape, label, random) : undefined;
  return piece && onPaper({ shape: piece, label: NO_DIGIT }, eye, random);
}

/**
 * Draws on paper, photographs, finds, normalises. Undefined when the finder did not find the thing: it would not be
 * scored.
 */
function onPaper({ shape, label, faded = 0 }: Drawing, eye: Eye, random: Random): Example | undefined {
  const height = 11 + 32 * random.next() ** 1.5;
  const size = Math.round(2.4 * height + 20);
  const [x0, y0, x1, y1] = boundsOf(shape);
  const scale = height / Math.max(y1 - y0, 0.7 * (x1 - x0));
  const left = size / 2 - (scale * (x0 + x1)) / 2 + 2 * random.normal();
  const top = size / 2 - (scale * (y0 + y1)) / 2 + 2 * random.normal();
  const width = Math.max(0.9, height * (0.035 + 0.17 * random.next() ** 1.5));
  const coverage = new Float32Array(size * size);
  drawShape(shape, coverage, size, size, { left, top, scale, width });
  if (faded > 0) fade(coverage, size, { least: 1 - faded, grid: height * uniform(random, 0.3, 0.9) }, random);
  const patch = paper(size, random);
  const contrast = Math.min(Math.max(...patch.gray) - 5, 35 + 180 * random.next());
  if (random.next() < 0.4)
    neighbour(patch.size, { left: left + scale * x0, right: left + scale * x1, height, width }, coverage, random);
  if (random.next() < 0.12) rule(patch, 0.3 * contrast * random.next(), random);
  ink(patch, coverage, contrast, random.next() < 0.3 ? random.next() : 0, random);
  const gray = photograph(
    patch,
    { blur: 0.07 * height * random.next() ** 2, noise: Math.min(0.08 * contrast, 9 * random.next() ** 2) },
    random,
  );
  const box = {
    left: left + scale * x0 - width / 2,
    top: top + scale * y0 - width / 2,
    right: left + scale * x1 + width / 2,
    bottom: top + scale * y1 + width / 2,
  };
  const region = eye
    .find({ gray, width: size, height: size, left: 0, top: 0, scale: 1 })
    .regions.find((r) => r.part === undefined && likeness(r, box) > 0.65);
  return region && exampleOf(region.patch, label, eye);
}

// Something written beside it, as far away as people leave between digits.
function neighbour(
  size: number,
  of: { left: number; right: number; height: number; width: number },
  coverage: Float32Array,
  random: Random,
): void {
  const shape = bend(
    random.next() < 0.7 ? styledDigit(random).shape : handSign(random),
    { turn: 0.05, slant: 0.1, aspect: 0.1, warp: 0.02 },
    random,
  );
  const [x0, , x1] = boundsOf(shape);
  const gap = of.width + of.height * (0.15 + 0.5 * random.next());
  const after = random.next() < 0.5;
  const left = after ? of.right + gap - of.height * x0 : of.left - gap - of.height * x1;
  drawShape(shape, coverage, size, size, { left, top: size / 2 - of.height / 2, scale: of.height, width: of.width });
}

// A faint ruled line behind the writing.
function rule({ size, gray }: { size: number; gray: Float32Array }, contrast: number, random: Random): void {
  const upright = random.next() < 0.3;
  const at = size * (0.2 + 0.6 * random.next());
  for (let k = 0; k < size; k++) {
    const across = Math.floor(at + 0.02 * k);
    gray[upright ? k * size + Math.min(size - 1, across) : Math.min(size - 1, across) * size + k]! -= contrast;
  }
}

interface PlainBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

// Intersection over union.
function likeness(region: NamelessRegion, box: PlainBox): number {
  const [x, y, w, h] = region.box;
  const across = Math.min(x + w, box.right) - Math.max(x, box.left);
  const down = Math.min(y + h, box.bottom) - Math.max(y, box.top);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / (w * h + (box.right - box.left) * (box.bottom - box.top) - across * down);
}

function fromClutter(eye: Eye, random: Random, waiting: Example[]): Example | undefined {
  const size = 90;
  const patch = clutter(size, random);
  const gray = photograph(patch, { blur: 2 * random.next() ** 2, noise: 5 * random.next() ** 2 }, random);
  for (const region of eye.find({ gray, width: size, height: size, left: 0, top: 0, scale: 1 }).regions) {
    // A neat upright bar is a 1 to any eye: it must not be taught as nothing.
    if (region.part !== undefined) continue;
    const example = region.box[2] < 0.35 * region.box[3] ? undefined : exampleOf(region.patch, NO_DIGIT, eye);
    if (example) waiting.push(example);
  }
  return waiting.pop();
}

function exampleOf(found: InkPatch, label: number, { normalise }: Eye): Example | undefined {
  const { batch, blank } = normalise([found]);
  return blank[0] ? undefined : { pixels: batch, label };
}
