// Owns the kinds of pages on which digits stand in cells and frames, or on a printed line.
import { uniform, type Random } from '../../../base/random.js';
import { anyLook } from '../camera.js';
import type { Ground } from '../ground.js';
import { fittingLine, putLine } from '../line.js';
import type { Ink, Page } from '../page.js';
import { anyText } from '../words.js';
import { fontWriter } from '../writer.js';
import { anyDigits, anyHand, anyGround, anyHeight, between, one } from './choices.js';
import type { StillKind } from './kind.js';

const cells: StillKind = {
  name: 'form-cells',
  about: 'a digit in each drawn cell of a form, some of which touch its line',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: false });
    const { size, page, ink } = ground;
    const writer = anyHand(tools, random);
    const height = anyHeight(random, { ...size, most: 70, least: 18 });
    const [wide, tall, pen] = [
      height * uniform(random, 1.05, 1.7),
      height * uniform(random, 1.15, 1.6),
      uniform(random, 1, 2.6),
    ];
    const rule = lineInk(ground, random);
    const count = Math.min(between(4, 12, random), Math.floor((0.8 * size.width) / wide));
    const touches = random.next() < 0.5;
    for (
      let row = 0, y = 0.12 * size.height;
      row < between(1, 4, random) && y + tall < 0.9 * size.height;
      row++, y += tall * 1.7
    ) {
      const left = 0.1 * size.width;
      for (let k = 0; k < count; k++) {
        box(page, [left + k * wide, y, wide, tall], pen, rule, random);
        const glyph = writer.mark(anyDigits(1, random), height * uniform(random, 0.8, 1), random);
        const low =
          touches && random.next() < 0.4
            ? tall - 0.5 * pen
            : tall / 2 + glyph.height / 2 + 0.05 * height * random.normal();
        page.put(glyph, { x: left + (k + 0.5) * wide - glyph.width / 2 - glyph.left, y: y + low }, ink, random);
      }
    }
    return { page, look: anyLook(random) };
  },
};

const frames: StillKind = {
  name: 'frames',
  about: 'thin boxes drawn around single digits, by hand or as an overlay',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const writer = anyHand(tools, random);
    const height = anyHeight(random, { ...size, least: 22 });
    const rule: Ink = random.next() < 0.5 ? { level: uniform(random, 60, 190), strength: 1, grain: 0 } : ink;
    const step = height * uniform(random, 1.7, 2.4);
    for (let row = 0; row < between(1, 3, random); row++) {
      const y = 0.18 * size.height + height + row * 2.1 * height;
      if (y > 0.9 * size.height) break;
      for (let x = 0.1 * size.width; x + step < 0.9 * size.width; x += step) {
        const glyph = writer.mark(anyDigits(1, random), height, random);
        page.put(glyph, { x: x - glyph.left, y }, ink, random);
        const room = height * uniform(random, 0.06, 0.28);
        box(
          page,
          [x - room, y + glyph.top - room, glyph.width + 2 * room, glyph.height + 2 * room],
          uniform(random, 1, 2.2),
          rule,
          random,
        );
      }
    }
    return { page, look: anyLook(random) };
  },
};

const overlay: StillKind = {
  name: 'overlay',
  about: 'what a program drew over a camera picture: thin boxes around digits, with the digit in small print',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random, { dark: false });
    const writer = anyHand(tools, random);
    const height = anyHeight(random, { ...size, least: 36 });
    // Bright green, blue or red as a picture of gray has it.
    const colours = [150, 76, 29, 225].filter((level) => Math.abs(level - page.gray[0]!) > 50);
    const colour: Ink = { level: one(colours, random), strength: 1, grain: 0 };
    const small = fontWriter(one(tools.fonts.print, random));
    const step = height * uniform(random, 1.8, 2.6);
    for (let row = 0; row < between(1, 3, random); row++) {
      const y = 0.16 * size.height + height + row * 2.6 * height;
      if (y > 0.88 * size.height) break;
      for (let x = 0.1 * size.width; x + step < 0.92 * size.width; x += step) {
        const digit = anyDigits(1, random);
        const glyph = writer.mark(digit, height, random);
        page.put(glyph, { x: x - glyph.left, y }, ink, random);
        const room = height * uniform(random, 0.1, 0.22);
        const frame = [x - room, y + glyph.top - room, glyph.width + 2 * room, glyph.height + 2 * room] as const;
        box(page, frame, 1.6, colour, random);
        const label = small.mark(digit, Math.max(12, 0.24 * height), random);
        page.put(label, { x: frame[0], y: frame[1] + frame[3] + label.height + 6 }, colour, random);
      }
    }
    return { page, look: { ...anyLook(random), tilt: 0, turn: 0, margin: 0 } };
  },
};

const overPrint: StillKind = {
  name: 'over-line',
  about: 'numbers on a printed line: on a dotted or a full one, with words before it',
  holds: 'digits',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random, { dark: false, contrast: 100 });
    const height = anyHeight(random, { ...size, most: 64, least: 20 });
    const [writer, label] = [anyHand(tools, random), fontWriter(one(tools.fonts.print, random))];
    const black: Ink = { level: 30, strength: 1, grain: 0.1 };
    for (let y = 0.14 * size.height + height; y < 0.9 * size.height; y += 2.3 * height) {
      const words = fittingLine(
        anyText(6, random),
        { writer: label, height: 0.55 * height, gap: 0, space: 0.4, stray: 0 },
        0.25 * size.width,
        random,
      );
      putLine(page, words, { x: 0.09 * size.width, y }, black, random);
      rule(page, [0.38 * size.width, 0.9 * size.width], y + 2, random.next() < 0.5, black, random);
      const line = fittingLine(
        anyDigits(between(2, 7, random), random),
        { writer, height, gap: 0.22 },
        0.5 * size.width,
        random,
      );
      putLine(page, line, { x: 0.39 * size.width, y: y + uniform(random, -0.1, 0.22) * height }, ink, random);
    }
    return { page, look: anyLook(random) };
  },
};

function lineInk({ ink, page }: Ground, random: Random): Ink {
  const share = uniform(random, 0.3, 1);
  return { level: page.gray[0]! + share * (ink.level - page.gray[0]!), strength: 1, grain: 0.1 };
}

function box(
  page: Page,
  [x, y, width, height]: readonly [number, number, number, number],
  pen: number,
  ink: Ink,
  random: Random,
): void {
  page.line([x, y], [x + width, y], pen, ink, random);
  page.line([x + width, y], [x + width, y + height], pen, ink, random);
  page.line([x + width, y + height], [x, y + height], pen, ink, random);
  page.line([x, y + height], [x, y], pen, ink, random);
}

function rule(
  page: Page,
  [from, to]: readonly [number, number],
  y: number,
  dotted: boolean,
  ink: Ink,
  random: Random,
): void {
  if (!dotted) return page.line([from, y], [to, y], 1.6, ink, random);
  for (let x = from; x < to; x += 6) page.line([x, y], [x + 2, y], 1.8, ink, random);
}

/** The kinds of this file. */
export const FORM_KINDS = [cells, frames, overlay, overPrint] as const;
