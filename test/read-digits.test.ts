// The front door for programs: the digits that the pipeline gives, as they are asked for, and nothing left behind.
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import { Writable } from 'node:stream';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError, SourceError, UsageError } from '../src/base/errors.js';
import { refuse, type Rule } from '../src/gate/rule.js';
import { run } from '../src/pipeline.js';
import { RunObserver } from '../src/pipeline/observer.js';
import { namedPipeline, prepare } from '../src/pipeline/prepare.js';
import { observeDigits, readDigits, readInto, readNumbers, type ReadOptions } from '../src/read-digits.js';
import { ReadingsMemory } from '../src/readings/memory.js';
import { openScorer } from '../src/scoring/scorer.js';
import { FanOut } from '../src/sinks/fan-out.js';
import { createLines } from '../src/sinks/lines.js';
import { sink, type Sink } from '../src/sinks/sink.js';
import { noCounts } from '../src/types.js';
import { writeConstantModel } from './model-folder.js';
import { endSilence, makeSilentFifo } from './silent-fifo.js';
import { ManualClock } from './sinks/feed/manual-clock.js';
import { turn } from './sinks/feed/feed.js';
import { ending, testRun } from './sinks/runs.js';
import { expectAllBack, make, moving, rememberingProbe, scratch } from './source/clips.js';

/** Scorers that were opened and not closed again. */
const scorers = vi.hoisted(() => {
  // Test files of one worker share modules: what another has imported would not be mocked.
  vi.resetModules();
  return { opened: 0, closed: 0 };
});
vi.mock('../src/scoring/installed.js', async (original) => {
  const real = await original<typeof import('../src/scoring/installed.js')>();
  const openInstalled: typeof real.openInstalled = async (...asked) => {
    const scorer = await real.openInstalled(...asked);
    scorers.opened++;
    const close = async (): Promise<void> => {
      await scorer.close();
      scorers.closed++;
    };
    return { ...scorer, close };
  };
  return { ...real, openInstalled };
});

const FRAMES = 12;
const at = scratch();
let clip: string;
/** What a run prints of the clip. */
let printed: unknown[];
/** How the tests read: through three windows that a test picture always fills, with a model that says 7. */
let fixed: Pick<ReadOptions, 'pipeline' | 'model'>;

beforeAll(async () => {
  await writeConstantModel(at('model'));
  clip = await make(...moving(`s=160x120:r=10:d=${FRAMES / 10}`), '-c:v', 'ffv1', at('clip.mkv'));
  await make('-i', clip, '-c', 'copy', at('half.mkv'));
  truncateSync(at('half.mkv'), Math.floor(readFileSync(at('half.mkv')).length / 2));
  fixed = { pipeline: 'fixed', model: at('model') };
  vi.stubEnv('FFPROBE_PATH', (await rememberingProbe(at(''))).ffprobe);
  printed = await linesOf(false);
});
afterAll(() => void vi.unstubAllEnvs());
beforeEach(() => void Object.assign(scorers, { opened: 0, closed: 0 }));

/** Refuses every second region: as many rejections as predictions. */
function everySecond(): Rule {
  let count = 0;
  return ({ sightings }) => sightings.map((one) => (count++ % 2 === 0 ? one : refuse(one, 0.5)));
}

/** What the pipeline and `createLines` make of the clip: the truth for all that is read here. */
async function linesOf(rejected: boolean, rules: readonly Rule[] = []): Promise<unknown[]> {
  let text = '';
  const output = new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) });
  const { config, model, thresholds, identity } = await prepare(namedPipeline('fixed'), { model: at('model') });
  const scorer = await openScorer(model);
  const sinks = await FanOut.open([{ name: 'lines', sink: createLines({ rejected }) }], {
    ...testRun({ output, identity }).info,
    clock: new ManualClock(),
  });
  const publish = sinks.frame.bind(sinks);
  await lastValueFrom(run({ source: clip, config, scorer, thresholds, rules, publish }));
  await sinks.end(ending());
  await scorer.close();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of from) list.push(one);
  return list;
}

