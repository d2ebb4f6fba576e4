// Owns what is remembered of numbers from one run to the next: the last value of each. Data only; the file is another's.
import type { Kept } from './keeper.js';

/** The last values, by the ids of their numbers. */
export class ReadingsMemory {
  readonly #kept: Map<string, Kept>;
  #changes = 0;

  /** @param kept Of the run before. Default: nothing. */
  constructor(kept: ReadonlyMap<string, Kept> = new Map()) {
    this.#kept = new Map(kept);
  }

  /** Goes up with every value that is new. */
  get changes(): number {
    return this.#changes;
  }

  /** All values now. */
  get all(): ReadonlyMap<string, Kept> {
    return this.#kept;
  }

  /** The last value of a number. */
  get(id: string): Kept | undefined {
    return this.#kept.get(id);
  }

  /** Remembers a value. */
  set(id: string, kept: Kept): void {
    if (this.#kept.get(id)?.value.text !== kept.value.text) this.#changes++;
    this.#kept.set(id, kept);
  }
}
