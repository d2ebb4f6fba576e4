// Reads a stream of NATS, one camera at a time, in order and from any place.
import { DeliverPolicy, type ConsumerMessages, type StoredMsg } from '@nats-io/jetstream';
import { BrokerError, type LogName } from '../core/broker.js';
import { pause, type FleetClock } from '../core/timing.js';
import type { LogReader, ReadRecord } from '../gateway/replay.js';
import type { FleetNames } from '../names.js';
import type { Connection } from './connection.js';
import { asBrokerError } from './faults.js';
import { LAST_HEADER } from './log.js';

/** Records that are on their way from the broker to a reader. */
const AHEAD = 64;

/** Milliseconds until a reader whose stream is away asks again. */
const AGAIN = 500;

/** Milliseconds after which the server forgets a reader that is gone. */
const FORGOTTEN = 30_000;

/** A stream as a log to be read. */
export function natsReader(connection: Connection, names: FleetNames, log: LogName, clock: FleetClock): LogReader {
  const stream = names.streams[log];
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    connection.checkConnected();
    try {
      return await work();
    } catch (error) {
      throw asBrokerError(error);
    }
  };
  const { streams } = connection.jsm;
  return {
    bounds: () =>
      ask(async () => {
        const { state } = await streams.info(stream);
        return { first: state.first_seq, last: state.last_seq };
      }),
    latest: (camera) =>
      ask(async () => recordOf(await streams.getMessage(stream, { last_by_subj: names.subject(log, camera) }))),
    next: (camera, sequence) =>
      ask(async () => {
        const query = { seq: sequence, next_by_subj: names.subject(log, camera) };
        return recordOf(await streams.getMessage(stream, query));
      }),
    follow: (camera, sequence, signal) =>
      follow(connection, stream, names.subject(log, camera), sequence, signal, clock),
  };
}

async function* follow(
  connection: Connection,
  stream: string,
  subject: string,
  sequence: number,
  signal: AbortSignal,
  clock: FleetClock,
): AsyncIterable<ReadRecord> {
  let from = sequence;
  while (!signal.aborted) {
    let messages: ConsumerMessages | undefined;
    const stop = (): void => void messages?.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      connection.checkConnected();
      const consumer = await connection.js.consumers.get(stream, {
        filter_subjects: subject,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: from,
        inactive_threshold: FORGOTTEN,
      });
      messages = await consumer.consume({ max_messages: AHEAD });
      signal.throwIfAborted();
      for await (const message of messages) {
        const last = Number(message.headers?.get(LAST_HEADER)) || 0;
        yield { sequence: message.seq, last, text: message.string(), at: message.time.getTime() };
        from = message.seq + 1;
      }
    } catch (error) {
      // Away, or gone: it is asked for again. All else is a fault of the program.
      const known = asBrokerError(error);
      if (!(known instanceof BrokerError) && error !== signal.reason) throw known;
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
    await pause(clock, AGAIN, signal);
  }
}

function recordOf(found: StoredMsg | null): ReadRecord | undefined {
  if (!found) return undefined;
  const last = Number(found.header.get(LAST_HEADER)) || 0;
  return { sequence: found.seq, last, text: found.string(), at: found.time.getTime() };
}
