// argv -> what the fuzzer is to do. Reads no files.
import { UsageError } from '../../src/base/errors.js';
import { nearest } from '../../src/base/nearest.js';
import { namesIn, numberIn, optionValue, seedNumber, wholeNumber } from '../../src/base/option-values.js';
import { readOptions } from '../../src/base/options.js';

/** What the command line asks for. */
export interface FuzzOptions {
  /** Seconds in all, shared by the kinds. */
  readonly seconds: number;
  /** Steps of each kind, in place of `seconds`. */
  readonly steps: number | undefined;
  /** Names of kinds; all when none is given. */
  readonly only: readonly string[];
  readonly seed: number;
  readonly help: boolean;
}

const OPTIONS = {
  seconds: { type: 'string', default: '60' },
  steps: { type: 'string' },
  only: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const;

/** Reads the arguments after `npm run fuzz --`. @throws UsageError for unknown options, kinds and wrong values. */
export function readFuzzOptions(argv: readonly string[], names: readonly string[]): FuzzOptions {
  const { values, positionals } = readOptions('npm run fuzz --', argv, OPTIONS);
  if (positionals[0] !== undefined)
    throw new UsageError(`unexpected argument "${positionals[0]}"; see npm run fuzz -- --help`);
  const only = values.only === undefined ? [] : namesIn(values.only);
  for (const name of only) {
    if (names.includes(name)) continue;
    const guess = nearest(name, names);
    throw new UsageError(
      `unknown kind "${name}"; ${guess === undefined ? `there are ${names.join(', ')}` : `did you mean ${guess}?`}`,
    );
  }
  return {
    seconds: optionValue('seconds', values.seconds, numberIn({ above: 0 })),
    steps: optionValue('steps', values.steps, wholeNumber(1)),
    only,
    seed: optionValue('seed', values.seed, seedNumber),
    help: values.help,
  };
}
