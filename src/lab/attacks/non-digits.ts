// Owns a control: images that are no digits, in the form of MNIST. It must not look at any model, and shares no
// pictures with the examples that the camera model is trained on.
import { BOX, createNormaliser } from '../../digits/normalise.js';
import { createKernels } from '../../kernels/kernels.js';
import { createPatchArena } from '../../kernels/patch-arena.js';
import { bend, boundsOf, drawShape, mapPoints, shapeOf, type Line, type Shape } from '../data/camera/shape.js';
import { pixelsOf, type Digits } from '../data/dataset.js';
import { uniform, type Random } from '../../base/random.js';
import type { Attack } from './attack.js';
import { eachImage } from './each-image.js';
import { GLYPHS } from './glyphs.js';
import { SIDE } from '../../types.js';

/** Pictures are drawn this many times as large as they end up, then normalised as a frame's digits are. */
const SCALE = 4;
/** Side of the sheet that pictures are drawn on. */
const SHEET = 30 * SCALE;
/** Pen's width in pixels of the normalised image: from the thin to the thick ones of MNIST. */
const PEN = [1.6, 3.6] as const;
/** How far a neat hand is off: glyphs stay what they are. */
const NEAT = { turn: 0.06, slant: 0.1, aspect: 0.12, warp: 0.03 };

/** Strength of ink on the sheet, `[SHEET, SHEET]`. */
type InkSheet = Float32Array;
type Maker = (random: Random, training: Digits) => InkSheet;

/**
 * Replaces each image by one that is no digit: printed letters (those that no digit looks like), arrows, crosses, stars
 * and small drawings; grids, rings and dots; long scribbles; patches of texture; two whole digits side by side, taken
 * from the training digits. Drawn with pens as wide as those of MNIST, anti-aliased, scaled to the 20x20 box and
 * centred by mass. Nothing of the given image is left; accepting any of these is a leak.
 */
export const nonDigits: Attack = {
  name: 'non-digits',
  summary: 'Control: letters, signs, scribbles, textures and pairs of digits in place of the digits',
  adversarial: false,
  needs: { victim: 'none', gate: false },
  unit: 'none',
  sweep: [0],
  typical: 0,
  defaults: {},
  nonDigits: true,
  prepare: ({ random, training }) => {
    const makers: Maker[] = [glyph, glyph, glyph, grid, rings, dots, scribble, scribble, texture];
    if (training.count > 1) makers.push(pair, pair);
    const kernels = createKernels();
    const sheet = createPatchArena(kernels).take(SHEET, SHEET);
    const normalise = createNormaliser(kernels, 'mnist');
    return eachImage(random, 'non-digits', (image, own) => {
      sheet.ink.set(makers[own.int(makers.length)]!(own, training));
      image.set(normalise([sheet]).batch);
    });
  },
};

/** Draws a shape with a pen so that shape and pen together fill the 20x20 box. */
function drawn(shape: Shape, random: Random, pen: readonly [number, number] = PEN): InkSheet {
  const sheet = new Float32Array(SHEET * SHEET);
  const width = uniform(random, ...pen) * SCALE;
  const [left, top, right, bottom] = boundsOf(shape);
  const scale = (BOX * SCALE - width) / Math.max(right - left, bottom - top);
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
  drawShape(
    mapPoints(shape, (x, y) => [x - cx, y - cy]),
    sheet,
    SHEET,
    SHEET,
    { left: SHEET / 2, top: SHEET / 2, scale, width, soft: SCALE },
  );
  return sheet;
}

function glyph(random: Random): InkSheet {
  return drawn(bend(shapeOf(GLYPHS[random.int(GLYPHS.length)]!), NEAT, random), random);
}

// Two to four lines each way, sometimes in a frame: hash signs, windows, ladders, noughts-and-crosses boards.
function grid(random: Random): InkSheet {
  const [across, down] = [2 + random.int(3), 2 + random.int(3)];
  const overhang = random.next() < 0.5 ? 0 : uniform(random, 0.1, 0.4);
  const lines: Line[] = [];
  for (let k = 0; k < across; k++)
    lines.push({
      at: [
        [-overhang, k / (across - 1)],
        [1 + overhang, k / (across - 1)],
      ],
    });
  for (let k = 0; k < down; k++)
    lines.push({
      at: [
        [k / (down - 1), -overhang],
        [k / (down - 1), 1 + overhang],
      ],
    });
  if (overhang === 0)
    lines.push({
      at: [
        [0.5, 0],
        [0.5, 1],
      ],
    });
  return drawn(bend(shapeOf(lines), NEAT, random), random, [1.4, 2.2]);
}

// A target, or a wheel with spokes: never a single ring, which would be a 0, and round, since a tall one is a dotted 0.
function rings(random: Random): InkSheet {
  const ring = (r: number): Line => ({
    at: Array.from({ length: 25 }, (_, k): [number, number] => [
      r * Math.cos((k * Math.PI) / 12),
      r * Math.sin((k * Math.PI) / 12),
    ]),
  });
  const lines = [ring(1)];
  if (random.next() < 0.5)
    lines.push(ring(uniform(random, 0.45, 0.6)), {
      at: [
        [-0.02, 0],
        [0.02, 0],
      ],
    });
  else {
    const [spokes, turned] = [3 + random.int(4), 6.28 * random.next()];
    for (let k = 0; k < spokes; k++) {
      const angle = turned + (2 * Math.PI * k) / spokes;
      lines.push({
        at: [
          [0, 0],
          [Math.cos(angle), Math.sin(angle)],
        ],
      });
    }
  }
  return drawn(bend(shapeOf(lines), { turn: 0, slant: 0.03, aspect: 0.04, warp: 0.04 }, random), random, [1.4, 2.4]);
}

