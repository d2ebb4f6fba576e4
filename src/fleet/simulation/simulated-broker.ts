// A broker in memory, as NATS JetStream behaves: revisions, expiry that no watch tells, records that name the one before,
// and ids that are stored once. It may be away, be full, or lose an answer; each request takes its time.
import {
  BrokerError,
  type Broker,
  type Entry,
  type Log,
  type LogName,
  type Stored,
  type Table,
  type ToStore,
  type Watcher,
} from '../core/broker.js';
import type { Random } from '../../base/random.js';
import type { Clockwork, Machine } from './clockwork.js';

/** Milliseconds that a client waits for an answer. */
const PATIENCE = 1_500;

/** Milliseconds after which the same id is stored again. */
const DUPLICATES = 120_000;

/** A record as it lies in a log. */
export interface StoredRecord extends Stored {
  readonly camera: string;
  readonly text: string;
  readonly at: number;
}

/** Counts of what the broker had to do. */
export interface BrokerLoad {
  /** Writes and reads by what they are about, such as `leases.update`. */
  readonly requests: Readonly<Record<string, number>>;
  /** Messages to watchers, and from worker to worker. */
  readonly deliveries: number;
  /** Characters of values that were written, read and told. */
  readonly bytes: number;
}

interface Watching {
  readonly machine: Machine;
  readonly watcher: Watcher;
  /** Of this key only. */
  readonly key: string | undefined;
  broken: boolean;
}

class TableStore {
  readonly values = new Map<string, Entry & { readonly at: number }>();
  readonly watching = new Set<Watching>();
  /** Those who watch one key. */
  readonly byKey = new Map<string, Set<Watching>>();
  /** Those who watch all. */
  readonly ofAll = new Set<Watching>();
  revision = 0;
  constructor(readonly ttl?: number) {}

  add(watching: Watching): void {
    this.watching.add(watching);
    const { key } = watching;
    if (key === undefined) this.ofAll.add(watching);
    else this.byKey.set(key, (this.byKey.get(key) ?? new Set()).add(watching));
  }

  delete(watching: Watching): void {
    this.watching.delete(watching);
    this.ofAll.delete(watching);
    if (watching.key !== undefined) this.byKey.get(watching.key)?.delete(watching);
  }
}

