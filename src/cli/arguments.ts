// argv -> StreamArguments: which options there are, what each may hold, and what to say of a wrong one. Reads no files.
import { UsageError } from '../base/errors.js';
import { readOptions } from '../base/options.js';
import { readSinkFlags, sinkFlags, type SinkSettings } from '../sinks/options.js';

const OPTIONS = {
  pipeline: { type: 'string' },
  model: { type: 'string' },
  ratio: { type: 'string' },
  range: { type: 'string' },
  fps: { type: 'string' },
  limit: { type: 'string' },
  policy: { type: 'string' },
  realtime: { type: 'boolean' },
  profile: { type: 'boolean' },
  quiet: { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** What the command line asks of a run. Absent values are left to the pipeline file. */
export interface StreamArguments {
  readonly source: string;
  readonly pipeline?: string | undefined;
  readonly model?: string | undefined;
  readonly ratio?: number | undefined;
  readonly range?: readonly [lo: number, hi: number] | undefined;
  readonly fps?: number | undefined;
  /** Frames to read at most. */
  readonly limit?: number | undefined;
  readonly policy?: 'all' | 'latest' | undefined;
  readonly realtime?: boolean | undefined;
  /** Time the stages. */
  readonly profile: boolean;
  readonly quiet: boolean;
  /** What is asked of sinks. */
  readonly sinks: SinkSettings;
}

/** What is to be done: run, or say something and end. */
export type Request =
  { readonly show: 'help' | 'version' } | { readonly show?: undefined; readonly arguments: StreamArguments };

/**
 * Reads the arguments that follow `lq-stream`. Throws UsageError for an unknown option (naming the nearest known one),
 * a missing or wrong value, and for none or more than one source.
 */
export function readArguments(argv: readonly string[]): Request {
  const { values, positionals } = readOptions('lq-stream', argv, { ...OPTIONS, ...sinkFlags });
  if (values.help) return { show: 'help' };
  if (values.version) return { show: 'version' };
  const { pipeline, model, realtime, profile, quiet } = values;
  return {
    arguments: {
      source: oneSource(positionals),
      pipeline,
      model,
      ratio: read('ratio', values.ratio, ratio),
      range: read('range', values.range, range),
      fps: read('fps', values.fps, fps),
      limit: read('limit', values.limit, limit),
      policy: read('policy', values.policy, policy),
      realtime: realtime || undefined,
      profile,
      quiet,
      sinks: readSinkFlags(values),
    },
  };
}

function oneSource(positionals: readonly string[]): string {
  const [source, second] = positionals;
  if (source === undefined || source === '')
    throw new UsageError('which source? For example: lq-stream camera.mp4 (more with --help)');
  if (second !== undefined) {
    throw new UsageError(
      `one source at a time, found ${positionals.length}: "${source}", ` +
        `"${second}"${positionals.length > 2 ? ', ...' : ''}. Put a glob in quotes, or name the directory`,
    );
  }
  return source;
}

function read<T>(name: string, text: string | undefined, parse: (text: string) => T | undefined): T | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) throw new UsageError(`--${name} must be ${RULES[name] ?? 'valid'}, found "${text}"`);
  return value;
}

const RULES: Readonly<Record<string, string>> = {
  ratio: 'a number of at least 1',
  range: 'LO:HI, two numbers with LO below HI',
  fps: 'a number above 0 and at most 1000',
  limit: 'a whole number of at least 1',
  policy: 'all or latest',
};

function number(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

function ratio(text: string): number | undefined {
  const value = number(text);
  return value !== undefined && value >= 1 ? value : undefined;
}

function range(text: string): [number, number] | undefined {
  const [lo, hi, ...rest] = text.split(':').map(number);
  return lo !== undefined && hi !== undefined && rest.length === 0 && lo < hi ? [lo, hi] : undefined;
}

function fps(text: string): number | undefined {
  const value = number(text);
  return value !== undefined && value > 0 && value <= 1000 ? value : undefined;
}

function limit(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  return value >= 1 && Number.isSafeInteger(value) ? value : undefined;
}

function policy(text: string): 'all' | 'latest' | undefined {
  return text === 'all' || text === 'latest' ? text : undefined;
}
