// Owns how scenes are drawn that hold nothing written: rails, leaves, rock and the like, as pages of gray. No digits.
import type { CanvasRenderingContext2D } from 'canvas';
import { uniform, type Random } from '../../base/random.js';
import { gridNoise } from '../image/value-noise.js';
import { Page } from './page.js';

/** Draws on a surface of this size; everything random comes from `random`. */
export type Painter = (context: CanvasRenderingContext2D, size: Size, random: Random) => void;

/** A place in pixels. */
type Point = readonly [x: number, y: number];

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What was painted as a page, with the grain of stone or wood on it. @param grain Gray levels. */
export function painted(
  canvas: typeof import('canvas'),
  size: Size,
  paint: Painter,
  grain: number,
  random: Random,
): Page {
  const surface = canvas.createCanvas(size.width, size.height);
  const context = surface.getContext('2d');
  paint(context, size, random);
  const { data } = context.getImageData(0, 0, size.width, size.height);
  const page = new Page(size.width, size.height, 0);
  const [fine, coarse] = [
    gridNoise(random, size.width, size.height, 2),
    gridNoise(random, size.width, size.height, 11),
  ];
  for (let p = 0; p < page.gray.length; p++) {
    const luma = 0.299 * data[4 * p]! + 0.587 * data[4 * p + 1]! + 0.114 * data[4 * p + 2]!;
    page.gray[p] = luma + grain * (0.6 * fine[p]! + 0.8 * coarse[p]!);
  }
  return page;
}

const gray = (level: number, alpha = 1): string =>
  `rgba(${Math.round(level)},${Math.round(level)},${Math.round(level)},${alpha})`;

function fill(context: CanvasRenderingContext2D, { width, height }: Size, level: number): void {
  context.fillStyle = gray(level);
  context.fillRect(0, 0, width, height);
}

