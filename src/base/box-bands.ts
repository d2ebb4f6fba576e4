// Owns finding out whether any box near a box is what is asked for, where boxes come one after the other. Which one that
// is, it does not say.
import type { Edges } from './box-index.js';

/** Height of a band, in the boxes' unit: most boxes lie in one or two. */
const BAND = 64;

/** Boxes by the bands of a picture that they lie in. Their tops are at 0 or below. */
export class BoxBands<T extends Edges> {
  readonly #bands: T[][] = [];

  /** With some boxes in it. */
  constructor(boxes: readonly T[] = []) {
    for (const box of boxes) this.insert(box);
  }

  /** Adds a box. */
  insert(box: T): void {
    const last = bandOf(box.bottom);
    while (this.#bands.length <= last) this.#bands.push([]);
    for (let k = bandOf(box.top); k <= last; k++) this.#bands[k]!.push(box);
  }

  /** Whether any box that overlaps or touches a box, which is widened by `reach` to all sides, passes a test. */
  someNear({ left, top, right, bottom }: Edges, test: (other: T) => boolean, reach = 0): boolean {
    const [first, last] = [left - reach, right + reach];
    const [above, below] = [top - reach, bottom + reach];
    const end = Math.min(bandOf(below), this.#bands.length - 1);
    for (let k = bandOf(above); k <= end; k++)
      for (const other of this.#bands[k]!)
        if (
          other.left <= last &&
          other.right >= first &&
          other.top <= below &&
          other.bottom >= above &&
          // What lies in several bands is asked once.
          k === Math.max(bandOf(above), bandOf(other.top)) &&
          test(other)
        )
          return true;
    return false;
  }
}

function bandOf(y: number): number {
  return Math.max(0, Math.floor(y / BAND));
}
