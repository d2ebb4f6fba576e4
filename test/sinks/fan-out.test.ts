// A run's sinks together: who is told what and in what order, and what becomes of one that fails.
import { describe, expect, it } from 'vitest';
import { SourceError, UsageError, UserError } from '../../src/base/errors.js';
import { FanOut, SinkError, STATS_EVERY_MS, type FanOutOptions, type NamedSink } from '../../src/sinks/fan-out.js';
import { sink, type PublishedFrame, type Sink } from '../../src/sinks/sink.js';
import type { Leaks, Stats } from '../../src/types.js';
import { ManualClock } from './feed/manual-clock.js';
import { turn } from './feed/feed.js';
import { ending, testRun, twoFrames } from './runs.js';

/** The methods of a sink that can fail. */
type Moment = 'open' | 'frame' | 'stats' | 'end' | 'abort';

/** A sink that notes what it is told as `NAME.METHOD`, and does `more` instead where that is given. */
function noting(log: string[], name: string, more: Partial<Sink> = {}): NamedSink {
  const note = (method: Moment, what = ''): void => void log.push(`${name}.${method}${what}`);
  return {
    name,
    sink: sink({
      pace: 'waits',
      failure: 'ends-run',
      open: async () => note('open'),
      frame: async ({ frame }) => note('frame', ` ${frame.index}`),
      stats: async () => note('stats'),
      end: async ({ reason }) => note('end', ` ${reason}`),
      abort: async () => note('abort'),
      ...more,
    }),
  };
}

/** Two sinks that note everything with one between them that fails as told. */
function around(log: string[], broken: Partial<Sink>): NamedSink[] {
  return [noting(log, 'a'), noting(log, 'broken', broken), noting(log, 'z')];
}

async function opened(
  sinks: readonly NamedSink[],
  more: Partial<FanOutOptions> = {},
): Promise<{ all: FanOut; clock: ManualClock; said: string[]; frames: ReturnType<typeof twoFrames> }> {
  const clock = new ManualClock();
  const { info, said } = testRun();
  return { all: await FanOut.open(sinks, { ...info, clock, ...more }), clock, said, frames: twoFrames() };
}

const thrower = (error: Error) => async (): Promise<void> => {
  throw error;
};

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => Promise.reject(new Error('did not fail')),
    (error: unknown) => error as Error,
  );
}

describe('opening', () => {
  it('goes in order', async () => {
    const log: string[] = [];
    await opened(['c', 'a', 'b'].map((name) => noting(log, name)));
    expect(log).toEqual(['c.open', 'a.open', 'b.open']);
  });

  it('waits for each before the next', async () => {
    const log: string[] = [];
    const slow = noting(log, 'slow', { open: async () => void (await turn(), log.push('slow.open')) });
    await opened([slow, noting(log, 'next')]);
    expect(log).toEqual(['slow.open', 'next.open']);
  });

  it('gives up those before the one that fails, and it; those after it hear nothing', async () => {
    const log: string[] = [];
    const clock = new ManualClock();
    const cause = new SourceError('no ffmpeg');
    const error = await failureOf(opened(around(log, { open: thrower(cause) }), { clock }));
    expect(log).toEqual(['a.open', 'a.abort', 'broken.abort']);
    expect(error).toBeInstanceOf(SinkError);
    expect(error).toMatchObject({ message: 'broken: no ffmpeg', exitCode: 3, cause });
    expect(clock.pending).toBe(0);
  });

  it('says what failed first, also when giving up fails too', async () => {
    const log: string[] = [];
    const sinks = [
      noting(log, 'a', { abort: thrower(new Error('another thing')) }),
      noting(log, 'b'),
      noting(log, 'broken', { open: thrower(new UsageError('port in use')) }),
    ];
    expect((await failureOf(opened(sinks))).message).toBe('broken: port in use');
    expect(log).toEqual(['a.open', 'b.open', 'b.abort', 'broken.abort']);
  });

  it('tells each sink the run, whose figures hold what sinks opened before it add', async () => {
    const truth: Leaks = { digits: 3, leaked: 1, rate: 1 / 3, stray: 0 };
    let seen: Stats | undefined;
    const adds = noting([], 'adds', { figures: () => ({ truth }) });
    const asks = noting([], 'asks', { open: async ({ stats }) => void (seen = stats()) });
    await opened([adds, asks]);
    expect(seen?.truth).toEqual(truth);
  });
});

