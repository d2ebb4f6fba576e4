// What the helper `sink` promises of sinks that are made with it: they end or are given up, once.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { sink, type Sink } from '../../src/sinks/sink.js';
import { ending, published, testRun, twoFrames } from './runs.js';

function noting(more: Partial<Sink> = {}): { made: Sink; log: string[] } {
  const log: string[] = [];
  const made = sink({
    pace: 'waits',
    failure: 'goes-on',
    end: async ({ reason }) => void log.push(`end ${reason}`),
    abort: async () => void log.push('abort'),
    ...more,
  });
  return { made, log };
}

describe('sink', () => {
  it('does nothing for a method that is not there', async () => {
    const made = sink({ pace: 'late', failure: 'ends-run' });
    expect([made.pace, made.failure, made.fullDetail, made.figures]).toEqual([
      'late',
      'ends-run',
      undefined,
      undefined,
    ]);
    await made.open(testRun().info);
    for (const frame of published(twoFrames())) await made.frame(frame);
    await made.end(ending());
  });

  it('ends once, and is not given up afterwards', async () => {
    const { made, log } = noting();
    await Promise.all([made.end(ending()), made.end(ending({ reason: 'failed' })), made.abort()]);
    await made[Symbol.asyncDispose]();
    expect(log).toEqual(['end done']);
  });

  it('is given up once, also by disposing, and does not end afterwards', async () => {
    const { made, log } = noting();
    await Promise.all([made[Symbol.asyncDispose](), made.abort(), made.end(ending())]);
    await made.end(ending());
    expect(log).toEqual(['abort']);
  });

  it('may clear up when its end failed, which every call of `end` tells', async () => {
    const { made, log } = noting({ end: () => Promise.reject(new UsageError('full')) });
    for (let i = 0; i < 2; i++) await expect(made.end(ending())).rejects.toThrow('full');
    await made.abort();
    await made.abort();
    expect(log).toEqual(['abort']);
  });
});
