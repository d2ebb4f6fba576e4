// Owns what becomes of a number that all looks agree on: told, refused, or in doubt. It remembers the number before,
// and what was refused since. It knows no frames and no looks.
import type { ReadingRule } from '../types.js';
import type { AskedNumber } from './asked.js';
import { brokenRule, isRelative } from './rules.js';
import type { Value } from './value.js';

/** When something was seen. */
export interface Moment {
  /** Index of the frame among those that the number was looked for in. */
  readonly frame: number;
  /** Seconds on the source's clock; undefined for images. */
  readonly time: number | undefined;
  /** Wall clock in milliseconds since 1970; undefined where the source has none. */
  readonly at: number | undefined;
}

/** The number that holds. */
export interface Kept {
  readonly value: Value;
  /** When it was last seen. */
  readonly seen: Pick<Moment, 'time' | 'at'>;
}

/** What becomes of a number. */
export interface Outcome {
  /** It is told: it is new, or it is time to say it again. */
  readonly told?: { readonly healed?: { readonly rule: ReadingRule; readonly last: string } };
  /** It is refused, and was not just now. */
  readonly refused?: { readonly rule: ReadingRule; readonly last: string | undefined };
  /** It has been refused for so long that there is a question. */
  readonly doubt?: Doubt;
}

/** Refused numbers that agree with each other. */
export interface Doubt {
  readonly rule: ReadingRule;
  readonly last: string | undefined;
  /** Seconds; 0 for images. */
  readonly since: number;
  /** Clear looks at each place since then, at least. */
  readonly frames: number;
}

/** Clear looks at each place while refused values agree, in multiples of those that count for one. */
const HEAL_LOOKS = 2;

/** Refused values, each of which might follow the one before it. */
interface Chain {
  readonly value: Value;
  readonly rule: ReadingRule;
  readonly seen: Moment;
  readonly since: number | undefined;
  /** Clear looks at each place when it began. */
  readonly begun: readonly number[];
  /** And since then at the place with fewest. */
  readonly frames: number;
  /** When a question was last asked, and of what. */
  readonly asked?: { readonly text: string; readonly time: number | undefined };
}

/** Keeps one number. */
export class Keeper {
  readonly #asked: AskedNumber;
  #kept: Kept | undefined;
  /** Whether a number has been seen since the keeper was made: what was kept before is not of this run. */
  #isOwn = false;
  #toldAt: number | undefined;
  #chain: Chain | undefined;

  /** @param kept What held when the last run ended. */
  constructor(asked: AskedNumber, kept?: Kept) {
    this.#asked = asked;
    this.#kept = kept;
  }

  /** The number that holds; undefined before the first. */
  get kept(): Kept | undefined {
    return this.#kept;
  }

  /** The number that holds, where it was seen in this run and lately. */
  latelySeen(time: number | undefined): Value | undefined {
    const { within } = this.#asked.agree;
    const seen = this.#kept?.seen.time;
    const recent = time === undefined || (seen !== undefined && time >= seen && time - seen <= within);
    return this.#isOwn && recent ? this.#kept?.value : undefined;
  }

  /** What comes now does not go on from what was: refused values begin anew. The number that holds does so still. */
  cut(): void {
    this.#chain = undefined;
  }

  /**
   * Judges a number that all looks agree on now.
   * @param looks Clear looks at each place so far.
   */
  judge(value: Value, now: Moment, looks: readonly number[]): Outcome {
    if (this.#kept && value.text === this.#kept.value.text) return this.#again(value, now);
    const before = this.#kept && { value: this.#kept.value, elapsed: elapsed(this.#kept.seen, now, this.#isOwn) };
    const rule = brokenRule(value, this.#asked, before);
    if (rule === undefined) return this.#take(value, now);
    return this.#refuse(value, rule, now, looks);
  }

  #again(value: Value, now: Moment): Outcome {
    const { every } = this.#asked;
    const due = !this.#isOwn || (every !== undefined && since(this.#toldAt, now.time) >= every);
    if (due) return this.#take(value, now);
    this.#chain = undefined;
    this.#kept = { value, seen: now };
    return {};
  }

  #take(value: Value, now: Moment, healed?: { readonly rule: ReadingRule; readonly last: string }): Outcome {
    this.#chain = undefined;
    this.#kept = { value, seen: now };
    this.#isOwn = true;
    this.#toldAt = now.time;
    return { told: healed ? { healed } : {} };
  }

  #refuse(value: Value, rule: ReadingRule, now: Moment, looks: readonly number[]): Outcome {
    const last = this.#kept?.value.text;
    const isNew = this.#chain?.value.text !== value.text || this.#chain.rule !== rule;
    const chain = this.#follow(value, rule, now, looks);
    this.#chain = chain;
    const refused = isNew ? { refused: { rule, last } } : {};
    if (!this.#isLong(chain)) return refused;
    const doubt = { rule, last, since: chain.since ?? 0, frames: chain.frames };
    if (this.#asked.heal === 'auto' && isRelative(rule) && last !== undefined)
      return { ...refused, doubt, ...this.#take(value, now, { rule, last }) };
    const { asked } = chain;
    if (asked && (asked.text === value.text || since(asked.time, now.time) < this.#asked.healAfter)) return refused;
    this.#chain = { ...chain, asked: { text: value.text, time: now.time } };
    return { ...refused, doubt };
  }

  /** The chain with this value, or a new one where it could not follow what was refused before. */
  #follow(value: Value, rule: ReadingRule, now: Moment, looks: readonly number[]): Chain {
    const chain = this.#chain;
    const same = chain?.value.text === value.text;
    const follows =
      chain !== undefined &&
      chain.begun.length === looks.length &&
      isRelative(rule) === isRelative(chain.rule) &&
      (same || this.#mayFollow(value, chain, now));
    if (!follows) return { value, rule, seen: now, since: now.time, begun: looks, frames: 0 };
    const frames = Math.min(...looks.map((count, k) => count - chain.begun[k]!));
    return { ...chain, value, rule, seen: now, frames };
  }

  /** By the rules alone that compare: what else is wrong with both is wrong with both. */
  #mayFollow(value: Value, { value: before, seen }: Chain, now: Moment): boolean {
    const broken = brokenRule(value, this.#asked, { value: before, elapsed: elapsed(seen, now, true) });
    return broken === undefined || !isRelative(broken);
  }

  /** Whether refused values have agreed for long enough: in time, where there is any, and in looks. */
  #isLong({ since: begun, seen, frames }: Chain): boolean {
    const { agree, healAfter } = this.#asked;
    const long = begun === undefined || since(begun, seen.time) >= healAfter;
    return long && frames >= HEAL_LOOKS * agree.of;
  }
}

/** Seconds between two moments; undefined where that is not known. */
function elapsed(then: Pick<Moment, 'time' | 'at'>, now: Moment, sameRun: boolean): number | undefined {
  if (then.at !== undefined && now.at !== undefined) return Math.max(0, (now.at - then.at) / 1000);
  if (sameRun && then.time !== undefined && now.time !== undefined) return Math.max(0, now.time - then.time);
  return undefined;
}

/** Seconds since a time; Infinity where one of the two is not known. */
function since(then: number | undefined, now: number | undefined): number {
  return then === undefined || now === undefined ? Infinity : now - then;
}
