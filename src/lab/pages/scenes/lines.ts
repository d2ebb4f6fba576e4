// Owns how thin things are drawn: lights drawn long, wires before the sky. No digits.
import type { CanvasRenderingContext2D } from 'canvas';
import { uniform, type Random } from '../../../base/random.js';
import { fill, fillDown, gray, stroke, type Painter } from './paint.js';

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

/** Wires and masts before the sky. */
export const cables: Painter = (context, size, random) => {
  fillDown(context, size, uniform(random, 150, 200), uniform(random, 200, 245));
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
