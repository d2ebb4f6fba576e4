// Owns one place of a number over time: the last clear looks at it, and the digit that they agree on. It knows no
// neighbours and no rules of numbers.
import type { DigitClass } from '../types.js';
import type { Agreement } from './asked.js';

/** What a clear look shows: a digit, or a window without ink. */
export type Shown = DigitClass | 'blank';

/** One clear look at a place. */
export interface Look {
  readonly shown: Shown;
  /** 1-2 ratio of the digit, >= 1; may be Infinity. */
  readonly ratio: number;
  /** Index of its frame among those that the number was looked for in. */
  readonly frame: number;
  /** Seconds; undefined for images, which have no time. */
  readonly time: number | undefined;
}

/** What a place shows by the looks at it. */
export interface Agreed {
  readonly shown: Shown;
  /** The looks that show it, and all that count. */
  readonly frames: number;
  readonly of: number;
  /** Time of the first look that shows it, seconds; 0 for images. */
  readonly since: number;
  /** Frame since which it shows this rather than what it showed before. */
  readonly from: number;
  /** The looks are divided between this digit and the next. */
  readonly between: boolean;
}

/** Ratios count up to this: one look that is very sure outvotes no two. */
export const MOST_RATIO = 20;

/** What a blank window weighs: as a clear digit. */
const BLANK_RATIO = 10;

/** In a source that gives fewer frames than looks are aged by time, a look counts for so many times `of` frames. */
const SPARSE = 2;

/** Shares and times are equal up to this. */
const ROUNDING = 1e-6;

/** The last clear looks at one place. Memory: `of` looks. */
export class Place {
  readonly #asked: Agreement;
  #looks: readonly Look[] = [];

  constructor(asked: Agreement) {
    this.#asked = asked;
  }

  /**
   * Adds a look, the newest, and says whether it counts: one that comes too soon after the last one is passed over, for
   * it is no other look.
   */
  add(look: Look): boolean {
    const { of, seconds } = this.#asked;
    const last = this.#looks.at(-1)?.time;
    if (last !== undefined && look.time !== undefined && look.time - last < seconds / of - ROUNDING) return false;
    this.#looks = [...this.#looks, look].slice(-of);
    return true;
  }

  /** Drops the looks before a frame. */
  dropBefore(frame: number): void {
    if (this.#looks.some((look) => look.frame < frame)) this.#looks = this.#looks.filter((look) => look.frame >= frame);
  }

  /** Drops what is older than looks may be: by time, and by frames too, for a source may give one in an hour. */
  dropOld(frame: number, time: number | undefined): void {
    const [oldest] = this.#looks;
    if (!oldest || !this.#isOld(oldest, frame, time)) return;
    this.#looks = this.#looks.filter((look) => !this.#isOld(look, frame, time));
  }

  #isOld(look: Look, frame: number, time: number | undefined): boolean {
    const { within, of } = this.#asked;
    return (
      time !== undefined && look.time !== undefined && time - look.time > within && frame - look.frame > SPARSE * of
    );
  }

  /** The digit that enough looks show; with `wheel` also two neighbouring ones that share the looks. */
  agreed(wheel: boolean): Agreed | undefined {
    const weights = new Map<Shown, number>();
    for (const { shown, ratio } of this.#looks) weights.set(shown, (weights.get(shown) ?? 0) + weightOf(shown, ratio));
    let best: Shown | undefined;
    for (const [shown, weight] of weights) if (best === undefined || weight > weights.get(best)!) best = shown;
    if (best === undefined) return undefined;
    const alone = this.#settle((shown) => shown === best, best, false);
    if (alone || !wheel || best === 'blank') return alone;
    const [next, before] = [((best + 1) % 10) as DigitClass, ((best + 9) % 10) as DigitClass];
    const low = (weights.get(next) ?? 0) >= (weights.get(before) ?? 0) ? best : before;
    const high = ((low + 1) % 10) as DigitClass;
    return this.#settle((shown) => shown === low || shown === high, low, true);
  }

  /** Whether the looks that show one of these are enough. */
  #settle(shows: (shown: Shown) => boolean, shown: Shown, between: boolean): Agreed | undefined {
    const { frames, share } = this.#asked;
    const own = this.#looks.filter((look) => shows(look.shown));
    const [first] = own;
    if (!first || own.length < frames) return undefined;
    const weight = (looks: readonly Look[]): number =>
      looks.reduce((sum, look) => sum + weightOf(look.shown, look.ratio), 0);
    if (weight(own) < share * weight(this.#looks) - ROUNDING) return undefined;
    return {
      shown,
      frames: own.length,
      of: this.#looks.length,
      since: first.time ?? 0,
      from: this.#turningPoint(shows),
      between,
    };
  }

  /** The frame before which the looks show something else, and from which on they show this: where fewest say no. */
  #turningPoint(shows: (shown: Shown) => boolean): number {
    let [wrong, fewest, from] = [0, 0, this.#looks[0]!.frame];
    for (const [k, look] of this.#looks.entries()) {
      wrong += shows(look.shown) ? 1 : -1;
      // Of equally good ones the latest: what came before it is believed less.
      if (wrong <= fewest) [fewest, from] = [wrong, this.#looks[k + 1]?.frame ?? look.frame];
    }
    return from;
  }
}

function weightOf(shown: Shown, ratio: number): number {
  return shown === 'blank' ? BLANK_RATIO : Math.min(ratio, MOST_RATIO);
}
