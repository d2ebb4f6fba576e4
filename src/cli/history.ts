// `lq-stream history`: argv -> what a store kept, on stdout. Keeps nothing, and writes nothing into the store.
import { once } from 'node:events';
import { EXIT, UsageError } from '../base/errors.js';
import { readOptions, showHelp } from '../base/options.js';
import { optionValue, rule } from '../base/option-values.js';
import { secondsOf } from '../sinks/sending/amounts.js';
import type { Connection } from '../sinks/store/connection.js';
import { HISTORY_KINDS, historyOf, type HistoryKind, type HistoryQuery } from '../sinks/store/history.js';
import { historyHead, historyLine, type HistoryFormat } from '../sinks/store/history-text.js';
import { storePlace } from '../sinks/store/open.js';
import { checkSchema } from '../sinks/store/schema.js';
import { interruption } from './interrupt.js';

/** What `lq-stream history --help` says, ending in a newline. */
export const help = `lq-stream history: what a store kept (--store), on stdout

  lq-stream history FILE|postgres://... [options]

  --readings          numbers: told, refused and in doubt                      (the default)
  --predictions       digits that were accepted
  --refusals          how many were not, by minute and reason
  --states            what a live source did
  --since TIME        from then on: 90m, 12h, 1d ago, or 2026-11-27, 2026-11-27T14:00Z
  --until TIME        what was before then, in the same words
  --name NAME         only of the run or camera that is called so
  --csv               columns with a head
  --json              one JSON object a line                                   (the default)
  -h, --help          this text

A date without a time is its beginning here; a time without a zone is of here.

Examples
  lq-stream history lq.db --since 1d --csv > day.csv
  lq-stream history lq.db --refusals --since 1h --csv
  lq-stream history postgres://lq@db/lq --predictions --name water
`;

const OPTIONS = {
  readings: { type: 'boolean' },
  predictions: { type: 'boolean' },
  refusals: { type: 'boolean' },
  states: { type: 'boolean' },
  since: { type: 'string' },
  until: { type: 'string' },
  name: { type: 'string' },
  csv: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Where a history goes, and who ends it. */
export interface HistoryOutput {
  readonly output: NodeJS.WritableStream;
  /** Says a line to people. */
  readonly say: (text: string) => void;
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Runs `lq-stream history ARGV`; the exit code.
 * @throws UsageError for wrong arguments, StoreError for a store that can't be read.
 */
export async function run(argv: readonly string[]): Promise<number> {
  using interrupt = interruption();
  const say = (text: string): void => void process.stderr.write(text);
  return await history(argv, { output: process.stdout, say, now: Date.now, signal: interrupt.signal });
}

/** The same, into any output. */
export async function history(argv: readonly string[], { output, say, now, signal }: HistoryOutput): Promise<number> {
  const { values, positionals } = readOptions('lq-stream history', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [where, second] = positionals;
  if (where === undefined || where === '')
    throw new UsageError('which store? For example: lq-stream history lq.db --since 1d (more with --help)');
  if (second !== undefined) throw new UsageError(`one store at a time, found also "${second}"`);
  const query = queryOf(values, now());
  const format: HistoryFormat = oneOf(['csv', 'json'] as const, values) ?? 'json';
  const connection = await storePlace(where, 'what is read').read();
  try {
    await checkSchema(connection);
    return await tell(connection, query, format, { output, say, signal });
  } finally {
    await connection.close();
  }
}

async function tell(
  connection: Connection,
  query: HistoryQuery,
  format: HistoryFormat,
  { output, say, signal }: Omit<HistoryOutput, 'now'>,
): Promise<number> {
  let rows = 0;
  await write(output, historyHead(query.kind, format));
  for await (const piece of historyOf(connection, query)) {
    if (signal.aborted) return EXIT.interrupted;
    rows += piece.length;
    await write(output, piece.map((row) => historyLine(row, query.kind, format)).join(''));
  }
  if (rows === 0) say(`lq-stream: ${connection.name} has no ${query.kind} of that time${otherwise(query)}\n`);
  return EXIT.done;
}

/** Waits where the reader is slower. */
async function write(output: NodeJS.WritableStream, text: string): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
}

function otherwise({ kind }: HistoryQuery): string {
  return kind === 'readings' ? '; --predictions shows digits' : '';
}

type Values = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

function queryOf(values: Values, now: number): HistoryQuery {
  const kind: HistoryKind = oneOf(HISTORY_KINDS, values) ?? 'readings';
  const moment = rule('a time such as 90m, 12h or 1d (ago), or a date such as 2026-11-27', (text) =>
    momentOf(text, now),
  );
  const since = optionValue('since', values.since, moment);
  const until = optionValue('until', values.until, moment);
  if (since !== undefined && until !== undefined && since >= until)
    throw new UsageError(`--since ${values.since} is not before --until ${values.until}: nothing is between them`);
  return { kind, since, until, name: values.name };
}

/** The one switch of these that was given. */
function oneOf<const K extends keyof typeof OPTIONS>(names: readonly K[], values: Values): K | undefined {
  const [first, second] = names.filter((name) => values[name] === true);
  if (first !== undefined && second !== undefined)
    throw new UsageError(`--${first} and --${second} ask for two things: give one of them`);
  return first;
}

const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

function momentOf(text: string, now: number): number | undefined {
  const ago = secondsOf(text);
  if (ago > 0) return now - ago * 1000;
  if (!DATE.test(text)) return undefined;
  // A date alone would be taken for one of UTC.
  const moment = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'));
  return Number.isNaN(moment) ? undefined : moment;
}
