// A store's connection to a Postgres server, through the package pg, which is loaded when one is asked for. It must not
// know what is kept.
import type { Duplex } from 'node:stream';
import type { Client as PgClient } from 'pg';
import { systemClock } from '../../base/clock.js';
import { printable } from '../../base/printable.js';
import { failureText } from '../sending/failures.js';
import { StoreError, type Connection, type Row, type Value } from './connection.js';

/** Milliseconds to connect, for one statement and to close: a server that hangs is one that is gone. */
const [CONNECT_MS, STATEMENT_MS, FAREWELL_MS] = [5_000, 15_000, 1_000];

/** Where a server is, and who comes. */
export interface PostgresAddress {
  /** For messages, without secrets. */
  readonly name: string;
  /** `postgres://...`, with user and password where the address holds them. */
  readonly url: string;
}

/** Connects. @throws {@link StoreError} where that fails. */
export async function openPostgres({ name, url }: PostgresAddress): Promise<Connection> {
  const { default: pg } = await import('pg');
  // Whole numbers of 8 bytes come as texts; those of a store fit into a number.
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, Number);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
    application_name: 'lq-stream',
    types,
  });
  const connection = new PostgresConnection(name, client);
  await connection.open();
  return connection;
}

/** The type `int8`, by its number. */
const INT8 = 20;

class PostgresConnection implements Connection {
  readonly dialect = 'postgres';
  readonly name: string;
  readonly #client: PgClient;
  /** What cut the connection between two statements. */
  #lost: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(name: string, client: PgClient) {
    this.name = name;
    this.#client = client;
    client.on('error', (error: Error) => (this.#lost ??= error));
  }

  async open(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      await this.close();
      throw this.#failure(error);
    }
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return (await this.#query(sql, values)).rows as Row[];
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0;
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.#query('BEGIN');
    try {
      const result = await work();
      await this.#query('COMMIT');
      return result;
    } catch (error) {
      await this.#query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    // A server that is gone, or hangs, does not answer the farewell.
    const { connection } = this.#client as unknown as { connection?: { stream: Duplex } };
    const stop = systemClock.after(FAREWELL_MS, () => connection?.stream.destroy());
    await this.#client.end().catch(() => undefined);
    stop();
  }

  async #query(sql: string, values: readonly Value[] = []) {
    if (this.#lost) throw this.#failure(this.#lost);
    let number = 0;
    try {
      return await this.#client.query(
        sql.replaceAll('?', () => `$${++number}`),
        [...values],
      );
    } catch (error) {
      // What the server has said of a statement has a severity; after anything else nothing is known of the connection.
      if ((error as { severity?: string }).severity === undefined) this.#lost ??= error as Error;
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): StoreError {
    const { code = '' } = error as { readonly code?: string };
    const words = REFUSED[code] === undefined ? failureText(error) : `${REFUSED[code]} (${failureText(error)})`;
    return new StoreError(`${this.name}: ${printable(words, 200)}`, { cause: error, passes: passes(error) });
  }
}

/** What a server says while it starts, ends or is full: SQLSTATEs of PostgreSQL's manual, appendix A. */
const BUSY = new Set(['57P01', '57P02', '57P03', '53300']);

/** What it says of who comes, or for what: nothing that waiting mends. */
const REFUSED: Readonly<Record<string, string>> = {
  '28P01': 'it refuses user or password',
  '28000': 'it does not let this user in',
  '3D000': 'it has no database of that name',
};

/** Codes of connections that could not be made, or were cut. */
const AWAY = /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/;

/** Whether the server may be there later. */
function passes(error: unknown): boolean {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code = '', message = '' } = first as { readonly code?: string; readonly message?: string };
  // The package has no codes for its own: a server that does not answer, or hangs up.
  return BUSY.has(code) || AWAY.test(code) || /timeout|connection terminated/i.test(message);
}
