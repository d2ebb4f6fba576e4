// Owns how walls are drawn: shutters, bricks, windows, boards. No digits.
import type { CanvasRenderingContext2D } from 'canvas';
import { uniform, type Random } from '../../../base/random.js';
import { fill, gray, stroke, type Painter, type Point, type Size } from './paint.js';

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
