import { describe, expect, it } from 'vitest';
import type { Box, Polarity, Region } from '../../src/types.js';
import { createTracker } from '../../src/regions/track.js';

const region = (x: number, y: number, size = 40, polarity: Polarity = 'dark-on-light'): Omit<Region, 'id'> => ({
  box: [x, y, size / 2, size] as Box,
  polarity,
});
const ids = (regions: readonly Pick<Region, 'id'>[]) => regions.map(({ id }) => id);

describe('createTracker', () => {
  it('keeps the names of regions that move a little, whatever their order', () => {
    const track = createTracker();
    expect(ids(track({ time: 0 }, [region(0, 0), region(100, 0), region(200, 0)]))).toEqual(['r0', 'r1', 'r2']);
    expect(ids(track({ time: 0.04 }, [region(208, 3), region(5, 6), region(103, 1)]))).toEqual(['r2', 'r0', 'r1']);
  });

  it('gives the nearest region the name, and a new one to what is new', () => {
    const track = createTracker();
    track({ time: 0 }, [region(0, 0), region(22, 0)]);
    expect(ids(track({ time: 0.04 }, [region(12, 0), region(20, 0), region(300, 0)]))).toEqual(['r0', 'r1', 'r2']);
  });

  it('adds the name and leaves all else of a region as it is', () => {
    const track = createTracker();
    const found = { ...region(7, 8), patch: { width: 2 } };
    expect(track({ time: 0 }, [found])).toEqual([{ ...found, id: 'r0' }]);
  });

  it('does not take another size or polarity for the same thing', () => {
    const track = createTracker();
    track({ time: 0 }, [region(0, 0)]);
    expect(ids(track({ time: 0.04 }, [region(0, 0, 80)]))).toEqual(['r1']);
    expect(ids(track({ time: 0.08 }, [region(0, 0, 40, 'light-on-dark')]))).toEqual(['r2']);
  });

  it('remembers for half a second, and never gives a name twice', () => {
    const track = createTracker();
    track({ time: 0 }, [region(0, 0)]);
    expect(track({ time: 0.2 }, [])).toEqual([]);
    expect(ids(track({ time: 0.5 }, [region(0, 0)]))).toEqual(['r0']);
    expect(ids(track({ time: 1.1 }, [region(0, 0)]))).toEqual(['r1']);
  });

  it('has new names for each pass of a file that is read again', () => {
    const track = createTracker();
    expect(ids(track({ time: 0 }, [region(0, 0)]))).toEqual(['r0']);
    const pass = { number: 1, begins: 1 };
    expect(ids(track({ time: 0.04, pass }, [region(0, 0)]))).toEqual(['r1']);
    expect(ids(track({ time: 0.08, pass }, [region(0, 0)]))).toEqual(['r1']);
  });

  it('starts anew with each image of a directory', () => {
    const track = createTracker();
    expect(ids(track({ time: 0, file: 'a.png' }, [region(0, 0)]))).toEqual(['r0']);
    expect(ids(track({ time: 0, file: 'b.png' }, [region(300, 0), region(0, 0)]))).toEqual(['r0', 'r1']);
  });
});
