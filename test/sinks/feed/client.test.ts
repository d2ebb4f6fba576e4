import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { CLOSE_GRACE_MS, FeedClient } from '../../../src/sinks/feed/client.js';
import { Ring } from '../../../src/sinks/feed/ring.js';
import { turn } from './feed.js';
import { ManualClock } from './manual-clock.js';

const SIZE = 100;

/** A connection whose other side reads when told: what the client's buffer holds can be seen at every step. */
class FakeSocket extends EventEmitter {
  readyState: number = WebSocket.OPEN;
  bufferedAmount = 0;
  most = 0;
  readonly sent: string[] = [];
  closedWith: number | undefined;
  #queue: { size: number; sent: (() => void) | undefined }[] = [];

  send(data: Buffer, _options: unknown, sent?: () => void): void {
    this.sent.push(data.toString().trimEnd());
    this.bufferedAmount += data.length;
    this.most = Math.max(this.most, this.bufferedAmount);
    this.#queue.push({ size: data.length, sent });
  }

  /** The other side reads everything; then the event loop turns. */
  async drain(): Promise<void> {
    for (const { size, sent } of this.#queue.splice(0)) {
      this.bufferedAmount -= size;
      sent?.();
    }
    await turn();
  }

  close(code: number): void {
    this.closedWith = code;
    this.readyState = WebSocket.CLOSING;
  }

  terminate(): void {
    this.readyState = WebSocket.CLOSED;
    this.emit('close', 1006);
  }
}

function message(text: string | number): Buffer {
  return Buffer.from(String(text).padEnd(SIZE));
}

function begin({
  held = 1_000,
  before,
  maxBuffered = 10 * SIZE,
}: {
  held?: number;
  before: number;
  maxBuffered?: number;
}) {
  const ring = new Ring({ messages: held, bytes: 1e9 }, 1);
  for (let n = 1; n <= before; n++) ring.push(message(n));
  const socket = new FakeSocket();
  const clock = new ManualClock();
  const client = new FeedClient(socket as unknown as WebSocket, { ring, clock, maxBuffered });
  const publish = (): void => {
    const next = message(ring.next);
    ring.push(next);
    client.offer(next);
  };
  return { ring, socket, clock, client, publish };
}

const upTo = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i + 1));

describe('FeedClient', () => {
  it('replays no further than half its bound at a time, then goes live', async () => {
    const { socket, client, publish } = begin({ before: 50 });
    client.start([message('hello')], 0);
    for (let i = 0; i < 20; i++) {
      publish();
      await socket.drain();
    }
    expect(socket.most).toBeLessThanOrEqual(6 * SIZE);
    for (let i = 0; i < 5; i++) publish();
    expect(socket.sent).toEqual(['hello', ...upTo(75)]);
  });

  it('yields the event loop during a long replay, however fast the other side', () => {
    const { socket, client } = begin({ before: 1_000, maxBuffered: 1e9 });
    client.start([message('hello')], 0);
    expect(socket.sent.length).toBeLessThan(1_000);
  });

  it('takes exactly what its bound allows, and is cut at the next message', () => {
    const { socket, client, publish } = begin({ before: 0 });
    client.start([message('hello')]);
    for (let i = 0; i < 9; i++) publish();
    expect([socket.bufferedAmount, socket.closedWith]).toEqual([10 * SIZE, undefined]);
    client.tell(message('stats'));
    expect(socket.closedWith).toBe(1013);
    publish();
    expect(socket.bufferedAmount).toBe(10 * SIZE);
  });

  it('is cut when the ring has dropped what it has yet to read', async () => {
    const { socket, client, publish } = begin({ before: 20, held: 20 });
    client.start([message('hello')], 0);
    for (let i = 0; i < 19; i++) publish();
    expect(socket.closedWith).toBeUndefined();
    await socket.drain();
    expect(socket.closedWith).toBe(1013);
  });

  it('says goodbye after the replay, and is ended when it does not close in time', async () => {
    const { socket, client, clock } = begin({ before: 20 });
    client.start([message('hello')], 10);
    client.finish(message('end'));
    expect(socket.closedWith).toBeUndefined();
    for (let i = 0; i < 5; i++) await socket.drain();
    expect(socket.sent).toEqual(['hello', ...upTo(20).slice(10), 'end']);
    expect(socket.closedWith).toBe(1000);
    clock.advance(CLOSE_GRACE_MS);
    await client.gone;
    expect([socket.readyState, clock.pending]).toEqual([WebSocket.CLOSED, 0]);
  });
});
