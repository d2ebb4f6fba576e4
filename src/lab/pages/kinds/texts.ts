// Owns the kinds of pages on which digits stand among letters and signs, and those of letters and signs alone.
import { uniform, type Random } from '../../../base/random.js';
import { anyLook } from '../camera.js';
import type { Font } from '../fonts.js';
import { ruled, type Ground } from '../ground.js';
import { OPERATORS } from '../../data/camera/letters.js';
import { fittingLine, putLine, setLine, type Setting } from '../line.js';
import { anyEquation, anyNumberInText, anyText, anyWord, LOOKALIKES } from '../words.js';
import { fontWriter, pennedWriter, strokeWriter } from '../writer.js';
import { anyHand, anyGround, anyHeight, anyPen, between, handFont, letterHand, one } from './choices.js';
import type { StillKind } from './kind.js';

const equations: StillKind = {
  name: 'equations',
  about: 'sums and equations: digits with + - x / ( ) = between them',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random);
    const { size } = ground;
    const writer = random.next() < 0.5 ? pennedWriter(tools.digits, anyPen(random), random) : anyHand(tools, random);
    const height = anyHeight(random, { ...size, most: 100 });
    lines(
      ground,
      between(1, 5, random),
      { writer, height, gap: uniform(random, 0.12, 0.3) },
      () => anyEquation(random),
      random,
    );
    return { page: ground.page, look: anyLook(random) };
  },
};

const numbersInText: StillKind = {
  name: 'numbers-in-text',
  about: 'numbers among words: a room, a date, a price, a page',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random);
    const { size } = ground;
    const height = anyHeight(random, { ...size, most: 64, least: 16 });
    const setting = { writer: letterHand(tools, random), height, gap: uniform(random, 0.06, 0.16) };
    lines(ground, between(2, 7, random), setting, () => anyNumberInText(random), random);
    return { page: ground.page, look: anyLook(random) };
  },
};

const letters: StillKind = {
  name: 'handwriting',
  about: 'letters by hand: notes, lists, whole pages',
  holds: 'none',
  draw: (tools, random) => {
    const ground = anyGround(random);
    const { size } = ground;
    const height = anyHeight(random, { ...size, most: 70 });
    if (random.next() < 0.3) ruled(ground, height * 2, random);
    const setting = { writer: letterHand(tools, random), height, gap: uniform(random, 0.04, 0.16) };
    const length = random.next() < 0.3 ? 8 : 40;
    lines(
      ground,
      between(3, 14, random),
      setting,
      (room) => anyText(Math.min(length, room / (0.7 * height)), random),
      random,
    );
    return { page: ground.page, look: anyLook(random) };
  },
};

const print: StillKind = {
  name: 'print',
  about: 'printed text of any size, dark on light',
  holds: 'none',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: false });
    printed(ground, tools.fonts.print, random);
    return { page: ground.page, look: anyLook(random) };
  },
};

const printLight: StillKind = {
  name: 'print-light',
  about: 'printed text, light on dark: a screen, a sign',
  holds: 'none',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: true });
    printed(ground, tools.fonts.print, random);
    return { page: ground.page, look: anyLook(random) };
  },
};

const lookalikes: StillKind = {
  name: 'lookalikes',
  about: 'lone letters and short pieces of words that look like digits: l, o, I, O, s',
  holds: 'none',
  draw: (tools, random) => {
    const { size, page, ink } = anyGround(random);
    const height = anyHeight(random, { ...size, most: 90, least: 16 });
    const writer = random.next() < 0.35 ? fontWriter(one(tools.fonts.print, random)) : letterHand(tools, random);
    for (let k = 0; k < between(2, 9, random); k++) {
      const text = random.next() < 0.3 ? anyWord(random) : one(LOOKALIKES, random);
      const line = setLine(text, { writer, height, gap: 0.1 }, random);
      const x = uniform(random, 0.08, 0.8) * Math.max(1, size.width - line.width);
      putLine(page, line, { x, y: size.height * 0.1 + ((k + 1) / 10) * 0.84 * size.height }, ink, random);
    }
    return { page, look: anyLook(random) };
  },
};

const operators: StillKind = {
  name: 'operators',
  about: 'signs alone: + - = / ( ) < >',
  holds: 'none',
  draw: (tools, random) => {
    const ground = anyGround(random);
    const { size } = ground;
    const writer = random.next() < 0.6 ? strokeWriter(anyPen(random), random) : handFont(tools, random);
    const height = anyHeight(random, { ...size, least: 20 });
    const signs = (): string => Array.from({ length: between(2, 7, random) }, () => one(OPERATORS, random)).join(' ');
    lines(ground, between(1, 5, random), { writer, height, gap: 0.3 }, signs, random);
    return { page: ground.page, look: anyLook(random) };
  },
};

/** Lines of text from the top of a page downward, as many as it holds. @param say Told how wide a line may be. */
function lines(
  { page, ink }: Ground,
  count: number,
  setting: Setting,
  say: (room: number) => string,
  random: Random,
): void {
  const pitch = setting.height * uniform(random, 1.9, 2.6);
  const room = 0.82 * page.width;
  for (let row = 0; row < count && page.height * 0.1 + setting.height + row * pitch < 0.9 * page.height; row++) {
    const line = fittingLine(say(room), setting, room, random);
    const y = page.height * 0.1 + setting.height + row * pitch;
    putLine(
      page,
      line,
      { x: page.width * uniform(random, 0.085, 0.11), y, angle: 0.008 * random.normal() },
      ink,
      random,
    );
  }
}

/** A page of print: a heading now and then, lines as long as the page is wide. */
function printed(ground: Ground, fonts: readonly Font[], random: Random): void {
  const writer = fontWriter(one(fonts, random));
  const height = anyHeight(random, { height: ground.page.height, most: 80, least: 8 });
  const length = (room: number): number => Math.max(3, Math.floor(room / (0.82 * height)));
  lines(ground, 40, { writer, height, gap: 0, space: 0.4, stray: 0 }, (room) => anyText(length(room), random), random);
}

/** The kinds of this file. */
export const TEXT_KINDS = [equations, numbersInText] as const;

/** Those without a digit. */
export const LETTER_KINDS = [letters, print, printLight, lookalikes, operators] as const;
