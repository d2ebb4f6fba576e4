// Owns reading a file again from its beginning when it has ended: what can be, where its frames stand in time over all
// passes, and when the next pass begins. It must not open or decode anything.
import { UsageError, type SourceError } from '../base/errors.js';
import type { SourcePass } from '../types.js';
import type { Input } from './kinds/list.js';
import type { LiveClock } from './live/clock.js';

/** Passes begin at least so many milliseconds apart: each costs two processes, and a file may hold one frame. */
const LEAST_APART = 500;

/**
 * Checks that a source can be read again.
 *
 * @param name how messages name it
 * @param inputs what it is, with errors in the place of what can't be read: these are told when they are
 * @param waits whether it waits for a slow consumer: what does not is live
 * @throws UsageError for what has no end, what comes once, and pictures, which have no times
 */
export function checkRepeats(name: string, inputs: readonly (Input | SourceError)[], waits: boolean): void {
  const [input] = inputs;
  if (inputs.length === 1 && input && (!('traits' in input) || input.traits.repeats)) return;
  const comesOnce = inputs.length === 1 && input && 'traits' in input && input.traits.most === undefined;
  const why = !waits
    ? 'is live and has no end: leave it out.'
    : comesOnce
      ? 'comes through a pipe, and can be read once: save it and give the name of the file, or leave --repeat out.'
      : 'is no video but pictures, which have no times to go on from: leave it out.';
  throw new UsageError(`--repeat reads a video file again when it has ended; ${name} ${why}`);
}

/** Where a frame stands over all passes. */
export interface PassPlace {
  /** Seconds on the file's own clock in its first pass, which goes on in the others. */
  readonly time: number;
  /** Absent in the first pass. */
  readonly pass: SourcePass | undefined;
}

/** The passes of one run: the first from the beginning on. */
export class Passes {
  readonly #clock: Pick<LiveClock, 'now' | 'after'>;
  #pass: SourcePass | undefined;
  /** When this pass began, in milliseconds. */
  #begun: number;
  /** Where the first frame of this pass stands; undefined: where the file says. */
  #from: number | undefined;
  /** What is added to the file's times; undefined before the first frame of a pass. */
  #shift: number | undefined;
  #frames = 0;
  /** Of this pass, in seconds as placed. */
  #first = 0;
  #latest = 0;
  /** Usual seconds from one frame to the next. */
  #step = 0;
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Pick<LiveClock, 'now' | 'after'>) {
    this.#clock = clock;
    this.#begun = clock.now();
  }

  /**
   * Places the next frame of this pass.
   *
   * @param time seconds on the file's clock
   * @param step seconds from one frame to the next, for a pass of one frame
   */
  place(time: number, step: number): PassPlace {
    this.#shift ??= (this.#from ?? time) - time;
    const placed = time + this.#shift;
    if (this.#frames === 0) this.#first = this.#latest = placed;
    this.#frames += 1;
    this.#latest = Math.max(this.#latest, placed);
    const length = this.#latest - this.#first;
    this.#step = length > 0 ? length / (this.#frames - 1) : step;
    return { time: placed, pass: this.#pass };
  }

  /** Resolves when the next pass may begin, and at once after `stop`. */
  async pause(): Promise<void> {
    const rest = this.#begun + LEAST_APART - this.#clock.now();
    if (rest <= 0 || this.#stopped) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(rest, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /**
   * Begins the next pass, a frame after the one before.
   *
   * @param begins index of its first frame
   */
  next(begins: number): void {
    this.#pass = { number: (this.#pass?.number ?? 0) + 1, begins };
    this.#begun = this.#clock.now();
    this.#from = this.#latest + this.#step;
    this.#shift = undefined;
    this.#frames = 0;
  }

  /** Ends the pause. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }
}
