// Owns the places of one number together: what they show at one time. A number whose places were seen at different
// times was perhaps never there. It knows no rules of values.
import type { DigitClass } from '../types.js';
import type { AskedNumber } from './asked.js';
import { Place, type Agreed, type Look, type Shown } from './place.js';
import { readWheels } from './wheels.js';

/** A number that all places agree on. */
export interface AgreedNumber {
  /** From left to right, with leading blanks. */
  readonly shown: readonly Shown[];
  readonly places: readonly Agreed[];
  /** Clear looks at each place so far, those that no longer count among them. */
  readonly looks: readonly number[];
}

/** What a number looks like. */
export interface NumberNow {
  /** Undefined: at least one place is not agreed on. */
  readonly number: AgreedNumber | undefined;
  /** By place; undefined where it is not agreed on. */
  readonly shown: readonly (Shown | undefined)[];
}

/**
 * The places of one number. When a place has come to show another digit, looks at the others from before that time no
 * longer count: between 419 and 420 there is no 429, though both wheels were clear.
 */
export class NumberPlaces {
  readonly #asked: Pick<AskedNumber, 'agree' | 'wheels'>;
  #places: readonly Place[];
  /** What each place was last agreed on. */
  #settled: (Shown | undefined)[];
  #looks: readonly number[];

  constructor(count: number, asked: Pick<AskedNumber, 'agree' | 'wheels'>) {
    this.#asked = asked;
    this.#places = Array.from({ length: count }, () => new Place(asked.agree));
    this.#settled = this.#places.map(() => undefined);
    this.#looks = this.#places.map(() => 0);
  }

  /** Brings places into another order: for each its index until now, undefined for a new one. */
  arrange(from: readonly (number | undefined)[]): void {
    const of = <T>(list: readonly T[], k: number | undefined): T | undefined => (k === undefined ? undefined : list[k]);
    const [places, settled, counts] = [this.#places, this.#settled, this.#looks];
    this.#places = from.map((k) => of(places, k) ?? new Place(this.#asked.agree));
    this.#settled = from.map((k) => of(settled, k));
    this.#looks = from.map((k) => of(counts, k) ?? 0);
  }

  /** Forgets all looks: what comes now is of another time. */
  clear(): void {
    this.arrange(this.#places.map(() => undefined));
  }

  /**
   * Takes the looks of one frame.
   * @param looks By place; undefined where it was not seen clearly.
   * @param before The number that was seen until just now, if any: it tells wheels that stand between two digits.
   */
  see(
    looks: readonly (Omit<Look, 'frame' | 'time'> | undefined)[],
    { frame, time }: Pick<Look, 'frame' | 'time'>,
    before?: readonly Shown[],
  ): NumberNow {
    this.#looks = this.#places.map((place, k) => {
      place.dropOld(frame, time);
      const look = looks[k];
      return this.#looks[k]! + Number(look !== undefined && place.add({ ...look, frame, time }));
    });
    return this.#told(this.#agreed(), before);
  }

  /** What places agree on when none counts looks from before the latest change. */
  #agreed(): readonly (Agreed | undefined)[] {
    const agreed = this.#places.map((place) => place.agreed(this.#asked.wheels));
    const changed = agreed.flatMap((now, k) => (now && now.shown !== this.#settled[k] ? [now.from] : []));
    for (const [k, now] of agreed.entries()) if (now) this.#settled[k] = now.shown;
    if (changed.length === 0) return agreed;
    for (const place of this.#places) place.dropBefore(Math.max(...changed));
    // Once more, as a place may agree on less by what is left.
    return this.#places.map((place) => place.agreed(this.#asked.wheels));
  }

  #told(agreed: readonly (Agreed | undefined)[], before: readonly Shown[] | undefined): NumberNow {
    const shown = this.#asked.wheels ? carried(agreed, before) : agreed.map((one) => one?.shown);
    const all = agreed.every((one) => one !== undefined) && shown.every((one) => one !== undefined);
    return { shown, number: all ? { shown, places: agreed, looks: this.#looks } : undefined };
  }
}

/** What places show, wheels by their neighbours. */
function carried(agreed: readonly (Agreed | undefined)[], before: readonly Shown[] | undefined): (Shown | undefined)[] {
  const shown = agreed.map((one) => one?.shown);
  // From the right, as far as there are digits: blanks lead, and what is not agreed on says nothing of its neighbour.
  let from = agreed.length;
  while (from > 0 && agreed[from - 1] !== undefined && agreed[from - 1]!.shown !== 'blank') from--;
  const seen = agreed.slice(from).map((one) => ({ digit: one!.shown as DigitClass, between: one!.between }));
  const known = before?.slice(from).filter((one) => one !== 'blank');
  const digits = readWheels(seen, known?.length === seen.length ? known : undefined);
  const left = shown.slice(0, from).map((one) => (one === 'blank' ? one : undefined));
  return [...left, ...digits];
}
