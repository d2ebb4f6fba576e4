// Planes turned by quarter turns: against pictures laid down by the rules of EXIF, and what becomes of their buffers.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { FramePool, PooledFrame } from '../../src/source/pool.js';
import { createTurner } from '../../src/source/turn.js';
import type { Frame } from '../../src/types.js';
import { gray, lying, type Gray, type Orientation } from './pictures.js';

/** The orientation of a stored picture that has to be turned so far to be upright. */
const TURNS: readonly (readonly [90 | 180 | 270, Orientation])[] = [
  [90, 6],
  [180, 3],
  [270, 8],
];
const SIZES = [
  [1, 1],
  [1, 7],
  [64, 32],
  [33, 65],
  [100, 31],
] as const;

function noise(width: number, height: number): Gray {
  const random = createRandom(width + 1000 * height);
  return gray(width, height, () => random.int(256));
}

/** A frame of a picture in a buffer of a pool, which is larger than the picture. */
function frameOf({ width, height, pixels }: Gray, pool: FramePool, file?: string): Frame {
  const buffer = pool.take(pixels.length + 5)!;
  buffer.fill(99);
  buffer.set(pixels);
  return PooledFrame.over(buffer, { index: 7, time: 1.5, width, height, left: 0, top: 0, scale: 2, file }, pool);
}

const shown = ({ width, height, gray: plane }: Frame): Gray => ({
  width,
  height,
  pixels: plane.slice(0, width * height),
});

describe('a turner', () => {
  it.each(TURNS)('turns frames of any size by %i degrees, one after the other', (by, orientation) => {
    const [pool, turner] = [new FramePool(1), createTurner()];
    for (const [width, height] of SIZES) {
      const upright = noise(width, height);
      const turned = turner.turn(frameOf(lying(upright, orientation), pool, 'a.png'), by);
      expect(shown(turned)).toEqual(upright);
      expect(turned).toMatchObject({ index: 7, time: 1.5, left: 0, top: 0, scale: 2, file: 'a.png', turned: by });
      turned.release();
      expect(pool.out).toBe(0);
    }
  });

  it.each(TURNS)('shows a frame turned by %i degrees and leaves it as it is', (by, orientation) => {
    const [pool, turner, upright] = [new FramePool(1), createTurner(), noise(40, 37)];
    const stored = lying(upright, orientation);
    const frame = frameOf(stored, pool);
    const look = turner.look(frame, by);
    expect(shown(look)).toEqual(upright);
    look.release();
    expect(() => look.retain()).toThrow('Frame 7 is only looked at');
    expect(shown(frame)).toEqual(stored);
    expect(pool.out).toBe(1);
  });

  it('hands the buffer on: it is back when all holders of the turned frame have released it', () => {
    const [pool, turner, upright] = [new FramePool(1), createTurner(), noise(5, 4)];
    const turned = turner.turn(frameOf(lying(upright, 6), pool), 90);
    const kept = turned.retain();
    turned.release();
    turned.release();
    expect(pool.out).toBe(1);
    expect(shown(kept)).toEqual(upright);
    kept.release();
    expect(pool.out).toBe(0);
    expect(() => turned.retain()).toThrow('was released');
  });
});
