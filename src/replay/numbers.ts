// Owns how a number of digits under attack is read: the digits of a clip that was played, put side by side and shown
// again over time, as a pipeline's stage of numbers sees them. It must not play clips or print.
import { from, lastValueFrom, tap } from 'rxjs';
import { createRandom } from '../base/random.js';
import { clopperPearson } from '../base/statistics.js';
import { automaticReadings } from '../readings/schema.js';
import { readings, type AskedReading } from '../readings/readings.js';
import type { Frame, FrameSightings, Sighting } from '../types.js';
import type { Seen, Showing } from './play.js';
import type { Row } from './rows.js';
import type { AcceptsSeen } from './tally.js';

/** Which of a number's looks an attacker touches: all of one digit, all of every digit, or every digit in some frames. */
export const PATTERNS = ['one', 'every', 'some'] as const;
/** One of them. */
export type Pattern = (typeof PATTERNS)[number];

/** What became of numbers under one pattern. */
export interface NumbersRow {
  readonly pattern: Pattern;
  /** Numbers that were shown. */
  readonly numbers: number;
  /** Of these, those of which something was told. */
  readonly told: number;
  /** And something wrong among it. */
  readonly wrong: number;
  /** 95 % interval of `wrong / numbers`, Clopper and Pearson. */
  readonly wrong95: readonly [lo: number, hi: number];
}

/** Digits of a number. */
const PLACES = 5;

/** For so many frames each is shown, a tenth of a second apart: as many looks as count, twice. */
const [FRAMES, SECONDS] = [60, 0.1];

/** Share of the frames that are touched under `some`. */
const SOME = 0.3;

/** A digit as it was seen under the attack and clear. */
interface Pair {
  readonly label: number;
  readonly attacked: readonly Seen[];
  readonly clear: readonly Seen[];
}

/**
 * Numbers of the row's digits, five each in their order, under each pattern; none of what is no digit, or was not shown
 * clear. By the defaults of `readings` in a pipeline file.
 */
export async function numbersOf(row: Pick<Row, 'showings'>, accepts: AcceptsSeen): Promise<NumbersRow[]> {
  const pairs = pairsOf(row.showings);
  const all = Array.from({ length: Math.floor(pairs.length / PLACES) }, (_, k) =>
    pairs.slice(k * PLACES, (k + 1) * PLACES),
  );
  if (all.length === 0) return [];
  return await Promise.all(PATTERNS.map((pattern) => countPattern(pattern, all, accepts)));
}

/** The pattern under which the largest share of numbers was told wrong; of equals the first. */
export function worstOf(rows: readonly NumbersRow[]): NumbersRow | undefined {
  return rows.reduce<NumbersRow | undefined>(
    (worst, row) => (worst === undefined || row.wrong / row.numbers > worst.wrong / worst.numbers ? row : worst),
    undefined,
  );
}

async function countPattern(
  pattern: Pattern,
  all: readonly (readonly Pair[])[],
  accepts: AcceptsSeen,
): Promise<NumbersRow> {
  let [numbers, told, wrong] = [0, 0, 0];
  for (const [k, pairs] of all.entries()) {
    // Under `one` each digit is the one in turn.
    for (const target of pattern === 'one' ? pairs.keys() : [0]) {
      const truth = pairs.map(({ label }) => label).join('');
      const said = await readNumber(pairs, touched(pattern, target, k), accepts);
      numbers++;
      told += Number(said.length > 0);
      wrong += Number(said.some((value) => value !== truth));
    }
  }
  return { pattern, numbers, told, wrong, wrong95: clopperPearson(wrong, numbers) };
}

/** Whether a place is touched in a frame. */
function touched(pattern: Pattern, target: number, seed: number): (place: number, frame: number) => boolean {
  if (pattern === 'every') return () => true;
  if (pattern === 'one') return (place) => place === target;
  const random = createRandom(seed);
  const some = Array.from({ length: FRAMES }, () => random.next() < SOME);
  return (_place, frame) => some[frame]!;
}

/** Every value that is told of a number. */
async function readNumber(
  pairs: readonly Pair[],
  isTouched: (place: number, frame: number) => boolean,
  accepts: AcceptsSeen,
): Promise<string[]> {
  const windows = pairs.map((_, place) => `w${place}`);
  const asked: AskedReading = { ...automaticReadings()[0]!, id: 'number', windows };
  const frames = Array.from({ length: FRAMES }, (_, frame) =>
    frameOf(
      frame,
      pairs.flatMap(({ attacked, clear }, place) =>
        (isTouched(place, frame) ? attacked : clear)
          .slice(0, 1)
          .map((seen) => sightingOf(windows[place]!, seen, accepts)),
      ),
    ),
  );
  const said: string[] = [];
  const take = tap(({ readings: made }: FrameSightings) => said.push(...(made?.told ?? []).map(({ value }) => value)));
  await lastValueFrom(from(frames).pipe(readings({ asked: [asked] }), take));
  return said;
}

function pairsOf(showings: readonly Showing[]): Pair[] {
  const seenOf = (digit: string, attacked: boolean): Showing | undefined =>
    showings.find(({ digit: { id, attack } }) => id === digit && (attack !== undefined) === attacked);
  return [...new Set(showings.map(({ digit }) => digit.id))].flatMap((id) => {
    const [attacked, clear] = [seenOf(id, true), seenOf(id, false)];
    const label = clear?.digit.label;
    if (!attacked || !clear || label === null || label === undefined) return [];
    // What is accepted comes first: a region that the gate refuses says nothing.
    const sorted = (list: readonly Seen[]): Seen[] =>
      [...list].sort((a, b) => Number(b.verdict.accepted) - Number(a.verdict.accepted));
    return [{ label, attacked: sorted(attacked.sightings), clear: sorted(clear.sightings) }];
  });
}

function sightingOf(id: string, seen: Seen, accepts: AcceptsSeen): Sighting {
  const { box, outputs, verdict } = seen;
  const { digit, ratio, top, second } = verdict;
  const evidence = { digit, ratio, top, second };
  return {
    digit: { region: { id, box, polarity: 'dark-on-light' }, pixels: new Float32Array(0) },
    outputs,
    verdict: accepts(seen)
      ? { ...evidence, accepted: true }
      : { ...evidence, accepted: false, rejected: verdict.accepted ? 'rule' : verdict.rejected, distance: 0 },
  };
}

function frameOf(index: number, sightings: readonly Sighting[]): FrameSightings {
  const frame: Frame = {
    index,
    time: index * SECONDS,
    width: 0,
    height: 0,
    left: 0,
    top: 0,
    scale: 1,
    gray: new Uint8Array(0),
    retain: () => frame,
    release: () => {},
  };
  return { frame, sightings };
}
