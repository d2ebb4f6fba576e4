// The contract of one connection to a database that keeps a store: the few things that both kinds can do. It must not
// know what is kept.
import { UserError, EXIT } from '../../base/errors.js';

/** What a column holds. Whole numbers are exact up to 2^53. */
export type Value = string | number | null;

/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, Value>>;

/** One connection. Its methods are called one after another: nothing else is asked before the last has settled. */
export interface Connection {
  /** For messages, without secrets: a path, or an address. */
  readonly name: string;
  readonly dialect: 'sqlite' | 'postgres';
  /** The rows of a query, all of them: `?` stands for the values, in order. Throws {@link StoreError}. */
  rows(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** Does a statement; how many rows it changed. Throws {@link StoreError}. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
  /**
   * Does all of it or nothing: when it resolves, what was written survives the end of this process. Throws what the
   * work throws, and {@link StoreError}.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Closes it. Idempotent; never throws. */
  close(): Promise<void>;
}

/** A database can't be reached, read or written. The message goes on after its name: `is full`. */
export class StoreError extends UserError {
  readonly exitCode = EXIT.usage;
  /** It is a server that is not there now, and may be later; of all else somebody has to mend something. */
  readonly passes: boolean;

  constructor(message: string, { passes = false, ...options }: ErrorOptions & { readonly passes?: boolean } = {}) {
    super(message, options);
    this.passes = passes;
  }
}

/** Values of one row of many, at most 1,000 in a statement: both databases take more. */
const MOST_VALUES = 1_000;

/**
 * Adds rows; those whose key is there already are left as they are.
 * @param table With its columns: `lq_predictions (stream, seq)`.
 * @param conflict What is done of a key that is there. Default: nothing.
 */
export async function insert(
  connection: Connection,
  table: string,
  rows: readonly (readonly Value[])[],
  conflict = 'ON CONFLICT DO NOTHING',
): Promise<void> {
  const width = rows[0]?.length ?? 0;
  const most = Math.max(1, Math.floor(MOST_VALUES / Math.max(1, width)));
  for (let from = 0; from < rows.length; from += most) {
    const some = rows.slice(from, from + most);
    const places = some.map(() => `(${Array.from({ length: width }, () => '?').join(', ')})`).join(', ');
    await connection.run(`INSERT INTO ${table} VALUES ${places} ${conflict}`, some.flat());
  }
}
