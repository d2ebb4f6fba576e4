// Outputs -> Verdict. Pure: numbers in, verdict out. It must not score, read configuration or keep state.
import {
  CLASSES,
  REJECTIONS,
  type DigitClass,
  type Evidence,
  type Outputs,
  type Rejection,
  type Thresholds,
  type Verdict,
} from '../types.js';

/**
 * The quantities the gate looks at, of the ten outputs that start at `offset` (default 0; a batch is `[n, 10]`).
 * Source: "Output analysis", 1-2 ratio. With k = argmax o and second = max over j != k of |o_j|, ratio = o_k / second:
 * 0 when o_k <= 0 or when an output that it depends on is not finite, Infinity when second is 0, 1 for a tie. Below 1
 * when a negative output is the largest in magnitude. Of equal outputs the first is k; NaN is never the largest.
 */
export function evidence(outputs: Outputs, offset = 0): Evidence {
  let digit = 0;
  let top = -Infinity;
  for (let j = 0; j < CLASSES; j++) {
    const output = outputs[offset + j] ?? NaN;
    if (output > top) {
      top = output;
      digit = j;
    }
  }
  let second = 0;
  // Math.max passes NaN on, so that one NaN among the others can't be overlooked.
  for (let j = 0; j < CLASSES; j++) if (j !== digit) second = Math.max(second, Math.abs(outputs[offset + j] ?? NaN));
  return { digit: digit as DigitClass, ratio: ratioOf(top, second), top, second };
}

/**
 * The verdict on the first ten of `outputs`: accepted, or rejected with the first reason of `REJECTIONS` that applies
 * and the distance to the threshold that failed. Both ends of the range and the ratio threshold itself are accepted.
 * `blank` (default false) says that the region held no ink.
 */
export function judge(
  outputs: Outputs,
  thresholds: Thresholds,
  { blank = false }: { readonly blank?: boolean } = {},
): Verdict {
  const { digit, ratio, top, second } = evidence(outputs);
  const finite = allFinite(outputs);
  for (const rejected of REJECTIONS) {
    const distance = shortfall(rejected, ratio, top, thresholds, finite, blank);
    if (distance !== undefined) return { digit, ratio, top, second, accepted: false, rejected, distance };
  }
  return { digit, ratio, top, second, accepted: true };
}

function ratioOf(top: number, second: number): number {
  if (!Number.isFinite(top) || top <= 0 || Number.isNaN(second)) return 0;
  return second === 0 ? Infinity : top / second;
}

/** Distance to the threshold when `reason` applies, else undefined. */
function shortfall(
  reason: Rejection,
  ratio: number,
  top: number,
  thresholds: Thresholds,
  finite: boolean,
  blank: boolean,
): number | undefined {
  switch (reason) {
    case 'not-finite':
      return finite ? undefined : 0;
    case 'blank':
      return blank ? 0 : undefined;
    case 'range':
      if (top < thresholds.range[0]) return thresholds.range[0] - top;
      return top > thresholds.range[1] ? top - thresholds.range[1] : undefined;
    case 'ratio':
      return ratio < thresholds.ratio ? thresholds.ratio - ratio : undefined;
    case 'text':
    case 'clutter':
    case 'growing':
    case 'unsteady':
    case 'stale':
    case 'rule':
      // These are judged later: see gate/company, gate/growing, gate/steady, gate/stale and gate/rule.
      return undefined;
    default:
      return reason satisfies never;
  }
}

/** Whether the ten outputs that start at `offset` (default 0) are all finite. */
export function allFinite(outputs: Outputs, offset = 0): boolean {
  for (let j = 0; j < CLASSES; j++) if (!Number.isFinite(outputs[offset + j])) return false;
  return true;
}
