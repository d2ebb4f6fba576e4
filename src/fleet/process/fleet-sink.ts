// Takes what leaves a run and tells it to the worker, numbered on from what was before, once it is told to begin. It waits
// when the worker does not take what it gets, so that nothing piles up between the two.
import { systemClock, type Clock } from '../../base/clock.js';
import type { ReadingsMemory } from '../../readings/memory.js';
import { stateText } from '../../readings/state.js';
import {
  statsFields,
  toLine,
  toSourceMessage,
  type NumberMessage,
  type PredictionMessage,
  type ReadingMessage,
} from '../../sinks/messages.js';
import { sink, type Sink } from '../../sinks/sink.js';
import type { LogName } from '../core/broker.js';
import type { FromCamera } from './messages.js';
import { Untold } from './untold.js';

/** Parcels that may be on their way to the worker. */
const ON_THE_WAY = 64;

/**
 * Milliseconds for which predictions are gathered into one parcel: what a parcel costs on its way through the worker and
 * the broker does not depend on what it holds. Readings don't wait.
 */
const GATHERED = 100;

/** Predictions that are one parcel at most. */
const TOGETHER = 64;

/** Seconds over which processor time is measured. */
const MEASURED = 10;

/** Frames after which it reads: what is steady needs the one before. */
const FRAMES_TO_READ = 2;

/** What it needs. */
export interface FleetSinkOptions {
  readonly memory: ReadingsMemory;
  /** The source keeps its own pace: what is read before it begins is another worker's to tell. Else the source waits. */
  readonly paced: boolean;
  readonly send: (message: FromCamera) => void;
  /** Told when it reads, once. */
  readonly reads: () => void;
  /** Seconds of any clock that never goes back. */
  readonly now?: () => number;
  /** Where the time of what is gathered comes from. Default: real time. */
  readonly clock?: Clock;
}

/** The sinks of one camera, one run after another. */
export interface FleetSink {
  /** The sink of the next run. */
  next(): Sink;
  /**
   * Tells from now on. @param told The last values of numbers as others have told them until now; undefined where
   * nobody has read the camera meanwhile.
   */
  begin(after: Readonly<Record<LogName, number>>, told: ReadingsMemory | undefined): void;
  /** Tells nothing from now on. */
  close(): void;
  /** The worker has taken so many parcels. */
  taken(count: number): void;
  /** Where processor time comes from: seconds so far. */
  measure(cpu: () => number): void;
}

/** Makes sinks whose numbers go on from one to the next. */
export function fleetSink(options: FleetSinkOptions): FleetSink {
  const { memory, paced, send, reads, now = () => performance.now() / 1000, clock = systemClock } = options;
  const numbers: Record<LogName, number> = { predictions: 0, readings: 0 };
  const untold = new Untold(memory);
  let phase: 'prepared' | 'begun' | 'closed' = 'prepared';
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let frames = 0;
  let waiting = 0;
  let goOn: () => void = () => {};
  let cpu: () => number = () => 0;
  let [measuredAt, measured] = [now(), 0];
  let cores: number | undefined;

  const numbered = (log: LogName, message: PredictionMessage | ReadingMessage): string =>
    toLine({ ...message, seq: ++numbers[log] });
  /** The lines end with the last number so far. */
  const parcel = (log: LogName, lines: readonly string[]): void => {
    const last = numbers[log];
    waiting++;
    send({ type: 'parcel', log, parcel: { first: last - lines.length + 1, last, text: lines.join('\n') } });
  };
  let gathered: string[] = [];
  let stopWaiting: () => void = () => {};
  const flush = (): void => {
    stopWaiting();
    if (gathered.length > 0) parcel('predictions', gathered);
    gathered = [];
  };
  const gather = (message: PredictionMessage): void => {
    gathered.push(numbered('predictions', message));
    if (gathered.length >= TOGETHER) flush();
    else if (gathered.length === 1) stopWaiting = clock.after(GATHERED, flush);
  };
  const tellNumber = (message: NumberMessage): void => {
    if (message.type === 'reading') parcel('readings', [numbered('readings', message)]);
    else if (message.type === 'reading-doubt') send({ type: 'doubt', message: { ...message, seq: numbers.readings } });
  };
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
      async frame({ frame, outgoing, numbers: told }) {
        const waits = !paced && !frame.arrival;
        frames++;
        if (frames === (waits ? 1 : FRAMES_TO_READ)) reads();
        if (phase === 'prepared' && waits) await begun;
        if (phase === 'prepared') for (const { message } of told) untold.keep(message);
        if (phase !== 'begun') return;
        for (const { message } of outgoing) if (message.type === 'prediction') gather(message);
        for (const { message } of told) tellNumber(message);
        if (memory.changes !== changes) {
          changes = memory.changes;
          send({ type: 'memory', text: stateText(memory) });
        }
        while (waiting >= ON_THE_WAY) await new Promise<void>((resolve) => (goOn = resolve));
      },
      async stats(figures) {
        measure();
        if (phase === 'begun') send({ type: 'stats', figures: { ...statsFields(figures) }, cores });
      },
      async state(change) {
        send({ type: 'state', message: { ...toSourceMessage(change) } });
      },
      async end() {
        flush();
      },
      async abort() {
        flush();
      },
    });
  };
  return {
    next: made,
    begin: (after, told) => {
      if (phase !== 'prepared') return;
      phase = 'begun';
      Object.assign(numbers, after);
      if (told) for (const message of untold.after(told)) tellNumber(message);
      begin();
    },
    close: () => {
      flush();
      phase = 'closed';
      begin();
      waiting = -Infinity;
      goOn();
    },
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
