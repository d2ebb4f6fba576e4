// Sends what waits, in order, for as long as it takes: tries again with growing delays, counts, and says what people
// should know, once. It must not know what is sent, nor how.
import { Backoff } from '../../base/backoff.js';
import { systemClock, type Clock } from '../../base/clock.js';
import { printable } from '../../base/printable.js';
import type { Random } from '../../base/random.js';
import type { EndReason, SinkFigures } from '../../types.js';
import { plural } from '../words.js';
import type { SendQueue } from './queue.js';

/** What became of messages that were sent together. */
export type Outcome =
  /** All were acknowledged. */
  | { readonly is: 'sent' }
  /** Nothing is known of them but the first `done`, which were acknowledged: they are sent again, after so many seconds
   * where the other side asks for that. */
  | { readonly is: 'later'; readonly why: string; readonly done?: number; readonly after?: number }
  /** The one after the first `done`, which were acknowledged, will never be taken, and is dropped; without `done` all. */
  | { readonly is: 'refused'; readonly why: string; readonly done?: number };

/** Who messages are for. */
export interface Target {
  /** For messages to people, without secrets: an address. */
  readonly name: string;
  /** Messages that are sent together, at most. */
  readonly batch: number;
  /**
   * Sends messages in order; none, where it is not connected and wants to be. It settles in bounded time, and at once
   * when the signal fires. Must not throw.
   */
  send(messages: readonly string[], signal: AbortSignal): Promise<Outcome>;
  /** It wants a `send` without messages: to connect, or to tell something of its own. Default: never. */
  readonly restless?: boolean;
  /** Says what there is to say at the end, and closes; `graceful` false: at once, without a word. Idempotent. */
  close(graceful: boolean): Promise<void>;
}

/** What a delivery needs. */
export interface DeliveryOptions {
  /** Of the sink, for messages. */
  readonly sink: string;
  readonly queue: SendQueue;
  readonly target: Target;
  readonly say: (text: string) => void;
  /** Where the chance in delays comes from: seeded. */
  readonly random: Pick<Random, 'next'>;
  /** Default real time. */
  readonly clock?: Clock;
}

/** Milliseconds between two messages about the same thing that goes on. */
export const SAY_EVERY_MS = 60_000;

/** How long what still waits is sent at the end: so many times so many milliseconds, while some of it is taken. */
export interface Patience {
  readonly ms: number;
  readonly times: number;
}

/** Of a run that has ended by itself, and of one that a person has stopped. */
const PATIENCE = { ended: { ms: 10_000, times: 6 }, stopped: { ms: 1_000, times: 1 } } as const;

/** The patience with which a run that ends so is ended. */
export function patienceFor(reason: EndReason): Patience {
  return reason === 'interrupted' ? PATIENCE.stopped : PATIENCE.ended;
}

