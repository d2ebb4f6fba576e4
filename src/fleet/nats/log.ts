// A stream of NATS as a log of the fleet, one subject a camera.
import { headers } from '@nats-io/transport-node';
import { BrokerError, type Log, type LogName, type Stored } from '../core/broker.js';
import type { FleetNames } from '../names.js';
import type { Connection } from './connection.js';
import { asBrokerError, nobodyListened } from './faults.js';

/** The header with a camera's number of the last message in a record, or before it. */
export const LAST_HEADER = 'Lq-Last';

/** A stream as a log. */
export function natsLog(connection: Connection, names: FleetNames, name: LogName): Log {
  const stream = names.streams[name];
  return {
    async latest(camera): Promise<Stored | undefined> {
      connection.checkConnected();
      try {
        const subject = names.subject(name, camera);
        const found = await connection.jsm.streams.getMessage(stream, { last_by_subj: subject });
        if (!found) return undefined;
        const { header, seq } = found;
        return { sequence: seq, id: header.get('Nats-Msg-Id'), last: Number(header.get(LAST_HEADER)) || 0 };
      } catch (error) {
        throw asBrokerError(error);
      }
    },
    async store(camera, { id, last, expect, text }) {
      connection.checkConnected();
      const head = headers();
      head.set(LAST_HEADER, String(last));
      try {
        const { seq } = await connection.js.publish(names.subject(name, camera), text, {
          msgID: id,
          headers: head,
          expect: { lastSubjectSequence: expect, streamName: stream },
        });
        return seq;
      } catch (error) {
        if (nobodyListened(error) && (await isGone(connection, stream)))
          throw new BrokerError('missing', `there is no stream ${stream}`, { cause: error });
        throw asBrokerError(error);
      }
    },
  };
}

async function isGone(connection: Connection, stream: string): Promise<boolean> {
  try {
    await connection.jsm.streams.info(stream);
    return false;
  } catch (error) {
    const known = asBrokerError(error);
    return known instanceof BrokerError && known.fault === 'missing';
  }
}
