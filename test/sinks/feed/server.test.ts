import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { request } from 'node:http';
import { WebSocket } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { CLOSE_GRACE_MS } from '../../../src/sinks/feed/client.js';
import { REQUEST_MS } from '../../../src/sinks/feed/doorway.js';
import { toLine } from '../../../src/sinks/messages.js';
import {
  MAX_CLIENT_MESSAGE,
  PING_EVERY_MS,
  serve,
  type FeedServer,
  type ServeOptions,
} from '../../../src/sinks/feed/server.js';
import { begin, connect, handshake, prediction, publish, RUN, startFeed, STATS, turn } from './feed.js';
import type { ManualClock } from './manual-clock.js';

const open: FeedServer[] = [];

async function start(options: Partial<ServeOptions> = {}): Promise<{ feed: FeedServer; clock: ManualClock }> {
  const started = await startFeed(options);
  open.push(started.feed);
  return started;
}

afterEach(async () => {
  for (const feed of open.splice(0)) await feed.end('done');
});

/** Status and body of a plain HTTP request. */
async function ask(
  feed: FeedServer,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: string }> {
  const sent = request({ ...feed.address, path, method, headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  return { status: response.statusCode ?? 0, body: (await response.setEncoding('utf8').toArray()).join('') };
}

/** Servers and connections that this process holds. */
function tcpHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

describe('a live source', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

  it('tells each client of its changes, and who comes later what it does now', async () => {
    const { feed } = await start();
    const early = await connect(feed);
    feed.tellSource({ state: 'connecting', at, reconnects: 0 });
    feed.tellSource({ state: 'retrying', reason: 'connection refused', at: at + 1, reconnects: 2 });
    const late = await connect(feed);
    await feed.end('done');
    const connecting = { type: 'source', state: 'connecting', at: '2026-01-02T03:04:05.006Z', reconnects: 0 };
    const retrying = {
      type: 'source',
      state: 'retrying',
      reason: 'connection refused',
      at: '2026-01-02T03:04:05.007Z',
      reconnects: 2,
    };
    expect(early.messages.slice(1, -1)).toEqual([connecting, retrying]);
    expect(late.messages.slice(0, 2)).toEqual([expect.objectContaining({ type: 'hello' }), retrying]);
    feed.tellSource({ state: 'live', at, reconnects: 0 });
  });

  it('shows in the figures and to who asks for its health', async () => {
    const source = {
      state: 'frozen',
      reason: 'no pixel changes',
      at,
      reconnects: 1,
      overwritten: 5,
      outdated: 2,
    } as const;
    const { feed, clock } = await start({ stats: () => ({ ...STATS, source }) });
    const { body } = await ask(feed, '/healthz');
    const shown = { ...source, at: '2026-01-02T03:04:05.006Z' };
    expect(JSON.parse(body)).toMatchObject({ ok: true, source: shown });
    const client = await connect(feed);
    feed.tell({ ...STATS, source });
    await feed.end('done');
    expect(client.messages[1]).toEqual({ type: 'stats', ...STATS, source: shown });
    expect(clock.pending).toBe(0);
  });
});

describe('messages', () => {
  it('greets, sends predictions in order as the very lines of stdout, then `end`, and closes', async () => {
    const { feed } = await start();
    const client = await connect(feed);
    publish(feed, 1, 300);
    await feed.end('done');
    const { frames, truncated, regions, accepted, rejected } = STATS;
    expect(client.messages[0]).toEqual({ type: 'hello', protocol: 1, ...RUN, next: 1 });
    expect(client.lines.slice(1, -1)).toEqual(Array.from({ length: 300 }, (_, i) => toLine(prediction(i + 1))));
    expect(client.messages.at(-1)).toEqual({
      type: 'end',
      reason: 'done',
      frames,
      truncated,
      regions,
      accepted,
      rejected,
    });
    expect(await client.closed).toEqual({ code: 1000, reason: 'the run has ended' });
  });

  it('sends the figures that it is told, and none after the end', async () => {
    const { feed } = await start();
    const client = await connect(feed);
    for (let i = 0; i < 3; i++) feed.tell(STATS);
    await feed.end('interrupted');
    feed.tell(STATS);
    expect(client.messages.map(({ type }) => type)).toEqual(['hello', 'stats', 'stats', 'stats', 'end']);
    expect(client.messages[1]).toEqual({ type: 'stats', ...STATS });
  });

  it('refuses a prediction out of sequence, and any after the end', async () => {
    const { feed } = await start();
    publish(feed, 1, 2);
    expect(() => feed.publish(prediction(4))).toThrow(new RangeError('publish(): expected seq 3, got 4'));
    await feed.end('done');
    expect(() => feed.publish(prediction(3))).toThrow('publish() after end()');
  });
});

describe('the end', () => {
  it('is one, however often and from wherever it is asked for; nothing stays open', async () => {
    const before = tcpHandles();
    const { feed, clock } = await start();
    const client = await connect(feed);
    expect(tcpHandles()).toBeGreaterThan(before);
    const first = feed.end('done');
    expect(feed.end('failed')).toBe(first);
    await Promise.all([first, feed[Symbol.asyncDispose]()]);
    expect(client.messages.at(-1)).toMatchObject({ type: 'end', reason: 'done' });
    expect([clock.pending, feed.clients]).toEqual([0, 0]);
    await expect(once(connectTcp(feed.address), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // Handles go some turns after their 'close'; one that stayed would time this out.
    while (tcpHandles() > before) await turn();
  });

  it('comes as `failed` when the feed is disposed of', async () => {
    const { feed } = await start();
    const client = await connect(feed);
    await feed[Symbol.asyncDispose]();
    expect(client.messages.at(-1)).toMatchObject({ type: 'end', reason: 'failed' });
  });

  it('waits for a client that is still replaying', async () => {
    const { feed } = await start();
    publish(feed, 1, 5_000);
    const client = await connect(feed, '?since=0');
    await feed.end('done');
    expect(client.seqs).toHaveLength(5_000);
    expect(client.messages.at(-1)?.type).toBe('end');
  });

  it('waits for a client that does not close, but not for ever', async () => {
    const { feed, clock } = await start();
    const [stuck, good] = [await connect(feed), await connect(feed)];
    stuck.tcp.pause();
    const ended = feed.end('done');
    await good.closed;
    while (feed.clients === 2) await turn();
    expect(feed.clients).toBe(1);
    clock.advance(CLOSE_GRACE_MS);
    await ended;
    expect([clock.pending, feed.clients]).toEqual([0, 0]);
    expect(stuck.socket.readyState).toBe(WebSocket.OPEN);
    stuck.tcp.resume();
    await stuck.closed;
  });

  it('does not wait for connections that never asked for anything', async () => {
    const { feed } = await start();
    const [silent, half] = [connectTcp(feed.address), connectTcp(feed.address)];
    for (const socket of [silent, half]) socket.on('error', () => {});
    await Promise.all([once(silent, 'connect'), once(half, 'connect')]);
    half.write('GET /feed HT');
    // A request that comes after both has been answered: they have been accepted by now.
    await ask(feed, '/healthz');
    const gone = Promise.all([silent, half].map((socket: Socket) => once(socket.resume(), 'close')));
    await feed.end('done');
    await gone;
  });
});

describe('clients that misbehave', () => {
  it('ignores what they say', async () => {
    const { feed } = await start();
    const client = await connect(feed);
    for (const data of ['{"type":"end"}', Buffer.alloc(MAX_CLIENT_MESSAGE), '']) client.socket.send(data);
    client.socket.ping('are you there');
    await once(client.socket, 'pong');
    publish(feed, 1, 1);
    await client.got('prediction', 1);
  });

  it('closes the connection of one that says too much, or speaks no WebSocket, and of no other', async () => {
    const { feed } = await start();
    const [good, large, garbage] = [await connect(feed), await connect(feed), await connect(feed)];
    large.socket.send(Buffer.alloc(MAX_CLIENT_MESSAGE + 1));
    garbage.tcp.write('what is this?\r\n\r\n');
    expect((await large.closed).code).toBe(1009);
    expect((await garbage.closed).code).toBe(1002);
    publish(feed, 1, 1);
    await good.got('prediction', 1);
  });

  it('closes the connection of one that sends a message in parts without end', async () => {
    const { feed } = await start();
    const [good, endless] = [await connect(feed), await connect(feed)];
    // A text message that begins and goes on with nothing: masked frames of no bytes.
    const [first, next] = [0x01, 0x00].map((opcode) => Buffer.from([opcode, 0x80, 0, 0, 0, 0]));
    endless.tcp.write(Buffer.concat([first!, ...Array<Buffer>(20_000).fill(next!)]));
    expect((await endless.closed).code).toBe(1008);
    publish(feed, 1, 1);
    await good.got('prediction', 1);
  });

  it('cuts one that pings and does not read the answers', async () => {
    const { feed } = await start();
    const [good, flood] = [await connect(feed), await connect(feed)];
    flood.tcp.pause();
    const ping = Buffer.alloc(6 + 100)
      .fill(0)
      .fill(0x89, 0, 1)
      .fill(0x80 | 100, 1, 2);
    const pings = Buffer.concat(Array<Buffer>(1_000).fill(ping));
    // The system's own buffers take some megabytes of answers first.
    while (feed.clients === 2) await new Promise((resolve) => flood.tcp.write(pings, resolve));
    publish(feed, 1, 1);
    await good.got('prediction', 1);
  });

  it('survives one that breaks off, in the handshake or later', async () => {
    const { feed } = await start();
    const [good, bad, early] = [await connect(feed), await connect(feed), connectTcp(feed.address)];
    early.write('GET /feed HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', () =>
      early.resetAndDestroy(),
    );
    bad.tcp.resetAndDestroy();
    await bad.closed;
    publish(feed, 1, 10);
    await good.got('prediction', 10);
  });

  it('cuts one that does not answer a ping, and keeps one that does', async () => {
    const { feed, clock } = await start();
    const [good, dead] = [await connect(feed), await connect(feed, '', { autoPong: false })];
    for (let i = 0; i < 3; i++) {
      const pinged = once(good.socket, 'ping');
      clock.advance(PING_EVERY_MS);
      await pinged;
      // Pongs are read in order: an answer to the client's own ping says that the server has had them.
      good.socket.ping();
      await once(good.socket, 'pong');
    }
    expect((await dead.closed).code).toBe(1006);
    expect(feed.clients).toBe(1);
  });

  it('cuts one that does not read with 1013, while another gets everything', async () => {
    const { feed } = await start({ maxBuffered: 64 * 1024 });
    const [fast, slow] = [await connect(feed), await connect(feed)];
    slow.tcp.pause();
    let seq = 0;
    // The system's own buffers take some megabytes first.
    for (; seq < 4_000; await fast.got('prediction', seq))
      for (const end = seq + 10; seq < end;) feed.publish(prediction(++seq, 10_000));
    slow.tcp.resume();
    expect(await slow.closed).toMatchObject({ code: 1013, reason: 'reads too slowly; come back with ?since=' });
    expect(fast.seqs).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
    expect(slow.seqs).toEqual(Array.from({ length: slow.seqs.length }, (_, i) => i + 1));
    expect(slow.seqs.length).toBeLessThan(seq);
    const back = await connect(feed, `?since=${seq - 3}`);
    await back.got('prediction', seq);
    expect(back.seqs).toEqual([seq - 2, seq - 1, seq]);
  });

  it('cuts one that is too slow even to close', async () => {
    const { feed, clock } = await start({ maxBuffered: 1_000 });
    const slow = await connect(feed);
    feed.publish(prediction(1, 2_000));
    slow.tcp.pause();
    const other = await connect(feed);
    expect(feed.clients).toBe(2);
    clock.advance(CLOSE_GRACE_MS);
    slow.tcp.resume();
    await slow.closed;
    publish(feed, 2, 2);
    await other.got('prediction', 2);
    expect(feed.clients).toBe(1);
  });
});

describe('connections that ask for nothing', () => {
  /** Connections that send this and no more. */
  async function callers(feed: FeedServer, count: number, text = ''): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () => connectTcp(feed.address).resume());
    for (const socket of sockets) socket.on('error', () => {}).write(text);
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return sockets;
  }
  const HEAD = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';

  it.each([
    ['silent', ''],
    ['in the middle of a request', HEAD],
    ['in the middle of a body', `${HEAD}Content-Length: 1000000\r\n\r\nx`],
    ['in the middle of an upgrade', 'GET /feed HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n'],
  ])('140 of them, %s, keep no client out, and few of them have to go', async (_, text) => {
    const { feed } = await start();
    const sockets = await callers(feed, 140, text);
    const clients = [];
    for (let i = 0; i < 10; i++) clients.push(await connect(feed));
    expect((await ask(feed, '/healthz')).status).toBe(200);
    publish(feed, 1, 5);
    await Promise.all(clients.map((client) => client.got('prediction', 5)));
    // 132 places at the door: eight were too many before the first client came, and it took one more.
    const closed = (): number => sockets.filter((socket) => socket.closed).length;
    while (closed() < 9) await turn();
    expect((await ask(feed, '/healthz')).status).toBe(200);
    expect(closed()).toBe(9);
  });

  it('do not even keep a client out of a feed with a token', async () => {
    const { feed } = await start({ token: 's3cret+', maxClients: 1 });
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    await callers(feed, 40, `GET /feed?token=wrong HTTP/1.1\r\nHost: localhost\r\n${upgrade}${key}`);
    await connect(feed, '?token=s3cret%2B');
  });

  it.each([
    ['is silent', '', ''],
    ['sends a byte now and then', HEAD, 'X'],
    ['sends a body a byte at a time', `${HEAD}Content-Length: 1000000\r\n\r\n`, 'X'],
    ['has had its answer', `${HEAD}\r\n`, ''],
  ])('has one that %s cut after a few seconds, and no client with it', async (_, text, more) => {
    const { feed, clock } = await start();
    const client = await connect(feed);
    const [socket] = (await callers(feed, 1, text)) as [Socket];
    const closed = once(socket, 'close');
    for (let ms = 0; ms < REQUEST_MS; ms += 1_000) {
      // Of two connections what came first has been read when the other is answered.
      socket.write(more);
      expect((await ask(feed, '/healthz')).status).toBe(200);
      expect(socket.closed).toBe(false);
      clock.advance(1_000);
    }
    await closed;
    publish(feed, 1, 1);
    await client.got('prediction', 1);
    expect(feed.clients).toBe(1);
  });

  it('come and go without leaving a timer behind', async () => {
    const { feed, clock } = await start();
    const before = clock.pending;
    for (const socket of await callers(feed, 50)) socket.destroy();
    await ask(feed, '/healthz');
    while (clock.pending > before) await turn();
  });
});

describe('where it listens', () => {
  it('serves IPv6', async () => {
    const { feed } = await start({ host: '::1' });
    expect(feed.url).toBe(`ws://[::1]:${feed.address.port}/feed`);
    await connect(feed);
  });

  it('says that a port is in use, and that a host is not ours', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    const options = { run: RUN, stats: () => STATS };
    const error: unknown = await serve({ ...options, port }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message:
        `Can't serve the feed on 127.0.0.1:${port}: port ${port} is in use. Choose another one, or 0 for ` +
        `any free one.`,
    });
    // From TEST-NET-1 (RFC 5737): no machine has it.
    await expect(serve({ ...options, host: '192.0.2.1', token: 'x' })).rejects.toThrow(
      /192\.0\.2\.1:0: .* not an address of this machine/,
    );
    await expect(serve({ ...options, host: '0.0.0.0' })).rejects.toThrow(UsageError);
    other.close();
    await once(other, 'close');
  });
});

