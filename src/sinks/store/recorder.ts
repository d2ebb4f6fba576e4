// What leaves a run -> records that wait to be stored: predictions, numbers, states as they come, refusals by minute.
// No database.
import type { Rejection } from '../../types.js';
import { toLine, type SourceMessage } from '../messages.js';
import type { PublishedFrame, ReadingsShown } from '../sink.js';
import { recordText } from './records.js';
import type { LastNumbers } from './writer.js';

const MINUTE_MS = 60_000;

/** Seconds between two records of the minute that goes on: what of it a kill takes away, at most. */
const TELL_EVERY = 10;

/** What a recorder needs. */
export interface RecorderOptions {
  /** Takes a record. */
  readonly add: (record: string) => void;
  /** Whether digits are told. */
  readonly shown: ReadingsShown;
  /** The last numbers of the run before. */
  readonly before: LastNumbers;
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
}

/** Follows one run. */
export class Recorder {
  readonly #options: RecorderOptions;
  #given: { prediction: number; reading: number };
  /** Records so far. */
  #n = 0;
  #minute = 0;
  #counts: Partial<Record<Rejection, number>> = {};
  /** Whether refusals of this minute were not told yet. */
  #isDue = false;
  #ticks = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#given = { ...options.before };
  }

  /** The highest numbers that were given so far. */
  get given(): LastNumbers {
    return this.#given;
  }

  /** Takes what leaves the run for a frame. */
  frame({ sightings, outgoing, numbers }: PublishedFrame): void {
    const told = this.#options.now();
    this.#turn(told);
    for (const { verdict } of sightings) if (!verdict.accepted) this.#refused(verdict.rejected);
    for (const { message, line } of numbers) {
      if (message.type === 'reading') this.#given.reading = message.seq;
      this.#add('n', told, line);
    }
    if (this.#options.shown === 'only') return;
    for (const [i, one] of outgoing.entries()) {
      if (sightings[i]?.verdict.accepted !== true) continue;
      this.#given.prediction = one.message.seq;
      this.#add('p', told, one.line);
    }
  }

  /** Takes what a live source does. */
  state(message: SourceMessage): void {
    this.#add('s', Date.parse(message.at), toLine(message));
  }

  /** A second has passed. */
  tick(): void {
    this.#turn(this.#options.now());
    if (++this.#ticks % TELL_EVERY === 0) this.#tellMinute();
  }

  /** Nothing else comes. */
  end(): void {
    this.#tellMinute();
  }

  #refused(reason: Rejection): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    this.#isDue = true;
  }

  /** Begins the next minute where one has passed. A clock that is set back begins none: its minute was told. */
  #turn(now: number): void {
    const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    if (minute <= this.#minute) return;
    this.#tellMinute();
    [this.#minute, this.#counts] = [minute, {}];
  }

  #tellMinute(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#add('m', this.#minute, JSON.stringify(this.#counts));
  }

  #add(kind: Parameters<typeof recordText>[0], told: number, line: string): void {
    this.#options.add(recordText(kind, ++this.#n, told, line));
  }
}
