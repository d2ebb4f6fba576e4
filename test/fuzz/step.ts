// Tries a number of cases of one kind, which follow from a seed, and says which broke a promise. It must not know how
// many steps there are, nor where faults go.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { createRandom } from '../../src/base/random.js';
import { runCommand } from './command.js';
import type { Kind, Trial } from './kind.js';
import { brokenBy } from './promise.js';

/** A case that broke a promise. */
export interface Fault {
  /** What is wrong, in a line. */
  readonly wrong: string;
  /** Arguments of the command line that shows it, in the folder of the case; undefined where none does. */
  readonly argv: readonly string[] | undefined;
}

/** What came of a step. */
export interface StepResult {
  readonly cases: number;
  readonly faults: readonly Fault[];
}

/** Where a kind's cases are tried. */
export interface Room {
  /** Has `base` with what is prepared and `case` with the files of the case that is tried. */
  readonly folder: string;
  /** Called before each case. */
  readonly begin?: () => void;
  /** Called while a fault's files, shrunk, are in `case`. */
  readonly found?: (fault: Fault) => void;
}

/** Milliseconds that the search for a smaller case may take. */
const LONGEST_SEARCH = 20_000;

/** The seed of a step of a run: of the first one the run's own, so that `--seed` shows any step again. */
export function stepSeed(seed: number, step: number): number {
  return step === 0
    ? seed
    : createRandom(seed)
        .fork(`step ${step}`)
        .int(2 ** 31);
}

/** One step of a kind: the cases that follow from the seed, as many as are asked for. */
export async function runStep(
  trial: Trial<unknown>,
  room: Room,
  seed: number,
  count: Kind['step'],
): Promise<StepResult> {
  const tries = [];
  const { inside, argv, talks } = trial;
  if (inside && count.inside > 0)
    tries.push({ runs: count.inside, shrink: true, broken: (one: unknown) => inside(caseFolder(room), one) });
  if (argv && count.outside > 0)
    tries.push({
      runs: count.outside,
      // A run takes a second: a smaller case is not worth minutes.
      shrink: false,
      broken: async (one: unknown) => brokenBy(await runCommand(caseFolder(room), argv(one)), talks),
    });
  const faults: Fault[] = [];
  let cases = 0;
  for (const { runs, shrink, broken } of tries) {
    const attempt = async (one: unknown): Promise<string | undefined> => {
      writeCase(room, trial.files(one));
      room.begin?.();
      return await broken(one);
    };
    let until = Infinity;
    const property = fc.asyncProperty(trial.cases, async (one) => {
      // Where no smaller case is wrong any more, the search ends.
      if (performance.now() > until) return;
      const wrong = await attempt(one);
      if (wrong === undefined) return;
      until = Math.min(until, performance.now() + LONGEST_SEARCH);
      throw new Error(wrong);
    });
    const details = await fc.check(property, { seed, numRuns: runs, endOnFailure: !shrink });
    cases += details.numRuns;
    if (details.counterexample === null) continue;
    const [one] = details.counterexample;
    writeCase(room, trial.files(one));
    const wrong = (details.errorInstance as Error).message;
    const fault = { wrong, argv: argv?.(one) };
    faults.push(fault);
    room.found?.(fault);
  }
  return { cases, faults };
}

function caseFolder({ folder }: Room): string {
  return join(folder, 'case');
}

/** The files of a case and nothing else. */
function writeCase(room: Room, files: Readonly<Record<string, Uint8Array | string>>): void {
  const folder = caseFolder(room);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
