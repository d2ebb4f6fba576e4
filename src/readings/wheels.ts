// Owns the carry rule of turning wheels: a wheel moves on only as its right neighbour passes from 9 to 0, so what one
// shows is told by those to its right. Pure: places in, digits out.
import type { DigitClass } from '../types.js';

/** What a wheel is seen to show. */
export interface WheelSeen {
  readonly digit: DigitClass;
  /** It stands between this digit and the next. */
  readonly between: boolean;
}

/** A wheel stands between two digits while its right neighbour shows at least this, or has just passed to these. */
const [LATE, JUST_PASSED] = [5, 1];

/**
 * The digits that wheels stand for, from left to right; undefined where that can't be told yet.
 * - The last wheel turns all the time: between two digits it has not reached the second.
 * - Another one between two digits has not moved on while its right neighbour is high, and has as it is at 0 or 1.
 * - While all to its right are 9, a wheel may already look like the next digit (16.9 like 17.9), and just after they
 *   became 0 still like the one before (17.0 like 16.0). Which of the two it is is told by the number before; where
 *   there is none, a wheel before nines is told when the nines have passed.
 * @param before The digits of the number that was seen until just now, as many; undefined where there was none.
 */
export function readWheels(
  wheels: readonly WheelSeen[],
  before: readonly DigitClass[] | undefined,
): (DigitClass | undefined)[] {
  const digits: (DigitClass | undefined)[] = wheels.map(() => undefined);
  for (let i = wheels.length - 1; i >= 0; i--) {
    const { digit, between } = wheels[i]!;
    const right = digits.slice(i + 1);
    const next = right[0];
    if (right.length === 0) digits[i] = digit;
    else if (next === undefined) return digits;
    else if (between) digits[i] = next >= LATE ? digit : next <= JUST_PASSED ? after(digit) : undefined;
    else digits[i] = settled(digit, right as DigitClass[], before?.slice(i));
    if (digits[i] === undefined) return digits;
  }
  return digits;
}

/**
 * A wheel that shows one digit clearly.
 * @param before The digits before, of this wheel and those to its right.
 */
function settled(
  digit: DigitClass,
  right: readonly DigitClass[],
  before: readonly DigitClass[] | undefined,
): DigitClass | undefined {
  const nines = right.every((one) => one === 9);
  if (!before) return nines ? undefined : digit;
  const [own, ...others] = before;
  const passed = Number(right.join('')) < Number(others.join(''));
  if (nines && !passed && digit === after(own!)) return own;
  if (right.every((one) => one === 0) && passed && digit === own) return after(own);
  return digit;
}

function after(digit: DigitClass): DigitClass {
  return ((digit + 1) % 10) as DigitClass;
}
