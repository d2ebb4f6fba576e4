// A file of lines as a sink: what is sent to programs elsewhere, kept here. How it makes room is told in file/.
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { UsageError } from '../base/errors.js';
import { reasonOf } from '../base/output/file.js';
import { printable } from '../base/printable.js';
import { createRandom } from '../base/random.js';
import { RotatingFile } from './file/rotating-file.js';
import { bytesOf, count, duration, secondsOf, size } from './sending/amounts.js';
import { Delivery, patienceFor, type Patience } from './sending/delivery.js';
import { sentOf } from './sending/messages.js';
import { MemoryQueue, type MemoryLimits } from './sending/queue.js';
import { canBeWritten } from './sending/writable.js';
import { sink, sinkKind, type RunInfo, type Sink } from './sink.js';
import { plural } from './words.js';

/** --file: lines added to a file. */
export const file = sinkKind({
  name: 'file',
  about: 'predictions and readings, a line each, added to a file that makes room by size and age',
  options: {
    file: {
      flag: 'file',
      value: 'OUT.ndjson',
      help: 'adds predictions and readings to a file, one JSON object a line',
      schema: z.string().min(1),
      file: true,
      grows: true,
    },
    size: {
      flag: 'file-size',
      value: 'SIZE',
      help: 'begins the next file when it has that size (default: 100MB)',
      schema: size,
    },
    age: {
      flag: 'file-age',
      value: 'TIME',
      help: 'and when its first line is that old, such as 1d (default: never)',
      schema: duration,
    },
    keep: {
      flag: 'file-keep',
      value: 'N',
      help: 'how many files before it are kept (default: 10)',
      schema: count(1, 10_000),
    },
  },
  enabledBy: 'file',
  create: async ({ file: name = '', ...options }) => createFile({ file: name, ...options }),
  check: async ({ file: name = '' }) => await canBeWritten(name),
});

/** A disk takes what it is given, or it does not. */
const PATIENCE: Patience = { ms: 1_000, times: 60 };

/** Options of {@link createFile}. */
export interface FileOptions {
  readonly file: string;
  /** Bytes of a file at most, as a number or as `100MB`. Default 100 MB. */
  readonly size?: string | number | undefined;
  /** Seconds from its first line on, as a number or as `1d`. Default: any. */
  readonly age?: string | number | undefined;
  /** Files before it that are kept, >= 1. Default 10. */
  readonly keep?: string | number | undefined;
  /** What may wait while the disk does not take it. Default `MEMORY_LIMITS`. */
  readonly limits?: MemoryLimits | undefined;
  /** Default real time. */
  readonly clock?: Clock | undefined;
  /** Milliseconds since 1970. Default the system's. */
  readonly now?: (() => number) | undefined;
}

/**
 * Adds a line for each prediction, reading and question about one. A disk that is full is waited for; what waits is
 * bounded, and the oldest is dropped beyond. What was written stays, however the run ends.
 */
export function createFile({ file: name, size: most = '100MB', age, keep = 10, ...options }: FileOptions): Sink {
  let [delivery, shown]: [Delivery | undefined, RunInfo['readings']] = [undefined, 'off'];
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open(run) {
      shown = run.readings;
      const seconds = age === undefined ? undefined : secondsOf(age);
      const target = new RotatingFile(name, { bytes: bytesOf(most), seconds, keep: Number(keep) }, options.now);
      await target.open().catch((cause: unknown) => {
        throw new UsageError(`Can't write ${printable(name)}: ${reasonOf(cause)}.`, { cause });
      });
      delivery = new Delivery({
        sink: 'file',
        queue: new MemoryQueue(options.limits),
        target,
        say: run.say,
        random: createRandom(0).fork(`file ${run.name}`),
        ...(options.clock && { clock: options.clock }),
      });
    },
    async frame(published) {
      for (const { line } of sentOf(published, shown)) delivery?.add(line);
    },
    async end({ reason }) {
      const left = await delivery?.end(reason === 'interrupted' ? patienceFor(reason) : PATIENCE);
      if (left) throw new UsageError(`Can't write ${printable(name)}: ${plural(left, 'line')} could not be added.`);
    },
    abort: async () => delivery?.abort(),
    figures: () => (delivery ? { sinks: { file: delivery.figures } } : {}),
  });
}
