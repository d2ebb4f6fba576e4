// Owns the list of rules, in the order in which people see them. No rule here.
import { classDistance } from './class-distance.js';
import { range } from './range.js';
import { ratio } from './ratio.js';
import { ratioAndRange } from './ratio-and-range.js';
import { residual } from './residual.js';
import type { Rule } from './rule.js';
import { softmax } from './softmax.js';
import { sumRatio } from './sum-ratio.js';

/** Every rule: those of "Output analysis" first, the baseline last. */
export const RULES: readonly Rule[] = [ratio, range, ratioAndRange, residual, sumRatio, classDistance, softmax];
