// Owns the examples of refused regions that a summary shows: a few of each reason, however long the run. Words are told
// elsewhere.
import { REJECTIONS, type Box, type DigitClass, type FrameSightings, type Sighting, type Rejection } from '../types.js';
import { RATIO_CAP, TIME_DECIMALS } from './messages.js';

/** Examples of a reason that are kept. */
export const MOST_EXAMPLES = 3;

/** A region that was refused. */
export interface RefusedExample {
  readonly frame: number;
  /** As in the lines: seconds. */
  readonly time: number;
  readonly file?: string;
  readonly region: string;
  readonly box: Box;
  /** What it looked like. */
  readonly digit: DigitClass;
  /** As in the lines. */
  readonly ratio: number;
}

/** Examples by reason, the clearest first; reasons without any are left out. */
export type Examples = Readonly<Partial<Record<Rejection, readonly RefusedExample[]>>>;

/**
 * Keeps of every reason those {@link MOST_EXAMPLES} regions that looked most like a digit: that had the largest ratio.
 * These are where a rule decides most (a wrong digit that it kept away, or a right one that it took), while the first
 * ones of a run are any. A region (of a file) is kept once, at its clearest; of equals the first. Memory: the kept ones.
 */
export class ExampleKeeper {
  readonly #kept = new Map<Rejection, RefusedExample[]>();

  /** Looks at a frame. */
  add({ frame, sightings }: Pick<FrameSightings, 'frame' | 'sightings'>): void {
    for (const sighting of sightings)
      if (!sighting.verdict.accepted) this.#offer(sighting.verdict.rejected, frame, sighting);
  }

  /** The examples so far. */
  get examples(): Examples {
    return Object.fromEntries(
      REJECTIONS.flatMap((reason) => {
        const kept = this.#kept.get(reason);
        return kept ? [[reason, [...kept]]] : [];
      }),
    );
  }

  #offer(reason: Rejection, frame: FrameSightings['frame'], sighting: Sighting): void {
    const { ratio } = sighting.verdict;
    const kept = this.#kept.get(reason) ?? [];
    if (kept.length === MOST_EXAMPLES && ratio <= kept.at(-1)!.ratio) return;
    const own = exampleOf(frame, sighting);
    const before = kept.findIndex(({ region, file }) => region === own.region && file === own.file);
    if (before >= 0 && ratio <= kept[before]!.ratio) return;
    const others = kept.filter((_, i) => i !== before);
    const place = others.findIndex((other) => own.ratio > other.ratio);
    others.splice(place < 0 ? others.length : place, 0, own);
    this.#kept.set(reason, others.slice(0, MOST_EXAMPLES));
  }
}

function exampleOf({ index, time, file }: FrameSightings['frame'], { digit, verdict }: Sighting): RefusedExample {
  return {
    frame: index,
    time: Number(time.toFixed(TIME_DECIMALS)),
    ...(file !== undefined && { file }),
    region: digit.region.id,
    box: digit.region.box,
    digit: verdict.digit,
    ratio: Number(Math.min(verdict.ratio, RATIO_CAP).toPrecision(3)),
  };
}
