// argv -> StreamArguments: which options there are, what each may hold, and what to say of a wrong one. Reads no files.
import { parseArgs } from 'node:util';
import { UsageError } from '../errors.js';
import { parseListen, type ListenAddress } from '../feed/listen.js';
import { nearest } from '../nearest.js';

const OPTIONS = {
  pipeline: { type: 'string' },
  model: { type: 'string' },
  ratio: { type: 'string' },
  range: { type: 'string' },
  fps: { type: 'string' },
  limit: { type: 'string' },
  policy: { type: 'string' },
  realtime: { type: 'boolean' },
  rejected: { type: 'boolean' },
  annotate: { type: 'string' },
  sheet: { type: 'string' },
  summary: { type: 'string' },
  serve: { type: 'string' },
  token: { type: 'string' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

const NAMES = Object.keys(OPTIONS);

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
  /** Print rejections as well. */
  readonly rejected: boolean;
  readonly annotate?: string | undefined;
  readonly sheet?: string | undefined;
  readonly summary?: string | undefined;
  readonly serve?: ListenAddress | undefined;
  readonly token?: string | undefined;
  readonly quiet: boolean;
}

/** What is to be done: run, or say something and end. */
export type Request = { readonly show: 'help' | 'version' } | { readonly show?: undefined; readonly arguments: StreamArguments };

/**
 * Reads the arguments that follow `lq-stream`. Throws UsageError for an unknown option (naming the nearest known one), a
 * missing or wrong value, and for none or more than one source.
 */
export function readArguments(argv: readonly string[]): Request {
  const { tokens, positionals } = parseArgs({ args: [...argv], options: OPTIONS, strict: false, allowPositionals: true, tokens: true });
  const texts = new Map<string, string>();
  for (const token of tokens) if (token.kind === 'option') texts.set(token.name, checkOption(token));
  if (texts.has('help')) return { show: 'help' };
  if (texts.has('version')) return { show: 'version' };
  return {
    arguments: {
      source: oneSource(positionals),
      pipeline: texts.get('pipeline'),
      model: texts.get('model'),
      ratio: read(texts, 'ratio', ratio),
      range: read(texts, 'range', range),
      fps: read(texts, 'fps', fps),
      limit: read(texts, 'limit', limit),
      policy: read(texts, 'policy', policy),
      realtime: texts.has('realtime') ? true : undefined,
      rejected: texts.has('rejected'),
      annotate: texts.get('annotate'),
      sheet: texts.get('sheet'),
      summary: texts.get('summary'),
      serve: read(texts, 'serve', parseListen),
      token: texts.get('token'),
      quiet: texts.has('quiet'),
    },
  };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** The option's text ('' for a switch), when it is known and has a value exactly if it needs one. */
function checkOption({ name, rawName, value, inlineValue }: OptionToken): string {
  if (!NAMES.includes(name)) {
    const guess = nearest(name, NAMES);
    throw new UsageError(`unknown option ${rawName}; ${guess === undefined ? 'see lq-stream --help' : `did you mean --${guess}?`}`);
  }
  const { type } = OPTIONS[name as keyof typeof OPTIONS];
  if (type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value, found "${value}"`);
    return '';
  }
  // `--pipeline --quiet` is a forgotten value, `--range -0.5:1` is not.
  const swallowed = inlineValue !== true && value !== undefined && /^-(-|[a-z])/i.test(value);
  if (value === undefined || value === '' || swallowed) {
    throw new UsageError(`${rawName} needs a value${swallowed ? `, found the option ${value}` : ''}; see lq-stream --help`);
  }
  return value;
}

function oneSource(positionals: readonly string[]): string {
  const [source, second] = positionals;
  if (source === undefined || source === '') throw new UsageError('which source? For example: lq-stream camera.mp4 (more with --help)');
  if (second !== undefined) {
    throw new UsageError(`one source at a time, found ${positionals.length}: "${source}", "${second}"${positionals.length > 2 ? ', ...' : ''}. Put a glob in quotes, or name the directory`);
  }
  return source;
}

function read<T>(texts: ReadonlyMap<string, string>, name: string, parse: (text: string) => T | undefined): T | undefined {
  const text = texts.get(name);
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
