// What a store lets go of: what is too old, and the oldest of what is too much. It must not know when it is asked.
import type { Connection, Value } from './connection.js';

/** How much is kept of one stream; what is absent is not bounded. */
export interface Keep {
  /** Milliseconds since it was told. */
  readonly age?: number | undefined;
  /** Predictions. */
  readonly rows?: number | undefined;
  /** Bytes of the whole file; of SQLite alone. */
  readonly bytes?: number | undefined;
}

/** Rows that go in one transaction, so that nothing waits for long. */
const CHUNK = 1_000;

interface Part {
  readonly table: string;
  readonly key: string;
  readonly when: string;
}

/** What is dropped for its size goes first where there is most of it. */
const PARTS: readonly Part[] = [
  { table: 'lq_predictions', key: 'stream, seq', when: 'told' },
  { table: 'lq_refusals', key: 'run, minute, reason', when: 'minute' },
  { table: 'lq_states', key: 'run, n', when: 'told' },
  { table: 'lq_readings', key: 'run, n', when: 'told' },
];

/**
 * Lets go of one chunk of each table at most; whether there may be more to do.
 * @param now The wall clock in milliseconds since 1970.
 */
export async function prune(connection: Connection, stream: string, keep: Keep, now: number): Promise<boolean> {
  const gone = await connection.transaction(async () => {
    let most = 0;
    if (keep.age !== undefined) {
      for (const part of PARTS)
        most = Math.max(most, await drop(connection, part, stream, `AND ${part.when} < ?`, [now - keep.age]));
    }
    if (keep.rows !== undefined) most = Math.max(most, await dropBeyond(connection, stream, keep.rows));
    if (keep.bytes !== undefined) most = Math.max(most, await dropForSize(connection, stream, keep.bytes));
    return most;
  });
  if (gone > 0 && connection.dialect === 'sqlite') await connection.rows('PRAGMA incremental_vacuum');
  return gone >= CHUNK;
}

function drop(
  connection: Connection,
  { table, key, when }: Part,
  stream: string,
  where: string,
  values: readonly Value[],
  most = CHUNK,
): Promise<number> {
  return connection.run(
    `DELETE FROM ${table} WHERE (${key}) IN ` +
      `(SELECT ${key} FROM ${table} WHERE stream = ? ${where} ORDER BY ${when} LIMIT ${most})`,
    [stream, ...values],
  );
}

/** The newest `rows` predictions stay. */
async function dropBeyond(connection: Connection, stream: string, rows: number): Promise<number> {
  const [oldest] = await connection.rows(
    'SELECT seq FROM lq_predictions WHERE stream = ? ORDER BY seq DESC LIMIT 1 OFFSET ?',
    [stream, rows],
  );
  if (!oldest) return 0;
  return await drop(connection, PARTS[0]!, stream, 'AND seq <= ?', [oldest['seq'] ?? 0]);
}

/**
 * Pages that hold something count; those that are free are used again. A little at a time, for how much room rows take
 * is not known.
 */
async function dropForSize(connection: Connection, stream: string, bytes: number): Promise<number> {
  let all = 0;
  while (all < CHUNK && (await usedBytes(connection)) > bytes) {
    const gone = await dropOldest(connection, stream);
    if (gone === 0) break;
    all += gone;
  }
  return all;
}

async function dropOldest(connection: Connection, stream: string): Promise<number> {
  for (const part of PARTS) {
    const gone = await drop(connection, part, stream, '', [], CHUNK / 20);
    if (gone > 0) return gone;
  }
  return 0;
}

async function usedBytes(connection: Connection): Promise<number> {
  const [found] = await connection.rows(
    'SELECT (page_count - freelist_count) * page_size AS used ' +
      'FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()',
  );
  return Number(found?.['used'] ?? 0);
}
