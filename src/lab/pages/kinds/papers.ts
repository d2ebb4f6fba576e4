// Owns the kinds of pages whose paper or pen makes reading hard: ruled, squared, shadowed, thin, shining through.
import { uniform, type Random } from '../../../base/random.js';
import { anyLook } from '../camera.js';
import { faded } from '../glyph.js';
import { plainGround, ruled, squared, type Ground } from '../ground.js';
import { fittingLine, putLine } from '../line.js';
import type { Ink } from '../page.js';
import { anyText } from '../words.js';
import { penOfPixels, pennedWriter, strokeWriter, type Writer } from '../writer.js';
import { anyDigits, anyHand, anyGround, anyHeight, between, handFont, one } from './choices.js';
import type { StillKind } from './kind.js';

const onRules: StillKind = {
  name: 'ruled',
  about: 'numbers on ruled paper',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: false });
    const { size } = ground;
    const height = anyHeight(random, { ...size, most: 60, least: 16 });
    const { step, first } = ruled(ground, height * uniform(random, 1.15, 1.9), random);
    const writer = anyHand(tools, random);
    for (let y = first + step; y < 0.9 * size.height; y += step * (1 + random.int(2))) {
      const line = fittingLine(
        anyDigits(between(2, 7, random), random),
        { writer, height, gap: 0.25 },
        0.7 * size.width,
        random,
      );
      putLine(
        ground.page,
        line,
        { x: uniform(random, 0.13, 0.2) * size.width, y: y - uniform(random, -0.05, 0.2) * height },
        ground.ink,
        random,
      );
    }
    return { page: ground.page, look: anyLook(random) };
  },
};

const onSquares: StillKind = {
  name: 'squared',
  about: 'numbers on squared paper',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: false });
    const { size } = ground;
    const height = anyHeight(random, { ...size, most: 60, least: 18 });
    squared(ground, height * one([0.5, 0.6, 1.05, 1.3], random), random);
    rowsOn(ground, anyHand(tools, random), height, random);
    return { page: ground.page, look: anyLook(random) };
  },
};

const shadowed: StillKind = {
  name: 'shadowed',
  about: 'numbers across which a shadow falls',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: false, contrast: 100 });
    const { size } = ground;
    const height = anyHeight(random, { ...size, least: 18 });
    rowsOn(ground, anyHand(tools, random), height, random);
    return { page: ground.page, look: { ...anyLook(random), shadow: uniform(random, 0.35, 0.65), shade: 0.3 } };
  },
};

const thinPen: StillKind = {
  name: 'thin-pen',
  about: 'a pen of one or two pixels before a webcam, 640x480',
  holds: 'digits',
  draw: (tools, random) => {
    const size = { width: 640, height: 480 };
    const ground = plainGround({ ...size, dark: false, contrast: 60 }, random);
    const pen = penOfPixels(uniform(random, 0.9, 1.9));
    const hand = random.next() < 0.5 ? pennedWriter(tools.digits, pen, random) : strokeWriter(pen, random);
    const least = uniform(random, 0.25, 1);
    const writer: Writer = { mark: (...of) => faded(hand.mark(...of), least, random) };
    rowsOn(ground, writer, uniform(random, 16, 80), random);
    const look = anyLook(random);
    return { page: ground.page, look: { ...look, blur: uniform(random, 0.5, 0.9), noise: uniform(random, 2, 6) } };
  },
};

const barred: StillKind = {
  name: 'barred-seven',
  about: 'numbers with sevens that have a bar, and ones with a stroke and a foot',
  holds: 'digits',
  draw: (_, random) => {
    const ground = anyGround(random);
    const { size } = ground;
    const height = anyHeight(random, { ...size, least: 18 });
    const writer = strokeWriter(penOfPixels(Math.max(1.2, height * uniform(random, 0.04, 0.12))), random);
    const some = (): string =>
      Array.from({ length: between(2, 6, random) }, () => one(['7', '7', '1', '4', anyDigits(1, random)], random)).join(
        '',
      );
    rowsOn(ground, writer, height, random, some);
    return { page: ground.page, look: anyLook(random) };
  },
};

const showThrough: StillKind = {
  name: 'show-through',
  about: 'numbers with a marker of the other side shining through',
  holds: 'digits',
  draw: (tools, random) => {
    const ground = anyGround(random, { dark: false, contrast: 110 });
    const { size } = ground;
    const height = anyHeight(random, { ...size, least: 20 });
    const level = ground.page.gray[0]!;
    const faint: Ink = { level: level - uniform(random, 12, 34), strength: 1, grain: 0.2 };
    const marker = handFont(tools, random);
    for (let y = 0.2 * size.height; y < 0.9 * size.height; y += 2.2 * height) {
      const line = fittingLine(
        anyText(14, random),
        { writer: marker, height: 1.3 * height, gap: 0.1 },
        0.8 * size.width,
        random,
      );
      const mirrored = {
        ...line,
        marks: line.marks.map((mark) => ({
          ...mark,
          glyph: { ...mirror(mark.glyph), label: undefined },
          x: line.width - mark.x - mark.glyph.width,
        })),
      };
      putLine(ground.page, mirrored, { x: 0.1 * size.width, y }, faint, random);
    }
    rowsOn(ground, anyHand(tools, random), height, random);
    return { page: ground.page, look: anyLook(random) };
  },
};

function mirror<G extends { width: number; height: number; coverage: Float32Array; left: number }>(glyph: G): G {
  const coverage = new Float32Array(glyph.coverage.length);
  for (let y = 0; y < glyph.height; y++)
    for (let x = 0; x < glyph.width; x++)
      coverage[y * glyph.width + x] = glyph.coverage[(y + 1) * glyph.width - 1 - x]!;
  return { ...glyph, coverage, left: 0 };
}

/** Rows of numbers from the top of a page downward. */
function rowsOn(
  { page, ink }: Ground,
  writer: Writer,
  height: number,
  random: Random,
  say = (): string => anyDigits(between(2, 7, random), random),
): void {
  const pitch = height * uniform(random, 1.8, 2.6);
  for (let y = 0.1 * page.height + height, row = 0; y < 0.9 * page.height && row < 6; y += pitch, row++) {
    const line = fittingLine(say(), { writer, height, gap: uniform(random, 0.18, 0.4) }, 0.78 * page.width, random);
    putLine(
      page,
      line,
      { x: 0.1 * page.width + (0.78 * page.width - line.width) * random.next(), y, angle: 0.01 * random.normal() },
      ink,
      random,
    );
  }
}

/** The kinds of this file. */
export const PAPER_KINDS = [onRules, onSquares, shadowed, thinPen, barred, showThrough] as const;
