// Writes the records of one run into a store: batches as transactions, the numbers that are taken, who writes, what is
// let go of. It must not know where records come from, nor how long they wait.
import { hostname } from 'node:os';
import type { Clock } from '../../base/clock.js';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { Counts, EndReason } from '../../types.js';
import type { Outcome, Target } from '../sending/delivery.js';
import { insert, StoreError, type Connection } from './connection.js';
import type { StorePlace } from './open.js';
import { rowsOf, TABLES } from './records.js';
import { prune, type Keep } from './retention.js';
import { upgrade } from './schema.js';

/** Milliseconds between two transactions, at least: a disk that syncs thirty times a second does little else. */
export const BATCH_MS = 250;

/** Records of one transaction, at most. */
const BATCH = 1_000;

/**
 * Numbers that a run takes beforehand: none of them is given again, also where the program dies before what it has told
 * is stored. A run that ends gives back those that it did not need.
 */
export const TAKEN_AHEAD = 100_000;

/** Milliseconds between two looks at what is to be let go of. */
const PRUNE_MS = 60_000;

/** Milliseconds in which a writer that lives has written, or has shown that it would. */
export const ALIVE_MS = 60_000;

/** Last numbers that were given. */
export interface LastNumbers {
  readonly prediction: number;
  readonly reading: number;
}

/** What a writer needs. */
export interface WriterOptions {
  readonly place: StorePlace;
  /** Under what name it writes. */
  readonly stream: string;
  /** The run, by letters and digits that no other has. */
  readonly run: string;
  readonly source: string;
  readonly model: string;
  readonly pipeline: string;
  readonly version: string;
  readonly keep: Keep;
  /** Numbers given so far. */
  readonly given: () => LastNumbers;
  readonly clock: Clock;
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
  /** The process that writes. Default this one. */
  readonly process?: { readonly host: string; readonly pid: number; readonly lives: (pid: number) => boolean };
}

/** How a run ended. */
export interface RunEnd {
  readonly reason: EndReason;
  readonly counts: Counts;
}

const THIS_PROCESS = { host: hostname(), pid: process.pid, lives };

