// Reads a store in order of time, a piece at a time, so that memory is flat however much there is. It must not know how
// rows are shown.
import type { Connection, Row, Value } from './connection.js';

/** What can be read out of a store. */
export const HISTORY_KINDS = ['readings', 'predictions', 'refusals', 'states'] as const;

/** One kind of what a store keeps. */
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** What is asked of a store. */
export interface HistoryQuery {
  readonly kind: HistoryKind;
  /** From when, and before when, in milliseconds since 1970. Default: from the first, to the last. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Of which run's name. Default: of all. */
  readonly name?: string | undefined;
}

/** Rows that are read at once, and held in memory. */
const PIECE = 500;

interface Source {
  readonly table: string;
  /** Columns that order the rows, and no two of which have the same values: first the time. */
  readonly order: readonly [time: string, ...more: string[]];
}

const SOURCES: Readonly<Record<HistoryKind, Source>> = {
  readings: { table: 'lq_readings', order: ['told', 'run', 'n'] },
  predictions: { table: 'lq_predictions', order: ['told', 'stream', 'seq'] },
  refusals: { table: 'lq_refusals', order: ['minute', 'run', 'reason'] },
  states: { table: 'lq_states', order: ['told', 'run', 'n'] },
};

/** The rows that are asked for, by time. Each piece is a query of its own: nobody who writes waits for a slow reader. */
export async function* historyOf(connection: Connection, query: HistoryQuery): AsyncGenerator<readonly Row[]> {
  const { table, order } = SOURCES[query.kind];
  const { where, values } = conditions(query, order[0]);
  let after: readonly Value[] | undefined;
  for (;;) {
    const places = order.map(() => '?').join(', ');
    const all = [...where, ...(after ? [`(${order.join(', ')}) > (${places})`] : [])];
    const rows = await connection.rows(
      `SELECT * FROM ${table}${all.length > 0 ? ` WHERE ${all.join(' AND ')}` : ''} ` +
        `ORDER BY ${order.join(', ')} LIMIT ${PIECE}`,
      [...values, ...(after ?? [])],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    if (rows.length < PIECE) return;
    after = order.map((column) => last[column] ?? null);
  }
}

function conditions({ since, until, name }: HistoryQuery, time: string) {
  const given: [string, Value | undefined][] = [
    [`${time} >= ?`, since],
    [`${time} < ?`, until],
    ['stream = ?', name],
  ];
  const asked = given.filter((one): one is [string, Value] => one[1] !== undefined);
  return { where: asked.map(([condition]) => condition), values: asked.map(([, value]) => value) };
}
