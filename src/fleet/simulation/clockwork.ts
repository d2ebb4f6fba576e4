// Time in a simulation: events in order, no waiting. A machine has a clock of its own, which stands still with it.
import type { FleetClock } from '../core/timing.js';

interface Event {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** The time of a simulation, in milliseconds from 0. */
export class Clockwork {
  readonly #events: Event[] = [];
  #now = 0;
  #order = 0;
  /** Events that have happened. */
  count = 0;

  get now(): number {
    return this.#now;
  }

  /** Does something later; the function that cancels it. */
  at(time: number, run: () => void): () => void {
    const event: Event = { at: Math.max(time, this.#now), order: this.#order++, run };
    this.#push(event);
    return () => void (event.run = undefined);
  }

  /** Lets time pass until `end`. */
  async run(end: number): Promise<void> {
    await everyoneElse();
    for (let first = this.#events[0]; first && first.at <= end; first = this.#events[0]) {
      this.#pop();
      this.#now = first.at;
      if (!first.run) continue;
      this.count++;
      first.run();
      await everyoneElse();
    }
    this.#now = end;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    for (let up = (at - 1) >> 1; at > 0 && before(event, heap[up]!); up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let next = 2 * at + 1;
      if (next + 1 < heap.length && before(heap[next + 1]!, heap[next]!)) next++;
      if (next >= heap.length || !before(heap[next]!, last)) break;
      heap[at] = heap[next]!;
      at = next;
    }
    heap[at] = last;
  }
}

/** Resolves when every promise that is settled has told those who wait for it. */
async function everyoneElse(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A computer: it may stand still, lose its network, or die. */
export class Machine {
  readonly #clockwork: Clockwork;
  #stalledUntil = 0;
  /** Whether it reaches the broker. */
  connected = true;
  #dead = false;
  /** Its clock; what it is asked to do later it does when it does not stand still, and never when it has died. */
  readonly clock: FleetClock;

  /** @param skew Milliseconds by which its wall clock is wrong. */
  constructor(clockwork: Clockwork, skew = 0) {
    this.#clockwork = clockwork;
    this.clock = {
      now: () => clockwork.now,
      wall: () => Date.UTC(2026, 0, 1) + skew + clockwork.now,
      after: (ms, run) => this.later(clockwork.now + ms, run),
      every: (ms, run) => {
        let stop = (): void => {};
        let over = false;
        const again = (): void => {
          if (over) return;
          stop = this.later(clockwork.now + ms, () => {
            again();
            run();
          });
        };
        again();
        return () => {
          over = true;
          stop();
        };
      },
    };
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Does something at a time, or when it does not stand still any more. */
  later(time: number, run: () => void): () => void {
    let stop = this.#clockwork.at(time, () => {
      if (this.#dead) return;
      if (this.#stalledUntil > this.#clockwork.now) stop = this.later(this.#stalledUntil, run);
      else run();
    });
    return () => stop();
  }

  /** Stands still for so long. */
  stall(ms: number): void {
    this.#stalledUntil = this.#clockwork.now + ms;
  }

  /** Does nothing more. */
  kill(): void {
    this.#dead = true;
  }
}
