// Takes what leaves a run and tells it to the worker, numbered on from what was before. It waits when the worker does not
// take what it gets, so that nothing piles up between the two.
import type { ReadingsMemory } from '../../readings/memory.js';
import { stateText } from '../../readings/state.js';
import {
  statsFields,
  toLine,
  toSourceMessage,
  type PredictionMessage,
  type ReadingMessage,
} from '../../sinks/messages.js';
import { sink, type Sink } from '../../sinks/sink.js';
import type { LogName } from '../core/broker.js';
import type { FromCamera } from './messages.js';

/** Parcels that may be on their way to the worker. */
const ON_THE_WAY = 64;

/** Seconds over which processor time is measured. */
const MEASURED = 10;

/** What it needs. */
export interface FleetSinkOptions {
  readonly after: Readonly<Record<LogName, number>>;
  readonly memory: ReadingsMemory;
  readonly send: (message: FromCamera) => void;
  /** Seconds of any clock that never goes back. */
  readonly now?: () => number;
}

/** The sinks of one camera, one run after another. */
export interface FleetSink {
  /** The sink of the next run. */
  next(): Sink;
  /** The worker has taken so many parcels. */
  taken(count: number): void;
  /** Where processor time comes from: seconds so far. */
  measure(cpu: () => number): void;
}

/** Makes sinks whose numbers go on from one to the next. */
export function fleetSink({ after, memory, send, now = () => performance.now() / 1000 }: FleetSinkOptions): FleetSink {
  const numbers = { ...after };
  let waiting = 0;
  let goOn: () => void = () => {};
  let cpu: () => number = () => 0;
  let [measuredAt, measured] = [now(), 0];
  let cores: number | undefined;

  const parcel = (log: LogName, first: number, lines: readonly string[]): void => {
    waiting++;
    send({ type: 'parcel', log, parcel: { first, last: first + lines.length - 1, text: lines.join('\n') } });
  };
  const numbered = (log: LogName, message: PredictionMessage | ReadingMessage): string =>
    toLine({ ...message, seq: ++numbers[log] });
  const measure = (): void => {
    const [at, used] = [now(), cpu()];
    if (at - measuredAt < MEASURED) return;
    // A program that was started anew begins at nothing.
    if (used >= measured && measured > 0) cores = (used - measured) / (at - measuredAt);
    [measuredAt, measured] = [at, used];
  };
  const made = (): Sink => {
    let changes = memory.changes;
    return sink({
      pace: 'waits',
      failure: 'ends-run',
      async open({ identity, thresholds: { ratio, range } }) {
        send({ type: 'identity', identity: { ...identity, thresholds: { ratio, range } } });
      },
      async frame({ outgoing, numbers: told }) {
        const digits = outgoing.flatMap(({ message }) => (message.type === 'prediction' ? [message] : []));
        const first = numbers.predictions + 1;
        if (digits.length > 0)
          parcel(
            'predictions',
            first,
            digits.map((one) => numbered('predictions', one)),
          );
        for (const { message } of told) {
          if (message.type !== 'reading') continue;
          const number = numbers.readings + 1;
          parcel('readings', number, [numbered('readings', message)]);
        }
        if (memory.changes !== changes) {
          changes = memory.changes;
          send({ type: 'memory', text: stateText(memory) });
        }
        while (waiting >= ON_THE_WAY) await new Promise<void>((resolve) => (goOn = resolve));
      },
      async stats(figures) {
        measure();
        send({ type: 'stats', figures: { ...statsFields(figures) }, cores });
      },
      async state(change) {
        send({ type: 'state', message: { ...toSourceMessage(change) } });
      },
    });
  };
  return {
    next: made,
    taken: (count) => {
      waiting -= count;
      goOn();
    },
    measure: (from) => {
      cpu = from;
      [measuredAt, measured] = [now(), 0];
    },
  };
}
