// One run from its opening to its end, where that is not the end of its source: a person or a sink stops it.
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../src/base/errors.js';
import { RunObserver } from '../src/pipeline/observer.js';
import { namedPipeline, prepare, type Prepared } from '../src/pipeline/prepare.js';
import { closeScorer, runInto, type RunIntoOptions } from '../src/run-into.js';
import { STATS_EVERY_MS } from '../src/sinks/fan-out.js';
import { sink, type Sink } from '../src/sinks/sink.js';
import type { EndReason } from '../src/types.js';
import { writeConstantModel } from './model-folder.js';
import { endSilence, makeSilentFifo } from './silent-fifo.js';
import { ManualClock } from './sinks/feed/manual-clock.js';
import { turn } from './sinks/feed/feed.js';
import { testRun } from './sinks/runs.js';
import { make, moving, scratch } from './source/clips.js';

const at = scratch();
let prepared: Prepared;
let clip: string;

beforeAll(async () => {
  await writeConstantModel(at('model'));
  prepared = await prepare(namedPipeline('fixed'), { model: at('model') });
  clip = await make(...moving('s=160x120:r=10:d=1'), '-c:v', 'ffv1', at('clip.mkv'));
});

/** A run into these sinks, by the name `sink`. */
function start(
  one: Partial<Sink>,
  more: Partial<RunIntoOptions> = {},
): { run: Promise<EndReason>; clock: ManualClock; interruption: AbortController; observer: RunObserver } {
  const [clock, interruption, observer] = [new ManualClock(), new AbortController(), new RunObserver()];
  const { source, pipeline, files, output, say, bold } = testRun({ source: clip }).info;
  const run = runInto({
    ...{ source, pipeline, files, output, say, bold, truth: undefined, prepared, observer, clock },
    scorer: { score: async (_, n) => new Float32Array(10 * n).map((_, i) => (i % 10 === 7 ? 1 : 0.01)) },
    sinks: [{ name: 'sink', sink: sink({ pace: 'waits', failure: 'ends-run', ...one }) }],
    interrupted: interruption.signal,
    ...more,
  });
  return { run, clock, interruption, observer };
}

/** Lets events come in until something is so. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await turn();
}

describe('an interrupted run', () => {
  it('waits a second for a sink that does not take its frame, and then tells it nothing but the end', async () => {
    const heard: string[] = [];
    let take = (): void => {};
    const { run, clock, interruption, observer } = start({
      frame: ({ frame }) => new Promise((resolve) => (heard.push(`frame ${frame.index}`), (take = resolve))),
      end: async ({ reason }) => void heard.push(reason),
    });
    // All buffers are on their way: more frames would follow the one that is not taken.
    await until(() => heard.length > 0 && observer.source.delivered === 4);
    interruption.abort();
    clock.advance(999);
    await turn();
    expect(heard).toEqual(['frame 0']);
    clock.advance(1);
    expect(await run).toBe('interrupted');
    take();
    for (let i = 0; i < 10; i++) await turn();
    expect(heard).toEqual(['frame 0', 'interrupted']);
    expect(observer.source.processes.pids).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('publishes what was decoded when it is taken in time', async () => {
    const heard: number[] = [];
    const waiting: (() => void)[] = [];
    const { run, clock, interruption, observer } = start({
      frame: ({ frame }) => new Promise((resolve) => (heard.push(frame.index), waiting.push(resolve))),
    });
    await until(() => heard.length > 0 && observer.source.delivered === 4);
    interruption.abort();
    for (let given = 0; given < 4; given++) {
      await until(() => waiting.length > given);
      waiting[given]!();
    }
    expect(await run).toBe('interrupted');
    expect(heard).toEqual([0, 1, 2, 3]);
    expect(observer.counts.frames).toBe(4);
    expect(clock.pending).toBe(0);
  });
});

describe('an engine that never answers', () => {
  it('keeps an interrupted run for a second, in which nothing more is published', async () => {
    const heard: string[] = [];
    let asked = 0;
    const { run, clock, interruption, observer } = start(
      { frame: async () => void heard.push('frame'), end: async ({ reason }) => void heard.push(reason) },
      { scorer: { score: () => (asked++, new Promise(() => {})) } },
    );
    await until(() => asked > 0 && observer.source.delivered === 4);
    interruption.abort();
    clock.advance(999);
    await turn();
    expect(heard).toEqual([]);
    clock.advance(1);
    expect(await run).toBe('interrupted');
    expect({ heard, asked, pids: observer.source.processes.pids }).toEqual({
      heard: ['interrupted'],
      asked: 1,
      pids: [],
    });
    expect(clock.pending).toBe(0);
  });

  it('is closed in the time that it takes, but after an interruption in a second at most', async () => {
    const [clock, interruption] = [new ManualClock(), new AbortController()];
    let closed = (): void => {};
    const slow = { close: () => new Promise<void>((resolve) => (closed = resolve)) };
    let over = false;
    const closing = closeScorer(slow, interruption.signal, clock).then(() => (over = true));
    clock.advance(60_000);
    await turn();
    expect(over).toBe(false);
    closed();
    await closing;
    expect(over).toBe(true);

    const never = closeScorer({ close: () => new Promise(() => {}) }, interruption.signal, clock);
    interruption.abort();
    clock.advance(1000);
    await never;
    const later = closeScorer({ close: () => new Promise(() => {}) }, interruption.signal, clock);
    clock.advance(1000);
    await later;
    expect(clock.pending).toBe(0);
    const broken = closeScorer({ close: () => Promise.reject(new Error('lost')) }, interruption.signal, clock);
    await expect(broken).rejects.toThrow('lost');
  });
});

describe('a sink that fails between two frames', () => {
  it('ends the run although its source gives no frame; the others are told that it failed', async () => {
    makeSilentFifo(at('silent'));
    let ended: unknown;
    const other = sink({ pace: 'waits', failure: 'ends-run', end: async (how) => void (ended = how) });
    const broken = sink({ pace: 'late', failure: 'ends-run', stats: () => Promise.reject(new UsageError('gone')) });
    const { run, clock, observer } = start(
      {},
      {
        source: at('silent'),
        sinks: [
          { name: 'other', sink: other },
          { name: 'broken', sink: broken },
        ],
      },
    );
    await until(() => observer.source.processes.pids.length > 0);
    clock.advance(STATS_EVERY_MS);
    await expect(run).rejects.toThrow('broken: gone');
    expect(ended).toMatchObject({ reason: 'failed', enough: false, counts: { frames: 0 } });
    expect(observer.source.processes.pids).toEqual([]);
    endSilence(at('silent'));
  });
});
