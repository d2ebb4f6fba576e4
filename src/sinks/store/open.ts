// Which database a store is kept in: a path, or an address of a Postgres server. It must not know what is kept.
import { UsageError } from '../../base/errors.js';
import { readSinkAddress } from '../sending/address.js';
import type { Connection } from './connection.js';

const SCHEMES = ['postgres', 'postgresql'] as const;

/** A store that has a place, and is not open. */
export interface StorePlace {
  readonly kind: 'sqlite' | 'postgres';
  /** For messages, without secrets. */
  readonly name: string;
  /** The path of a file. Absent of a server. */
  readonly file?: string;
  /** Opens one more connection for writing; a file is made where there is none. Throws `StoreError`, UsageError. */
  write(): Promise<Connection>;
  /** Opens one more connection for reading; a file must be there. Throws `StoreError`, UsageError. */
  read(): Promise<Connection>;
}

/**
 * Reads where a store is.
 * @param text A path, or `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE`.
 * @param option How messages call what gave it.
 * @throws UsageError for an address of anything else.
 */
export function storePlace(text: string, option: string): StorePlace {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) {
    if (text === ':memory:' || text === '')
      throw new UsageError(`${option} must be a file or postgres://..., found "${text}"`);
    const open = async (options: { create?: boolean; readOnly?: boolean }): Promise<Connection> =>
      (await import('./sqlite.js')).openSqlite(text, options);
    return {
      kind: 'sqlite',
      name: text,
      file: text,
      write: () => open({ create: true }),
      read: () => open({ readOnly: true }),
    };
  }
  const { name } = readSinkAddress(option, text, SCHEMES);
  const open = async (): Promise<Connection> => (await import('./postgres.js')).openPostgres({ name, url: text });
  return { kind: 'postgres', name, write: open, read: open };
}
