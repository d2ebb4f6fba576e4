// Owns the classes that an attack may drive an image to: all but its own.
import { CLASSES } from '../../types.js';

/** How many there are. Attacks that try one a restart aim at every one in so many. */
export const WRONG_CLASSES = CLASSES - 1;

/** The classes other than `label`, ascending. */
export function wrongClasses(label: number): number[] {
  return Array.from({ length: CLASSES }, (_, j) => j).filter((j) => j !== label);
}
