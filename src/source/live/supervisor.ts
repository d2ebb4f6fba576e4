// Owns the life of a live source: it starts one attempt after another, watches whether pictures arrive, ends an attempt
// that stalls, waits, and says what state all this is in. It must not know what an attempt is made of, nor look into a
// picture.
import { SourceError, type UserError } from '../../base/errors.js';
import type { Doubt, SourceChange, SourceFault, SourceState } from '../../types.js';
import type { Backoff } from '../../base/backoff.js';
import type { LiveClock } from './clock.js';

/** Why an attempt is over. For a live source every end is a fault. */
export interface Fault {
  /** In words for people, without an end and without secrets. The same fault has the same words. */
  readonly reason: string;
  /** The same in one word. Default `failed`. */
  readonly kind?: SourceFault;
  /**
   * Said where trying again can't help as long as nobody mends something: it ends the run, but only before the first
   * picture of the run. What has worked once is believed to work again.
   */
  readonly error?: UserError | undefined;
  /** There is nothing to try again: `error` ends the run whatever was before. Default false. */
  readonly final?: boolean;
}

/** One process, or one request, from its start to its end. */
export interface Attempt {
  /** Resolves when it is over and nothing is left of it. Never rejects. */
  readonly over: Promise<Fault>;
  /** Ends it at once and for good; `over` resolves then. Idempotent. */
  kill(): void;
}

/**
 * Starts an attempt. For each picture it calls `arrived`, which says whether the picture is still wanted: one that
 * comes after the watchdog has ended its attempt is not.
 */
export type StartAttempt = (arrived: (doubt: Doubt | undefined) => boolean) => Attempt;

/** What is waited for, in seconds. */
export interface Patience {
  /** For the first picture of an attempt, > 0. */
  readonly connect: number;
  /** For the next picture, before the attempt is ended, > 0. */
  readonly stall: number;
  /** For the next picture, before the source is said to be stale, > 0. Slow cameras get more, by their own pace. */
  readonly stale: number;
  /**
   * Between two pictures, where each is an attempt of its own (snapshots): an attempt that ends after its picture is no
   * fault then, and the next begins so long after the one before. Absent: an attempt goes on.
   */
  readonly every?: number | undefined;
}

/** What a supervisor needs. */
export interface SupervisorOptions {
  /** How messages name the source: without secrets. */
  readonly name: string;
  readonly start: StartAttempt;
  readonly patience: Patience;
  readonly backoff: Backoff;
  readonly clock: LiveClock;
  /** A source that gives no picture at the first attempt fails, where it is otherwise waited for. */
  readonly require: boolean;
  /** Told of every change of state or reason. */
  readonly changed: (change: SourceChange) => void;
}

/** Seconds of pictures after which a source counts as well again: the next fault is tried again after 1 s. */
const WELL_AFTER = 10;

/** How many times its usual interval a slow camera may take before it is stale. */
const INTERVALS = 2.5;

/** Seconds within which a moment counts as reached: sums of seconds are off by less. */
const ROUNDING = 1e-6;

/** Weight of the newest interval in the usual one. */
const NEWEST = 0.2;

/** Runs attempts until it is stopped. */
export class Supervisor {
  #state: SourceState = 'connecting';
  #reason: string | undefined;
  #fault: SourceFault | undefined;
  #reconnects = 0;
  /** There has been a picture. */
  #seen = false;
  #stopped = false;
  #attempt: Attempt | undefined;
  #wake: (() => void) | undefined;
  /** Looks whether what was due has come, and when the next is due. */
  #look: (() => void) | undefined;
  /** Usual seconds between two pictures. */
  #interval: number | undefined;

  constructor(private readonly options: SupervisorOptions) {}

