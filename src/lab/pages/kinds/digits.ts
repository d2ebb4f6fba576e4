// Owns the kinds of pages on which digits stand alone or in rows, on paper that leaves them alone.
import { uniform } from '../../../base/random.js';
import { anyLook } from '../camera.js';
import { fittingLine, putLine, setLine } from '../line.js';
import { anyDigits, anyHand, anyGround, anyHeight, between } from './choices.js';
import type { Sight, StillKind } from './kind.js';

const rows: StillKind = {
  name: 'rows',
  about: 'rows of digits, straight or a little slanted',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const writer = anyHand(tools, random);
    const height = anyHeight(random, size);
    const pitch = height * uniform(random, 1.6, 2.6);
    const count = Math.min(between(1, 6, random), Math.floor((0.8 * size.height) / pitch));
    for (let row = 0; row < Math.max(1, count); row++) {
      const text = anyDigits(between(3, 10, random), random);
      const line = fittingLine(text, { writer, height, gap: uniform(random, 0.18, 0.5) }, 0.8 * size.width, random);
      const x = size.width * 0.09 + (0.8 * size.width - line.width) * random.next();
      putLine(
        page,
        line,
        { x, y: size.height * 0.1 + height + row * pitch, angle: 0.02 * random.normal() },
        ink,
        random,
      );
    }
    return { page, look: anyLook(random) };
  },
};

const curved: StillKind = {
  name: 'slanted',
  about: 'rows that climb, fall or bend',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const writer = anyHand(tools, random);
    const height = anyHeight(random, { ...size, most: 90 });
    const count = between(1, 3, random);
    for (let row = 0; row < count; row++) {
      const setting = { writer, height, gap: uniform(random, 0.25, 0.6), stray: 0.07 };
      const line = fittingLine(anyDigits(between(4, 9, random), random), setting, 0.66 * size.width, random);
      const angle = uniform(random, -0.2, 0.2);
      const y = (size.height * (row + 0.65)) / count - (Math.sin(angle) * line.width) / 2;
      putLine(page, line, { x: 0.14 * size.width, y, angle, sag: uniform(random, -0.8, 0.8) * height }, ink, random);
    }
    return { page, look: anyLook(random) };
  },
};

const scattered: StillKind = {
  name: 'scattered',
  about: 'digits of several sizes here and there',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const writer = anyHand(tools, random);
    const height = anyHeight(random, size);
    const [columns, lines] = [between(2, 5, random), between(2, 4, random)];
    const cell = { width: (0.84 * size.width) / columns, height: (0.84 * size.height) / lines };
    for (let k = 0; k < columns * lines; k++) {
      if (random.next() < 0.3 && page.marks.length > 0) continue;
      const tall = Math.min(height * uniform(random, 0.7, 1.4), 0.6 * Math.min(cell.width, cell.height));
      const glyph = writer.mark(anyDigits(1, random), tall, random);
      const x = 0.08 * size.width + cell.width * ((k % columns) + uniform(random, 0.12, 0.35));
      const y = 0.08 * size.height + cell.height * (Math.floor(k / columns) + uniform(random, 0.72, 0.9));
      page.put(glyph, { x, y, angle: 0.12 * random.normal() }, ink, random);
    }
    return { page, look: anyLook(random) };
  },
};

const column: StillKind = {
  name: 'column',
  about: 'digits or short numbers one below the other',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const writer = anyHand(tools, random);
    const count = between(3, 8, random);
    const pitch = (0.84 * size.height) / count;
    const height = Math.max(14, pitch * uniform(random, 0.45, 0.7));
    const left = uniform(random, 0.1, 0.6) * size.width;
    for (let row = 0; row < count; row++) {
      const line = setLine(anyDigits(between(1, 2, random), random), { writer, height, gap: 0.25 }, random);
      putLine(
        page,
        line,
        { x: left + 0.2 * height * random.normal(), y: 0.08 * size.height + (row + 0.85) * pitch },
        ink,
        random,
      );
    }
    return { page, look: anyLook(random) };
  },
};

const lone: StillKind = {
  name: 'lone',
  about: 'one digit alone on a page',
  holds: 'digits',
  draw: (tools, random): Sight => {
    const { size, page, ink } = anyGround(random);
    const height = anyHeight(random, { ...size, most: 240, least: 24 });
    const glyph = anyHand(tools, random).mark(anyDigits(1, random), height, random);
    const x = uniform(random, 0.15, 0.85) * size.width - glyph.width / 2;
    page.put(glyph, { x, y: uniform(random, 0.4, 0.85) * size.height }, ink, random);
    return { page, look: anyLook(random) };
  },
};

const touching: StillKind = {
  name: 'touching',
  about: 'rows in which two neighbours touch',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const writer = anyHand(tools, random);
    const height = anyHeight(random, { ...size, least: 24 });
    for (let row = 0; row < 3; row++) {
      const setting = { writer, height, gap: uniform(random, -0.04, 0.05), stray: 0.02 };
      const line = fittingLine(anyDigits(between(2, 6, random), random), setting, 0.8 * size.width, random);
      putLine(page, line, { x: 0.1 * size.width, y: size.height * (0.3 * row + 0.3) }, ink, random);
    }
    return { page, look: anyLook(random) };
  },
};

/** The kinds of this file. */
export const DIGIT_KINDS = [rows, curved, scattered, column, lone, touching] as const;
