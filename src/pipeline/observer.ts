// Owns what a run tells while it goes on: what its source does, totals, frames a second, lag, times of the stages. It
// watches only: nothing in the run depends on it.
import {
  noCounts,
  noReadings,
  type Counts,
  type Frame,
  type FrameReadings,
  type FrameSightings,
  type ReadingCounts,
  type SourceChange,
  type Stats,
} from '../types.js';
import { SourceMonitor } from '../source/monitor.js';
import { Profile } from './profile.js';
import { Turns } from './turns.js';

/** Seconds over which frames a second are averaged. */
const WINDOW = 2;

/** The times that an observer measures with, in milliseconds since any fixed moment; neither ever goes back. */
export interface ObserverClock {
  /** The time. */
  now(): number;
  /** How much of that time this thread has spent waiting for events: the decoder's, mostly. */
  idle(): number;
}

const REAL_TIME: ObserverClock = {
  now: () => performance.now(),
  idle: () => performance.eventLoopUtilization().idle,
};

/** Options of {@link RunObserver}. */
export interface RunObserverOptions {
  /** Times the stages as well ({@link RunObserver.profile}). Default false. */
  readonly profile?: boolean;
  /** Default real time. */
  readonly clock?: ObserverClock;
}

/**
 * Watches one run. The pipeline tells it of every frame; everyone else reads, at any time. A subclass may override
 * `arrived`, `published` and `changed` to hear of them as well, and calls them of this class.
 */
export class RunObserver {
  /** What the source says of itself: size, counters, children, what state it is in where it is live. */
  readonly source = new SourceMonitor((change) => this.changed(change));
  /** Pictures that were turned, or may have to be. */
  readonly turns = new Turns();
  /** Times of the stages, where they were asked for. */
  readonly profile: Profile | undefined;
  readonly #clock: ObserverClock;
  /** When the frames on their way arrived; as many as the source has buffers. */
  readonly #arrivals: number[] = [];
  #published: number[] = [];
  #counts: Counts = noCounts();
  #readings: ReadingCounts | undefined;
  #lag = 0;
  readonly #watchers = new Set<(change: SourceChange) => void>();

  constructor({ profile = false, clock = REAL_TIME }: RunObserverOptions = {}) {
    this.#clock = clock;
    this.profile = profile ? new Profile(clock) : undefined;
  }

  /** Totals up to the last published frame. */
  get counts(): Counts {
    return this.#counts;
  }

  /** The run begins. */
  begun(): void {
    this.profile?.start();
  }

  /** A frame has come from the source. */
  arrived(_frame: Frame): void {
    this.#arrivals.push(this.#clock.now());
  }

  /** A frame has been published. Frames are published in the order in which they arrived. */
  published(sightings: Pick<FrameSightings, 'sightings' | 'truncated' | 'readings'>): void {
    const now = this.#clock.now();
    this.#lag = (now - (this.#arrivals.shift() ?? now)) / 1000;
    this.#counts = addFrame(this.#counts, sightings);
    if (sightings.readings) this.#readings = addReadings(this.#readings ?? noReadings(), sightings.readings);
    this.#published.push(now);
    this.#forget(now);
  }

  /** A live source does something else than before. */
  changed(change: SourceChange): void {
    for (const watcher of this.#watchers) watcher(change);
  }

  /** Calls `watcher` with each change of a live source, first with what it does now, until disposed of. */
  watch(watcher: (change: SourceChange) => void): Disposable {
    this.#watchers.add(watcher);
    if (this.source.state) watcher(this.source.state);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** What there is to say of the source beside its frames: lines without an end, a few at most. */
  get remarks(): readonly string[] {
    return [...this.source.remarks, ...this.turns.remarks];
  }

  /** The figures now; fps over the last two seconds. */
  stats(): Stats {
    this.#forget(this.#clock.now());
    const { figures: source, decoded, skipped, overwritten, outdated } = this.source;
    return {
      ...this.#counts,
      fps: this.#published.length / WINDOW,
      lag: this.#lag,
      decoding: { decoded, skipped, overwritten, outdated },
      ...(this.#readings && { readings: this.#readings }),
      ...(source && { source }),
    };
  }

  #forget(now: number): void {
    const kept = this.#published.findIndex((at) => now - at < WINDOW * 1000);
    this.#published = kept < 0 ? [] : kept > 0 ? this.#published.slice(kept) : this.#published;
  }
}

/** `counts` with one more frame. regions = accepted + the sum of rejected, by construction. */
export function addFrame(
  counts: Counts,
  { sightings, truncated = false }: Pick<FrameSightings, 'sightings' | 'truncated'>,
): Counts {
  const rejected = { ...counts.rejected };
  let accepted = counts.accepted;
  for (const { verdict } of sightings) {
    if (verdict.accepted) accepted++;
    else rejected[verdict.rejected]++;
  }
  return {
    frames: counts.frames + 1,
    truncated: counts.truncated + (truncated ? 1 : 0),
    regions: counts.regions + sightings.length,
    accepted,
    rejected,
  };
}

/** `counts` with the numbers of one more frame. */
export function addReadings(
  counts: ReadingCounts,
  { told, refused, doubts }: Pick<FrameReadings, 'told' | 'refused' | 'doubts'>,
): ReadingCounts {
  if (told.length + refused.length + doubts.length === 0) return counts;
  const byRule = { ...counts.refused };
  for (const { rule } of refused) byRule[rule]++;
  return { told: counts.told + told.length, refused: byRule, doubts: counts.doubts + doubts.length };
}
