// A store's connection to an SQLite file, through the optional package libsql. What is committed is on the disk: a file
// survives the end of the process and of the machine. It must not know what is kept.
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { StoreError, type Connection, type Row, type Value } from './connection.js';

/** Milliseconds that a writer waits for another one's transaction. */
const BUSY_MS = 5_000;

/** Bytes of the write-ahead log that are kept between checkpoints, at most. */
const WAL_BYTES = 16 * 2 ** 20;

/** What of the package is used: `exec` works on a thread of its own, so that a slow disk does not hold the run up. */
interface Native {
  exec(sql: string): Promise<void>;
  prepare(sql: string): Promise<Prepared>;
  close(): void;
}

interface Prepared {
  run(values: readonly Value[]): { readonly changes: number };
  all(values: readonly Value[]): Promise<Row[]> | Row[];
}

/** How a file is opened. */
export interface SqliteOptions {
  /** Made where there is none. Default: it must be there. */
  readonly create?: boolean;
  /** Nothing may be written. Default false. */
  readonly readOnly?: boolean;
}

/**
 * Opens a file.
 * @throws UsageError where the package is not installed or there is no such file, {@link StoreError} for one that is no
 *   database or can't be opened.
 */
export async function openSqlite(
  file: string,
  { create = false, readOnly = false }: SqliteOptions,
): Promise<Connection> {
  const Database = await loadPackage();
  // An absolute path is a path: a name such as `libsql://host` would be taken for an address.
  const path = resolve(file);
  await checkFile(path, file, create);
  const connection = new SqliteConnection(file, () => new Database(path, { timeout: BUSY_MS }));
  try {
    await connection.open(readOnly, create);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function loadPackage(): Promise<new (path: string, options: { timeout: number }) => Native> {
  try {
    const { default: Database } = (await import('libsql/promise')) as unknown as {
      default: new (path: string, options: { timeout: number }) => Native;
    };
    return Database;
  } catch (cause) {
    throw new UsageError(
      'A store in a file needs the optional package libsql, which is not installed or has no build for this machine: ' +
        'npm install libsql, or give a postgres:// address.',
      { cause },
    );
  }
}

async function checkFile(path: string, file: string, create: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const name = printable(file);
  if (found && !found.isFile()) throw new StoreError(`${name} is no regular file: a store is kept in no other.`);
  if (found) return;
  if (!create) throw new StoreError(`${name}: there is no such file.`);
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new StoreError(`${name}: there is no folder ${printable(dirname(file))}.`);
}

class SqliteConnection implements Connection {
  readonly dialect = 'sqlite';
  readonly name: string;
  readonly #make: () => Native;
  #native: Native | undefined;

  constructor(file: string, make: () => Native) {
    this.name = printable(file);
    this.#make = make;
  }

  async open(readOnly: boolean, create: boolean): Promise<void> {
    await this.#guarded(async () => {
      const native = (this.#native = this.#make());
      // Read first: what is no database must not be made one.
      await (await native.prepare('SELECT count(*) FROM sqlite_master')).all([]);
      // Only before the first table; without it a file never gets smaller.
      if (create) await native.exec('PRAGMA auto_vacuum = INCREMENTAL');
      if (readOnly) return await native.exec('PRAGMA query_only = 1');
      await native.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${WAL_BYTES}`,
      );
    });
  }

  rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#guarded(async (native) => await (await native.prepare(sql)).all(values));
  }

  run(sql: string, values: readonly Value[] = []): Promise<number> {
    return this.#guarded(async (native) => (await native.prepare(sql)).run(values).changes);
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.#guarded((native) => native.exec('BEGIN IMMEDIATE'));
    try {
      const result = await work();
      await this.#guarded((native) => native.exec('COMMIT'));
      return result;
    } catch (error) {
      // Where SQLite has rolled it back by itself there is none.
      await this.#native?.exec('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const native = this.#native;
    this.#native = undefined;
    try {
      native?.close();
    } catch {
      return;
    }
  }

  async #guarded<T>(work: (native: Native) => Promise<T>): Promise<T> {
    try {
      return await work(this.#native ?? CLOSED);
    } catch (error) {
      throw error instanceof StoreError ? error : new StoreError(`${this.name} ${reasonOf(error)}`, { cause: error });
    }
  }
}

const CLOSED: Native = {
  exec: () => Promise.reject(new Error('is closed')),
  prepare: () => Promise.reject(new Error('is closed')),
  close: () => {},
};

const REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/^SQLITE_FULL/, "can't be written: the disk is full."],
  [/^SQLITE_BUSY/, 'is being written by another program all the time.'],
  [/^SQLITE_(NOTADB|FORMAT)/, 'is no store: it is no SQLite database.'],
  [/^SQLITE_CORRUPT/, 'is damaged. Move it away: a new one is made then.'],
  [/^SQLITE_READONLY/, "can't be written: it is read-only."],
  // Opening has no code of its own: it says so in its message.
  [
    /^(SQLITE_(CANTOPEN|PERM|AUTH)|.*Unable to open)/,
    "can't be opened: permission is missing, or its folder can't be written.",
  ],
  [/^SQLITE_IOERR/, "can't be read or written: the disk failed."],
];

function reasonOf(error: unknown): string {
  const { code = '', message } = error as { code?: string; message: string };
  return (
    REASONS.find(([pattern]) => pattern.test(code) || pattern.test(message))?.[1] ??
    `failed: ${printable(message, 200)}`
  );
}
