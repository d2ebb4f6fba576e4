// The life of a live source, with attempts made by hand and a clock moved by hand: when it stalls, how long it waits,
// what it says, and that it never gives up.
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { SourceError } from '../../../src/base/errors.js';
import { Backoff } from '../../../src/base/backoff.js';
import { Supervisor, type Fault, type SupervisorOptions } from '../../../src/source/live/supervisor.js';
import type { Doubt, SourceChange } from '../../../src/types.js';
import { BEGIN, ManualLiveClock, settle } from './manual-live-clock.js';

interface Made {
  /** When it was started, in milliseconds. */
  readonly at: number;
  /** A picture comes; whether it was wanted. */
  readonly picture: (doubt?: Doubt) => boolean;
  readonly end: (fault: Fault) => void;
  readonly killed: () => number;
}

/** A supervisor of attempts that do what the test says. Unless it does, one that is killed is over at once. */
function supervise(more: Partial<SupervisorOptions> = {}, mortal = true) {
  const clock = new ManualLiveClock();
  const attempts: Made[] = [];
  const changes: SourceChange[] = [];
  let alive = 0;
  const supervisor = new Supervisor({
    name: 'rtsp://camera',
    patience: { connect: 15, stall: 5, stale: 1 },
    backoff: new Backoff({ next: () => 0 }),
    clock,
    require: false,
    changed: (change) => changes.push(change),
    start(arrived) {
      alive += 1;
      expect(alive).toBe(1);
      let kills = 0;
      let end = (_fault: Fault): void => {};
      const over = new Promise<Fault>((resolve) => {
        let isOver = false;
        end = (fault) => {
          if (isOver) return;
          isOver = true;
          resolve(fault);
          alive -= 1;
        };
      });
      attempts.push({ at: clock.now(), picture: (doubt) => arrived(doubt), end, killed: () => kills });
      return {
        over,
        kill: () => {
          kills += 1;
          if (mortal && kills === 1) end({ reason: 'killed' });
        },
      };
    },
    ...more,
  });
  const run = supervisor.run();
  let failed: unknown;
  run.catch((error: unknown) => (failed = error));
  return {
    clock,
    attempts,
    changes,
    supervisor,
    run,
    failed: () => failed,
    last: () => attempts.at(-1)!,
    states: () => changes.map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`)),
    /** Pictures, `every` milliseconds, for `ms`. */
    async pictures(ms: number, every = 100) {
      for (let i = 0; i < ms; i += every) {
        attempts.at(-1)!.picture();
        await clock.pass(every);
      }
    },
  };
}

describe('the watchdog', () => {
  test('ends an attempt that gives no picture for the time, not before, and starts a new one', async () => {
    const { clock, attempts, pictures, states } = supervise();
    await pictures(1000);
    // The last picture came 100 ms ago.
    await clock.pass(4899);
    expect(attempts[0]!.killed()).toBe(0);
    await clock.pass(1);
    expect(attempts[0]!.killed()).toBe(1);
    await clock.pass(1000);
    expect(attempts.map(({ at }) => at)).toEqual([0, 6900]);
    expect(states()).toEqual(['connecting', 'live', 'stale: no new picture', 'retrying: no new picture for 5 s']);
  });

  test('counts from the last picture, whenever the first came', async () => {
    const { clock, attempts, pictures, states, changes } = supervise();
    await clock.pass(3333);
    await pictures(200);
    await clock.pass(4899);
    expect(attempts[0]!.killed()).toBe(0);
    await clock.pass(1);
    expect(attempts[0]!.killed()).toBe(1);
    await settle();
    expect(states()).toEqual(['connecting', 'live', 'stale: no new picture', 'retrying: no new picture for 5 s']);
    expect(changes.map(({ at }) => at - BEGIN)).toEqual([0, 3333, 3433 + 1000, 3433 + 5000]);
  });

  test('waits longer for the first picture', async () => {
    const { clock, attempts } = supervise();
    await clock.pass(14_999);
    expect(attempts[0]!.killed()).toBe(0);
    await clock.pass(1);
    expect(attempts[0]!.killed()).toBe(1);
  });

  test('pictures that come after it has fired are not wanted, however long the process takes to die', async () => {
    const { clock, attempts, changes } = supervise({}, false);
    expect(attempts[0]!.picture()).toBe(true);
    await clock.pass(5000);
    expect(attempts[0]!.killed()).toBe(1);
    const said = changes.length;
    expect(attempts[0]!.picture()).toBe(false);
    await clock.pass(60_000);
    expect(attempts[0]!.picture()).toBe(false);
    // Never two at a time.
    expect([attempts.length, changes.length]).toEqual([1, said]);
    attempts[0]!.end({ reason: 'killed' });
    await settle();
    await clock.pass(1000);
    expect(attempts.length).toBe(2);
  });

  test('one picture in time is enough, however slow the camera', async () => {
    const { attempts, pictures, states } = supervise();
    await pictures(60_000, 4000);
    expect(attempts.length).toBe(1);
    // Its own pace is known after the second picture.
    expect(states()).toEqual(['connecting', 'live', 'stale: no new picture', 'live']);
  });
});

describe('stale', () => {
  test('is said after the time, and again each time', async () => {
    const { clock, pictures, states, changes } = supervise();
    await pictures(500);
    await clock.pass(901);
    await pictures(500);
    await clock.pass(901);
    expect(states()).toEqual(['connecting', 'live', 'stale: no new picture', 'live', 'stale: no new picture']);
    expect(changes.filter(({ state }) => state === 'stale').map(({ at }) => at - BEGIN)).toEqual([1400, 2801]);
  });
});

describe('after a fault', () => {
  test('it waits 1, 2, 4, 8, 16, 30, 30 s, and says a fault that stays the same once', async () => {
    const { clock, attempts, states } = supervise();
    const gaps: number[] = [];
    for (let i = 0; i < 8; i++) {
      const ended = clock.now();
      attempts[i]!.end({ reason: 'connection refused' });
      while (attempts.length < i + 2) await clock.pass(1000);
      gaps.push(attempts[i + 1]!.at - ended);
    }
    expect(gaps).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(states()).toEqual(['connecting', 'retrying: connection refused']);
  });

  test('every end is a fault, also a clean one', async () => {
    const { clock, attempts, pictures, states } = supervise();
    await pictures(1000);
    attempts[0]!.end({ reason: 'the stream has ended' });
    await clock.pass(1000);
    expect(attempts.length).toBe(2);
    await pictures(300);
    expect(states()).toEqual(['connecting', 'live', 'retrying: the stream has ended', 'live']);
  });

  test('10 s of pictures make it begin with 1 s again; fewer do not', async () => {
    const { clock, attempts, last, pictures } = supervise();
    for (const seconds of [1, 1, 11, 1]) {
      await pictures(seconds * 1000);
      last().end({ reason: 'gone' });
      await settle();
      await clock.pass(8000);
    }
    const [, second, third, fourth, fifth] = attempts.map(({ at }) => at);
    expect(second).toBe(1000 + 1000);
    expect(third).toBe(9000 + 1000 + 2000);
    expect(fourth).toBe(18_000 + 11_000 + 1000);
    expect(fifth).toBe(37_000 + 1000 + 2000);
  });

  test('it counts how often pictures came again', async () => {
    const { clock, last, pictures, changes } = supervise();
    for (let i = 0; i < 3; i++) {
      await pictures(200);
      last().end({ reason: `fault ${i}` });
      await settle();
      await clock.pass(30_000);
    }
    await pictures(200);
    expect(changes.at(-1)).toEqual({ state: 'live', at: expect.any(Number) as number, reconnects: 3 });
  });

  test('it never gives up: 500 faults of all kinds', async () => {
    const random = createRandom(500);
    const { clock, attempts, last } = supervise({ backoff: new Backoff(random) });
    for (let i = 0; i < 500; i++) {
      const pictures = random.int(3);
      const { picture, end, killed } = last();
      for (let k = 0; k < pictures; k++) picture();
      if (random.int(2) === 0) end({ reason: `fault ${random.int(4)}` });
      else while (killed() === 0) await clock.pass(500);
      await settle();
      const before = attempts.length;
      while (attempts.length === before) await clock.pass(500);
    }
    expect(attempts.length).toBe(501);
    // The watchdog of the attempt that goes on, and nothing else.
    expect(clock.pending).toBe(1);
  }, 60_000);
});

describe('at the start', () => {
  const noCamera = new SourceError('a web page, no video');

  test('a camera that is not there is waited for', async () => {
    const { clock, attempts, failed, pictures, states } = supervise();
    attempts[0]!.end({ reason: 'connection refused' });
    await clock.pass(1000);
    await pictures(200);
    expect(failed()).toBeUndefined();
    expect(states()).toEqual(['connecting', 'retrying: connection refused', 'live']);
  });

  test('unless it is required', async () => {
    const { attempts, failed } = supervise({ require: true });
    attempts[0]!.end({ reason: 'connection refused' });
    await settle();
    expect(failed()).toBeInstanceOf(SourceError);
    expect((failed() as Error).message).toBe('rtsp://camera gives no picture: connection refused.');
  });

  test('what somebody has to mend ends the run, with words of its own', async () => {
    const { attempts, failed } = supervise();
    attempts[0]!.end({ reason: 'a web page', error: noCamera });
    await settle();
    expect(failed()).toBe(noCamera);
  });

  test('but never once it has worked', async () => {
    const { clock, attempts, failed, last } = supervise({ require: true });
    attempts[0]!.picture();
    attempts[0]!.end({ reason: 'gone' });
    await clock.pass(1000);
    expect(attempts.length).toBe(2);
    last().end({ reason: 'a web page', error: noCamera });
    await clock.pass(2000);
    expect([failed(), attempts.length]).toEqual([undefined, 3]);
  });
});

describe('doubts about pictures', () => {
  test('are states with their reasons, and go again', async () => {
    const { last, states } = supervise();
    const { picture } = last();
    const seen = (kind?: Doubt['kind']) => picture(kind && { kind, seconds: 1 });
    for (const kind of [undefined, 'frozen', 'frozen', 'repeating', 'black', 'damaged', undefined] as const) seen(kind);
    await settle();
    expect(states()).toEqual([
      'connecting',
      'live',
      'frozen: no pixel changes',
      'frozen: the same pictures come again and again',
      'black: there is nothing in the picture',
      'live',
    ]);
  });
});

describe('snapshots', () => {
  const patience = { connect: 15, stall: 5, stale: 1, every: 10 };

  test('come every so often, from start to start, and are no faults', async () => {
    const { clock, attempts, last, states } = supervise({ patience });
    for (let i = 0; i < 4; i++) {
      await clock.pass(300);
      last().picture();
      last().end({ reason: 'the stream has ended' });
      await settle();
      await clock.pass(9700);
    }
    expect(attempts.map(({ at }) => at)).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
    expect(states()).toEqual(['connecting', 'live']);
  });

  test('one that fails is tried again sooner', async () => {
    const { clock, attempts, last, states } = supervise({ patience });
    last().picture();
    last().end({ reason: 'the stream has ended' });
    await clock.pass(10_000);
    last().end({ reason: '503 Service Unavailable' });
    await clock.pass(1000);
    expect(attempts.map(({ at }) => at)).toEqual([0, 10_000, 11_000]);
    expect(states()).toEqual(['connecting', 'live', 'retrying: 503 Service Unavailable']);
  });
});

describe('stopping', () => {
  test.each([
    ['while it connects', async () => {}],
    ['while pictures come', async ({ pictures }: ReturnType<typeof supervise>) => pictures(500)],
    [
      'while it waits',
      async ({ attempts }: ReturnType<typeof supervise>) => {
        attempts[0]!.end({ reason: 'gone' });
        await settle();
      },
    ],
  ])('%s ends the attempt and leaves no timer', async (_name, before) => {
    const made = supervise();
    await before(made);
    made.supervisor.stop('the run is over');
    made.supervisor.stop();
    await made.run;
    expect(made.clock.pending).toBe(0);
    expect(made.states().at(-1)).toBe('ended: the run is over');
    expect(made.states().filter((state) => state.startsWith('ended'))).toHaveLength(1);
    await made.clock.pass(60_000);
    expect(made.attempts.length).toBe(1);
  });
});

describe('the delays', () => {
  test('are shortened by chance, by a quarter at most, and the same from one seed', () => {
    const delays = (seed: number) => {
      const backoff = new Backoff(createRandom(seed));
      return Array.from({ length: 200 }, () => backoff.next());
    };
    const all = delays(3);
    expect(delays(3)).toEqual(all);
    expect(delays(4)).not.toEqual(all);
    const wanted = all.map((_, i) => Math.min(30, 2 ** i));
    for (const [i, delay] of all.entries()) {
      expect(delay).toBeLessThanOrEqual(wanted[i]!);
      expect(delay).toBeGreaterThanOrEqual(0.75 * wanted[i]!);
    }
  });
});
