// Runs contenders against each other: warmed, in rounds, each round in an order of its own. Knows no figures.
import { shuffle, type Random } from '../../src/base/random.js';

/** Something that is measured again and again. */
export interface Contender<T> {
  readonly name: string;
  readonly run: () => Promise<T>;
}

/** How often. */
export interface Rounds {
  readonly rounds: number;
  /** Runs of each before the first round, not counted. Default 1. */
  readonly warmUp?: number;
  readonly random: Random;
  /** Told before each run. */
  readonly say?: (text: string) => void;
}

/**
 * What each contender gave in each round, by name. Every round runs each of them once in a shuffled order, so that what
 * changes on the machine meets all of them alike.
 */
export async function interleaved<T>(
  contenders: readonly Contender<T>[],
  { rounds, warmUp = 1, random, say = () => {} }: Rounds,
): Promise<Map<string, T[]>> {
  const found = new Map<string, T[]>(contenders.map(({ name }) => [name, []]));
  if (found.size !== contenders.length) throw new RangeError('two contenders have the same name');
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, run } of shuffle(random, [...contenders])) {
      say(`${round < 0 ? 'warm-up' : `round ${round + 1}/${rounds}`}: ${name}`);
      const result = await run();
      if (round >= 0) found.get(name)!.push(result);
    }
  }
  return found;
}

/**
 * Calls of `work` a second: it is repeated until `seconds` have passed, at least once.
 */
export async function rateOf(work: () => Promise<unknown>, seconds: number): Promise<number> {
  const begun = performance.now();
  let calls = 0;
  do {
    await work();
    calls++;
  } while (performance.now() - begun < seconds * 1000);
  return (calls * 1000) / (performance.now() - begun);
}
