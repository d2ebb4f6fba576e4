// The tables of a store, their version, and how an older store becomes one of today. It must not know what goes into
// them.
import { StoreError, type Connection } from './connection.js';

/** One step from a version to the next: statements of both dialects. */
export type Step = readonly string[];

/**
 * Step `k` makes version `k + 1` out of version `k`; a store of version 0 has no tables. Steps that were released are
 * never changed: what is to be different is one more step.
 */
export const STEPS: readonly Step[] = [
  [
    // Who writes under a name, and the numbers that are taken: those of a new run begin after them.
    `CREATE TABLE lq_streams (
       stream TEXT PRIMARY KEY, run TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL, seen BIGINT NOT NULL,
       prediction BIGINT NOT NULL, reading BIGINT NOT NULL)`,
    `CREATE TABLE lq_runs (
       run TEXT PRIMARY KEY, stream TEXT NOT NULL, source TEXT NOT NULL, model TEXT NOT NULL, pipeline TEXT NOT NULL,
       version TEXT NOT NULL, began BIGINT NOT NULL, ended BIGINT, reason TEXT, frames BIGINT, regions BIGINT,
       accepted BIGINT)`,
    `CREATE TABLE lq_predictions (
       stream TEXT NOT NULL, seq BIGINT NOT NULL, run TEXT NOT NULL, told BIGINT NOT NULL, region TEXT NOT NULL,
       digit SMALLINT NOT NULL, ratio DOUBLE PRECISION NOT NULL, line TEXT NOT NULL, PRIMARY KEY (stream, seq))`,
    `CREATE INDEX lq_predictions_told ON lq_predictions (told, stream, seq)`,
    // Numbers: told, refused, in doubt.
    `CREATE TABLE lq_readings (
       run TEXT NOT NULL, n BIGINT NOT NULL, stream TEXT NOT NULL, told BIGINT NOT NULL, type TEXT NOT NULL,
       id TEXT NOT NULL, value TEXT NOT NULL, rule TEXT, seq BIGINT NOT NULL, line TEXT NOT NULL,
       PRIMARY KEY (run, n))`,
    `CREATE INDEX lq_readings_told ON lq_readings (told, run, n)`,
    // What was refused within a minute that began at this time, by reason.
    `CREATE TABLE lq_refusals (
       run TEXT NOT NULL, minute BIGINT NOT NULL, reason TEXT NOT NULL, stream TEXT NOT NULL, count BIGINT NOT NULL,
       PRIMARY KEY (run, minute, reason))`,
    `CREATE INDEX lq_refusals_minute ON lq_refusals (minute, run, reason)`,
    `CREATE TABLE lq_states (
       run TEXT NOT NULL, n BIGINT NOT NULL, stream TEXT NOT NULL, told BIGINT NOT NULL, state TEXT NOT NULL,
       reason TEXT, reconnects BIGINT NOT NULL, PRIMARY KEY (run, n))`,
    `CREATE INDEX lq_states_told ON lq_states (told, run, n)`,
  ],
];

/** Any number that no other program locks. */
const LOCK = 7_113_309;

/**
 * Makes the tables of an empty store, or of one of an older version those of today; all of it or nothing.
 * @param steps Default those of today.
 * @throws {@link StoreError} for a store of a newer version, and for a database of something else.
 */
export async function upgrade(connection: Connection, steps = STEPS): Promise<void> {
  await connection.transaction(async () => {
    // Two programs that begin at once: the second finds the tables of the first.
    if (connection.dialect === 'postgres') await connection.rows(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const version = await versionOf(connection);
    refuseNewer(connection, version ?? 0, steps.length);
    if (version === undefined) {
      await refuseStrange(connection);
      await connection.run('CREATE TABLE lq_store (version BIGINT NOT NULL)');
      await connection.run('INSERT INTO lq_store VALUES (0)');
    }
    for (const statement of steps.slice(version ?? 0).flat()) await connection.run(statement);
    if (version !== steps.length) await connection.run('UPDATE lq_store SET version = ?', [steps.length]);
  });
}

/**
 * Sees that this is a store of today, without changing it.
 * @throws {@link StoreError} for anything else.
 */
export async function checkSchema(connection: Connection, steps = STEPS): Promise<void> {
  const version = await versionOf(connection);
  if (version === undefined) throw new StoreError(`${connection.name} is no store: it has no table lq_store.`);
  refuseNewer(connection, version, steps.length);
  if (version < steps.length) {
    throw new StoreError(
      `${connection.name} is a store of version ${version}, and this program reads ${steps.length}: the next run ` +
        'that writes into it brings it up to date.',
    );
  }
}

/** The version; undefined where there is no store. */
async function versionOf(connection: Connection): Promise<number | undefined> {
  const [table] = await connection.rows(
    connection.dialect === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'lq_store'"
      : "SELECT to_regclass('lq_store')::text AS name",
  );
  if (typeof table?.['name'] !== 'string') return undefined;
  const [row] = await connection.rows('SELECT version FROM lq_store');
  return Number(row?.['version'] ?? 0);
}

function refuseNewer({ name }: Connection, version: number, known: number): void {
  if (version <= known) return;
  throw new StoreError(
    `${name} is a store of version ${version}, and this program knows versions up to ${known}: update lq-stream, or ` +
      'name another store.',
  );
}

/** A file that holds something else is somebody else's; a server's database may hold much beside a store. */
async function refuseStrange(connection: Connection): Promise<void> {
  if (connection.dialect !== 'sqlite') return;
  const [table] = await connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'");
  if (table) throw new StoreError(`${connection.name} is no store: it is a database of something else.`);
}
