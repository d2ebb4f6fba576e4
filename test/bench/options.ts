// argv -> what the bench is to do. Reads no files.
import { readOptions } from '../../src/base/options.js';
import { UsageError } from '../../src/base/errors.js';
import { nearest } from '../../src/base/nearest.js';

/** What the command line asks for. */
export interface BenchOptions {
  /** Names of measurements; all when none is given. */
  readonly only: readonly string[];
  readonly quick: boolean;
  /** The JSON file. */
  readonly out: string;
  readonly seed: number;
  readonly help: boolean;
}

const OPTIONS = {
  only: { type: 'string' },
  quick: { type: 'boolean' },
  out: { type: 'string', default: 'out/bench.json' },
  seed: { type: 'string', default: '1' },
} as const;

/**
 * Reads the arguments after `npm run bench --`. @throws UsageError for unknown options, measurements and wrong values.
 */
export function readBenchOptions(argv: readonly string[], names: readonly string[]): BenchOptions {
  const { values, positionals } = readOptions('npm run bench --', argv, OPTIONS);
  if (positionals[0] !== undefined)
    throw new UsageError(`unexpected argument "${positionals[0]}"; see npm run bench -- --help`);
  const only = values.only?.split(',') ?? [];
  for (const name of only) {
    if (names.includes(name)) continue;
    const guess = nearest(name, names);
    throw new UsageError(
      `unknown measurement ` +
        `"${name}"; ${guess === undefined ? `there are ${names.join(', ')}` : `did you mean ${guess}?`}`,
    );
  }
  if (!/^\d{1,15}$/.test(values.seed)) throw new UsageError(`--seed must be a whole number, found "${values.seed}"`);
  return { only, quick: values.quick, out: values.out, seed: Number(values.seed), help: values.help };
}