describe('frames', () => {
  it('go to every sink, in order, with the same messages', async () => {
    const got = new Map<string, PublishedFrame[]>([
      ['one', []],
      ['two', []],
    ]);
    const sinks = [...got].map(([name, list]) => noting([], name, { frame: async (now) => void list.push(now) }));
    const { all, frames } = await opened(sinks);
    for (const frame of frames) await all.frame(frame);
    const [one, two] = [...got.values()];
    expect(one!.map(({ frame }) => frame.index)).toEqual([0, 1]);
    expect(one!.flatMap(({ outgoing }) => outgoing.map(({ message }) => message.seq))).toEqual([1, 1, 2, 2]);
    one!.forEach((now, i) => expect(two![i]).toBe(now));
  });

  it('wait for a sink that the run waits for, and not for one that may be late', async () => {
    let take = (): void => {};
    const log: string[] = [];
    const sinks = [
      noting(log, 'late', { pace: 'late', frame: () => new Promise(() => {}) }),
      noting(log, 'waits', { frame: () => new Promise((resolve) => (take = resolve)) }),
    ];
    const { all, frames } = await opened(sinks);
    let done = false;
    const given = all.frame(frames[0]!).then(() => (done = true));
    await turn();
    expect(done).toBe(false);
    take();
    await given;
  });

  it('ask for full detail when one sink does', async () => {
    const plain = noting([], 'plain');
    const draws = noting([], 'draws', { fullDetail: true });
    expect((await opened([plain])).all.fullDetail).toBe(false);
    expect((await opened([plain, draws])).all.fullDetail).toBe(true);
  });
});

