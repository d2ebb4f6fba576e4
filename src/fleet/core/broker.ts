// What a fleet asks of its broker: tables of keys with revisions, and a log whose subjects refuse who is out of date.
// Interfaces only, so that a simulated broker is as good as a real one.

/**
 * What went wrong at the broker.
 * - `unavailable`: no answer. Whether what was asked for has happened is not known.
 * - `refused`: the last record of the subject is not the one that was expected.
 * - `full`: there is no room, on its disk or in the stream.
 * - `missing`: there is no such table or stream: the fleet was never applied, or somebody has deleted it.
 * - `denied`: these credentials may not do this.
 */
export type BrokerFault = 'unavailable' | 'refused' | 'full' | 'missing' | 'denied';

/** A broker that does not do what it was asked for. */
export class BrokerError extends Error {
  readonly fault: BrokerFault;
  constructor(fault: BrokerFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerError';
    this.fault = fault;
  }
}

/** The fault of an error; undefined for an error that is not the broker's. */
export function faultOf(error: unknown): BrokerFault | undefined {
  return error instanceof BrokerError ? error.fault : undefined;
}

/** A value of a table. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Goes up with every change of the table. */
  readonly revision: number;
}

/** Told of a table's values. */
export interface Watcher {
  /** A value is there, or has changed. */
  put(entry: Entry): void;
  /** A value was removed. That one has expired is not told. */
  removed(key: string): void;
  /** All values that there were have been told; those that were not are gone. Told anew after each new beginning. */
  ready(keys: ReadonlySet<string>): void;
}

/** Values by key. Each method may throw {@link BrokerError}. */
export interface Table {
  /** Puts a value where there is none; its revision, or undefined where there is one. */
  create(key: string, value: string): Promise<number | undefined>;
  /** Puts a value in the place of the one with this revision; undefined where that is not there any more. */
  update(key: string, value: string, revision: number): Promise<number | undefined>;
  /** Removes the value with this revision; whether it was there. */
  remove(key: string, revision: number): Promise<boolean>;
  /** The value as the broker has it now. */
  get(key: string): Promise<Entry | undefined>;
  /**
   * Tells of all values and of each change, until it is stopped; begins anew by itself where it breaks off.
   * @param key Of this one only. Default: of all.
   */
  watch(watcher: Watcher, key?: string): { stop(): void };
  /** Forgets what is left of values that were removed at least so many milliseconds ago. */
  sweep(older: number): Promise<void>;
}

/** A record of the log. */
export interface Stored {
  /** Its place among all records of the log. */
  readonly sequence: number;
  readonly id: string;
  /** The camera's own number of the last message in it, or before it. */
  readonly last: number;
}

/** What is to be stored. */
export interface ToStore {
  /** The same for each attempt to store the same record. */
  readonly id: string;
  /** As of {@link Stored}. */
  readonly last: number;
  /** `sequence` of the subject's last record; 0 where there must be none. */
  readonly expect: number;
  readonly text: string;
}

/** Records in order, by subject. */
export interface Log {
  /** The last record of a camera. */
  latest(camera: string): Promise<Stored | undefined>;
  /** Stores a record; its sequence. Throws {@link BrokerError}. */
  store(camera: string, record: ToStore): Promise<number>;
}

/** The two logs of a fleet. */
export const LOGS = ['predictions', 'readings'] as const;

/** One of {@link LOGS}. */
export type LogName = (typeof LOGS)[number];

/** What is told to whoever listens, and not kept. */
export type Told = 'stats' | 'states' | 'doubts';

/** What one worker says to another. It may get lost: nothing may depend on it but how soon something is done. */
export interface Peers {
  tell(instance: string, text: string): void;
  hear(instance: string, heard: (text: string) => void): { stop(): void };
}

/** A fleet's part of a broker, in the eyes of one client. */
export interface Broker {
  /** Who lives: values expire when they are not renewed. */
  readonly leases: Table;
  /** Who takes part. */
  readonly members: Table;
  /** What each worker is to read. */
  readonly orders: Table;
  /** Who has which camera. */
  readonly claims: Table;
  /** What is to be read. */
  readonly cameras: Table;
  /** The last values of each camera's numbers. */
  readonly memory: Table;
  readonly logs: Readonly<Record<LogName, Log>>;
  readonly peers: Peers;
  /** Tells whoever listens, and keeps nothing. */
  tell(kind: Told, camera: string, text: string): void;
  /** Calls back whenever the broker is there again. */
  onReturn(back: () => void): void;
}