  /**
   * Runs until `stop`.
   * @throws what makes trying again useless, see {@link Fault.error}; with `require` SourceError with what the first
   *   attempt failed with.
   */
  async run(): Promise<void> {
    const { name, backoff, require, patience } = this.options;
    this.#tell();
    for (;;) {
      const begun = this.#now();
      const { fault, pictures } = await this.#once();
      if (this.#isStopped()) return;
      if (fault.error && (fault.final || !this.#seen)) throw fault.error;
      if (patience.every !== undefined && pictures > 0) {
        backoff.reset();
        await this.#pause(begun + patience.every - this.#now());
        if (this.#isStopped()) return;
        continue;
      }
      if (!this.#seen && require) throw new SourceError(`${name} gives no picture: ${fault.reason}.`);
      this.#enter('retrying', fault.reason, fault.kind);
      await this.#pause(backoff.next());
      if (this.#isStopped()) return;
    }
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  /** Ends what goes on; `run` then resolves. Idempotent. */
  stop(reason?: string): void {
    if (this.#stopped) return;
    this.#enter('ended', reason);
    this.#stopped = true;
    this.#attempt?.kill();
    this.#wake?.();
  }

  /** One attempt, from its start to its end. */
  async #once(): Promise<{ readonly fault: Fault; readonly pictures: number }> {
    const watch = new Watch(this.options.patience, this.#now());
    let stalled: string | undefined;
    let isOver = false;
    const attempt = this.options.start((doubt) => {
      if (isOver || this.#stopped || stalled !== undefined) return false;
      this.#arrived(watch, doubt);
      return true;
    });
    this.#attempt = attempt;
    const stopWatch = this.#watch(watch, (reason) => {
      stalled = reason;
      attempt.kill();
    });
    const fault = await attempt.over;
    isOver = true;
    stopWatch();
    this.#attempt = undefined;
    return {
      fault: stalled === undefined ? fault : { ...fault, reason: stalled, kind: 'silent' },
      pictures: watch.pictures,
    };
  }

  #arrived(watch: Watch, doubt: Doubt | undefined): void {
    const now = this.#now();
    const interval = watch.arrived(now);
    if (interval !== undefined)
      this.#interval = this.#interval === undefined ? interval : this.#interval + NEWEST * (interval - this.#interval);
    if (watch.well(now) >= WELL_AFTER) this.options.backoff.reset();
    if (this.#seen && this.#state === 'retrying') this.#reconnects += 1;
    this.#seen = true;
    const wasSilent = watch.pictures === 1 || this.#state === 'stale';
    this.#enter(...stateOf(doubt));
    // From now on something else is due, and sooner; what is due later is seen when the time comes.
    if (wasSilent) this.#look?.();
  }

  /** Looks whether pictures come, when one is due; the function that ends the looking. */
  #watch(watch: Watch, stalled: (reason: string) => void): () => void {
    const { clock, patience } = this.options;
    let cancel = (): void => {};
    const look = (): void => {
      cancel();
      const now = this.#now() + ROUNDING;
      if (now >= watch.deadline) return stalled(watch.complaint);
      // Each snapshot is an attempt of its own, and the time between two is no silence.
      const staleAt = watch.pictures === 0 ? Infinity : watch.last + Math.max(patience.stale, this.#usual());
      if (now >= staleAt) this.#enter('stale', 'no new picture');
      const next = now < staleAt ? Math.min(watch.deadline, staleAt) : watch.deadline;
      cancel = clock.after(milliseconds(next - now), look);
    };
    look();
    this.#look = look;
    return () => {
      cancel();
      this.#look = undefined;
    };
  }

  #usual(): number {
    return INTERVALS * (this.#interval ?? 0);
  }

  async #pause(seconds: number): Promise<void> {
    if (this.#stopped || seconds <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(Math.ceil(seconds * 1000), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #enter(state: SourceState, reason?: string, fault?: SourceFault): void {
    if (this.#stopped || (state === this.#state && reason === this.#reason)) return;
    [this.#state, this.#reason, this.#fault] = [state, reason, fault];
    this.#tell();
  }

  #tell(): void {
    const { clock, changed } = this.options;
    changed({
      state: this.#state,
      ...(this.#reason !== undefined && { reason: this.#reason }),
      ...(this.#fault !== undefined && { fault: this.#fault }),
      at: clock.wall(),
      reconnects: this.#reconnects,
    });
  }

  #now(): number {
    return this.options.clock.now() / 1000;
  }
}

/** Timers count whole ones, and would be early by a part of one. */
function milliseconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds * 1000));
}

/** When pictures of one attempt came, in seconds. */
class Watch {
  pictures = 0;
  last: number;
  #first: number;

  constructor(
    private readonly patience: Patience,
    begun: number,
  ) {
    this.last = this.#first = begun;
  }

  /** Takes a picture; seconds since the one before. */
  arrived(now: number): number | undefined {
    const interval = this.pictures === 0 ? undefined : now - this.last;
    if (this.pictures === 0) this.#first = now;
    this.pictures += 1;
    this.last = now;
    return interval;
  }

  /** Seconds for which pictures have come. */
  well(now: number): number {
    return now - this.#first;
  }

  /** When the attempt is to be ended, if nothing comes until then. */
  get deadline(): number {
    return this.last + (this.pictures === 0 ? this.patience.connect : this.patience.stall);
  }

  /** What is said of an attempt that is ended for that. */
  get complaint(): string {
    return this.pictures === 0
      ? `no picture within ${this.patience.connect} s`
      : `no new picture for ${this.patience.stall} s`;
  }
}

function stateOf(doubt: Doubt | undefined): [state: SourceState, reason?: string] {
  if (!doubt) return ['live'];
  switch (doubt.kind) {
    case 'damaged':
      return ['live'];
    case 'frozen':
      return ['frozen', 'no pixel changes'];
    case 'repeating':
      return ['frozen', 'the same pictures come again and again'];
    case 'black':
      return ['black', 'there is nothing in the picture'];
    default:
      return doubt.kind satisfies never;
  }
}
