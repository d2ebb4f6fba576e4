// Owns how fences are drawn: palings, mesh and posts before something out of focus. No digits.
import type { CanvasRenderingContext2D } from 'canvas';
import { uniform, type Random } from '../../../base/random.js';
import { fill, gray, stroke, type Painter, type Point, type Size } from './paint.js';

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
