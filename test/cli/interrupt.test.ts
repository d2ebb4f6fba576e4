// Tests of src/cli/interrupt.ts: the first signal asks, a later one ends the process with nothing half-written left.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { onAbandon } from '../../src/base/output/abandon.js';
import { ECHO, interruption, untilInterrupted } from '../../src/cli/interrupt.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As the system delivers it. */
const deliver = (signal: NodeJS.Signals): boolean => process.emit(signal, signal);

afterEach(() => vi.restoreAllMocks());

describe.each(SIGNALS)('%s', (signal) => {
  it('asks first; what a terminal and npx send doubled counts once; a later one ends the process', () => {
    const killed = vi.spyOn(process, 'kill').mockReturnValue(true);
    const undone: string[] = [];
    using _first = onAbandon(() => {
      undone.push('first');
      throw new Error('no matter');
    });
    using _second = onAbandon(() => undone.push('second'));
    let time = 1000;
    using interrupted = interruption(() => time);
    expect(interrupted.signal.aborted).toBe(false);
    deliver(signal);
    expect(interrupted.signal.aborted).toBe(true);
    time += ECHO - 1;
    deliver('SIGHUP');
    expect([undone, killed.mock.calls]).toEqual([[], []]);
    time += 1;
    deliver(signal);
    expect(undone).toEqual(['first', 'second']);
    expect(killed.mock.calls).toEqual([[process.pid, signal]]);
    // The signal that it sends itself meets the default effect.
    expect(SIGNALS.map((name) => process.listenerCount(name))).toEqual([0, 0, 0]);
  });

  it('is as before when nobody listens any more', () => {
    const before = process.listenerCount(signal);
    interruption()[Symbol.dispose]();
    expect(process.listenerCount(signal)).toBe(before);
  });
});

it('work that a signal stops is not done; other failures pass', async () => {
  const stopped = vi.fn();
  const work = (signal: AbortSignal): Promise<void> => {
    deliver('SIGHUP');
    signal.throwIfAborted();
    return Promise.resolve();
  };
  expect(await untilInterrupted(work, stopped)).toBe(false);
  expect(stopped).toHaveBeenCalledOnce();
  await expect(untilInterrupted(() => Promise.reject(new Error('other')), stopped)).rejects.toThrow('other');
});
