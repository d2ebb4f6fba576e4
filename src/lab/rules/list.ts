// Owns the list of rules, in the order in which people see them. No rule here.
import { UsageError } from '../../errors.js';
import { nearest } from '../../nearest.js';
import { classDistance } from './class-distance.js';
import { range } from './range.js';
import { ratio } from './ratio.js';
import { ratioAndRange } from './ratio-and-range.js';
import { residual } from './residual.js';
import type { Rule } from './rule.js';
import { softmax } from './softmax.js';
import { sumRatio } from './sum-ratio.js';

/** Every rule: the article's first, the baseline last. */
export const RULES: readonly Rule[] = [ratio, range, ratioAndRange, residual, sumRatio, classDistance, softmax];

/** The rule of a name. @throws UsageError when there is none, with the names there are and the nearest one. */
export function ruleNamed(name: string): Rule {
  const found = RULES.find((rule) => rule.name === name);
  if (found) return found;
  const names = RULES.map((rule) => rule.name);
  const near = nearest(name, names);
  throw new UsageError(`unknown rule "${name}"; ${near === undefined ? '' : `did you mean "${near}"? `}There are ${names.join(', ')}`);
}
