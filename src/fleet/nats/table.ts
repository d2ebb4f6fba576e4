// A KV bucket of NATS as a table of the fleet. A watch does not tell what has expired, which is why leases are asked for.
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import { BrokerError, type Entry, type Table, type Watcher } from '../core/broker.js';
import { pause, type FleetClock } from '../core/timing.js';
import type { Connection } from './connection.js';
import { asBrokerError } from './faults.js';

/** Milliseconds until a watch that broke off begins anew. */
const AGAIN = 1_000;

/** Milliseconds after which the values that there are have been told, where nothing says which is the last. */
const FIRST_VALUES = 2_000;

/** A bucket as a table. @param bucket Its name, without `KV_`. */
export function natsTable(connection: Connection, bucket: string, clock: FleetClock): Table {
  let opened: Promise<KV> | undefined;
  const open = async (): Promise<KV> => {
    opened ??= new Kvm(connection.js).open(bucket, { bindOnly: true });
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  const ask = async <T>(work: (kv: KV) => Promise<T>): Promise<T> => {
    connection.checkConnected();
    try {
      return await work(await open());
    } catch (error) {
      throw asBrokerError(error);
    }
  };
  const unlessRefused = async (work: Promise<number>): Promise<number | undefined> => {
    try {
      return await work;
    } catch (error) {
      const known = asBrokerError(error);
      if (known instanceof BrokerError && known.fault === 'refused') return undefined;
      throw known;
    }
  };
  return {
    create: (key, value) => ask((kv) => unlessRefused(kv.create(key, value))),
    update: (key, value, revision) => ask((kv) => unlessRefused(kv.update(key, value, revision))),
    remove: (key, revision) =>
      ask(async (kv) => {
        const removed = kv.delete(key, { previousSeq: revision }).then(() => 1);
        return (await unlessRefused(removed)) !== undefined;
      }),
    get: (key) => ask(async (kv) => entryOf(await kv.get(key))),
    sweep: (older) => ask((kv) => sweep(connection, kv, bucket, older, clock)),
    watch: (watcher, key) => watch(connection, open, bucket, watcher, clock, key),
  };
}

function entryOf(found: KvEntry | null): Entry | undefined {
  if (found?.operation !== 'PUT') return undefined;
  return { key: found.key, value: found.string(), revision: found.revision };
}

/**
 * What is removed leaves a marker behind, for those who watch. Only up to the marker is purged: a value that was put
 * there since then stays.
 */
async function sweep({ jsm }: Connection, kv: KV, bucket: string, older: number, clock: FleetClock): Promise<void> {
  const stream = `KV_${bucket}`;
  if ((await jsm.streams.info(stream)).state.messages === 0) return;
  const markers: KvEntry[] = [];
  const iterator = await kv.watch();
  const stopWaiting = clock.after(FIRST_VALUES, () => iterator.stop());
  for await (const found of iterator) {
    if (found.operation !== 'PUT' && clock.wall() - found.created.getTime() >= older) markers.push(found);
    if (found.delta === 0) break;
  }
  stopWaiting();
  iterator.stop();
  for (const { key, revision } of markers)
    await jsm.streams.purge(stream, { filter: `$KV.${bucket}.${key}`, seq: revision + 1 });
}

function watch(
  connection: Connection,
  open: () => Promise<KV>,
  bucket: string,
  watcher: Watcher,
  clock: FleetClock,
  key: string | undefined,
): { stop(): void } {
  const stopped = new AbortController();
  let breakOff = (): void => {};
  const once = async (): Promise<void> => {
    connection.checkConnected();
    const { state } = await connection.jsm.streams.info(`KV_${bucket}`);
    const iterator = await (await open()).watch(key === undefined ? {} : { key });
    breakOff = () => iterator.stop();
    const keys = new Set<string>();
    let first = true;
    const ready = (): void => {
      if (first && !stopped.signal.aborted) watcher.ready(keys);
      first = false;
    };
    const stopWaiting = state.messages === 0 ? () => {} : clock.after(FIRST_VALUES, ready);
    if (state.messages === 0) ready();
    for await (const found of iterator) {
      if (stopped.signal.aborted) break;
      const entry = entryOf(found);
      if (entry) {
        keys.add(entry.key);
        watcher.put(entry);
      } else {
        keys.delete(found.key);
        watcher.removed(found.key);
      }
      if (found.delta === 0) ready();
    }
    stopWaiting();
  };
  const again = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await once().catch(() => undefined);
      await pause(clock, AGAIN, stopped.signal);
    }
  };
  // What happened while the connection was down is told anew.
  connection.onReturn(() => breakOff());
  void again();
  return {
    stop: () => {
      stopped.abort();
      breakOff();
    },
  };
}