// Four to nine dots at random places, apart from each other.
function dots(random: Random): InkSheet {
  const places: [number, number][] = [];
  const wanted = 4 + random.int(6);
  while (places.length < wanted) {
    const at: [number, number] = [random.next(), random.next()];
    if (places.every(([x, y]) => Math.hypot(x - at[0], y - at[1]) > 0.25)) places.push(at);
  }
  return drawn(
    shapeOf(
      places.map(([x, y]) => ({
        at: [
          [x, y],
          [x + 0.01, y],
        ],
      })),
    ),
    random,
    [2, 4],
  );
}

// One long stroke that keeps changing its mind, or hatching to and fro: too many turns for a digit, and wider than
// tall, which digits are not.
function scribble(random: Random): InkSheet {
  const [hatching, smooth] = [random.next() < 0.4, random.next() < 0.7];
  const turns = (hatching ? 11 : 18) + random.int(9);
  const at = Array.from({ length: turns }, (_, k): [number, number] => {
    if (!hatching) return [random.next(), random.next()];
    return [k / turns + 0.04 * random.normal(), (k % 2) + 0.12 * random.normal()];
  });
  const shape = shapeOf([{ at, smooth }]);
  const [left, top, right, bottom] = boundsOf(shape);
  const wide = uniform(random, 1.3, 2);
  return drawn(
    bend(
      mapPoints(shape, (x, y) => [(wide * (x - left)) / (right - left), (y - top) / (bottom - top)]),
      NEAT,
      random,
    ),
    random,
    [1.4, 2.6],
  );
}

// A square or disc cut out of stripes, of a chequerboard or of blotches.
function texture(random: Random): InkSheet {
  const sheet = new Float32Array(SHEET * SHEET);
  const [pattern, round] = [PATTERNS[random.int(PATTERNS.length)]!(random), random.next() < 0.4];
  const half = (BOX * SCALE) / 2;
  for (let y = -half; y < half; y++) {
    for (let x = -half; x < half; x++) {
      if (round && Math.hypot(x, y) > half) continue;
      sheet[(y + SHEET / 2) * SHEET + x + SHEET / 2] = Math.min(
        1,
        Math.max(0, 0.5 + 2 * pattern(x / SCALE, y / SCALE)),
      );
    }
  }
  return sheet;
}

/** Height at a place given in pixels from the middle; above 0 is ink. */
type Pattern = (x: number, y: number) => number;

const PATTERNS: readonly ((random: Random) => Pattern)[] = [
  (random) => {
    const [wave, angle, phase] = [uniform(random, 3, 6), 6.28 * random.next(), 6.28 * random.next()];
    return (x, y) => Math.sin((6.28 * (x * Math.cos(angle) + y * Math.sin(angle))) / wave + phase);
  },
  (random) => {
    const [cell, shift] = [uniform(random, 2.5, 5), 6.28 * random.next()];
    return (x, y) => 2 * Math.sin((Math.PI * x) / cell + shift) * Math.sin((Math.PI * y) / cell + shift);
  },
  (random) => {
    const waves = Array.from({ length: 12 }, () => ({
      fx: 0.9 * random.normal(),
      fy: 0.9 * random.normal(),
      phase: 6.28 * random.next(),
    }));
    return (x, y) => waves.reduce((sum, { fx, fy, phase }) => sum + Math.sin(fx * x + fy * y + phase), 0) / 3;
  },
];

// Two digits of the training set, whole, close together: a number, not a digit.
function pair(random: Random, training: Digits): InkSheet {
  const sheet = new Float32Array(SHEET * SHEET);
  const gap = 1 + random.int(3);
  const [first, second] = [inkOf(random, training), inkOf(random, training)];
  const from = Math.round((SHEET - first.right + first.left - second.right + second.left - gap) / 2);
  const top = Math.round((SHEET - SIDE) / 2);
  [first, second].forEach(({ pixels, left, right }, k) => {
    const at = k === 0 ? from : from + first.right - first.left + gap;
    for (let y = 0; y < SIDE; y++)
      for (let x = left; x < right; x++) sheet[(top + y) * SHEET + at + x - left] = pixels[y * SIDE + x]!;
  });
  return sheet;
}

/** A training digit and the columns its ink takes. */
function inkOf(random: Random, training: Digits): { pixels: Float32Array; left: number; right: number } {
  const at = random.int(training.count);
  const pixels = pixelsOf(training, at, at + 1);
  const inked = Array.from({ length: SIDE }, (_, x) => x).filter((x) =>
    pixels.some((value, p) => p % SIDE === x && value > 0.3),
  );
  return { pixels, left: inked[0] ?? 0, right: (inked[inked.length - 1] ?? SIDE - 1) + 1 };
}