describe('figures', () => {
  it('of what several sinks send are put together, by their names; without such sinks there are none', async () => {
    const figures = (sent: number) => ({ queued: 0, sent, failed: 0, dropped: 0 });
    const adds = ['mqtt', 'webhook'].map((name, i) =>
      noting([], name, { figures: () => ({ sinks: { [name]: figures(i) } }) }),
    );
    await using all = (await opened(adds)).all;
    expect(all.stats().sinks).toEqual({ mqtt: figures(0), webhook: figures(1) });
    await using none = (await opened([noting([], 'lines')])).all;
    expect(none.stats()).not.toHaveProperty('sinks');
  });

  it('are told every second, with what sinks add to them, until the end', async () => {
    const told: Stats[] = [];
    let frames = 0;
    const adds = noting([], 'adds', { figures: () => ({ lag: 7 }) });
    const hears = noting([], 'hears', { stats: async (figures) => void told.push(figures) });
    const { info } = testRun();
    const { all, clock } = await opened([hears, adds], { stats: () => ({ ...info.stats(), frames: ++frames }) });
    clock.advance(STATS_EVERY_MS - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    clock.advance(2 * STATS_EVERY_MS);
    expect(told).toEqual([1, 2, 3].map((count) => ({ ...info.stats(), frames: count, lag: 7 })));
    expect(all.stats()).toMatchObject({ frames: 4, lag: 7 });
    await all.end(ending());
    expect(clock.pending).toBe(0);
  });

  it('STATS_EVERY_MS is a second', () => expect(STATS_EVERY_MS).toBe(1000));

  it('do without those of a sink that fails to tell its own, which takes no further part', async () => {
    const log: string[] = [];
    const broken: Partial<Sink> = {
      failure: 'goes-on',
      figures: () => {
        throw new UsageError('lost count');
      },
    };
    const adds = noting(log, 'adds', { figures: () => ({ lag: 7 }) });
    const { all, clock, said, frames } = await opened([...around(log, broken), adds]);
    clock.advance(STATS_EVERY_MS);
    expect(all.stats()).toMatchObject({ lag: 7 });
    await all.frame(frames[0]!);
    expect(said).toEqual(['broken: lost count; the run goes on without it\n']);
    expect(log.filter((entry) => entry.startsWith('broken'))).toEqual(['broken.open', 'broken.abort']);
  });
});

/** Has the sinks told everything: two frames with figures between, and the end. What each step threw. */
async function wholeRun({ all, clock, frames }: Awaited<ReturnType<typeof opened>>): Promise<(string | undefined)[]> {
  let error: unknown;
  const message = (work: Promise<void>): Promise<string | undefined> =>
    work.then(
      () => undefined,
      (thrown: unknown) => (error = thrown as Error).message,
    );
  const first = await message(all.frame(frames[0]!));
  clock.advance(STATS_EVERY_MS);
  await turn();
  const second = await message(all.frame(frames[1]!));
  return [first, second, await message(all.end(ending({ error })))];
}

/** What a sink hears of `wholeRun`. */
const EVERYTHING = ['open', 'frame 0', 'stats', 'frame 1', 'end done'];
const ofSink = (log: readonly string[], name: string): string[] =>
  log.flatMap((entry) => (entry.startsWith(`${name}.`) ? [entry.slice(name.length + 1)] : []));

describe.each<[moment: Exclude<Moment, 'open' | 'abort'>, heard: string[]]>([
  ['frame', ['open', 'abort']],
  ['stats', ['open', 'frame 0', 'abort']],
  ['end', ['open', 'frame 0', 'stats', 'frame 1', 'abort']],
])('a sink that fails in %s', (moment, heard) => {
  const cause = new UsageError('the disk is full');
  const failing = (more: Partial<Sink> = {}): Partial<Sink> => ({ [moment]: thrower(cause), ...more });

  it.each(['waits', 'late'] as const)('and goes on (%s) says one line; the others hear everything', async (pace) => {
    const log: string[] = [];
    const run = await opened(around(log, failing({ failure: 'goes-on', pace })));
    expect(await wholeRun(run)).toEqual([undefined, undefined, undefined]);
    expect(run.said).toEqual(['broken: the disk is full; the run goes on without it\n']);
    for (const name of ['a', 'z']) expect(ofSink(log, name)).toEqual(EVERYTHING);
    expect(ofSink(log, 'broken')).toEqual(heard);
  });

  it('and ends the run makes it fail, named; the others still hear everything', async () => {
    const log: string[] = [];
    const run = await opened(around(log, failing()));
    const named = 'broken: the disk is full';
    const threw = {
      frame: [named, named, undefined],
      stats: [undefined, named, undefined],
      end: [undefined, undefined, named],
    };
    expect(await wholeRun(run)).toEqual(threw[moment]);
    expect(run.said).toEqual([]);
    for (const name of ['a', 'z']) expect(ofSink(log, name)).toEqual(EVERYTHING);
    expect(ofSink(log, 'broken')).toEqual(heard);
  });

  it('and ends the run says so at once, for a source may give no other frame', async () => {
    let told = 0;
    const log: string[] = [];
    const run = await opened(around(log, failing()), { failed: () => told++ });
    await wholeRun(run);
    expect(told).toBe(1);
  });
});

describe('a failure', () => {
  it('names its sink and keeps cause and exit code', async () => {
    const cause = new SourceError('broke off');
    const { all, frames } = await opened([noting([], 'annotate', { frame: thrower(cause) })]);
    const error = await failureOf(all.frame(frames[0]!));
    expect(error).toBeInstanceOf(SinkError);
    expect(error).toMatchObject({ name: 'SinkError', message: 'annotate: broke off', exitCode: 3, cause });
  });

  it('that is the program’s own fault is not passed off as the user’s', async () => {
    const cause = new TypeError('x is undefined');
    const { all, frames } = await opened([noting([], 'mine', { frame: thrower(cause) })]);
    const error = await failureOf(all.frame(frames[0]!));
    expect(error).not.toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message: 'mine: x is undefined', cause });
  });

  it('that is thrown, not rejected with, is one all the same', async () => {
    const frame = (): Promise<void> => {
      throw new UsageError('at once');
    };
    const { all, frames } = await opened([noting([], 'mine', { frame })]);
    expect((await failureOf(all.frame(frames[0]!))).message).toBe('mine: at once');
  });

  it('is the first one where several fail', async () => {
    const sinks = ['one', 'two'].map((name) => noting([], name, { frame: thrower(new UsageError('full')) }));
    const { all, frames } = await opened(sinks);
    expect((await failureOf(all.frame(frames[0]!))).message).toBe('one: full');
  });

  it('after the last frame is not lost: the end tells it', async () => {
    const log: string[] = [];
    const { all, clock } = await opened(around(log, { stats: thrower(new UsageError('gone')) }));
    clock.advance(STATS_EVERY_MS);
    await turn();
    expect((await failureOf(all.end(ending()))).message).toBe('broken: gone');
    expect(ofSink(log, 'z')).toEqual(['open', 'stats', 'end done']);
  });

  it('in a frame that nobody waits for any more is not lost: the end tells it', async () => {
    let fail = (_: Error): void => {};
    const slow = noting([], 'slow', { frame: () => new Promise((_, reject) => (fail = reject)) });
    const { all, frames } = await opened([slow]);
    // A run that is interrupted leaves it.
    const left = all.frame(frames[0]!).catch(() => undefined);
    fail(new UsageError('the encoder hangs'));
    await left;
    expect((await failureOf(all.end(ending({ reason: 'interrupted' })))).message).toBe('slow: the encoder hangs');
  });

  it('of a late sink shows with the next frame', async () => {
    let fail = (_: Error): void => {};
    const late = noting([], 'late', { pace: 'late', frame: () => new Promise((_, reject) => (fail = reject)) });
    const { all, frames } = await opened([late]);
    await all.frame(frames[0]!);
    fail(new UsageError('lost its server'));
    await turn();
    expect((await failureOf(all.frame(frames[1]!))).message).toBe('late: lost its server');
  });

  it('while it is given up is nobody’s: the first one is told', async () => {
    const broken = {
      failure: 'goes-on',
      frame: thrower(new UsageError('full')),
      abort: thrower(new Error('stuck')),
    } as const;
    const { all, frames, said } = await opened([noting([], 'broken', broken)]);
    await all.frame(frames[0]!);
    expect(said).toEqual(['broken: full; the run goes on without it\n']);
  });
});

