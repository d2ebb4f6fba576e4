// Tests that a fleet's work grows with its cameras and no faster: what one camera costs the broker is the same where
// three times as many are read by three times as many machines.
import { beforeAll, describe, expect, it } from 'vitest';
import { scaleOf, type Scale, type ScalePart } from '../../src/fleet/simulation/scale.js';

/** Requests and messages to workers, without those that keep leases. */
function messages({ load }: ScalePart): number {
  const requests = Object.entries(load.requests).filter(([what]) => !what.startsWith('leases.'));
  return requests.reduce((sum, [, count]) => sum + count, 0) + load.deliveries;
}

describe('the work of a fleet', () => {
  let [small, large]: Scale[] = [];
  beforeAll(async () => {
    small = await scaleOf(120, 6);
    large = await scaleOf(360, 18);
  }, 60_000);

  it('is done: cameras are owned, taken over and evened out', () => {
    for (const { start, killed, joined, spread } of [small!, large!]) {
      expect(start.took).toBeLessThan(3_000);
      expect(killed.took).toBeLessThan(6_500);
      expect(joined.took).toBeLessThan(20_000);
      expect(spread[1] - spread[0]).toBeLessThanOrEqual(4);
    }
  });

  it('does not grow with the fleet, by camera that begins or moves and machine that is told', () => {
    const parts = ({ start, killed, joined, cameras, machines }: Scale): number[] => [
      messages(start) / cameras,
      start.load.bytes / cameras,
      // What one machine had is spread over all others, each of which is told.
      messages(killed) / (cameras / machines + machines),
      messages(joined) / (cameras / machines + machines),
    ];
    const before = parts(small!);
    // A quarter more for chance: what grew with the number of machines would be three times as much.
    parts(large!).forEach((now, k) => expect(now).toBeLessThan(1.25 * before[k]!));
  });

  it('is a few messages a second by machine where nothing happens, however many cameras there are', () => {
    const quiet = ({ quiet: { load, over }, machines }: Scale): number =>
      (Object.values(load.requests).reduce((sum, count) => sum + count, 0) + load.deliveries) /
      machines /
      (over / 1000);
    // A renewal each 1.5 s, two looks a second after the next machine, and no more.
    expect(quiet(small!)).toBeLessThan(3);
    expect(quiet(large!)).toBeLessThan(3);
  });
});
