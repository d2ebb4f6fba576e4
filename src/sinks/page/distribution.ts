// Owns what of the last hour is known of ratios and top outputs: counts in bins, a ring of five-minute parts. It must not
// judge.
import type { Rejection, Sighting } from '../../types.js';
import { RATIO_BINS, ratioBin, TOP_BINS, topBin, type DistributionMessage } from './protocol.js';

/** Seconds that are kept, and of one part of them. */
export const KEPT_SECONDS = 3600;
const PART_SECONDS = 300;
const PARTS = KEPT_SECONDS / PART_SECONDS;

type Outcome = Rejection | 'accepted';

/** What was counted in one part of the time. */
interface Part {
  /** Number of the part since the clock's beginning. */
  readonly number: number;
  /** Of what thresholds decide, by ratio bin and top bin, `[RATIO_BINS, TOP_BINS]`. */
  readonly cells: Uint32Array;
  /** Of these, wrong by the truth; made with the first one. */
  wrong?: Uint32Array;
  readonly ratios: Map<Outcome, Uint32Array>;
  readonly tops: Map<Outcome, Uint32Array>;
  truthDigits: number;
}

/** Counts regions of the last hour. Memory: `PARTS` parts, whatever comes. */
export class Distribution {
  readonly #parts: Part[] = [];
  readonly #now: () => number;
  readonly #began: number;

  /** @param now Seconds since any moment; never goes back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#began = now();
  }

  /**
   * Counts one region; one without ink or with outputs that are not finite has neither a ratio nor a top output, and is
   * left out.
   * @param wrong By the truth, if it were accepted. Default false.
   */
  add({ verdict }: Pick<Sighting, 'verdict'>, wrong = false): void {
    const outcome: Outcome = verdict.accepted ? 'accepted' : verdict.rejected;
    if (outcome === 'blank' || outcome === 'not-finite') return;
    const part = this.#part();
    const [ratio, top] = [ratioBin(verdict.ratio), topBin(verdict.top)];
    // What another rule refused stays refused wherever the thresholds are.
    if (outcome === 'accepted' || outcome === 'ratio' || outcome === 'range') {
      part.cells[ratio * TOP_BINS + top]!++;
      if (wrong) (part.wrong ??= new Uint32Array(RATIO_BINS * TOP_BINS))[ratio * TOP_BINS + top]!++;
    }
    countIn(part.ratios, outcome, ratio, RATIO_BINS);
    countIn(part.tops, outcome, top, TOP_BINS);
  }

  /** Counts digits that the truth has in one frame. */
  addTruth(digits: number): void {
    this.#part().truthDigits += digits;
  }

  /** What was counted in the last hour. */
  message(truth: boolean): DistributionMessage {
    const parts = this.#kept();
    const cells = new Map<number, { count: number; wrong: number }>();
    for (const part of parts)
      part.cells.forEach((count, at) => {
        if (count === 0) return;
        const cell = cells.get(at) ?? { count: 0, wrong: 0 };
        cells.set(at, { count: cell.count + count, wrong: cell.wrong + (part.wrong?.[at] ?? 0) });
      });
    return {
      type: 'distribution',
      seconds: Math.min(KEPT_SECONDS, this.#now() - this.#began),
      cells: [...cells].map(([at, { count, wrong }]) => [Math.floor(at / TOP_BINS), at % TOP_BINS, count, wrong]),
      outcomes: sumOf(parts.map(({ ratios }) => ratios)),
      tops: sumOf(parts.map(({ tops }) => tops)),
      ...(truth && { truthDigits: parts.reduce((sum, part) => sum + part.truthDigits, 0) }),
    };
  }

  #part(): Part {
    const number = Math.floor(this.#now() / PART_SECONDS);
    const last = this.#parts.at(-1);
    if (last?.number === number) return last;
    const part: Part = {
      number,
      cells: new Uint32Array(RATIO_BINS * TOP_BINS),
      ratios: new Map(),
      tops: new Map(),
      truthDigits: 0,
    };
    this.#parts.push(part);
    this.#kept();
    return part;
  }

  /** Forgets what is older than an hour. */
  #kept(): readonly Part[] {
    const oldest = Math.floor(this.#now() / PART_SECONDS) - PARTS;
    while (this.#parts[0] && this.#parts[0].number <= oldest) this.#parts.shift();
    return this.#parts;
  }
}

function countIn(by: Map<Outcome, Uint32Array>, outcome: Outcome, bin: number, bins: number): void {
  let counts = by.get(outcome);
  if (!counts) by.set(outcome, (counts = new Uint32Array(bins)));
  counts[bin]!++;
}

function sumOf(parts: readonly Map<Outcome, Uint32Array>[]): DistributionMessage['outcomes'] {
  const sums: Partial<Record<Outcome, Map<number, number>>> = {};
  for (const part of parts)
    for (const [outcome, counts] of part) {
      const sum = (sums[outcome] ??= new Map<number, number>());
      counts.forEach((count, bin) => count > 0 && sum.set(bin, (sum.get(bin) ?? 0) + count));
    }
  return Object.fromEntries(
    Object.entries(sums).map(([outcome, sum]) => [outcome, [...sum].sort(([a], [b]) => a - b)]),
  );
}
