// Tests of what pages are served, over real sockets: who is let in, that nobody who looks costs nothing, and that a slow
// page delays no other.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadDataset } from '../../../src/lab/data/dataset.js';
import { serve, type FeedServer } from '../../../src/sinks/feed/server.js';
import { MarkFolder } from '../../../src/sinks/page/marks.js';
import { openPage, type Page } from '../../../src/sinks/page/page.js';
import type { PictureEncoder } from '../../../src/sinks/page/picture.js';
import type { PageMessage, PictureHeader, ServerMessage } from '../../../src/sinks/page/protocol.js';
import { PIXELS } from '../../../src/types.js';
import { grayFrame, shown, sighting } from '../drawing/sightings.js';
import { RUN, STATS } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { published, testRun } from '../runs.js';

const TOKEN = 'a-long-enough-token';
let server: FeedServer;
let page: Page;
let now: number;
let encoded: number;
let frame: number;

/** Encodes nothing, and counts. */
const encoder: PictureEncoder = {
  encode: async ({ width, height }) => {
    encoded++;
    return { form: 'gray', width, height, bytes: new Uint8Array(width * height) };
  },
};

beforeEach(async () => {
  [now, encoded, frame] = [0, 0, 0];
  const clock = new ManualClock();
  page = await openPage({ run: testRun().info, token: TOKEN, encoder, clock, now: () => now, wall: () => now });
  const { routes, sockets } = page;
  server = await serve({ run: RUN, stats: () => STATS, clock, token: TOKEN, routes, sockets });
});
afterEach(async () => {
  await Promise.all([page.watch.end('done'), server.end('done')]);
});

/** One frame, so many milliseconds after the one before. */
async function pass(ms: number): Promise<void> {
  now += ms;
  const index = frame++;
  const sightings = shown(grayFrame(64, 48, 128, { index, time: index / 10 }), sighting([4, 4, 20, 28], 7, 18));
  page.watch.frame(published([sightings])[0]!);
  for (let k = 0; k < 3; k++) await new Promise((resolve) => setImmediate(resolve));
}

/** A page that keeps what it gets. */
class Client {
  readonly pictures: PictureHeader[] = [];
  readonly messages: ServerMessage[] = [];
  readonly closed: Promise<number>;
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) {
        const length = data.readUInt32LE(0);
        this.pictures.push(JSON.parse(data.subarray(4, 4 + length).toString()) as PictureHeader);
      } else this.messages.push(JSON.parse(data.toString()) as ServerMessage);
      for (const look of this.#waiting) look();
    });
  }

  say(message: PageMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves when something holds of what it got. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}

async function connect(origin?: string): Promise<Client> {
  const socket = new WebSocket(server.url.replace('/feed', '/watch'), origin === undefined ? {} : { origin });
  const client = new Client(socket);
  await once(socket, 'open');
  return client;
}

async function enter(origin?: string): Promise<Client> {
  const client = await connect(origin);
  client.say({ type: 'open', token: TOKEN });
  await client.until(() => client.messages.some(({ type }) => type === 'config'));
  return client;
}

/** Begins to look, and waits until the server knows. */
async function look(client: Client): Promise<void> {
  client.say({ type: 'look', picture: true, distribution: true, crops: false });
  await client.until(() => client.messages.some(({ type }) => type === 'distribution'));
}

it('says nothing to who has not shown the token, and closes on a wrong one', async () => {
  const silent = await connect();
  for (const token of [undefined, 'another-long-token']) {
    const client = await connect();
    client.say({ type: 'open', ...(token !== undefined && { token }) });
    expect(await client.closed).toBe(4401);
    expect(client.messages).toEqual([]);
  }
  const impatient = await connect();
  impatient.say({ type: 'look', picture: true, distribution: true, crops: true });
  expect(await impatient.closed).toBe(4400);
  expect([silent.messages, page.watch.pages]).toEqual([[], 0]);
  silent.socket.terminate();
  await silent.closed;
});

it('takes changes from its own page and from programs, and from no other page', async () => {
  const { host } = new URL(server.url);
  const right = (client: Client): unknown => {
    const welcome = client.messages.find(({ type }) => type === 'welcome');
    return welcome?.type === 'welcome' ? welcome.mark : undefined;
  };
  // Nobody asked for marks in this run: who might is told how, others where to go.
  expect(right(await enter())).toContain('--crops');
  expect(right(await enter(`http://${host}`))).toContain('--crops');
  const other = await enter('http://elsewhere.example');
  other.say({ type: 'change', id: 1, base: 1, change: { gate: { ratio: 2 } } });
  other.say({ type: 'mark', id: 2, crop: 1, label: 7 });
  await other.until(() => other.messages.filter(({ type }) => type === 'refused').length === 2);
});

it('copies and encodes nothing while nobody looks, at most ten a second then, once for all', async () => {
  await pass(50);
  for (let k = 0; k < 20; k++) await pass(50);
  const clients = [await enter(), await enter(), await enter()];
  for (let k = 0; k < 20; k++) await pass(50);
  expect(encoded).toBe(0);
  for (const client of clients) await look(client);
  encoded = 0;
  for (let k = 0; k < 40; k++) {
    await pass(50);
    for (const client of clients) client.say({ type: 'drawn' });
    await Promise.all(clients.map((client) => client.until(() => client.pictures.length >= encoded)));
  }
  // Two seconds.
  expect(encoded).toBeGreaterThanOrEqual(18);
  expect(encoded).toBeLessThanOrEqual(21);
  expect(clients[0]!.pictures.at(-1)).toMatchObject({ area: [0, 0, 64, 48], regions: [{ digit: 7, ratio: 18 }] });
});

it('sends a page that draws nothing two pictures and no more, and the others all', async () => {
  const [slow, quick] = [await enter(), await enter()];
  for (const client of [slow, quick]) await look(client);
  for (let k = 0; k < 12; k++) {
    const before = encoded;
    await pass(110);
    quick.say({ type: 'drawn' });
    if (encoded > before) await quick.until(() => quick.pictures.length >= encoded);
  }
  expect(slow.pictures.length).toBeLessThanOrEqual(3);
  expect(quick.pictures.length).toBeGreaterThanOrEqual(10);
});

it('keeps marked crops over a restart, in files that training reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lq-marks-'));
  try {
    const first = MarkFolder.open(folder);
    for (let crop = 0; crop < 80; crop++)
      await first.mark(crop, new Uint8Array(PIXELS).fill(crop), (crop % 10) as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9);
    await first.mark(80, new Uint8Array(PIXELS).fill(200), 'none');
    await first.mark(80, new Uint8Array(PIXELS), 3);
    await first.mark(0, new Uint8Array(PIXELS), 'none');
    expect(MarkFolder.open(folder).count).toBe(81);
    const { training, heldOut, test } = await loadDataset(folder);
    expect(training.count + heldOut.count + test.count).toBe(80);
    // Pixels were made of the crop's number, whose last digit is its label.
    const pairs = [training, heldOut, test].flatMap(({ count, images, labels }) =>
      Array.from({ length: count }, (_, k) => [images[k * PIXELS]!, labels[k]!] as const),
    );
    for (const [pixel, label] of pairs) expect(label).toBe(pixel === 200 ? 3 : pixel % 10);
  } finally {
    await rm(folder, { recursive: true });
  }
});
