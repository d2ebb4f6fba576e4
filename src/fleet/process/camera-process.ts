// The process that reads one camera: what it is told by its worker, a run of the pipeline, and what it tells. It talks to
// its worker only, and ends with it.
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { UserError } from '../../base/errors.js';
import { checkPipeline } from '../../config.js';
import { RunObserver } from '../../pipeline/observer.js';
import { namedPipeline, prepare, type Prepared } from '../../pipeline/prepare.js';
import { parseState } from '../../readings/state.js';
import { closeScorer, runInto } from '../../run-into.js';
import { openInstalled } from '../../scoring/installed.js';
import { ReadingsMemory } from '../../readings/memory.js';
import type { Scorer } from '../../scoring/scorer.js';
import type { Model } from '../../model/folder.js';
import { lazyEncoder } from '../../sinks/page/picture.js';
import type { CameraRecord } from '../fleet-file.js';
import { CameraLook } from '../look/camera-look.js';
import { cpuSeconds } from './cpu.js';
import { fleetSink, type FleetSink } from './fleet-sink.js';
import type { FromCamera, ToCamera } from './messages.js';

/** Milliseconds after which a process that was told to stop ends, whatever still hangs. */
const GRACE = 2_000;

/** Milliseconds until a source that has ended is begun again, where it loops. */
const LOOP_PAUSE = 100;

const stop = new AbortController();
let begun = false;
const looks = new CameraLook({
  run: randomBytes(8).toString('hex'),
  encoder: lazyEncoder(),
  send: (kind, what) => send({ type: 'show', kind, what }),
  now: () => performance.now(),
  wall: Date.now,
});
let camera: FleetSink | undefined;
/** What is to be told from, once there is something to tell. */
let start: (message: ToCamera & { type: 'begin' }) => void = () => {};

/** Whether it was told to stop: asked again and again. */
function ended(): boolean {
  return stop.signal.aborted;
}

function send(message: FromCamera): void {
  // One that can't be told any more is dead; the end of its channel is heard too.
  if (process.connected) process.send?.(message, undefined, undefined, (error) => error && end());
}

async function main({ camera: record, memory: kept }: ToCamera & { type: 'prepare' }): Promise<void> {
  const asked = performance.now();
  const since = (): number => Math.round(performance.now() - asked);
  const beginning = new Promise<ToCamera & { type: 'begin' }>((resolve) => (start = resolve));
  const say = (text: string): void => send({ type: 'say', text });
  const { prepared, scorer, memory, remembered } = await open(record, kept, say);
  try {
    const engine = since();
    const paced = record.loop === true || prepared.config.source.realtime;
    const reads = (): void => send({ type: 'reads', engine, picture: since() });
    const sink = fleetSink({ memory, paced, send, reads });
    camera = sink;
    if (ended()) return;
    void beginning.then(({ after, memory: told }) => sink.begin(after, told === kept ? undefined : remembered(told)));
    do {
      const observer = new RunObserver();
      sink.measure(() => cpuSeconds(observer.source.processes.pids));
      await runInto({
        source: record.source,
        pipeline: { file: typeof record.pipeline === 'string' ? record.pipeline : record.id },
        prepared,
        scorer,
        sinks: [
          { name: 'fleet', sink: sink.next() },
          { name: 'look', sink: looks.next() },
        ],
        observer,
        memory,
        files: {},
        output: process.stdout,
        bold: false,
        say,
        interrupted: stop.signal,
      });
      if (record.loop && !ended()) await new Promise((resolve) => setTimeout(resolve, LOOP_PAUSE));
    } while (record.loop && !ended());
  } finally {
    await closeScorer(scorer, stop.signal);
  }
}

async function open(record: CameraRecord, kept: string | undefined, say: (text: string) => void) {
  const { pipeline } = record;
  const config = typeof pipeline === 'string' ? namedPipeline(pipeline) : checkPipeline(pipeline, record.id);
  const { credentials } = record;
  const file = credentials && 'file' in credentials ? credentials.file : undefined;
  const prepared: Prepared = await prepare(config, { ...(file !== undefined && { credentials: file }) });
  const scorer = await scorerFor(prepared.model, say);
  const asked = prepared.config.readings ?? [];
  const remembered = (text: string | undefined): ReadingsMemory =>
    text === undefined ? new ReadingsMemory() : parseState(text, asked);
  return { prepared, scorer, memory: remembered(kept), remembered };
}

/** The engine that was opened while nothing was to be done, where it is the right one. */
async function scorerFor(model: Model, say: (text: string) => void): Promise<Scorer> {
  const ready = await warm;
  if (ready?.hash === model.hash) return ready.scorer;
  await ready?.scorer.close();
  return await openInstalled(model, say);
}

/** Loads what most cameras need, the engine with the default model. Whatever fails is told when it is asked for. */
async function warmUp(): Promise<{ readonly hash: string; readonly scorer: Scorer } | undefined> {
  try {
    const { model } = await prepare(namedPipeline('default'));
    return { hash: model.hash, scorer: await openInstalled(model, () => {}) };
  } catch {
    return undefined;
  }
}

function end(): void {
  stop.abort();
  setTimeout(() => process.exit(), GRACE).unref();
}

process.on('message', (message: ToCamera) => {
  switch (message.type) {
    case 'prepare':
      if (begun) return;
      begun = true;
      void main(message)
        .then(() => {
          if (!stop.signal.aborted) send({ type: 'over', reason: 'its source has ended', final: false });
        })
        .catch((error: unknown) => {
          const known = error instanceof UserError;
          if (!known) process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
          send({ type: 'over', reason: (error as Error).message, final: known && error.exitCode !== 3 });
        })
        // What was sent is on its way when the channel is closed.
        .finally(() => process.connected && process.disconnect());
      return;
    case 'begin':
      return start(message);
    case 'taken':
      return camera?.taken(message.count);
    case 'look':
      return looks.look(message.look);
    case 'gone':
      return looks.gone(message.kind);
    case 'stop':
      camera?.close();
      send({ type: 'done' });
      return end();
    default:
      message satisfies never;
  }
});
// The worker is gone, or has all that it wants.
process.on('disconnect', end);
// A terminal's Ctrl-C is for the worker, which hands its cameras on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

setFlagsFromString('--semi-space-growth-factor=1');
const warm = warmUp();
send({ type: 'ready' });
