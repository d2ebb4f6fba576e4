// Owns how a railway track is drawn, seen along and from beside. No digits.
import type { CanvasRenderingContext2D } from 'canvas';
import { uniform, type Random } from '../../../base/random.js';
import { fill, gray, stroke, type Painter, type Point, type Size } from './paint.js';

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