/** The broker itself. */
export class SimulatedBroker {
  readonly #clockwork: Clockwork;
  readonly #random: Random;
  readonly #tables = {
    leases: new TableStore(5_000),
    members: new TableStore(),
    orders: new TableStore(),
    claims: new TableStore(),
    cameras: new TableStore(),
    memory: new TableStore(),
  };
  /** All records, by log, in order. */
  readonly records: Record<LogName, StoredRecord[]> = { predictions: [], readings: [] };
  readonly #latest: Record<LogName, Map<string, StoredRecord>> = { predictions: new Map(), readings: new Map() };
  readonly #ids = new Map<string, StoredRecord>();
  readonly #clients = new Set<{ machine: Machine; back: (() => void)[] }>();
  readonly #requests: Record<string, number> = {};
  #deliveries = 0;
  #bytes = 0;
  readonly #heard = new Map<string, { readonly machine: Machine; readonly heard: (text: string) => void }>();
  /** Whether it is there. */
  up = true;
  /** Whether it has room. */
  full = false;
  /** Whether it refuses who expects another record to be the last. */
  fences = true;
  /** Share of answers that get lost. */
  lost = 0;
  /** Whether records are kept to be looked at; they are not where there are very many. Default true. */
  keeps = true;

  constructor(clockwork: Clockwork, random: Random) {
    this.#clockwork = clockwork;
    this.#random = random;
  }

  /** What it had to do since it was last asked. */
  load(): BrokerLoad {
    const load = { requests: { ...this.#requests }, deliveries: this.#deliveries, bytes: this.#bytes };
    for (const key of Object.keys(this.#requests)) this.#requests[key] = 0;
    [this.#deliveries, this.#bytes] = [0, 0];
    return load;
  }

  /** Puts a value as an operator does. */
  put(table: keyof SimulatedBroker['tables'], key: string, value: string): void {
    this.#write(this.#tables[table], key, value);
  }

  /** The tables as they are, to be looked at. */
  get tables(): Readonly<
    Record<'leases' | 'members' | 'orders' | 'claims' | 'cameras' | 'memory', ReadonlyMap<string, Entry>>
  > {
    return {
      leases: this.#tables.leases.values,
      members: this.#tables.members.values,
      orders: this.#tables.orders.values,
      claims: this.#tables.claims.values,
      cameras: this.#tables.cameras.values,
      memory: this.#tables.memory.values,
    };
  }

  /** The broker is there again, or a machine has its network again: clients notice. */
  returned(): void {
    for (const { machine, back } of this.#clients) {
      if (!this.#reaches(machine)) continue;
      for (const one of back) machine.later(this.#clockwork.now + 300 * this.#random.next(), one);
    }
    for (const store of Object.values(this.#tables))
      for (const watching of store.watching)
        if (watching.broken && this.#reaches(watching.machine)) this.#begin(store, watching);
  }

  /** A client of it on a machine. */
  client(machine: Machine): Broker {
    const client = { machine, back: [] as (() => void)[] };
    this.#clients.add(client);
    const table = (name: keyof SimulatedBroker['tables']): Table => this.#tableFor(machine, name);
    return {
      leases: table('leases'),
      members: table('members'),
      orders: table('orders'),
      claims: table('claims'),
      cameras: table('cameras'),
      memory: table('memory'),
      logs: { predictions: this.#logFor(machine, 'predictions'), readings: this.#logFor(machine, 'readings') },
      peers: this.#peersOf(machine),
      tell: () => {},
      onReturn: (back) => void client.back.push(back),
    };
  }

  #reaches(machine: Machine): boolean {
    return this.up && machine.connected && !machine.dead;
  }

  /** Words from worker to worker: they get lost as answers do. */
  #peersOf(machine: Machine): Broker['peers'] {
    return {
      tell: (instance, text) => {
        const hearer = this.#heard.get(instance);
        if (!hearer || !this.#reaches(machine) || this.#random.next() < this.lost) return;
        this.#delivered(text.length);
        hearer.machine.later(this.#clockwork.now + this.#latency(), () => {
          if (this.#reaches(hearer.machine) && this.#heard.get(instance) === hearer) hearer.heard(text);
        });
      },
      hear: (instance, heard) => {
        const hearer = { machine, heard };
        this.#heard.set(instance, hearer);
        return {
          stop: () => {
            if (this.#heard.get(instance) === hearer) this.#heard.delete(instance);
          },
        };
      },
    };
  }

  #tableFor(machine: Machine, name: keyof SimulatedBroker['tables']): Table {
    const store = this.#tables[name];
    const ask = <T>(what: string, work: () => T): Promise<T> => this.#ask(machine, `${name}.${what}`, work);
    return {
      create: (key, value) =>
        ask('create', () => (this.#current(store, key) ? undefined : this.#write(store, key, value))),
      update: (key, value, revision) =>
        ask('update', () =>
          this.#current(store, key)?.revision === revision ? this.#write(store, key, value) : undefined,
        ),
      remove: (key, revision) =>
        ask('remove', () => {
          if (this.#current(store, key)?.revision !== revision) return false;
          store.values.delete(key);
          store.revision++;
          this.#deliver(store, key, 0, (watcher) => watcher.removed(key));
          return true;
        }),
      get: (key) =>
        ask('get', () => {
          const found = this.#current(store, key);
          this.#bytes += found?.value.length ?? 0;
          return found;
        }),
      watch: (watcher, key) => {
        const watching: Watching = { machine, watcher, key, broken: true };
        store.add(watching);
        machine.later(this.#clockwork.now + this.#latency(), () => this.#begin(store, watching));
        return { stop: () => store.delete(watching) };
      },
      // Nothing is left of what was removed.
      sweep: async () => {},
    };
  }

  #begin(store: TableStore, watching: Watching): void {
    if (!this.#reaches(watching.machine)) return;
    watching.broken = false;
    const { key } = watching;
    const one = key === undefined ? undefined : store.values.get(key);
    const entries = key === undefined ? [...store.values.values()] : one ? [one] : [];
    for (const { value } of entries) this.#delivered(value.length);
    watching.machine.later(this.#clockwork.now + this.#latency(), () => {
      if (!store.watching.has(watching)) return;
      for (const entry of entries) watching.watcher.put(entry);
      watching.watcher.ready(new Set(entries.map((entry) => entry.key)));
    });
  }

  #delivered(size: number): void {
    this.#deliveries++;
    this.#bytes += size;
  }

  #deliver(store: TableStore, key: string, size: number, tell: (watcher: Watcher) => void): void {
    for (const watching of [...store.ofAll, ...(store.byKey.get(key) ?? [])]) {
      if (!this.#reaches(watching.machine)) watching.broken = true;
      if (watching.broken) continue;
      this.#delivered(size);
      watching.machine.later(this.#clockwork.now + 2, () => store.watching.has(watching) && tell(watching.watcher));
    }
  }

  #current(store: TableStore, key: string): (Entry & { readonly at: number }) | undefined {
    const found = store.values.get(key);
    if (!found || store.ttl === undefined || this.#clockwork.now - found.at < store.ttl) return found;
    store.values.delete(key);
    return undefined;
  }

  #write(store: TableStore, key: string, value: string): number {
    const entry = { key, value, revision: ++store.revision, at: this.#clockwork.now };
    this.#bytes += value.length;
    store.values.set(key, entry);
    this.#deliver(store, key, value.length, (watcher) => watcher.put(entry));
    return entry.revision;
  }

  #logFor(machine: Machine, name: LogName): Log {
    return {
      latest: (camera) => this.#ask(machine, `${name}.latest`, () => this.#latest[name].get(camera)),
      store: (camera, record) => this.#ask(machine, `${name}.store`, () => this.#store(name, camera, record)),
    };
  }

  #sequence = 0;

  #store(name: LogName, camera: string, { id, last, expect, text }: ToStore): number {
    const known = this.#ids.get(id);
    if (known && this.#clockwork.now - known.at < DUPLICATES) return known.sequence;
    const latest = this.#latest[name].get(camera);
    if (this.fences && (latest?.sequence ?? 0) !== expect)
      throw new BrokerError('refused', `last is ${latest?.sequence ?? 0}`);
    if (this.full) throw new BrokerError('full', 'no room');
    const record = { sequence: ++this.#sequence, id, last, camera, text, at: this.#clockwork.now };
    this.#latest[name].set(camera, record);
    if (this.keeps) {
      this.#ids.set(id, record);
      this.records[name].push(record);
    }
    return record.sequence;
  }

  #latency(): number {
    return 0.2 + 2 * this.#random.next();
  }

  /** A request's way to the broker and back. */
  #ask<T>(machine: Machine, what: string, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = machine.clock.after(PATIENCE, () => reject(new BrokerError('unavailable', 'no answer')));
      const answer = (say: () => void): void => {
        if (this.#random.next() < this.lost) return;
        machine.later(this.#clockwork.now + this.#latency(), () => {
          if (!machine.connected) return;
          stop();
          say();
        });
      };
      if (!this.#reaches(machine)) return;
      this.#clockwork.at(this.#clockwork.now + this.#latency(), () => {
        if (!this.up || !machine.connected) return;
        this.#requests[what] = (this.#requests[what] ?? 0) + 1;
        try {
          const result = work();
          answer(() => resolve(result));
        } catch (error) {
          answer(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      });
    });
  }
}
