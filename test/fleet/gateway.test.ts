// Tests of a gateway over HTTP and WebSockets, with a fleet that is known by heart: who may ask for what, what the page of
// a fleet is told, and that a camera which nobody reads any more is served out of the log.
import { request } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { Broker, Entry, Table } from '../../src/fleet/core/broker.js';
import { claimText } from '../../src/fleet/core/claim.js';
import { FleetPage, type Known } from '../../src/fleet/gateway/fleet-page.js';
import { openGateway, type Gateway } from '../../src/fleet/gateway/gateway.js';
import { FleetMetrics, fleetFigures, gatewayReadiness } from '../../src/fleet/metrics.js';
import { namesOf } from '../../src/fleet/names.js';
import type { Connection } from '../../src/fleet/nats/connection.js';
import { StatusBoard, type CameraStatus } from '../../src/fleet/status.js';
import { statusRoutes } from '../../src/sinks/feed/status.js';
import { pageRoutes } from '../../src/sinks/page/files.js';
import type { PageMessage, ServerMessage } from '../../src/sinks/page/protocol.js';
import { STATS } from '../sinks/feed/feed.js';
import { FleetManualClock, logOf, MemoryLine, row, settle, statusOf } from './gateway-parts.js';

const TOKEN = 'a-long-enough-token';
const IDENTITY = { model: 'aaaa', pipeline: 'bbbb', thresholds: { ratio: 6.5, range: [0.5, 1.25] } } as const;
const PREDICTIONS = [1, 2, 3].map((seq) => ({ type: 'prediction', seq, digit: seq }));
const READINGS = [1, 2].map((seq) => ({ type: 'reading', seq, id: 'meter', value: `041${seq}`, time: seq / 10 }));

/** A gateway, and what stands around it. */
class Stand implements AsyncDisposable {
  readonly clock = new FleetManualClock();
  readonly line = new MemoryLine();
  cameras: CameraStatus[] = [row('hall', { fps: 12.4 }), row('yard', { worker: undefined, state: 'unowned' })];
  told: Record<string, Readonly<Record<string, unknown>>> = { hall: { ...IDENTITY, ...STATS } };
  broker = true;
  page!: FleetPage;
  gateway!: Gateway;
  readonly #open: WebSocket[] = [];

  static async open(token?: string): Promise<Stand> {
    const stand = new Stand();
    const { clock, line } = stand;
    const readers = { predictions: logOf(PREDICTIONS), readings: logOf(READINGS) };
    const record = JSON.stringify({ labels: { floor: '1' }, pipeline: 'counter' });
    const known: Known = {
      status: () => statusOf(stand.cameras),
      told: (camera) => stand.told[camera],
      applied: (camera) => (stand.cameras.some(({ id }) => id === camera) ? { value: record } : undefined),
    };
    const connected = (): boolean => stand.broker;
    stand.page = new FleetPage({ fleet: 'lq', token, known, line, readings: readers.readings, connected, clock });
    const files = await pageRoutes();
    const figures = fleetFigures();
    stand.gateway = await openGateway({
      host: '127.0.0.1',
      port: 0,
      token,
      readers,
      status: known.status,
      knows: (camera) => known.applied(camera) !== undefined,
      figures: known.told,
      connected,
      clock,
      sockets: stand.page.sockets,
      maxClients: 2,
      routes: (clients) => [
        ...statusRoutes({
          metrics: new FleetMetrics({
            build: { version: '1', fleet: 'lq', part: 'gateway' },
            figures: () => figures(known.status(), stand.broker, clients()),
            now: () => 0,
          }),
          readiness: () => gatewayReadiness(known.status(), stand.broker),
        }),
        ...files,
      ],
    });
    return stand;
  }

  /** Status, body and headers of an answer. */
  async get(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<readonly [status: number, body: string, headers: NodeJS.Dict<string | string[]>]> {
    return await new Promise((resolve, reject) => {
      const url = this.gateway.url.replace(/^ws(.*)\/feed$/, `http$1${path}`);
      const asked = request(url, { method, headers }, (response) => {
        let body = '';
        response.on('data', (data: Buffer) => (body += data.toString()));
        response.on('end', () => resolve([response.statusCode!, body, response.headers]));
      });
      asked.on('error', reject).end();
    });
  }

  /** Status of a WebSocket that is refused. */
  async refused(path: string, options: ClientOptions = {}): Promise<number> {
    const socket = new WebSocket(this.gateway.url.replace('/feed', path), options);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    return response.statusCode;
  }

  /** A WebSocket with all that it hears. */
  async connect(path: string, options: ClientOptions = {}): Promise<Client> {
    const socket = new WebSocket(this.gateway.url.replace('/feed', path), options);
    this.#open.push(socket);
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.terminate();
    await this.page.end();
    await this.gateway.end();
    expect(this.clock.pending).toBe(0);
  }
}

class Client {
  readonly heard: ServerMessage[] = [];
  readonly pictures: Buffer[] = [];
  readonly closed: Promise<number>;
  #look = (): void => {};

  constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) this.pictures.push(data);
      else this.heard.push(JSON.parse(data.toString()) as ServerMessage);
      this.#look();
    });
  }

  say(message: PageMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves when something holds of what it heard. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#look = resolve));
  }

  of<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.heard.filter((message): message is Extract<ServerMessage, { type: T }> => message.type === type);
  }
}

let stand: Stand;
afterEach(async () => await stand[Symbol.asyncDispose]());

describe("a gateway's routes", () => {
  it('answer this machine without a token, and no page of another site', async () => {
    stand = await Stand.open();
    const [status, page, headers] = await stand.get('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    const [, script] = /src="\.?(\/page\/[^"]+\.js)"/.exec(page) ?? [];
    expect((await stand.get(script!))[0]).toBe(200);
    expect(JSON.parse((await stand.get('/healthz'))[1])).toMatchObject({
      ok: true,
      broker: true,
      cameras: 2,
      owned: 1,
    });
    expect(JSON.parse((await stand.get('/readyz'))[1])).toEqual({
      ready: true,
      reasons: ['fleet: nobody reads 1 of 2 cameras'],
    });
    expect((await stand.get('/metrics'))[1]).toContain('lq_lease_owned{camera="hall"} 1');
    expect(JSON.parse((await stand.get('/cameras'))[1])).toMatchObject({ cameras: [{ id: 'hall' }, { id: 'yard' }] });
    for (const path of ['/', '/healthz', '/readyz', '/metrics', '/cameras', '/feed'])
      expect([path, (await stand.get(path, { Origin: 'https://example.com' }))[0]]).toEqual([path, 403]);
    expect(await stand.refused('/watch', { origin: 'https://example.com' })).toBe(403);
    expect(await stand.refused('/feed?camera=hall', { origin: 'https://example.com' })).toBe(403);
  });

  it('need the token where there is one, but for those of supervisors and the files of the page', async () => {
    stand = await Stand.open(TOKEN);
    const codes = async (headers: Readonly<Record<string, string>>): Promise<number[]> => {
      const paths = ['/', '/healthz', '/readyz', '/metrics', '/cameras', '/feed'];
      return await Promise.all(paths.map(async (path) => (await stand.get(path, headers))[0]));
    };
    expect(await codes({})).toEqual([200, 200, 200, 401, 401, 401]);
    expect(await codes({ Authorization: `Bearer ${TOKEN}` })).toEqual([200, 200, 200, 200, 200, 426]);
    expect(await stand.refused('/feed?camera=hall')).toBe(401);
    const page = await stand.connect('/watch');
    page.say({ type: 'open', token: 'another-long-token' });
    expect(await page.closed).toBe(4401);
    const client = await stand.connect(`/feed?camera=hall&token=${TOKEN}`, { origin: 'https://example.com' });
    await client.until(() => client.heard.length > 0);
  });

  it('say what is wrong', async () => {
    stand = await Stand.open();
    stand.broker = false;
    expect((await stand.get('/readyz'))[0]).toBe(503);
    expect((await stand.get('/nothing'))[0]).toBe(404);
    expect((await stand.get('/cameras', {}, 'POST'))[0]).toBe(405);
    expect((await stand.get('/metrics', {}, 'DELETE'))[0]).toBe(405);
    expect(await stand.refused('/other')).toBe(404);
    expect(await stand.refused('/feed')).toBe(400);
    expect(await stand.refused('/feed?camera=hall&camera=yard')).toBe(400);
    expect(await stand.refused('/feed?camera=hall&since=-1')).toBe(400);
    expect(await stand.refused('/feed?camera=nobody')).toBe(404);
    // Of a camera that was never read there is nothing to be greeted with.
    expect(await stand.refused('/feed?camera=yard')).toBe(503);
    for (let k = 0; k < 2; k++) await stand.connect('/feed?camera=hall');
    expect(await stand.refused('/feed?camera=hall')).toBe(503);
  });

  it('serve a camera out of the log that nobody reads any more, and of which nothing was told', async () => {
    stand = await Stand.open();
    // As the claim has it: the gateway began after the last worker had gone.
    stand.told['yard'] = IDENTITY;
    const client = await stand.connect('/feed?camera=yard&since=1');
    await client.until(() => client.heard.length >= 4);
    expect(client.heard).toMatchObject([
      { type: 'hello', protocol: 1, ...IDENTITY, next: 4, camera: 'yard' },
      { type: 'reading', seq: 2 },
      { type: 'prediction', seq: 2 },
      { type: 'prediction', seq: 3 },
    ]);
  });
});

describe("a gateway's feed", () => {
  it('says hello before anything else, however long the broker takes', async () => {
    const log = logOf(PREDICTIONS);
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const slow = { ...log, latest: async (camera: string) => (await answered, await log.latest(camera)) };
    const readers = { predictions: slow, readings: logOf(READINGS) };
    const told: Record<string, unknown> = { ...IDENTITY, ...STATS };
    await using gateway = await openGateway({
      ...{ host: '127.0.0.1', port: 0, token: undefined, readers, clock: new FleetManualClock() },
      status: () => statusOf([row('hall')]),
      knows: () => true,
      figures: () => told,
      connected: () => true,
    });
    const socket = new WebSocket(`${gateway.url}?camera=hall&since=1`);
    const heard: string[] = [];
    const last = new Promise<void>((resolve) =>
      socket.on('message', (data: Buffer) => {
        const { type, seq } = JSON.parse(data.toString()) as { type: string; seq?: number };
        heard.push(seq === undefined ? type : `${type} ${seq}`);
        if (type === 'prediction' && seq === 3) resolve();
      }),
    );
    await once(socket, 'open');
    gateway.tell('hall', JSON.stringify({ type: 'stats' }));
    told['source'] = { state: 'frozen' };
    answer();
    await last;
    socket.terminate();
    expect(heard.slice(0, 2)).toEqual(['hello', 'source']);
    expect(heard).not.toContain('stats');
  });
});

describe('what is known of a fleet', () => {
  it('has what a camera was read with last out of its claim', async () => {
    stand = await Stand.open();
    const claim = { instance: 'w-1', worker: 'w', held: false, takeovers: 0, since: '', identity: { ...IDENTITY } };
    const entry = (key: string, value: string): Entry => ({ key, value, revision: 1 });
    const table = (...entries: Entry[]): Pick<Table, 'watch'> => ({
      watch: ({ put, ready }) => {
        for (const one of entries) put(one);
        ready(new Set(entries.map(({ key }) => key)));
        return { stop: () => undefined };
      },
    });
    const broker = {
      cameras: table(entry('hall', '{}'), entry('new', '{}')),
      claims: table(entry('hall', claimText(claim))),
      members: table(),
    } as unknown as Broker;
    const connection = { nats: { subscribe: () => ({ unsubscribe: () => undefined }) } } as unknown as Connection;
    using board = new StatusBoard(connection, namesOf('lq'), broker, stand.clock);
    await board.known();
    expect(board.told('hall')).toEqual(IDENTITY);
    expect(board.told('new')).toBe(undefined);
    expect(board.status().cameras).toMatchObject([{ id: 'hall', state: 'unowned' }, { id: 'new' }]);
  });
});

describe("a gateway's page", () => {
  it('is told of all cameras, and then of those that are not as they were', async () => {
    stand = await Stand.open();
    const page = await stand.connect('/watch');
    page.say({ type: 'open' });
    await page.until(() => page.heard.length === 2);
    expect(page.heard).toEqual([
      { type: 'fleet', protocol: 1, fleet: 'lq' },
      {
        type: 'cameras',
        anew: true,
        workers: 1,
        broker: true,
        gone: [],
        cameras: [
          { id: 'hall', state: 'live', worker: 'w0', fps: 12.5, labels: { floor: '1' } },
          { id: 'yard', state: 'unowned', labels: { floor: '1' } },
        ],
      },
    ]);
    stand.clock.advance(1_000);
    stand.cameras = [row('hall', { fps: 12.5, state: 'black', source: { state: 'black', reason: 'a cap' } })];
    stand.clock.advance(1_000);
    await page.until(() => page.heard.length === 3);
    expect(page.of('cameras')[1]).toMatchObject({
      anew: false,
      cameras: [{ id: 'hall', state: 'black', reason: 'a cap' }],
      gone: ['yard'],
    });
  });

  it('asks for what its pages look at together, passes it on, and asks for nothing when they are gone', async () => {
    stand = await Stand.open();
    const { line, clock } = stand;
    const [first, second] = [await stand.connect('/watch?camera=hall'), await stand.connect('/watch?camera=hall')];
    for (const page of [first, second]) page.say({ type: 'open' });
    await first.until(() => first.heard.length === 2);
    await second.until(() => second.heard.length === 2);
    expect(first.heard).toMatchObject([
      { type: 'welcome', source: 'hall', file: 'counter', edit: expect.stringContaining('fleet apply') as string },
      { type: 'state', state: 'live' },
    ]);
    const nothing = { distribution: false, crops: false };
    first.say({ type: 'look', picture: true, ...nothing, slow: true });
    second.say({ type: 'look', picture: false, distribution: true, crops: true });
    const asked = () => line.asked.at(-1);
    while (!asked()?.crops || !asked()?.picture) await settle();
    expect(asked()).toEqual({ camera: 'hall', picture: 'slow', distribution: true, crops: 1 });
    const config = { type: 'config', model: 'aaaa', pipeline: 'bbbb' };
    await line.show('hall', JSON.stringify({ type: 'about', run: 'r1', modelName: 'camera', now: 0, config }));
    await line.show('hall', JSON.stringify({ type: 'crops', run: 'r1', crops: [{ n: 1 }, { n: 2 }] }));
    await line.show('hall', JSON.stringify({ type: 'crops', run: 'another', crops: [{ n: 9 }] }));
    await line.show('hall', JSON.stringify({ type: 'distribution', seconds: 1 }));
    const pictures = ['one', 'two', 'three'].map((text) => Buffer.from(text));
    // Two a second for who wants no more: the third comes too early.
    await line.show('hall', pictures[0]!);
    await first.until(() => first.pictures.length === 1);
    first.say({ type: 'drawn' });
    await line.show('hall', pictures[1]!);
    clock.advance(500);
    while (line.asked.length < 3) clock.advance(500);
    await settle();
    await line.show('hall', pictures[2]!);
    await first.until(() => first.pictures.length === 2);
    expect(first.pictures.map(String)).toEqual(['one', 'three']);
    await second.until(() => second.of('distribution').length === 1);
    expect(second.of('crops').map(({ crops }) => crops.map(({ n }) => n))).toEqual([[], [], [1, 2]]);
    expect(second.pictures).toEqual([]);
    expect(first.of('crops')).toEqual([]);
    // It knows the run, and has two crops of it.
    clock.advance(2_000);
    expect(asked()).toMatchObject({ run: 'r1', crops: 3 });
    expect(line.listeners('hall')).toBe(1);
    first.socket.close();
    second.socket.close();
    while (line.listeners('hall') > 0) await settle();
    const before = line.asked.length;
    clock.advance(20_000);
    expect(line.asked.length).toBe(before);
  });

  it('tells the numbers that the log has, the figures, and that nothing can be changed', async () => {
    stand = await Stand.open();
    const page = await stand.connect('/watch?camera=hall');
    page.say({ type: 'open' });
    page.say({ type: 'look', picture: false, distribution: false, crops: false, numbers: true });
    page.say({ type: 'change', id: 7, base: 0, change: {} });
    page.say({ type: 'mark', id: 8, crop: 1, label: 'none' });
    await page.until(() => page.of('refused').length === 2);
    expect(page.of('refused')).toMatchObject([
      { id: 7, message: expect.stringContaining('fleet apply') as string },
      { id: 8, message: expect.stringContaining('--crops') as string },
    ]);
    await settle();
    stand.clock.advance(1_000);
    await page.until(() => page.of('numbers').some(({ events }) => events.length === 2));
    expect(page.of('numbers').at(-1)?.events).toMatchObject([
      { id: 'meter', value: '0411', at: 1_700_000_000_000 },
      { id: 'meter', value: '0412', at: 1_700_000_001_000 },
    ]);
    const { lag, frames, regions } = STATS;
    expect(page.of('figures')[0]).toMatchObject({ frames, regions, lag, fps: 25, watchers: 1 });
  });

  it('closes a camera that there is not, and all when it ends', async () => {
    stand = await Stand.open();
    const none = await stand.connect('/watch?camera=nobody');
    none.say({ type: 'open' });
    expect(await none.closed).toBe(4404);
    const page = await stand.connect('/watch');
    page.say({ type: 'open' });
    await page.until(() => page.heard.length === 2);
    await stand.page.end();
    expect(await page.closed).toBe(1012);
  });
});
