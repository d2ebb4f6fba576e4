// Numbers that a prepared run has read and not told, for another worker still told them: which of them that one did not
// come to is worked out when it hands over. It looks at no clock: those of two machines differ.
import type { ReadingsMemory } from '../../readings/memory.js';
import type { NumberMessage, ReadingMessage } from '../../sinks/messages.js';

/** Numbers that are kept of each: what the other one told last is among the newest. */
const KEPT = 16;

/** What was not told. */
export class Untold {
  /** By the number's id, the oldest first: the value that it began with, and what was read since then. */
  readonly #read = new Map<string, { readonly value: string; readonly message?: ReadingMessage }[]>();

  /** @param memory As it is before the first number is read. */
  constructor(memory: ReadingsMemory) {
    for (const [id, { value }] of memory.all) this.#read.set(id, [{ value: value.text }]);
  }

  /** Keeps a number that was read. */
  keep(message: NumberMessage): void {
    if (message.type !== 'reading') return;
    const read = this.#read.get(message.id) ?? [];
    read.push({ value: message.value, message });
    if (read.length > KEPT) read.shift();
    this.#read.set(message.id, read);
  }

  /**
   * Those that were read after what was told last, the oldest first. Where that was never read here it is newer than
   * all, and nothing is left to tell.
   */
  after(told: ReadingsMemory): ReadingMessage[] {
    return [...this.#read].flatMap(([id, read]) => {
      const last = told.get(id)?.value.text;
      const at = read.map(({ value }) => value).lastIndexOf(last ?? '');
      return at < 0 ? [] : read.slice(at + 1).flatMap(({ message }) => message ?? []);
    });
  }
}
