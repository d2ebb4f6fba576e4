// Owns where the time of a run goes: how long each stage works on a frame. It must not change what a stage does.
import { defer, tap, type OperatorFunction } from 'rxjs';
import type { ObserverClock } from './observer.js';

/** The stages that are timed, in the order of the pipe. */
export const STAGES = ['source', 'regions', 'normalise', 'score', 'gate', 'publish'] as const;

/** Name of a stage. `gate` includes the rule over time, `regions` the tracking of found ones. */
export type Stage = (typeof STAGES)[number];

/** The time of one stage, in milliseconds. */
export interface StageTime {
  /** Mean over all frames. */
  readonly perFrame: number;
  /** The longest single frame; undefined for `source`, whose work comes in pieces of frames. */
  readonly longest?: number;
}

/** Where the time of a run went, in milliseconds. */
export interface ProfileReport {
  /** Frames that came out of the pipe. */
  readonly frames: number;
  /** From the start of the run to its last frame: `waiting` and all stages together, times `frames`. */
  readonly wall: number;
  /** Per frame: nothing to do until the decoder gives more. */
  readonly waiting: number;
  /** Per frame and stage. `source` is what is left of the thread's busy time: reading and copying frames. */
  readonly stages: Readonly<Record<Stage, StageTime>>;
}

/** Adds up the times of one run. */
export class Profile {
  readonly #clock: ObserverClock;
  readonly #total = new Map<Stage, number>();
  readonly #longest = new Map<Stage, number>();
  /** What all stages took together. */
  #accounted = 0;
  #start: { readonly now: number; readonly idle: number } | undefined;

  constructor(clock: ObserverClock) {
    this.#clock = clock;
  }

  /** The run begins. Times from before are forgotten. */
  start(): void {
    this.#total.clear();
    this.#longest.clear();
    this.#start = { now: this.#clock.now(), idle: this.#clock.idle() };
  }

  /** The operator `stage`, timed. It must give a value for each it takes, before it returns (`map` does). */
  operator<A, B>(name: Stage, stage: OperatorFunction<A, B>): OperatorFunction<A, B> {
    return (source) =>
      defer(() => {
        let begun = 0;
        return source.pipe(
          tap(() => (begun = this.#clock.now())),
          stage,
          tap(() => this.#add(name, this.#clock.now() - begun)),
        );
      });
  }

  /**
   * The function `work`, timed from its call until its promise settles, without what other stages do meanwhile and
   * without waiting. One call at a time.
   */
  work<A extends readonly unknown[], B>(name: Stage, work: (...given: A) => Promise<B>): (...given: A) => Promise<B> {
    return async (...given) => {
      const settle = this.#begin(name);
      try {
        return await work(...given);
      } finally {
        settle();
      }
    };
  }

  /**
   * As `work`, for an engine that may compute in the next turn of the event loop (onnxruntime-node does): it is then
   * timed from that turn on, for until then frames are read.
   */
  engine<A extends readonly unknown[], B>(name: Stage, work: (...given: A) => Promise<B>): (...given: A) => Promise<B> {
    return async (...given) => {
      let settle = this.#begin(name);
      // Queued before the engine's own, so that it runs just before.
      const turn = setImmediate(() => (settle = this.#begin(name)));
      try {
        return await work(...given);
      } finally {
        clearImmediate(turn);
        settle();
      }
    };
  }

  /** The figures up to now. All 0 before `start` and without frames. */
  report(frames: number): ProfileReport {
    const [now, idle] = this.#start
      ? [this.#clock.now() - this.#start.now, this.#clock.idle() - this.#start.idle]
      : [0, 0];
    const each = (milliseconds: number): number => (frames > 0 ? milliseconds / frames : 0);
    const timed = STAGES.filter((name) => name !== 'source').map(
      (name) => [name, { perFrame: each(this.#total.get(name) ?? 0), longest: this.#longest.get(name) ?? 0 }] as const,
    );
    const source = {
      perFrame: Math.max(0, each(now - idle) - timed.reduce((sum, [, { perFrame }]) => sum + perFrame, 0)),
    };
    return {
      frames,
      wall: now,
      waiting: each(idle),
      stages: { source, ...Object.fromEntries(timed) } as ProfileReport['stages'],
    };
  }

  /** Begins a piece of asynchronous work; the function that ends it. */
  #begin(name: Stage): () => void {
    const spent = (): number => this.#clock.now() - this.#clock.idle() - this.#accounted;
    const begun = spent();
    return () => this.#add(name, Math.max(0, spent() - begun));
  }

  #add(name: Stage, milliseconds: number): void {
    this.#accounted += milliseconds;
    this.#total.set(name, (this.#total.get(name) ?? 0) + milliseconds);
    this.#longest.set(name, Math.max(this.#longest.get(name) ?? 0, milliseconds));
  }
}