function stroke(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  width: number,
  style: string,
): void {
  context.lineWidth = width;
  context.strokeStyle = style;
  context.lineCap = 'round';
  context.beginPath();
  points.forEach(([x, y], k) => (k === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.stroke();
}

/** Rails, sleepers and gravel, seen along the track or from beside it. */
export const rails: Painter = (context, size, random) => {
  gravel(context, size, random);
  if (random.next() < 0.5) railsAlong(context, size, random);
  else railsAcross(context, size, random);
};

function gravel(context: CanvasRenderingContext2D, size: Size, random: Random): void {
  fill(context, size, 110);
  for (let k = 0; k < 2500; k++) {
    context.fillStyle = gray(uniform(random, 60, 170));
    const y = size.height * random.next();
    const grit = 1 + (6 * y) / size.height;
    context.fillRect(size.width * random.next(), y, grit, grit * 0.7);
  }
}

/** From beside the track: the rails lie across the picture, sleepers and bolts stand upright in it. */
function railsAcross(context: CanvasRenderingContext2D, { width, height }: Size, random: Random): void {
  const [step, wide] = [uniform(random, 26, 80), uniform(random, 5, 16)];
  const light = random.next() < 0.5 ? uniform(random, 185, 235) : uniform(random, 25, 55);
  for (let y = 0.12 * height; y < height; y += uniform(random, 0.3, 0.5) * height) {
    const tall = uniform(random, 1.4, 3.2) * step;
    for (let x = step * random.next(); x < width; x += step * uniform(random, 0.95, 1.05)) {
      stroke(
        context,
        [
          [x, y],
          [x + 0.05 * tall * random.normal(), y + tall],
        ],
        wide,
        gray(light + 12 * random.normal()),
      );
      context.fillStyle = gray(255 - light);
      context.fillRect(x - wide / 3, y + 0.3 * tall, wide * 0.6, wide * 0.6);
    }
    for (const share of [0.3, 0.75])
      stroke(
        context,
        [
          [0, y + share * tall],
          [width, y + share * tall + 8],
        ],
        uniform(random, 3, 7),
        gray(uniform(random, 120, 215)),
      );
  }
}

/** From between the rails: they run together far away. */
function railsAlong(context: CanvasRenderingContext2D, { width, height }: Size, random: Random): void {
  const [far, middle] = [uniform(random, -0.05, 0.2) * height, uniform(random, 0.35, 0.65) * width];
  for (let track = 0; track < 1 + random.int(2); track++) {
    const foot = middle + track * 0.55 * width;
    for (let t = 0.05; t < 1.1; t *= 1.13) {
      const y = far + (height - far) * t;
      context.fillStyle = gray(uniform(random, 50, 85));
      const half = 0.34 * width * t;
      context.fillRect(middle + (foot - middle) * t - half, y, 2 * half, Math.max(1.5, 0.035 * height * t));
    }
    for (const side of [-0.2, 0.2]) {
      const at = (t: number, off: number): Point => [
        middle + (foot - middle + side * width + off) * t,
        far + (height - far) * t,
      ];
      context.fillStyle = gray(200);
      context.beginPath();
      for (const [x, y] of [at(0.02, -6), at(0.02, 6), at(1.1, 9), at(1.1, -9)]) context.lineTo(x, y);
      context.fill();
      stroke(context, [at(0.02, 8), at(1.1, 13)], 2, gray(40));
    }
  }
}

/** Leaves and blades over one another. */
export const leaves: Painter = (context, size, random) => {
  fill(context, size, uniform(random, 30, 70));
  const count = 220;
  for (let k = 0; k < count; k++) {
    const [length, broad] = [uniform(random, 24, 130), uniform(random, 0.12, 0.4)];
    context.save();
    context.translate(size.width * random.next(), size.height * random.next());
    context.rotate(6.28 * random.next());
    const level = uniform(random, 40, 190) * (0.5 + (0.5 * k) / count);
    context.fillStyle = gray(level);
    context.beginPath();
    context.moveTo(-length / 2, 0);
    context.quadraticCurveTo(0, -broad * length, length / 2, 0);
    context.quadraticCurveTo(0, broad * length, -length / 2, 0);
    context.fill();
    stroke(
      context,
      [
        [-length / 2, 0],
        [length / 2, 0],
      ],
      Math.max(1, length / 40),
      gray(level + 35, 0.8),
    );
    context.restore();
  }
};

/** Stone with cracks and edges that catch the light. */
export const rock: Painter = (context, size, random) => {
  fill(context, size, uniform(random, 90, 150));
  for (let k = 0; k < 60; k++) {
    const [x, y, r] = [size.width * random.next(), size.height * random.next(), uniform(random, 20, 160)];
    context.fillStyle = gray(uniform(random, 50, 200), 0.35);
    context.beginPath();
    for (let corner = 0; corner < 6; corner++) {
      const [angle, reach] = [(corner / 6) * 6.28, r * uniform(random, 0.4, 1)];
      context.lineTo(x + reach * Math.cos(angle), y + 0.7 * reach * Math.sin(angle));
    }
    context.fill();
  }
  for (let k = 0; k < 70; k++) {
    const light = random.next() < 0.5;
    walk(
      context,
      size,
      uniform(random, 1, 4),
      gray(light ? uniform(random, 170, 240) : uniform(random, 15, 60), 0.9),
      random,
    );
  }
};

/** A line that wanders. */
function walk(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  pen: number,
  style: string,
  random: Random,
): void {
  let [x, y, angle] = [width * random.next(), height * random.next(), 6.28 * random.next()];
  const points: [number, number][] = [[x, y]];
  for (let step = 0; step < 3 + random.int(9); step++) {
    angle += 0.5 * random.normal();
    [x, y] = [x + 14 * Math.cos(angle), y + 14 * Math.sin(angle)];
    points.push([x, y]);
  }
  stroke(context, points, pen, style);
}

/** Slats with light and shadow between them. */
export const shutters: Painter = (context, size, random) => {
  const upright = random.next() < 0.5;
  fill(context, size, 150);
  const [across, step] = [uniform(random, 40, 300), uniform(random, 14, 46)];
  const gap = uniform(random, 0.08, 0.4) * step;
  // Panels with a frame between them: of each slit no more is seen than its panel is wide.
  for (let at = across * (random.next() - 1); at < (upright ? size.height : size.width); at += across) {
    const frame = uniform(random, 0.03, 0.14) * across;
    for (let slat = 0; slat < (upright ? size.width : size.height); slat += step) {
      const [light, dark] = [uniform(random, 150, 225), uniform(random, 30, 90)];
      const rectangle = (from: number, to: number, begin: number, end: number, level: number): void => {
        context.fillStyle = gray(level);
        if (upright) context.fillRect(from, begin, to - from, end - begin);
        else context.fillRect(begin, from, end - begin, to - from);
      };
      rectangle(slat, slat + step, at, at + across, light);
      const end = at + across - frame * (random.next() < 0.15 ? uniform(random, 1, 4) : 1);
      rectangle(slat + step - gap, slat + step, at + frame, end, dark);
    }
  }
};

/** Palings, or a mesh of wire, before something out of focus. */
export const fences: Painter = (context, size, random) => {
  blurredGround(context, size, random);
  const lot = random.next();
  if (lot < 0.25) mesh(context, size, random);
  else if (lot < 0.6) palings(context, size, random, [0.02, 0.3], [0.9, 1.02]);
  else posts(context, size, random);
};

function blurredGround(context: CanvasRenderingContext2D, size: Size, random: Random): void {
  fill(context, size, uniform(random, 70, 190));
  for (let k = 0; k < 40; k++) {
    context.fillStyle = gray(uniform(random, 40, 220), 0.25);
    context.beginPath();
    context.arc(size.width * random.next(), size.height * random.next(), uniform(random, 20, 120), 0, 6.3);
    context.fill();
  }
}

function mesh(context: CanvasRenderingContext2D, { width, height }: Size, random: Random): void {
  const [step, pen, style] = [uniform(random, 16, 60), uniform(random, 1.2, 4), gray(uniform(random, 10, 240))];
  for (let x = -height; x < width + height; x += step) {
    stroke(
      context,
      [
        [x, 0],
        [x + height, height],
      ],
      pen,
      style,
    );
    stroke(
      context,
      [
        [x, 0],
        [x - height, height],
      ],
      pen,
      style,
    );
  }
}

/** Upright boards with gaps; often the rails behind them can't be seen. */
function palings(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  random: Random,
  tops: Point,
  feet: Point,
): void {
  const [step, level] = [
    uniform(random, 14, 60),
    random.next() < 0.5 ? uniform(random, 10, 60) : uniform(random, 200, 245),
  ];
  const pen = step * uniform(random, 0.12, 0.6);
  const [top, foot] = [uniform(random, ...tops) * height, uniform(random, ...feet) * height];
  if (random.next() < 0.5)
    for (const share of [0.2, 0.8]) {
      const y = top + share * (foot - top);
      stroke(
        context,
        [
          [0, y],
          [width, y],
        ],
        pen * 0.7,
        gray(level, uniform(random, 0.3, 1)),
      );
    }
  for (let x = step * random.next(); x < width; x += step) {
    const ends: readonly Point[] = [
      [x, top + 4 * random.normal()],
      [x + 2 * random.normal(), foot + 3 * random.normal()],
    ];
    stroke(context, ends, pen, gray(level + 8 * random.normal()));
  }
}

/** Bollards and short posts, apart from one another. */
function posts(context: CanvasRenderingContext2D, { width, height }: Size, random: Random): void {
  const level = random.next() < 0.5 ? uniform(random, 10, 60) : uniform(random, 200, 245);
  for (let row = 0; row < 3; row++) {
    const pen = uniform(random, 4, 14);
    const [tall, y] = [pen * uniform(random, 3.5, 8), uniform(random, 0.2, 0.85) * height];
    for (let x = 3 * pen * random.next(); x < width; x += pen * uniform(random, 2.5, 6))
      stroke(
        context,
        [
          [x, y],
          [x + 0.06 * tall * random.normal(), y + tall],
        ],
        pen,
        gray(level + 10 * random.normal()),
      );
  }
}

/** A wall in bond. */
export const bricks: Painter = (context, size, random) => {
  const [tall, joint] = [uniform(random, 18, 70), uniform(random, 2, 6)];
  const wide = tall * uniform(random, 2, 3.2);
  const light = random.next() < 0.6;
  const [middle, mortar] = light
    ? [uniform(random, 70, 130), uniform(random, 170, 230)]
    : [uniform(random, 110, 180), uniform(random, 30, 70)];
  fill(context, size, middle);
  // How much of the mortar is seen differs from joint to joint: dirt, shade, and what has fallen out.
  const seen = (): number => Math.min(1, Math.max(0, 0.65 + 0.35 * random.normal()));
  for (let row = 0, y = -tall * random.next(); y < size.height; row++, y += tall) {
    for (let x = -wide * (row % 2 ? 0.5 : 1); x < size.width; x += wide) {
      context.fillStyle = gray(middle + 14 * random.normal());
      context.fillRect(x, y, wide, tall);
    }
    for (let x = -wide * (row % 2 ? 0.5 : 1); x < size.width; x += wide) {
      const from = x + joint * random.normal();
      stroke(
        context,
        [
          [from, y + joint],
          [from + random.normal(), y + tall - joint],
        ],
        joint,
        gray(mortar, seen()),
      );
      stroke(
        context,
        [
          [x, y],
          [x + wide, y + random.normal()],
        ],
        joint,
        gray(mortar, seen()),
      );
      if (random.next() < 0.2) {
        const [u, v] = [x + wide * random.next(), y + tall * random.next()];
        stroke(
          context,
          [
            [u, v],
            [u + 0.2 * wide * random.normal(), v + 0.3 * tall],
          ],
          1.5,
          gray(middle - 40),
        );
      }
    }
  }
};

/** A front with windows, dark or lit. */
export const windows: Painter = (context, size, random) => {
  const night = random.next() < 0.4;
  fill(context, size, night ? uniform(random, 15, 45) : uniform(random, 140, 215));
  const [wide, tall] = [uniform(random, 18, 70), uniform(random, 28, 95)];
  const [across, down] = [wide * uniform(random, 1.4, 2.2), tall * uniform(random, 1.3, 1.9)];
  for (let y = 0.04 * size.height; y < size.height; y += down) {
    for (let x = 0.03 * size.width; x < size.width; x += across) {
      const lit = night
        ? random.next() < 0.5
          ? uniform(random, 130, 250)
          : uniform(random, 20, 50)
        : uniform(random, 25, 95);
      context.fillStyle = gray(lit);
      context.fillRect(x, y, wide, tall);
      const bar = gray(night ? 30 : uniform(random, 200, 240));
      stroke(
        context,
        [
          [x + wide / 2, y],
          [x + wide / 2, y + tall],
        ],
        uniform(random, 1.5, 4),
        bar,
      );
      if (random.next() < 0.6)
        stroke(
          context,
          [
            [x, y + tall * 0.4],
            [x + wide, y + tall * 0.4],
          ],
          2,
          bar,
        );
    }
  }
};

/** Lights of a road at night, drawn long. */
export const streaks: Painter = (context, size, random) => {
  fill(context, size, uniform(random, 8, 40));
  const upright = random.next() < 0.4;
  for (let k = 0; k < 45; k++) {
    const [x, y, length] = [size.width * random.next(), size.height * random.next(), uniform(random, 12, 170)];
    const angle = upright ? Math.PI / 2 + 0.12 * random.normal() : uniform(random, 0, 6.28);
    const bow = 0.25 * length * random.normal();
    const end: readonly [number, number] = [x + length * Math.cos(angle), y + length * Math.sin(angle)];
    for (const [pen, alpha] of [
      [9, 0.1],
      [5, 0.25],
      [2.2, 0.95],
    ] as const) {
      context.lineWidth = pen * uniform(random, 0.6, 1.3);
      context.strokeStyle = gray(uniform(random, 170, 255), alpha);
      context.lineCap = 'round';
      context.beginPath();
      context.moveTo(x, y);
      context.quadraticCurveTo(
        (x + end[0]) / 2 + bow * Math.sin(angle),
        (y + end[1]) / 2 - bow * Math.cos(angle),
        end[0],
        end[1],
      );
      context.stroke();
    }
  }
};

/** Boards with grain and knots. */
export const wood: Painter = (context, size, random) => {
  if (random.next() < 0.5) return boards(context, size, random);
  // Boards that stand upright: their pores do too.
  context.translate(size.width, 0);
  context.rotate(Math.PI / 2);
  boards(context, { width: size.height, height: size.width }, random);
};

function boards(context: CanvasRenderingContext2D, size: Size, random: Random): void {
  fill(context, size, uniform(random, 120, 190));
  const board = uniform(random, 60, 220);
  for (let y = 0; y < size.height; y += board) {
    const base = uniform(random, 110, 190);
    context.fillStyle = gray(base);
    context.fillRect(0, y, size.width, board);
    const knot = { x: size.width * random.next(), y: y + board * uniform(random, 0.3, 0.7), r: uniform(random, 6, 22) };
    for (let off = 2; off < board; off += uniform(random, 2.5, 9)) {
      const away = (x: number): number => {
        const d = y + off - knot.y;
        return (
          (Math.sign(d || 1) * knot.r * 1.6) / (1 + ((x - knot.x) / (2.2 * knot.r)) ** 2) / (1 + Math.abs(d) / knot.r)
        );
      };
      const phase = 6.28 * random.next();
      const points = Array.from({ length: 60 }, (_, k): Point => {
        const x = (size.width * k) / 59;
        return [x, y + off + away(x) + 2 * Math.sin(x / 90 + phase)];
      });
      stroke(context, points, uniform(random, 0.6, 2.2), gray(base - uniform(random, 15, 60), 0.8));
    }
    for (let ring = 1; ring > 0.3; ring -= 0.35) {
      context.lineWidth = uniform(random, 1.5, 4);
      context.strokeStyle = gray(base - 75);
      context.beginPath();
      context.ellipse(knot.x, knot.y, ring * knot.r, 0.65 * ring * knot.r, 0, 0, 6.3);
      context.stroke();
    }
    for (let pore = 0; pore < 25; pore++) {
      const [x, v, length] = [size.width * random.next(), y + board * random.next(), uniform(random, 8, 40)];
      stroke(
        context,
        [
          [x, v],
          [x + length, v + random.normal()],
        ],
        uniform(random, 1, 3),
        gray(base - uniform(random, 40, 90)),
      );
    }
    stroke(
      context,
      [
        [0, y],
        [size.width, y],
      ],
      2.5,
      gray(50),
    );
  }
}

/** Wires and masts before the sky. */
export const cables: Painter = (context, size, random) => {
  const sky = context.createLinearGradient(0, 0, 0, size.height);
  sky.addColorStop(0, gray(uniform(random, 150, 200)));
  sky.addColorStop(1, gray(uniform(random, 200, 245)));
  context.fillStyle = sky;
  context.fillRect(0, 0, size.width, size.height);
  for (let k = 0; k < 4 + random.int(9); k++) {
    const [from, to, sag] = [size.height * random.next(), size.height * random.next(), uniform(random, 0, 120)];
    context.lineWidth = uniform(random, 1, 4);
    context.strokeStyle = gray(uniform(random, 20, 90));
    context.beginPath();
    context.moveTo(0, from);
    context.quadraticCurveTo(size.width / 2, (from + to) / 2 + sag, size.width, to);
    context.stroke();
  }
  for (let k = 0; k < 1 + random.int(4); k++) {
    const x = size.width * random.next();
    stroke(
      context,
      [
        [x, size.height],
        [x + 5 * random.normal(), size.height * uniform(random, 0.1, 0.6)],
      ],
      uniform(random, 4, 18),
      gray(50),
    );
    for (let y = 0.3; y < 0.6; y += 0.09) {
      stroke(
        context,
        [
          [x - 34, y * size.height],
          [x + 34, y * size.height],
        ],
        3,
        gray(60),
      );
      // Insulators hang from the arms, and stand on them.
      for (const off of [-30, -15, 15, 30]) insulator(context, x + off, y * size.height, random);
    }
  }
};

function insulator(context: CanvasRenderingContext2D, x: number, y: number, random: Random): void {
  const tall = uniform(random, 8, 22) * (random.next() < 0.5 ? 1 : -1);
  stroke(
    context,
    [
      [x, y + 0.35 * tall],
      [x, y + 1.2 * tall],
    ],
    uniform(random, 2, 5),
    gray(uniform(random, 25, 90)),
  );
}

/** Clouds and hills far away: hardly an edge. */
export const haze: Painter = (context, size, random) => {
  const sky = context.createLinearGradient(0, 0, 0, size.height);
  sky.addColorStop(0, gray(uniform(random, 60, 160)));
  sky.addColorStop(1, gray(uniform(random, 110, 210)));
  context.fillStyle = sky;
  context.fillRect(0, 0, size.width, size.height);
  for (let hill = 0; hill < 3; hill++) {
    context.fillStyle = gray(uniform(random, 50, 130), 0.7);
    context.beginPath();
    context.moveTo(0, size.height);
    const [base, phase] = [uniform(random, 0.5, 0.9) * size.height, 6.28 * random.next()];
    for (let x = 0; x <= size.width; x += 20)
      context.lineTo(x, base + 0.08 * size.height * Math.sin(x / (0.14 * size.width) + phase));
    context.lineTo(size.width, size.height);
    context.fill();
  }
};
