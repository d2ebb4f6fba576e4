// What `--seed` may hold.
import { UsageError } from '../base/errors.js';

/**
 * A seed from the command line.
 * @throws UsageError unless it is a whole number from 0 that JavaScript holds exactly.
 */
export function seedOf(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new UsageError(`--seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, found "${text}"`);
}