/** One run's hold on a store. */
export class StoreWriter implements Target {
  readonly batch = BATCH;
  readonly name: string;
  readonly #options: WriterOptions;
  #connection: Connection | undefined;
  /** Numbers up to which none is given to another run. */
  #taken: LastNumbers;
  /** Highest numbers that are stored, as it was acknowledged. */
  #stored: LastNumbers;
  #mayWrite = Promise.resolve();
  #prunedAt: number;
  #wroteAt: number;
  #isFenced = false;
  /** The stream is this run's: not yet where the server was not there at the start. */
  #isTaken: boolean;
  #end: RunEnd | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: WriterOptions, connection: Connection | undefined, before: LastNumbers) {
    this.#options = options;
    this.#connection = connection;
    this.#isTaken = connection !== undefined;
    this.name = options.place.name;
    this.#stored = before;
    this.#taken = ahead(before);
    this.#prunedAt = this.#wroteAt = options.now();
  }

  /**
   * Opens the store, brings its tables up to date and takes the stream for this run; where its server is away for now,
   * that is done when it is there.
   * @returns The writer, and the last numbers of the run before; where these can't be known, numbers that no run before
   *   can have given.
   * @throws `StoreError` and UsageError; UsageError also where another process of this machine writes under the name.
   */
  static async open(options: WriterOptions): Promise<{ readonly writer: StoreWriter; readonly before: LastNumbers }> {
    try {
      const { connection, before } = await taken(options);
      return { writer: new StoreWriter(options, connection, before), before };
    } catch (error) {
      if (!(error instanceof StoreError && error.passes)) throw error;
      const before = beyondAll(options.now());
      return { writer: new StoreWriter(options, undefined, before), before };
    }
  }

  /** Another program has begun to write under the same name: nothing of this run is taken any more. */
  get isFenced(): boolean {
    return this.#isFenced;
  }

  /** It has shown for a while that it lives: something has to be written, if only that. */
  get restless(): boolean {
    if (!this.#isTaken) return true;
    return !this.#isFenced && Math.abs(this.#options.now() - this.#wroteAt) > ALIVE_MS / 3;
  }

  /** Up to which prediction and reading the store has acknowledged all that was not dropped. */
  get stored(): LastNumbers {
    return this.#stored;
  }

  async send(records: readonly string[], signal: AbortSignal): Promise<Outcome> {
    await this.#mayWrite;
    try {
      const connection = (this.#connection ??= await (this.#isTaken ? this.#options.place.write() : this.#take()));
      const written = await connection.transaction(() => this.#write(connection, records));
      if (!written) {
        this.#isFenced = true;
        return { is: 'refused', why: 'another program writes under this name now' };
      }
      [this.#taken, this.#stored] = [written.taken, written.stored];
      this.#wroteAt = this.#options.now();
      await this.#prune(connection);
    } catch (error) {
      await this.reconnect();
      return { is: 'later', why: withoutName((error as Error).message, this.name) };
    }
    this.#mayWrite = this.#breathe(signal);
    return { is: 'sent' };
  }

  /** How the run ended: kept when it is closed. */
  ended(end: RunEnd): void {
    this.#end = end;
  }

  close(graceful: boolean): Promise<void> {
    return (this.#closed ??= this.#close(graceful));
  }

  async #close(graceful: boolean): Promise<void> {
    const connection = this.#connection;
    if (graceful && connection && !this.#isFenced)
      await connection.transaction(() => this.#farewell(connection)).catch(() => undefined);
    await this.reconnect();
  }

  /** Takes the stream that could not be taken at the start. */
  async #take(): Promise<Connection> {
    const { connection, before } = await taken(this.#options);
    if (before.prediction > this.#stored.prediction || before.reading > this.#stored.reading) {
      await connection.close();
      throw new StoreError(
        `${this.name} holds higher numbers than this run began with, as if the clock had gone back: start again.`,
      );
    }
    this.#isTaken = true;
    return connection;
  }

  /** Closes the connection: the next batch has a new one. */
  async reconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** What is taken and stored once this is committed; undefined where this run has the stream no longer. */
  async #write(
    connection: Connection,
    records: readonly string[],
  ): Promise<{ readonly taken: LastNumbers; readonly stored: LastNumbers } | undefined> {
    const { stream, run, now, given } = this.#options;
    const numbers = given();
    const taken = {
      prediction: enough(this.#taken.prediction, numbers.prediction),
      reading: enough(this.#taken.reading, numbers.reading),
    };
    const held = await connection.run(
      'UPDATE lq_streams SET seen = ?, prediction = ?, reading = ? WHERE stream = ? AND run = ?',
      [now(), taken.prediction, taken.reading, stream, run],
    );
    if (held === 0) return undefined;
    const rows = rowsOf(records, stream, run);
    await insert(connection, TABLES.predictions, rows.predictions);
    await insert(connection, TABLES.readings, rows.readings);
    await insert(connection, TABLES.states, rows.states);
    const newest = 'ON CONFLICT (run, minute, reason) DO UPDATE SET count = excluded.count';
    await insert(connection, TABLES.refusals, rows.refusals, newest);
    const stored = {
      prediction: rows.predictions.reduce((last, row) => Math.max(last, Number(row[1])), this.#stored.prediction),
      reading: rows.readings.reduce((last, row) => Math.max(last, Number(row[8])), this.#stored.reading),
    };
    return { taken, stored };
  }

  /** Gives back the numbers that were not needed, and says how the run ended. */
  async #farewell(connection: Connection): Promise<void> {
    const { stream, run, now, given } = this.#options;
    const { prediction, reading } = given();
    await connection.run('UPDATE lq_streams SET seen = 0, prediction = ?, reading = ? WHERE stream = ? AND run = ?', [
      prediction,
      reading,
      stream,
      run,
    ]);
    if (!this.#end) return;
    const { reason, counts } = this.#end;
    await connection.run(
      'UPDATE lq_runs SET ended = ?, reason = ?, frames = ?, regions = ?, accepted = ? WHERE run = ?',
      [now(), reason, counts.frames, counts.regions, counts.accepted, run],
    );
  }

  async #prune(connection: Connection): Promise<void> {
    const { stream, keep, now } = this.#options;
    const at = now();
    if (at - this.#prunedAt < PRUNE_MS && at >= this.#prunedAt) return;
    // Where there is more to do it is done with the next batch.
    if (!(await prune(connection, stream, keep, at))) this.#prunedAt = at;
  }

  /** Resolves when the next transaction may be: later, or at once where all is to end. */
  #breathe(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#options.clock.after(BATCH_MS, () => {
        signal.removeEventListener('abort', done);
        resolve();
      });
      const done = (): void => (stop(), resolve());
      if (signal.aborted) done();
      else signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** Numbers that are taken once so many were given: more, when half of those that were taken beforehand are used. */
function enough(taken: number, given: number): number {
  return taken - given < TAKEN_AHEAD / 2 ? given + TAKEN_AHEAD : taken;
}

function ahead({ prediction, reading }: LastNumbers): LastNumbers {
  return { prediction: prediction + TAKEN_AHEAD, reading: reading + TAKEN_AHEAD };
}

/** An open store of today's tables, whose stream is this run's. */
async function taken(
  options: WriterOptions,
): Promise<{ readonly connection: Connection; readonly before: LastNumbers }> {
  const connection = await options.place.write();
  try {
    await upgrade(connection);
    return { connection, before: await connection.transaction(() => takeStream(connection, options)) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Numbers above those of every run before: none has told 100 predictions in each millisecond since 1970. */
function beyondAll(now: number): LastNumbers {
  return { prediction: 100 * now, reading: 100 * now };
}

/** Makes the stream this run's; the last numbers that were taken. */
async function takeStream(connection: Connection, options: WriterOptions): Promise<LastNumbers> {
  const { stream, run, source, model, pipeline, version, now, process: own = THIS_PROCESS } = options;
  const [held] = await connection.rows('SELECT * FROM lq_streams WHERE stream = ?', [stream]);
  if (held) refuseSecond(held as unknown as Holder, options, own);
  const before = { prediction: Number(held?.['prediction'] ?? 0), reading: Number(held?.['reading'] ?? 0) };
  const taken = ahead(before);
  await insert(
    connection,
    'lq_streams (stream, run, host, pid, seen, prediction, reading)',
    [[stream, run, own.host, own.pid, now(), taken.prediction, taken.reading]],
    'ON CONFLICT (stream) DO UPDATE SET run = excluded.run, host = excluded.host, pid = excluded.pid, ' +
      'seen = excluded.seen, prediction = excluded.prediction, reading = excluded.reading',
  );
  await insert(connection, 'lq_runs (run, stream, source, model, pipeline, version, began)', [
    [run, stream, source, model, pipeline, version, now()],
  ]);
  return before;
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly seen: number;
}

/**
 * Who died is not waited for, and who runs elsewhere can't be asked: it finds that the stream is no longer its own. But
 * a process that lives beside this one was started by mistake, or this one was.
 */
function refuseSecond(
  { host, pid, seen }: Holder,
  { place, stream, now }: WriterOptions,
  own: NonNullable<WriterOptions['process']>,
): void {
  const isFresh = Math.abs(now() - seen) < ALIVE_MS;
  if (!isFresh || host !== own.host || pid === own.pid || !own.lives(pid)) return;
  throw new UsageError(
    `${printable(place.name)}: process ${pid} writes under the name ${printable(stream)} already: end it, or give this ` +
      'run another --name.',
  );
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a delivery says begins with the name already. */
function withoutName(message: string, name: string): string {
  return message.startsWith(name) ? message.slice(name.length).replace(/^: | /, '') : message;
}