describe('who may come in', () => {
  it('asks for the token, when there is one', async () => {
    const { feed } = await start({ host: '0.0.0.0', token: 's3cret+' });
    const url = `ws://127.0.0.1:${feed.address.port}/feed`;
    expect(await handshake(url)).toEqual({
      status: 401,
      body: 'A token is needed: send "Authorization: Bearer TOKEN", or add ?token=TOKEN to the address.\n',
    });
    expect((await handshake(`${url}?token=wrong`)).status).toBe(401);
    expect((await handshake(`${url}?token=s3cret%2B`)).status).toBe(101);
    expect(
      (await handshake(url, { headers: { Authorization: 'Bearer s3cret+' }, origin: 'http://elsewhere.example' }))
        .status,
    ).toBe(101);
    expect((await ask(feed, '/feed')).status).toBe(401);
    expect((await ask(feed, '/healthz')).status).toBe(200);
  });

  it('refuses pages of other sites, when there is no token', async () => {
    const { feed } = await start();
    expect((await handshake(feed.url, { origin: 'http://elsewhere.example' })).status).toBe(403);
    expect((await handshake(feed.url, { headers: { Host: 'elsewhere.example' } })).status).toBe(403);
    expect((await ask(feed, '/healthz', { headers: { Host: 'elsewhere.example' } })).status).toBe(403);
    expect((await handshake(feed.url, { origin: 'http://localhost:5173' })).status).toBe(101);
  });

  it('reads the names in a request as strictly as they were sent', async () => {
    const { feed } = await start();
    const line = async (request: string): Promise<string> => {
      const socket = connectTcp(feed.address);
      socket.write(request.replaceAll('\n', '\r\n'));
      return (await socket.setEncoding('latin1').toArray()).join('').split('\r\n', 1)[0] ?? '';
    };
    const asked = [
      'Host: localhost\nHost: localhost',
      'Host: evil.example\nHost: localhost',
      'Host: 127.0.0.1/.evil.example',
      'Host: evil.example@127.0.0.1',
      'Host:',
      'Accept: */*',
    ];
    for (const headers of asked) {
      expect(await line(`GET /healthz HTTP/1.1\n${headers}\n\n`), headers).toBe('HTTP/1.1 400 Bad Request');
      expect(
        await line(
          `GET /feed HTTP/1.1\n${headers}\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n` +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n',
        ),
        headers,
      ).toBe('HTTP/1.1 400 Bad Request');
    }
    expect(await line('GET /healthz HTTP/1.0\nHost: localhost \n\n')).toBe('HTTP/1.1 200 OK');
  });

  it('has a bounded number of places', async () => {
    const { feed } = await start({ maxClients: 2 });
    const [first] = [await connect(feed), await connect(feed)];
    expect(await handshake(feed.url)).toEqual({ status: 503, body: 'All 2 places are taken.\n' });
    first.socket.close();
    await first.closed;
    // The place is free when the server, too, has seen the connection close.
    while (feed.clients === 2) await turn();
    await connect(feed);
  });

  it('says what is where over plain HTTP', async () => {
    const { feed } = await start();
    await connect(feed);
    const health = await ask(feed, '/healthz?x');
    expect(health.status).toBe(200);
    expect(JSON.parse(health.body)).toEqual({ ok: true, protocol: 1, clients: 1, ...STATS });
    expect((await ask(feed, '/')).status).toBe(404);
    expect((await ask(feed, '//')).status).toBe(404);
    expect((await ask(feed, '/healthz', { method: 'POST' })).status).toBe(405);
    expect((await ask(feed, '/feed', { method: 'PUT' })).status).toBe(405);
    expect((await ask(feed, '/feed')).status).toBe(426);
    expect((await handshake(feed.url.replace('/feed', '/other'))).status).toBe(404);
  });

  it('refuses a `since` that is not a number', async () => {
    const { feed } = await start();
    expect(await handshake(`${feed.url}?since=last`)).toEqual({
      status: 400,
      body: 'since must be the seq of the last prediction received, a whole number >= 0; found "last".\n',
    });
  });

  it('refuses upgrades to anything else', async () => {
    const { feed } = await start();
    const sent = request({
      ...feed.address,
      path: '/feed',
      headers: { Connection: 'Upgrade', Upgrade: 'h2c' },
      agent: false,
    }).end();
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    expect(response.statusCode).toBe(400);
    response.resume();
    await once(response, 'end');
  });
});

it('leaves a client that has not been greeted to its refusal when the run ends meanwhile', async () => {
  const { feed } = await start();
  const late = begin(feed);
  await feed.end('done');
  await late.closed;
  expect(late.messages.every(({ type }) => type === 'hello' || type === 'end')).toBe(true);
});