/** No decoder is alive, as the run says and as the system does; no frame is held, and no model is open. */
function expectNothingLeft(observer: RunObserver, opened = 1): void {
  expect(observer.source.processes.pids).toEqual([]);
  expectAllBack(observer.source);
  const children = execFileSync('ps', ['-o', 'comm=', '--ppid', `${process.pid}`], { encoding: 'utf8' });
  expect(children).not.toMatch(/ffmpeg|ffprobe/);
  expect(scorers).toEqual({ opened, closed: opened });
}

async function until(so: () => boolean): Promise<void> {
  while (!so()) await turn();
}

/** Gives work a source that says nothing. */
async function withSilence(work: (source: string) => Promise<void>): Promise<void> {
  const fifo = at('silent');
  makeSilentFifo(fifo);
  const remembering = process.env['FFPROBE_PATH'];
  vi.stubEnv('FFPROBE_PATH', undefined);
  try {
    await work(fifo);
  } finally {
    vi.stubEnv('FFPROBE_PATH', remembering);
    endSilence(fifo);
  }
}

describe('readDigits', () => {
  it('gives the predictions that a run prints', async () => {
    const observer = new RunObserver();
    const read = await all(readDigits(clip, { ...fixed, observer }));
    expect(read).toHaveLength(3 * FRAMES);
    expect(read).toEqual(printed);
    expectNothingLeft(observer);
  });

  it('gives rejections where they are asked for, and asks rules of the program’s own', async () => {
    const truth = await linesOf(true, [everySecond()]);
    const read = await all(readDigits(clip, { ...fixed, rejected: true, rules: [everySecond()] }));
    expect(read).toEqual(truth);
    expect(read.filter(({ type }) => type === 'rejection')).toHaveLength((3 * FRAMES) / 2);
  });

  it('takes thresholds, limit and a pipeline given as an object', async () => {
    const refused = await all(readDigits(clip, { ...fixed, ratio: 100, limit: 2, rejected: true }));
    expect(refused.map((one) => one.type === 'rejection' && one.rejected)).toEqual(new Array(6).fill('ratio'));
    const list = [{ id: 'mine', box: [40, 30, 60, 60] }] as const;
    const pipeline = { regions: { mode: 'fixed', units: 'pixels', list } } as unknown as ReadOptions['pipeline'];
    const mine = await all(readDigits(clip, { pipeline: pipeline!, model: at('model'), limit: 2 }));
    expect(mine.map(({ region, box }) => [region, box])).toEqual(new Array(2).fill(['mine', [40, 30, 60, 60]]));
  });

  it('gives the sinks of the program every frame, and ends them', async () => {
    const heard: string[] = [];
    const mine = sink({
      pace: 'waits',
      failure: 'ends-run',
      open: async ({ source }) => void heard.push(`open ${source === clip}`),
      frame: async ({ frame, outgoing }) =>
        void heard.push(`${frame.index}: ${outgoing.map((one) => one.message.seq).join()}`),
      end: async ({ reason, counts }) => void heard.push(`${reason} ${counts.frames}`),
    });
    await all(readDigits(clip, { ...fixed, limit: 2, sinks: { mine } }));
    expect(heard).toEqual(['open true', '0: 1,2,3', '1: 4,5,6', 'done 2']);
  });

  it('fails with a sink that ends the run, by the name that it was given', async () => {
    const observer = new RunObserver();
    const full = sink({ pace: 'waits', failure: 'ends-run', frame: () => Promise.reject(new UsageError('full')) });
    await expect(all(readDigits(clip, { ...fixed, observer, sinks: { mine: full } }))).rejects.toThrow('mine: full');
    expectNothingLeft(observer);
  });

  it('ends when a sink has enough', async () => {
    const observer = new RunObserver();
    let enough = (): void => {};
    const mine = sink({
      pace: 'waits',
      failure: 'ends-run',
      open: async (info) => void (enough = info.enough),
      async frame({ frame }) {
        if (frame.index === 2) enough();
      },
    });
    const read = await all(readDigits(clip, { ...fixed, observer, sinks: { mine } }));
    expect(read.length).toBeGreaterThanOrEqual(9);
    expect(read.length).toBeLessThan(3 * FRAMES);
    expectNothingLeft(observer);
  });

  it('reads on only as digits are taken', async () => {
    const observer = new RunObserver();
    const digits = readDigits(clip, { ...fixed, observer });
    await turn();
    expect([scorers.opened, observer.source.processes.pids]).toEqual([0, []]);
    const first = (await digits.next()).value;
    await until(() => observer.source.delivered === 4);
    for (let i = 0; i < 100; i++) await turn();
    expect(observer.source.delivered).toBe(4);
    expect(observer.counts.frames).toBe(0);
    expect([first, ...(await all(digits))]).toEqual(printed);
    expectNothingLeft(observer);
  });
});

