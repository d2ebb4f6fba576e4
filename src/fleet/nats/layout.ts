// What a fleet has at a NATS server: buckets and streams, made where they are missing and changed where asked. It must
// not know what is in them.
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { nanos } from '@nats-io/transport-node';
import { BrokerError, LOGS, type LogName } from '../core/broker.js';
import { TIMING } from '../core/timing.js';
import type { FleetNames } from '../names.js';
import type { Connection } from './connection.js';
import { asBrokerError } from './faults.js';

/** How long a log keeps what it holds, and how much. */
export interface Retention {
  readonly days: number;
  readonly megabytes: number;
}

/** How a fleet's data is kept. */
export interface Layout {
  readonly retention: Readonly<Record<LogName, Retention>>;
  /** Copies in a cluster: 1, 3 or 5. */
  readonly replicas: number;
  /** Milliseconds after which a lease that is not renewed expires. Default {@link TIMING}'s: only tests are in a hurry. */
  readonly lease?: number;
}

/** Makes what is missing, and gives the streams the retention that is asked for. */
export async function layOut(connection: Connection, names: FleetNames, layout: Layout): Promise<void> {
  const { replicas, retention, lease = TIMING.lease } = layout;
  const buckets = new Kvm(connection.js);
  for (const [part, bucket] of Object.entries(names.buckets))
    await buckets.create(bucket, {
      history: 1,
      replicas,
      // Asked of the leader always: a copy may be behind.
      allow_direct: false,
      ...(part === 'leases' && { ttl: lease }),
    });
  for (const log of LOGS) await layOutStream(connection, names, log, retention[log], replicas);
}

/** Whether the fleet is there. */
export async function isLaidOut(connection: Connection, names: FleetNames): Promise<boolean> {
  try {
    for (const stream of Object.values(names.streams)) await connection.jsm.streams.info(stream);
    for (const bucket of Object.values(names.buckets)) await connection.jsm.streams.info(`KV_${bucket}`);
    return true;
  } catch (error) {
    const known = asBrokerError(error);
    if (known instanceof BrokerError && known.fault === 'missing') return false;
    throw known;
  }
}

async function layOutStream(
  { jsm }: Connection,
  names: FleetNames,
  log: LogName,
  { days, megabytes }: Retention,
  replicas: number,
): Promise<void> {
  const name = names.streams[log];
  const wanted = {
    subjects: [names.subject(log, '*')],
    max_age: nanos(days * 86_400_000),
    max_bytes: megabytes * 2 ** 20,
    num_replicas: replicas,
  };
  try {
    const { config } = await jsm.streams.info(name);
    await jsm.streams.update(name, { ...config, ...wanted });
  } catch (error) {
    const known = asBrokerError(error);
    if (!(known instanceof BrokerError) || known.fault !== 'missing') throw known;
    const made: Partial<StreamConfig> & { name: string } = {
      ...wanted,
      name,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      duplicate_window: nanos(120_000),
    };
    await jsm.streams.add(made);
  }
}