describe('the end', () => {
  it('goes in order, waits for each, and comes once', async () => {
    const log: string[] = [];
    const slow = noting(log, 'slow', { end: async () => void (await turn(), log.push('slow.end')) });
    const { all } = await opened([slow, noting(log, 'last')]);
    await Promise.all([all.end(ending()), all.end(ending({ reason: 'failed' }))]);
    await all.end(ending());
    expect(log.slice(2)).toEqual(['slow.end', 'last.end done']);
  });

  it('is told as it was', async () => {
    const told: unknown[] = [];
    const { all } = await opened([noting([], 'one', { end: async (how) => void told.push(how) })]);
    const how = ending({ reason: 'failed', error: new SourceError('broke off'), enough: true });
    await all.end(how);
    expect(told).toEqual([how]);
  });

  it('is the end: nothing is given up afterwards', async () => {
    const log: string[] = [];
    const { all } = await opened([noting(log, 'one')]);
    await all.end(ending());
    await all.abort();
    await all[Symbol.asyncDispose]();
    expect(log).toEqual(['one.open', 'one.end done']);
  });

  it('that did not come is giving up: once, in order, whatever fails; nothing is ended afterwards', async () => {
    const log: string[] = [];
    const { all, clock } = await opened([noting(log, 'a', { abort: thrower(new Error('stuck')) }), noting(log, 'b')]);
    await all[Symbol.asyncDispose]();
    await all.abort();
    await all.end(ending());
    clock.advance(STATS_EVERY_MS);
    expect(log).toEqual(['a.open', 'b.open', 'b.abort']);
    expect(clock.pending).toBe(0);
  });

  it('that failed is told once: giving up afterwards, as `await using` does, adds nothing', async () => {
    const failed = new UsageError('no such frame');
    const { all } = await opened(around([], { end: thrower(failed) }));
    const run = async (): Promise<void> => {
      await using sinks = all;
      await sinks.end(ending());
    };
    expect(await failureOf(run())).toMatchObject({ name: 'SinkError', cause: failed });
  });

  it('`await using` gives up what has not ended', async () => {
    const log: string[] = [];
    {
      await using all = (await opened([noting(log, 'one')])).all;
      expect(all.fullDetail).toBe(false);
    }
    expect(log).toEqual(['one.open', 'one.abort']);
  });
});