/** Sends what is added, until it is ended or aborted. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wake = (): void => {};
  #isSending = false;
  /** There was something to do since it was last asked. */
  #nudged = false;
  #emptied = (): void => {};
  #skipPause = (): void => {};
  #counts = { sent: 0, failed: 0, refused: 0, left: 0 };
  /** Attempts that failed in a row, and what was said of them last. */
  #trouble = { attempts: 0, said: '' };
  #quiet: (() => void) | undefined;
  /** What was said of what was dropped. */
  #told = 0;
  /** Moves on with every message that is done with. */
  #progress = 0;
  #over: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(options.random);
    this.#running = this.#run();
  }

  /** The figures of the sink. */
  get figures(): SinkFigures {
    const { sent, failed, refused, left } = this.#counts;
    const { length, dropped } = this.#options.queue;
    return { queued: Math.max(0, length - left), sent, failed, dropped: dropped + refused + left };
  }

  /** Has it sent. Returns at once; does nothing after the end. */
  add(message: string): void {
    if (this.#over) return;
    this.#options.queue.push(message);
    this.#sayDropped();
    this.nudge();
  }

  /** There is something to do: the target has become restless. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  /**
   * Sends what still waits, for as long as it is taken, then closes. What is left is counted, and said. Idempotent.
   * @returns Messages that are left.
   */
  async end(patience: Patience): Promise<number> {
    await (this.#over ??= this.#end(patience));
    return this.#options.queue.length;
  }

  /** Closes at once. Idempotent. */
  abort(): Promise<void> {
    this.#over ??= this.#close(false);
    this.#giveUp();
    return this.#over;
  }

  async #end(patience: Patience): Promise<void> {
    const { queue, target, sink, say } = this.#options;
    await this.#untilEmpty(patience);
    await this.#close(true);
    const left = queue.length;
    if (left === 0) return;
    if (!queue.keeps) this.#counts.left = left;
    const fate = queue.keeps ? 'kept for the next run' : 'lost';
    say(`${sink}: ${plural(left, 'message')} for ${target.name} not sent in time: ${fate}\n`);
  }

  /** Resolves when nothing waits, or when nothing is taken any more. */
  async #untilEmpty({ ms, times }: Patience): Promise<void> {
    const { queue } = this.#options;
    this.#skipPause();
    // What it says of its own accord is worth no waiting where it can't be reached.
    const busy = (): boolean => queue.length > 0 || (this.#isSending && this.#trouble.attempts === 0);
    for (let [left, seen] = [times, -1]; left > 0 && busy() && seen !== this.#progress; left--) {
      seen = this.#progress;
      await new Promise<void>((resolve) => {
        const stopTimer = this.#clock.after(ms, resolve);
        this.#emptied = () => (stopTimer(), resolve());
      });
    }
  }

  async #close(graceful: boolean): Promise<void> {
    this.#giveUp();
    await this.#running;
    this.#quiet?.();
    await this.#options.target.close(graceful);
    await this.#options.queue.close();
  }

  #giveUp(): void {
    this.#stop.abort();
    this.#wake();
    this.#skipPause();
    this.#emptied();
  }

  async #run(): Promise<void> {
    const { queue, target } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#nudged = false;
      const messages = queue.length > 0 ? await queue.first(target.batch) : [];
      if (messages.length === 0 && target.restless !== true) {
        if (queue.length === 0) this.#emptied();
        await this.#sleep();
        continue;
      }
      this.#isSending = true;
      const outcome = await target.send(messages, signal);
      this.#isSending = false;
      this.#settle(messages.length, outcome);
      if (outcome.is === 'later') await this.#wait(outcome);
    }
  }

  #settle(count: number, outcome: Outcome): void {
    const sent = outcome.is === 'sent' ? count : (outcome.done ?? 0);
    const refused = outcome.is === 'refused' ? (outcome.done === undefined ? count : 1) : 0;
    this.#options.queue.done(sent + refused);
    this.#progress += sent + refused;
    this.#counts.sent += sent;
    if (outcome.is === 'later') return;
    if (outcome.is === 'refused') return this.#refused(refused, outcome.why);
    if (this.#trouble.attempts > 0) this.#recovered();
    this.#backoff.reset();
  }

  async #wait({ why, after = 0 }: Extract<Outcome, { is: 'later' }>): Promise<void> {
    // Given up while it was being sent: no failure of the other side.
    if (this.#stop.signal.aborted) return;
    const { sink, target, queue, say } = this.#options;
    this.#counts.failed += 1;
    this.#trouble.attempts += 1;
    if (this.#trouble.said !== why) {
      const end = this.#over ? '' : `; tried again, meanwhile ${queue.bound} may wait`;
      say(`${sink}: ${target.name}: ${printable(why)}${end}\n`);
      this.#trouble.said = why;
    }
    await this.#pause(Math.max(this.#backoff.next(), after) * 1000);
  }

  #recovered(): void {
    const { sink, target, say } = this.#options;
    say(`${sink}: ${target.name}: reached again after ${plural(this.#trouble.attempts, 'attempt')}\n`);
    this.#trouble = { attempts: 0, said: '' };
  }

  #refused(count: number, why: string): void {
    const { sink, target, say } = this.#options;
    this.#counts.refused += count;
    this.#counts.failed += 1;
    this.#told += count;
    if (this.#trouble.said !== why) say(`${sink}: ${target.name}: refused for good: ${printable(why)}; dropped\n`);
    this.#trouble.said = why;
  }

  /** At once, and then at most once in a while. */
  #sayDropped(): void {
    const { sink, queue, say } = this.#options;
    if (this.#quiet || queue.dropped === 0 || queue.dropped + this.#counts.refused === this.#told) return;
    this.#told = queue.dropped + this.#counts.refused;
    say(`${sink}: ${plural(queue.dropped, 'message')} dropped so far: no more than ${queue.bound} may wait\n`);
    this.#quiet = this.#clock.after(SAY_EVERY_MS, () => {
      this.#quiet = undefined;
      this.#sayDropped();
    });
  }

  /** Until there is something to do. */
  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#nudged || this.#stop.signal.aborted) resolve();
      else this.#wake = resolve;
    });
  }

  /** So many milliseconds, unless it ends before. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#clock.after(ms, resolve);
      this.#skipPause = () => (stopTimer(), resolve());
      if (this.#stop.signal.aborted) this.#skipPause();
    });
  }
}
