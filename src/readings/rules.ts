// Owns what a value has to keep: one function a rule, numbers in, yes or no out. Pure; it must not remember.
import { READING_RULES, type ReadingRule } from '../types.js';
import type { AskedNumber } from './asked.js';
import { unitsOf, type Value } from './value.js';

/** The number before, and how long ago that was. */
export interface Before {
  readonly value: Value;
  /** Seconds; undefined where that is not known. */
  readonly elapsed: number | undefined;
}

/** Rules that compare with the number before: where they refuse, that one may be what is wrong. */
const RELATIVE: ReadonlySet<ReadingRule> = new Set<ReadingRule>(['falls', 'change']);

/** What is asked of a value. */
type Asked = Pick<AskedNumber, 'decimals' | 'rules'>;

/** Values are equal up to this, in units of the last place. */
const ROUNDING = 1e-6;

/** The rules refuse values: whether `value` breaks one. */
const BREAKS: Readonly<Record<ReadingRule, (value: Value, asked: Asked, before: Before | undefined) => boolean>> = {
  length: ({ length }, { rules: { length: asked } }) => asked !== undefined && (length < asked[0] || length > asked[1]),
  leading: ({ zeros, whole, places, length }, { rules: { leading } }) =>
    !whole || (leading === 'blanks' && zeros) || (leading === 'zeros' && places > length),
  range: ({ units }, { decimals, rules: { range } }) =>
    range !== undefined &&
    (units < unitsOf(range[0], decimals) - ROUNDING || units > unitsOf(range[1], decimals) + ROUNDING),
  step: ({ units }, { decimals, rules: { step } }) => {
    if (step === undefined) return false;
    const steps = units / unitsOf(step, decimals);
    return Math.abs(steps - Math.round(steps)) > ROUNDING;
  },
  falls: ({ units, places }, { rules: { falls } }, before) => {
    if (falls === 'allow' || !before || units >= before.value.units) return false;
    return falls === 'never' || !rollsOver(units, before.value.units, places);
  },
  change: ({ units, places }, { decimals, rules: { change, falls } }, before) => {
    if (!change || before?.elapsed === undefined) return false;
    const [from, all] = [before.value.units, 10 ** places];
    const over = falls === 'rollover' && rollsOver(units, from, places);
    const moved = over ? units + all - from : Math.abs(units - from);
    // At least one step of what is allowed, however soon: what is left of it was not measured.
    return moved > unitsOf(change.most, decimals) * Math.max(1, before.elapsed / change.per) + ROUNDING;
  },
};

/** The first rule that a value breaks; undefined where it keeps all. */
export function brokenRule(value: Value, asked: Asked, before: Before | undefined): ReadingRule | undefined {
  return READING_RULES.find((rule) => BREAKS[rule](value, asked, before));
}

/** Whether the number before may be what is wrong. */
export function isRelative(rule: ReadingRule): boolean {
  return RELATIVE.has(rule);
}

/** From the top tenth of what the places hold to the lowest: a counter that has begun anew. */
function rollsOver(units: number, from: number, places: number): boolean {
  const all = 10 ** places;
  return from >= 0.9 * all && units < 0.1 * all;
}