describe('leaving early', () => {
  it('by `break` closes everything', async () => {
    const observer = new RunObserver();
    for await (const { seq } of readDigits(clip, { ...fixed, observer })) if (seq === 4) break;
    expect(observer.source.decoded).toBeGreaterThan(0);
    expectNothingLeft(observer);
  });

  it('by an error in the loop closes everything', async () => {
    const observer = new RunObserver();
    const loop = async (): Promise<void> => {
      for await (const { seq } of readDigits(clip, { ...fixed, observer })) throw new RangeError(`at ${seq}`);
    };
    await expect(loop()).rejects.toThrow('at 1');
    expectNothingLeft(observer);
  });

  it('by `await using` closes everything', async () => {
    const observer = new RunObserver();
    {
      await using digits = readDigits(clip, { ...fixed, observer });
      expect((await digits.next()).value).toMatchObject({ seq: 1 });
    }
    expectNothingLeft(observer);
  });

  it('by `return` before the first `next` opens nothing, then or later', async () => {
    const observer = new RunObserver();
    const digits = readDigits(clip, { ...fixed, observer });
    expect(await digits.return()).toEqual({ done: true, value: undefined });
    expect(await digits.next()).toEqual({ done: true, value: undefined });
    expectNothingLeft(observer, 0);
  });

  it('by `return` while a `next` waits for a source that gives no frame settles both', async () => {
    await withSilence(async (source) => {
      const observer = new RunObserver();
      const digits = readDigits(source, { ...fixed, observer });
      const waiting = digits.next();
      await until(() => observer.source.processes.pids.length > 0);
      expect(await digits.return()).toEqual({ done: true, value: undefined });
      expect(await waiting).toEqual({ done: true, value: undefined });
      expectNothingLeft(observer);
    });
  });

  it('ends sinks as interrupted', async () => {
    const reasons: string[] = [];
    const mine = sink({ pace: 'waits', failure: 'ends-run', end: async ({ reason }) => void reasons.push(reason) });
    const digits = readDigits(clip, { ...fixed, sinks: { mine } });
    await digits.next();
    await digits.return();
    await digits.return();
    expect(reasons).toEqual(['interrupted']);
  });
});

describe('a signal', () => {
  const reason = new RangeError('no time left');

  it('that was aborted before opens nothing', async () => {
    const observer = new RunObserver();
    const read = all(readDigits(clip, { ...fixed, observer, signal: AbortSignal.abort(reason) }));
    await expect(read).rejects.toBe(reason);
    expectNothingLeft(observer, 0);
  });

  it('that is aborted between two digits makes the iteration fail with its reason', async () => {
    const [observer, stop] = [new RunObserver(), new AbortController()];
    const read: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const { seq } of readDigits(clip, { ...fixed, observer, signal: stop.signal })) {
        read.push(seq);
        if (seq === 4) stop.abort(reason);
      }
    };
    await expect(loop()).rejects.toBe(reason);
    // The frame that was being taken is taken whole.
    expect(read).toEqual([1, 2, 3, 4, 5, 6]);
    expectNothingLeft(observer);
  });

  it('that is aborted while a `next` waits makes it fail with its reason', async () => {
    await withSilence(async (source) => {
      const [observer, stop] = [new RunObserver(), new AbortController()];
      const waiting = readDigits(source, { ...fixed, observer, signal: stop.signal }).next();
      await until(() => observer.source.processes.pids.length > 0);
      stop.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      expectNothingLeft(observer);
    });
  });
});

