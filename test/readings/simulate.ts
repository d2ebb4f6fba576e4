// Owns made-up looks at a counter: what a share of wrong and of unclear ones makes of its number. Seeded. No test in
// here.
import { from, lastValueFrom, tap } from 'rxjs';
import { parsePipeline } from '../../src/config.js';
import { readings, type AskedReading } from '../../src/readings/readings.js';
import type { Random } from '../../src/base/random.js';
import type { DigitClass } from '../../src/types.js';
import { frameOf, type Seen } from './asked.js';

/** How wrong looks come. */
export type Wrong =
  /** Each one any of the nine other digits. */
  | 'any'
  /** At each place always the same wrong digit: what a network confuses, it confuses again. */
  | 'same'
  /** As `same`, several frames long: a reflection, a hand. */
  | 'bursts';

/** What is simulated. */
export interface Simulation {
  readonly wrong: Wrong;
  /** Share of the clear looks that are wrong, and of all looks that are not clear. */
  readonly share: number;
  readonly unclear: number;
  readonly frames: number;
  readonly fps: number;
  /** Every so many frames the counter goes on by one; 0: it stands. */
  readonly turns: number;
}

/** What was told of a clip. */
export interface Told {
  readonly right: number;
  readonly wrong: number;
  /** Seconds to the first right number; undefined: none was told. */
  readonly wait: number | undefined;
}

const PLACES = 6;

/** Mean length of a burst, frames. */
const BURST = 4;

/** What a pipeline file asks with its defaults. */
export function askedByDefault(): AskedReading {
  const windows = Array.from({ length: PLACES }, (_, k) => `w${k}`);
  const list = windows.map((id, k) => `{id: ${id}, box: [${40 * k}, 10, 30, 50]}`).join(', ');
  const { readings: all } = parsePipeline(
    `regions: {mode: fixed, units: pixels, list: [${list}]}\nreadings: [{id: meter, windows: [${windows.join(', ')}]}]`,
    'simulation',
  );
  return (all as readonly AskedReading[])[0]!;
}

/** One clip of a counter with a number drawn by `random`. A number is right that the counter shows now or just did. */
export async function simulate(
  { wrong, share, unclear, frames, fps, turns }: Simulation,
  random: Random,
  asked: AskedReading,
): Promise<Told> {
  let value = random.int(10 ** PLACES - frames);
  const other = Array.from({ length: PLACES }, () => 1 + random.int(9));
  const burst = Array.from({ length: PLACES }, () => false);
  const truths: string[] = [];
  const all = Array.from({ length: frames }, (_, frame) => {
    if (turns > 0 && frame > 0 && frame % turns === 0) value++;
    const text = String(value).padStart(PLACES, '0');
    truths.push(text);
    const seen = [...text].map((digit, k): Seen => {
      const ratio = 7 + 40 * random.next();
      const bad =
        wrong === 'bursts'
          ? (burst[k] = burst[k] ? random.next() >= 1 / BURST : random.next() < share / (1 - share) / BURST)
          : random.next() < share;
      if (random.next() < unclear) return 'ratio';
      const by = bad ? (wrong === 'any' ? 1 + random.int(9) : other[k]!) : 0;
      return { digit: ((Number(digit) + by) % 10) as DigitClass, ratio };
    });
    return frameOf(seen, { index: frame, time: frame / fps });
  });
  let [right, bad, wait] = [0, 0, undefined as number | undefined];
  let k = 0;
  const count = tap<ReturnType<typeof frameOf>>(({ readings: made, frame: { time } }) => {
    for (const { value: said } of made!.told) {
      // Looks are a moment old: what it showed within them counts.
      const lately = truths.slice(Math.max(0, k - 2 * asked.agree.of), k + 1);
      if (lately.includes(said)) [right, wait] = [right + 1, wait ?? time];
      else bad++;
    }
    k++;
  });
  await lastValueFrom(from(all).pipe(readings({ asked: [asked] }), count));
  return { right, wrong: bad, wait };
}
