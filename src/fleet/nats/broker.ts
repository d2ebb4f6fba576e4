// A fleet's part of a NATS server, as the fleet's own code sees it.
import type { Broker } from '../core/broker.js';
import type { FleetClock } from '../core/timing.js';
import type { FleetNames } from '../names.js';
import type { Connection } from './connection.js';
import { natsLog } from './log.js';
import { natsTable } from './table.js';

/** The part of a fleet of these names. */
export function natsBroker(connection: Connection, names: FleetNames, clock: FleetClock): Broker {
  const { leases, members, orders, claims, cameras, memory } = names.buckets;
  return {
    leases: natsTable(connection, leases, clock),
    members: natsTable(connection, members, clock),
    orders: natsTable(connection, orders, clock),
    claims: natsTable(connection, claims, clock),
    cameras: natsTable(connection, cameras, clock),
    memory: natsTable(connection, memory, clock),
    logs: {
      predictions: natsLog(connection, names, 'predictions'),
      readings: natsLog(connection, names, 'readings'),
    },
    peers: {
      tell: (instance, text) => {
        if (connection.connected) connection.nats.publish(names.worker(instance), text);
      },
      hear: (instance, heard) => {
        // One that was closed is never opened again.
        if (connection.nats.isClosed()) return { stop: () => {} };
        const subscription = connection.nats.subscribe(names.worker(instance), {
          callback: (error, message) => {
            if (!error) heard(message.string());
          },
        });
        return { stop: () => subscription.unsubscribe() };
      },
    },
    tell: (kind, camera, text) => {
      if (connection.connected) connection.nats.publish(names.subject(kind, camera), text);
    },
    onReturn: (back) => connection.onReturn(back),
  };
}
