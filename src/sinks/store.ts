// A store of what was read as a sink: an SQLite file or a Postgres server. Its tables, what writes and what reads them
// are told in store/.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { systemClock, type Clock } from '../base/clock.js';
import { UsageError } from '../base/errors.js';
import { packageJson } from '../base/package-json.js';
import { createRandom } from '../base/random.js';
import { toSourceMessage } from './messages.js';
import { bytesOf, count, duration, secondsOf, size } from './sending/amounts.js';
import { Delivery, patienceFor } from './sending/delivery.js';
import { Numbering } from './sending/messages.js';
import { canBeWritten } from './sending/writable.js';
import { MEMORY_LIMITS, MemoryQueue, type MemoryLimits } from './sending/queue.js';
import { sink, sinkKind, type Past, type RunInfo, type Sink } from './sink.js';
import { storePlace, type StorePlace } from './store/open.js';
import { storedPast } from './store/past.js';
import { Recorder } from './store/recorder.js';
import type { Keep } from './store/retention.js';
import { checkSchema } from './store/schema.js';
import type { StoreWriter } from './store/writer.js';

/** How long what was read is kept, and how large a file may get, where nothing else is asked for. */
export const DEFAULT_KEEP = { age: '30d', size: '1GiB' } as const;

/** --store: readings, predictions, refusals and states, kept for later. */
export const store = sinkKind({
  name: 'store',
  about: 'what was read, kept in an SQLite file or a Postgres database',
  options: {
    place: {
      flag: 'store',
      value: 'FILE|postgres://...',
      help: 'keeps readings, predictions, refusals by minute and states; the feed goes on from it',
      schema: z.string().min(1).meta({ writeOnly: true }),
    },
    keep: {
      flag: 'store-keep',
      value: 'TIME|off',
      help: `how long it keeps what was read, such as 90d (default: ${DEFAULT_KEEP.age})`,
      schema: duration.or(z.literal('off')),
    },
    rows: {
      flag: 'store-rows',
      value: 'N',
      help: 'predictions that it keeps at most (default: no bound)',
      schema: count(1, 999_999_999),
    },
    size: {
      flag: 'store-size',
      value: 'SIZE|off',
      help: `how large an SQLite file may get before the oldest goes (default: ${DEFAULT_KEEP.size})`,
      schema: size.or(z.literal('off')),
    },
  },
  enabledBy: 'place',
  create: async ({ place = '', ...options }) => createStore({ place, ...options }),
  check: async ({ place = '' }) => await checkStore(storePlace(place, '--store')),
});

/** Options of {@link createStore}. */
export interface StoreOptions {
  /** A path, or `postgres://...`. */
  readonly place: string;
  /** Such as `90d`, or `off`. Default 30 days. */
  readonly keep?: string | number | undefined;
  /** Predictions that are kept at most. Default: no bound. */
  readonly rows?: string | number | undefined;
  /** Such as `2GB`, or `off`: of a file alone. Default 1 GiB. */
  readonly size?: string | number | undefined;
  /** What may wait while the database is away. Default `MEMORY_LIMITS`. */
  readonly limits?: MemoryLimits | undefined;
  /** Of the run. Default: of chance. */
  readonly run?: string | undefined;
  /** Default real time. */
  readonly clock?: Clock | undefined;
  /** The wall clock in milliseconds since 1970. Default the real one. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps what is read, in transactions of what came within a quarter of a second. What waits for the database is bounded,
 * and the oldest is dropped beyond.
 * @throws UsageError for an address of something else, and a size of what is no file.
 */
export function createStore(options: StoreOptions): Sink {
  const place = storePlace(options.place, '--store');
  const keep = keepOf(options, place);
  const { clock = systemClock, now = Date.now, limits = MEMORY_LIMITS } = options;
  let open: { delivery: Delivery; writer: StoreWriter; recorder: Recorder; past: Past } | undefined;
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open(run) {
      const { run: id } = new Numbering(options.run);
      const { StoreWriter } = await import('./store/writer.js');
      const given = () => recorder.given;
      const { writer, before } = await StoreWriter.open({ ...aboutRun(run, id), place, keep, given, clock, now });
      const delivery = new Delivery({
        sink: 'store',
        queue: new MemoryQueue(limits),
        target: writer,
        say: run.say,
        random: createRandom(0).fork(`store ${run.name}`),
        clock,
      });
      const recorder = new Recorder({ add: (record) => delivery.add(record), shown: run.readings, before, now });
      open = { delivery, writer, recorder, past: storedPast(place, run.name, before) };
      run.say(`store: ${place.name}, as ${run.name}\n`);
    },
    async frame(published) {
      if (open?.writer.isFenced) throw fenced(place);
      open?.recorder.frame(published);
    },
    async state(change) {
      open?.recorder.state(toSourceMessage(change));
    },
    async stats() {
      open?.recorder.tick();
      if (open?.writer.restless) open.delivery.nudge();
    },
    async end({ reason, counts }) {
      if (!open) return;
      open.recorder.end();
      open.writer.ended({ reason, counts });
      await open.delivery.end(patienceFor(reason));
    },
    abort: async () => open?.delivery.abort(),
    past: () => open?.past,
    figures: () => (open ? { sinks: { store: open.delivery.figures } } : {}),
  });
}

function aboutRun({ name, source, identity }: RunInfo, run: string) {
  return { stream: name, run, source, ...identity, version: packageJson().version };
}

function keepOf({ keep = DEFAULT_KEEP.age, rows, size: most }: StoreOptions, { kind, name }: StorePlace): Keep {
  if (kind === 'postgres' && most !== undefined && most !== 'off') {
    throw new UsageError(
      `--store-size is for a file, and ${name} is a server, whose tables do not get smaller at once: use --store-keep ` +
        'or --store-rows',
    );
  }
  const bytes = kind === 'sqlite' ? (most ?? DEFAULT_KEEP.size) : 'off';
  return {
    age: keep === 'off' ? undefined : secondsOf(keep) * 1000,
    rows: rows === undefined ? undefined : Number(rows),
    bytes: bytes === 'off' ? undefined : bytesOf(bytes),
  };
}

/** Opens it for reading; one that is not there yet is made by the first run. */
async function checkStore(place: StorePlace): Promise<string> {
  const { file, name } = place;
  const written = file === undefined ? undefined : await canBeWritten(file);
  if (file !== undefined && !existsSync(file)) return `${name} is made by the first run`;
  const connection = await place.read();
  try {
    // A server's database has no tables before the first run.
    if (file !== undefined) await checkSchema(connection);
    return written ?? `${name} lets us in`;
  } finally {
    await connection.close();
  }
}

function fenced({ name }: StorePlace): UsageError {
  return new UsageError(
    `${name}: another program has begun to write under the same name, and has it now: give each run its own --name`,
  );
}
