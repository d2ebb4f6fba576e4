import { describe, expect, it } from 'vitest';
import { progressLine, showProgress } from '../../src/cli/progress.js';
import { noCounts } from '../../src/types.js';

describe('progress', () => {
  const stats = { ...noCounts(), frames: 120, accepted: 84, fps: 60, lag: 0 };

  it('says how far, how fast and how long still, where the total is known', () => {
    expect(progressLine(stats, 300)).toBe('frame 120 of 300 (40 %), 60.0 frames/s, 3 s left, 84 digits accepted');
    expect(progressLine(stats, undefined)).toBe('frame 120, 60.0 frames/s, 84 digits accepted');
    expect(progressLine(stats, 100)).toBe('frame 120, 60.0 frames/s, 84 digits accepted');
  });

  it('writes nothing to what is no terminal', () => {
    const written: string[] = [];
    showProgress(
      { write: (text) => written.push(text) },
      () => stats,
      () => undefined,
    ).stop();
    expect(written).toEqual([]);
  });
});
