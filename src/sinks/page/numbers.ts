// Owns what became of numbers lately: told, refused, in doubt. A bounded list of events; it must not judge.
import type { NumberMessage } from '../messages.js';
import type { NumberEvent } from './protocol.js';

/** Events kept, of all numbers together. */
export const KEPT_EVENTS = 1000;

/** The last events. A number that is refused over and over for the same value is one event. */
export class NumberHistory {
  readonly #events: NumberEvent[] = [];
  readonly #last = new Map<string, string>();
  #next = 1;

  /** Number of the next event. */
  get next(): number {
    return this.#next;
  }

  /** Takes a message about a number. */
  add(message: NumberMessage): void {
    const { id, value, time, at } = message;
    const refused = message.type === 'reading' ? undefined : message.rule;
    const said = `${message.type} ${value} ${refused ?? ''}`;
    if (refused !== undefined && this.#last.get(id) === said) return;
    this.#last.set(id, said);
    if (this.#last.size > KEPT_EVENTS) this.#last.clear();
    this.#events.push({
      n: this.#next++,
      id,
      value,
      time,
      ...(at !== undefined && { at: Date.parse(at) }),
      ...(refused !== undefined && { refused }),
      ...(message.type === 'reading-doubt' && { doubt: true }),
    });
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
  }

  /** The events from number `from` on. */
  since(from: number): readonly NumberEvent[] {
    return this.#events.filter(({ n }) => n >= from);
  }
}
