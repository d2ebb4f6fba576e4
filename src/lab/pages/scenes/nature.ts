// Owns how leaves, stone and hills far away are drawn. No digits.
import type { CanvasRenderingContext2D } from 'canvas';
import { uniform, type Random } from '../../../base/random.js';
import { fill, fillDown, gray, stroke, type Painter, type Size } from './paint.js';

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

/** Clouds and hills far away: hardly an edge. */
export const haze: Painter = (context, size, random) => {
  fillDown(context, size, uniform(random, 60, 160), uniform(random, 110, 210));
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
