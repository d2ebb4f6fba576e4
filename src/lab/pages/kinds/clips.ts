// Owns the kinds of clips: digits that are drawn stroke by stroke on a screen, and scenes before a moving camera.
import { uniform, type Random } from '../../../base/random.js';
import { FLAT, photograph, type Photo } from '../camera.js';
import { labelOf } from '../fonts.js';
import { strokeGlyph } from '../glyph.js';
import { handDigit } from '../../data/camera/hands.js';
import { bend, mapPoints, type Shape } from '../../data/camera/shape.js';
import { Page, type Ink } from '../page.js';
import { streaks } from '../scenes/lines.js';
import { leaves, rock } from '../scenes/nature.js';
import { painted, type Painter } from '../scenes/paint.js';
import { between } from './choices.js';
import type { ClipKind } from './kind.js';

const SIZE = { width: 640, height: 360 };
const FPS = 15;

/** Frames in which a digit is drawn, and for which all stands still after the last one. */
const [DRAWING, STANDING] = [9, 15];

const drawn: ClipKind = {
  name: 'drawn-on-screen',
  about: 'digits drawn stroke by stroke on a screen, which then stand; before they are finished they are none',
  holds: 'digits',
  fps: FPS,
  film: function* (_, random) {
    const { page, ink } = screen(random);
    const [count, pen] = [between(2, 4, random), uniform(random, 3, 9)];
    const height = uniform(random, 70, 130);
    const digits = Array.from({ length: count }, (_, k) => ({
      value: random.int(10),
      x: (SIZE.width * (k + 0.6)) / (count + 0.3),
      y: SIZE.height / 2 + height / 2 + 20 * random.normal(),
    }));
    for (const { value, x, y } of digits) {
      const narrow = mapPoints(handDigit(value, random), (u, v) => [0.65 * u, v]);
      const shape = bend(narrow, { turn: 0.05, slant: 0.08, aspect: 0.08, warp: 0.02 }, random);
      for (let step = 1; step <= DRAWING; step++) {
        // What is not finished is drawn on a copy: the page keeps whole digits.
        const sheet = step < DRAWING ? copyOf(page) : page;
        const part = step < DRAWING ? firstPart(shape, step / DRAWING) : shape;
        const label = step < DRAWING ? null : labelOf(`${value}`);
        sheet.put(strokeGlyph(part, { scale: height, pen, label }), { x: x - 0.3 * height, y }, ink, random);
        yield shown(sheet, random);
      }
      for (let rest = 0; rest < 4; rest++) yield shown(page, random);
    }
    for (let rest = 0; rest < STANDING; rest++) yield shown(page, random);
  },
};

function screen(random: Random): { page: Page; ink: Ink } {
  const dark = random.next() < 0.5;
  const page = new Page(SIZE.width, SIZE.height, dark ? uniform(random, 0, 40) : uniform(random, 225, 255));
  return { page, ink: { level: dark ? uniform(random, 150, 255) : uniform(random, 0, 110), strength: 1, grain: 0 } };
}

function copyOf(page: Page): Page {
  const copy = new Page(page.width, page.height, page.gray.slice());
  copy.marks.push(...page.marks);
  return copy;
}

function shown(page: Page, random: Random): Photo {
  return photograph(page, { ...FLAT, noise: 0.6 }, random);
}

/** The strokes as far as they are drawn. @param share Of all segments, (0, 1). */
function firstPart({ points, segments }: Shape, share: number): Shape {
  const count = Math.max(1, Math.round((segments.length / 2) * share));
  const kept = segments.slice(0, 2 * count);
  const last = Math.max(...kept);
  return { points: points.slice(0, 2 * (last + 1)), segments: kept };
}

/** What lies around the picture of a moving camera, in pixels, and the frames that it moves. */
const ROOM = { x: 80, y: 60 };
const MOVING = 30;

function moving(name: string, about: string, painter: Painter, grain: number): ClipKind {
  return {
    name,
    about,
    holds: 'none',
    fps: FPS,
    film: function* ({ canvas }, random) {
      const wide = { width: SIZE.width + 2 * ROOM.x, height: SIZE.height + 2 * ROOM.y };
      const scene = photograph(painted(canvas, wide, painter, grain, random), { ...FLAT, blur: 0.7 }, random);
      const [dx, dy] = [uniform(random, -3.5, 3.5), uniform(random, -2, 2)];
      for (let frame = 0; frame < MOVING; frame++) {
        const away = frame - MOVING / 2;
        // A hand that pans, and is not quite steady.
        const left = ROOM.x + Math.round(dx * away);
        const top = ROOM.y + Math.round(dy * away + 3 * Math.sin(frame));
        const page = new Page(SIZE.width, SIZE.height, 0);
        for (let y = 0; y < SIZE.height; y++) {
          const from = (y + top) * wide.width + left;
          page.gray.set(scene.gray.subarray(from, from + SIZE.width), y * SIZE.width);
        }
        yield photograph(page, { ...FLAT, noise: 2 }, random);
      }
    },
  };
}

/** The kinds of this file. */
export const CLIP_KINDS = [
  drawn,
  moving('road-at-night', 'lights drawn long, before a moving camera', streaks, 3),
  moving('moving-rock', 'rock before a moving camera', rock, 14),
  moving('moving-leaves', 'leaves before a moving camera', leaves, 6),
] as const;
