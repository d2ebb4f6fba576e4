// argv -> StreamArguments: which options there are, what each may hold, and what to say of a wrong one. Reads no files.
import { UsageError } from '../base/errors.js';
import { readOptions } from '../base/options.js';
import { numberIn, numberRange, oneOf, optionValue, rule, wholeNumber } from '../base/option-values.js';
import { RUN_NAME } from '../sinks/run-name.js';
import { readSinkFlags, sinkFlags, type SinkSettings } from '../sinks/options.js';

const OPTIONS = {
  pipeline: { type: 'string' },
  model: { type: 'string' },
  name: { type: 'string' },
  ratio: { type: 'string' },
  range: { type: 'string' },
  fps: { type: 'string' },
  limit: { type: 'string' },
  policy: { type: 'string' },
  realtime: { type: 'boolean' },
  repeat: { type: 'boolean' },
  live: { type: 'boolean' },
  every: { type: 'string' },
  listen: { type: 'boolean' },
  transport: { type: 'string' },
  credentials: { type: 'string' },
  require: { type: 'boolean' },
  'max-age': { type: 'string' },
  profile: { type: 'boolean' },
  quiet: { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** What the command line asks of a run. Absent values are left to the pipeline file. */
export interface StreamArguments {
  readonly source: string;
  readonly pipeline?: string | undefined;
  readonly model?: string | undefined;
  /** What topics, tags and tables call the run. */
  readonly name?: string | undefined;
  readonly ratio?: number | undefined;
  readonly range?: readonly [lo: number, hi: number] | undefined;
  readonly fps?: number | undefined;
  /** Frames to read at most. */
  readonly limit?: number | undefined;
  readonly policy?: 'all' | 'latest' | undefined;
  readonly realtime?: boolean | undefined;
  /** Reads a video file again when it has ended. */
  readonly repeat?: boolean | undefined;
  /** What `-` or a FIFO brings is live. */
  readonly live?: boolean | undefined;
  /** Seconds between two pictures that are asked for. */
  readonly every?: number | undefined;
  /** RTMP and SRT: wait until somebody calls. */
  readonly listen?: boolean | undefined;
  readonly transport?: 'tcp' | 'udp' | undefined;
  /** A file with USER:PASSWORD of the source. */
  readonly credentials?: string | undefined;
  /** A live source must give a picture at the first attempt. */
  readonly require?: boolean | undefined;
  /** Seconds from the arrival of a live picture to its verdict. */
  readonly maxAge?: number | undefined;
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
  const { pipeline, model, realtime, repeat, live, listen, credentials, require, profile, quiet } = values;
  return {
    arguments: {
      source: oneSource(positionals),
      pipeline,
      model,
      name: optionValue('name', values.name, name),
      ratio: optionValue('ratio', values.ratio, ratio),
      range: optionValue('range', values.range, numberRange),
      fps: optionValue('fps', values.fps, fps),
      limit: optionValue('limit', values.limit, limit),
      policy: optionValue('policy', values.policy, policy),
      realtime: realtime || undefined,
      repeat: repeat || undefined,
      live: live || undefined,
      every: optionValue('every', values.every, every),
      listen: listen || undefined,
      transport: optionValue('transport', values.transport, transport),
      credentials,
      require: require || undefined,
      maxAge: optionValue('max-age', values['max-age'], maxAge),
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

const name = rule('1 to 64 letters, digits, "_" or "-"', (text) => (RUN_NAME.test(text) ? text : undefined));
const ratio = numberIn({ least: 1 });
const fps = numberIn({ above: 0, most: 1000 });
const limit = wholeNumber(1);
const policy = oneOf('all', 'latest');
const every = numberIn({ above: 0, most: 86_400 });
const transport = oneOf('tcp', 'udp');
const maxAge = numberIn({ least: 0.05, most: 3600 });
