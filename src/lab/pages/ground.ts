// Owns what is written on: plain, ruled and squared paper, screens, in their levels and grain. It must not write.
import { uniform, type Random } from '../../base/random.js';
import { gridNoise } from '../image/value-noise.js';
import { Page, type Ink } from './page.js';

/** A page, and the ink that is used on it. */
export interface Ground {
  readonly page: Page;
  readonly ink: Ink;
  /** Whether ink is lighter than its ground. */
  readonly dark: boolean;
}

/** What a ground is to be. */
export interface GroundOptions {
  readonly width: number;
  readonly height: number;
  /** Light ink on a dark ground. Default: one in eight. */
  readonly dark?: boolean;
  /** How far ink is from its ground, in gray levels at least. Default 70. */
  readonly contrast?: number;
}

/** Plain paper (or a board, or a screen) and an ink that a person can read on it. */
export function plainGround({ width, height, dark, contrast = 70 }: GroundOptions, random: Random): Ground {
  const light = dark ?? random.next() < 0.125;
  const level = light ? uniform(random, 12, 70) : uniform(random, 165, 250);
  const page = new Page(width, height, level);
  grain(page, random);
  const reach = light ? 250 - level : level - 8;
  const away = Math.min(reach, contrast + (reach - contrast) * random.next() ** 0.8);
  const ink: Ink = {
    level: light ? level + away : level - away,
    strength: uniform(random, 0.85, 1),
    grain: random.next() < 0.3 ? uniform(random, 0.3, 0.9) : uniform(random, 0, 0.25),
  };
  return { page, ink, dark: light };
}

/** The fibre and clouds of paper. */
function grain({ gray, width, height }: Page, random: Random): void {
  const fibre = gridNoise(random, width, height, 2);
  const cloud = gridNoise(random, width, height, Math.max(40, width / 8));
  const [fine, coarse] = [uniform(random, 0.2, 2.2), uniform(random, 0, 5)];
  for (let p = 0; p < gray.length; p++) gray[p]! += fine * fibre[p]! + coarse * cloud[p]!;
}

/** Rules a page with lines. @returns How far apart they are, in pixels, and where the first one is. */
export function ruled({ page, ink, dark }: Ground, step: number, random: Random): { step: number; first: number } {
  const first = step * uniform(random, 0.8, 1.6);
  const rule = ruleInk(page, ink, dark, random);
  const pen = uniform(random, 0.9, 2);
  for (let y = first; y < page.height; y += step)
    page.line([0, y], [page.width, y + uniform(random, -0.5, 0.5)], pen, rule, random);
  if (random.next() < 0.4) {
    const x = page.width * uniform(random, 0.06, 0.12);
    page.line([x, 0], [x, page.height], pen, rule, random);
  }
  return { step, first };
}

/** Rules a page with squares. */
export function squared({ page, ink, dark }: Ground, step: number, random: Random): void {
  const rule = ruleInk(page, ink, dark, random);
  const pen = uniform(random, 0.8, 1.5);
  const [left, top] = [step * random.next(), step * random.next()];
  for (let y = top; y < page.height; y += step) page.line([0, y], [page.width, y], pen, rule, random);
  for (let x = left; x < page.width; x += step) page.line([x, 0], [x, page.height], pen, rule, random);
}

/** Rules are fainter than ink, but not always by much. */
function ruleInk({ gray }: Page, ink: Ink, dark: boolean, random: Random): Ink {
  const level = gray[0]!;
  const away = Math.min(dark ? 250 - level : level - 10, uniform(random, 0.15, 0.7) * Math.abs(ink.level - level));
  return { level: dark ? level + away : level - away, strength: 1, grain: 0.1 };
}
