import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Doorway, REQUEST_MS } from '../../../src/sinks/feed/doorway.js';
import { ManualClock } from './manual-clock.js';

function begin(places: number) {
  const clock = new ManualClock();
  const door = new Doorway({ clock, places });
  /** Connections that come now, in this order. */
  const come = (count: number): PassThrough[] =>
    Array.from({ length: count }, () => {
      const socket = new PassThrough();
      door.enter(socket);
      return socket;
    });
  return { clock, door, come };
}

const gone = (sockets: readonly PassThrough[]): boolean[] => sockets.map(({ destroyed }) => destroyed);

describe('Doorway', () => {
  it('gives the place of the one that has been silent for longest to one that comes', () => {
    const { door, come } = begin(3);
    const sockets = come(5);
    expect(gone(sockets)).toEqual([true, true, false, false, false]);
    expect(door.size).toBe(3);
  });

  it('counts as silent from the last request on', () => {
    const { door, come } = begin(3);
    const [early, silent, late] = come(3) as [PassThrough, PassThrough, PassThrough];
    door.asked(early);
    come(1);
    expect(gone([early, silent, late])).toEqual([false, true, false]);
    come(2);
    expect(gone([early, silent, late])).toEqual([true, true, true]);
  });

  it('cuts one that does not ask in time, and gives as long for each further request', () => {
    const { clock, door, come } = begin(10);
    const [silent, busy] = come(2) as [PassThrough, PassThrough];
    for (let i = 0; i < 4; i++) {
      clock.advance(REQUEST_MS - 1);
      door.asked(busy);
    }
    expect(gone([silent, busy])).toEqual([true, false]);
    clock.advance(REQUEST_MS - 1);
    expect(busy.destroyed).toBe(false);
    clock.advance(1);
    expect(busy.destroyed).toBe(true);
    expect([door.size, clock.pending]).toEqual([0, 0]);
  });

  it('forgets those that go or become clients, and their deadline', async () => {
    const { clock, door, come } = begin(2);
    const [client, leaver] = come(2) as [PassThrough, PassThrough];
    door.leave(client);
    await new Promise((resolve) => leaver.destroy().once('close', resolve));
    expect([door.size, clock.pending]).toEqual([0, 0]);
    come(2);
    clock.advance(REQUEST_MS);
    door.asked(client);
    expect([client.destroyed, door.size, clock.pending]).toEqual([false, 0, 0]);
  });

  it('is cleared at the end', () => {
    const { clock, door, come } = begin(3);
    const sockets = come(3);
    door.clear();
    expect(gone(sockets)).toEqual([true, true, true]);
    expect([door.size, clock.pending]).toEqual([0, 0]);
  });
});
