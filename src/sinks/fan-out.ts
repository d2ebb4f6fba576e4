// Owns a run's sinks together: each is told everything in order, and one that fails stops none of the others. It knows
// no kind of sink.
import { UserError } from '../base/errors.js';
import { systemClock, type Clock } from '../base/clock.js';
import type { FrameSightings, SourceChange, Stats } from '../types.js';
import { createPublication } from './outgoing.js';
import type { Ending, Past, RunInfo, Sink } from './sink.js';

/** Milliseconds between two rounds of figures. */
export const STATS_EVERY_MS = 1_000;

/** A sink and what messages call it. */
export interface NamedSink {
  readonly name: string;
  readonly sink: Sink;
}

/** A sink that a person's mistake or the world outside made fail. It says which. */
export class SinkError extends UserError {
  readonly exitCode: number;
  constructor(name: string, cause: UserError) {
    super(`${name}: ${cause.message}`, { cause });
    this.exitCode = cause.exitCode;
  }
}

/** What a fan-out needs of its run; the figures are those of the run itself, without what sinks add. */
export interface FanOutOptions extends Omit<RunInfo, 'stats' | 'lost' | 'past'> {
  readonly stats: () => Stats;
  /** Told at once when a sink has failed that ends the run. Default: it shows with the next frame, or at the end. */
  readonly failed?: () => void;
  /** Default real time. */
  readonly clock?: Clock;
}

interface Open extends NamedSink {
  failed: boolean;
}

/** The sinks of one run. */
export class FanOut implements AsyncDisposable {
  readonly #open: Open[] = [];
  readonly #options: FanOutOptions;
  #publication: ReturnType<typeof createPublication>;
  #past: Past | undefined;
  #stopClock = (): void => {};
  /** The first failure that ends the run. */
  #fatal: Error | undefined;
  #ended: Promise<void> | undefined;

  private constructor(options: FanOutOptions) {
    this.#options = options;
    this.#publication = createPublication(options.identity);
  }

  /**
   * Opens the sinks, in order. Where one can't be opened, those before it are aborted.
   * @throws what it failed with, named.
   */
  static async open(sinks: readonly NamedSink[], options: FanOutOptions): Promise<FanOut> {
    const all = new FanOut(options);
    await all.#openAll(sinks);
    all.#stopClock = (options.clock ?? systemClock).every(STATS_EVERY_MS, () => all.#tellStats());
    return all;
  }

  /** Whether a sink needs frames in full detail. */
  get fullDetail(): boolean {
    return this.#open.some(({ sink }) => sink.fullDetail);
  }

  /** The run's figures with what sinks add. */
  stats(): Stats {
    const added = this.#alive().map((one) => this.#figuresOf(one));
    const all = Object.assign({}, this.#options.stats(), ...added) as Stats;
    const sinks = Object.assign({}, ...added.map((figures) => figures.sinks)) as NonNullable<Stats['sinks']>;
    return Object.keys(sinks).length > 0 ? { ...all, sinks } : all;
  }

  /**
   * Gives a frame to every sink, and waits for those that the run waits for.
   * @throws the failure of a sink without which the run does not go on, named, when all others have taken the frame.
   */
  async frame(sightings: FrameSightings): Promise<void> {
    const published = this.#publication(sightings);
    const waiting = this.#alive().flatMap((one) => {
      const taken = this.#guarded(one, () => one.sink.frame(published));
      return one.sink.pace === 'waits' ? [taken] : [];
    });
    await Promise.all(waiting);
    this.throwIfFailed();
  }

  /** Tells every sink what a live source does. Does nothing once the sinks have been ended or given up. */
  state(change: SourceChange): void {
    if (this.#ended) return;
    for (const one of this.#alive()) void this.#guarded(one, async () => one.sink.state?.(change));
  }

  /** @throws the first failure of a sink without which the run does not go on, named. */
  throwIfFailed(): void {
    if (this.#fatal) throw this.#fatal;
  }

  /**
   * Ends every sink, in order; each is ended whatever becomes of the others. Idempotent.
   * @throws the first failure of a sink that ends the run, named, unless the run has ended with it: what was thrown while
   *   nobody waited any more is told here.
   */
  end(ending: Ending): Promise<void> {
    return (this.#ended ??= this.#end(ending));
  }

  /** Gives every sink up. Idempotent; does nothing after `end`, whose failure is told to those who called it. */
  abort(): Promise<void> {
    return this.#ended ? this.#ended.catch(() => undefined) : (this.#ended = this.#abort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  async #openAll(sinks: readonly NamedSink[]): Promise<void> {
    const run: RunInfo = {
      ...this.#options,
      stats: () => this.stats(),
      lost: () => this.#lost(),
      past: () => this.#past,
    };
    for (const { name, sink } of sinks) {
      try {
        await sink.open(run);
      } catch (error) {
        for (const one of [...this.#alive(), { sink }]) await giveUp(one);
        throw named(name, error);
      }
      this.#open.push({ name, sink, failed: false });
      this.#past ??= sink.past?.();
    }
    this.#publication = createPublication(this.#options.identity, this.#past?.last);
  }

  async #end(ending: Ending): Promise<void> {
    this.#stopClock();
    for (const one of this.#alive()) await this.#guarded(one, () => one.sink.end(ending));
    if (this.#fatal !== ending.error) this.throwIfFailed();
  }

  async #abort(): Promise<void> {
    this.#stopClock();
    for (const one of this.#alive()) await giveUp(one);
  }

  #lost(): string[] {
    return this.#open.filter(({ failed }) => failed).map(({ name }) => name);
  }

  #alive(): Open[] {
    return this.#open.filter(({ failed }) => !failed);
  }

  #tellStats(): void {
    const figures = this.stats();
    for (const one of this.#alive()) void this.#guarded(one, () => one.sink.stats(figures));
  }

  /** What a sink adds to the figures; nothing when it fails at that. */
  #figuresOf(one: Open): Partial<Stats> {
    try {
      return one.sink.figures?.() ?? {};
    } catch (error) {
      void this.#failed(one, error);
      return {};
    }
  }

  /** Does work of a sink; a failure is dealt with as its kind asks. Never rejects. */
  async #guarded(one: Open, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#failed(one, error);
    }
  }

  async #failed(one: Open, error: unknown): Promise<void> {
    if (one.failed) return;
    one.failed = true;
    const failure = named(one.name, error);
    if (one.sink.failure === 'ends-run') {
      this.#fatal ??= failure;
      this.#options.failed?.();
    } else this.#options.say(`${failure.message}; the run goes on without it\n`);
    await giveUp(one);
  }
}

/** Aborts a sink. What that throws is not told: something else has gone wrong before, which is. */
async function giveUp({ sink }: Pick<NamedSink, 'sink'>): Promise<void> {
  try {
    await sink.abort();
  } catch {
    return;
  }
}

function named(name: string, error: unknown): Error {
  if (error instanceof UserError) return new SinkError(name, error);
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`${name}: ${message}`, { cause: error });
}