describe('errors', () => {
  type Refused = [what: string, source: () => string, options: object, error: new (m: string) => Error, says: RegExp];

  it.each<Refused>([
    ['a missing file', () => at('none.mp4'), {}, SourceError, /none\.mp4: no such file/],
    ['an unknown model', () => clip, { model: 'camra' }, ModelError, /Unknown model "camra"/],
    ['an unknown pipeline', () => clip, { pipeline: 'fixd' }, UsageError, /^Unknown pipeline "fixd".*"fixed"\?$/],
    [
      'a wrong key of a pipeline',
      () => clip,
      { pipeline: { gate: { ration: 3 } } },
      UsageError,
      /^pipeline options: unknown key gate\.ration; did you mean gate\.ratio\?$/,
    ],
    [
      'a wrong value in a pipeline',
      () => clip,
      { pipeline: { gate: { ratio: NaN } } },
      UsageError,
      /^pipeline options: gate\.ratio must be of type number, found NaN$/,
    ],
    ['a ratio below 1', () => clip, { ratio: 0.5 }, UsageError, /gate\.ratio must be at least 1, found 0\.5/],
    ['a range that is none', () => clip, { range: [2, 1] }, UsageError, /gate\.range must have its low end below/],
    ['no frames a second', () => clip, { fps: 0 }, UsageError, /source\.fps must be more than 0, found 0/],
    ['an unknown policy', () => clip, { policy: 'some' }, UsageError, /source\.policy must be all or latest/],
    ['a limit of none', () => clip, { limit: 0 }, UsageError, /limit must be an integer >= 1, got 0/],
  ])('%s is told, and nothing is left', async (_, source, options, error, says) => {
    const observer = new RunObserver();
    const failure: unknown = await all(readDigits(source(), { ...fixed, ...options, observer })).catch(
      (caught: unknown) => caught,
    );
    expect(failure).toBeInstanceOf(error);
    expect((failure as Error).message).toMatch(says);
    expectNothingLeft(observer, scorers.opened);
  });

  it('come after what was read until then', async () => {
    const observer = new RunObserver();
    const read: unknown[] = [];
    const loop = async (): Promise<void> => {
      for await (const one of readDigits(at('half.mkv'), { ...fixed, observer })) read.push(one);
    };
    await expect(loop()).rejects.toThrow(SourceError);
    expect(read.length).toBeGreaterThan(0);
    expect(read).toEqual(printed.slice(0, read.length));
    expectNothingLeft(observer);
  });
});

describe('readNumbers', () => {
  const windows = ['hundreds', 'tens', 'units'];
  const numbers = () => ({
    ...fixed,
    pipeline: {
      ...namedPipeline('fixed'),
      readings: [{ id: 'n', windows, agree: { frames: 3, of: 4, seconds: 0.2 } }],
    },
  });

  it('gives what enough looks agree on, once', async () => {
    const observer = new RunObserver();
    const read = await all(readNumbers(clip, { ...numbers(), observer }));
    expect(read).toMatchObject([{ type: 'reading', seq: 1, id: 'n', value: '777' }]);
    expect(read[0]!.time).toBeGreaterThanOrEqual(0.2);
    expectNothingLeft(observer);
  });

  it('gives refused ones where they are asked for, and knows what a run before has kept', async () => {
    const rules = { range: [0, 500] as [number, number] };
    const { pipeline } = numbers();
    const ruled = { ...fixed, pipeline: { ...pipeline, readings: [{ ...pipeline.readings[0]!, rules }] } };
    expect(await all(readNumbers(clip, ruled))).toEqual([]);
    const refused = await all(readNumbers(clip, { ...ruled, refused: true }));
    expect(refused[0]).toMatchObject({ type: 'reading-refused', value: '777', rule: 'range' });
    const memory = new ReadingsMemory();
    await all(readNumbers(clip, { ...numbers(), memory }));
    expect(memory.get('n')).toMatchObject({ value: { text: '777' } });
  });

  it('needs to know which fixed windows make a number', async () => {
    await expect(all(readNumbers(clip, fixed))).rejects.toThrow(/needs readings in the pipeline/);
  });
});

describe('observeDigits', () => {
  it('gives the same, completes, and reads anew for every subscription', async () => {
    const digits = observeDigits(clip, fixed);
    expect(scorers.opened).toBe(0);
    for (let i = 0; i < 2; i++) expect(await lastValueFrom(digits.pipe(toArray()))).toEqual(printed);
    expect(scorers).toEqual({ opened: 2, closed: 2 });
  });

  it('fails with the same errors', async () => {
    await expect(lastValueFrom(observeDigits(at('none.mp4'), fixed))).rejects.toThrow(SourceError);
    expect(scorers).toEqual({ opened: 1, closed: 1 });
  });

  it('closes everything when nobody is subscribed any more', async () => {
    const observer = new RunObserver();
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      const subscription = observeDigits(clip, { ...fixed, observer }).subscribe(({ seq }) => {
        seen.push(seq);
        subscription.unsubscribe();
        resolve();
      });
    });
    await until(() => scorers.closed === 1);
    expectNothingLeft(observer);
    expect(seen).toEqual([1]);
  });

  it('closes everything also while it waits for a frame', async () => {
    await withSilence(async (source) => {
      const observer = new RunObserver();
      const subscription = observeDigits(source, { ...fixed, observer }).subscribe();
      await until(() => observer.source.processes.pids.length > 0);
      subscription.unsubscribe();
      await until(() => scorers.closed === 1);
      expectNothingLeft(observer);
    });
  });
});

describe('readInto', () => {
  /** A sink that notes how it ended, and does this with each frame. */
  function noting(frame: Sink['frame'] = async () => {}): { ended: unknown[]; sinks: { mine: Sink } } {
    const ended: unknown[] = [];
    const mine = sink({ pace: 'waits', failure: 'ends-run', frame, end: async (how) => void ended.push(how) });
    return { ended, sinks: { mine } };
  }

  it('reads to the end, and gives the totals', async () => {
    const { ended, sinks } = noting();
    const observer = new RunObserver();
    const counts = await readInto(clip, sinks, { ...fixed, observer });
    expect(counts).toEqual({ ...noCounts(), frames: FRAMES, regions: 3 * FRAMES, accepted: 3 * FRAMES });
    expect(ended).toMatchObject([{ reason: 'done', enough: false, counts }]);
    expectNothingLeft(observer);
  });

  it('ends the sinks as failed where the source breaks off', async () => {
    const { ended, sinks } = noting();
    const observer = new RunObserver();
    await expect(readInto(at('half.mkv'), sinks, { ...fixed, observer })).rejects.toThrow(SourceError);
    expect(ended).toMatchObject([{ reason: 'failed', error: expect.any(SourceError) as SourceError }]);
    expect(observer.counts.frames).toBeGreaterThan(0);
    expectNothingLeft(observer);
  });

  it('ends the sinks as interrupted, and fails with the signal’s reason', async () => {
    const [observer, stop] = [new RunObserver(), new AbortController()];
    const reason = new RangeError('no time left');
    const { ended, sinks } = noting(async ({ frame }) => {
      if (frame.index === 1) stop.abort(reason);
    });
    await expect(readInto(clip, sinks, { ...fixed, observer, signal: stop.signal })).rejects.toBe(reason);
    expect(ended).toMatchObject([{ reason: 'interrupted', enough: false }]);
    expectNothingLeft(observer);
  });

  it('fails with a sink without which the run does not go on', async () => {
    const observer = new RunObserver();
    const { ended, sinks } = noting();
    const full = sink({ pace: 'waits', failure: 'ends-run', frame: () => Promise.reject(new UsageError('full')) });
    await expect(readInto(clip, { ...sinks, full }, { ...fixed, observer })).rejects.toThrow('full: full');
    expect(ended).toMatchObject([{ reason: 'failed' }]);
    expectNothingLeft(observer);
  });
});
