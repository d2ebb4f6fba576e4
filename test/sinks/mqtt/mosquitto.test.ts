// MQTT against the real mosquitto: killed and back, with a reader that drops doubles; a password file; MQTT 5.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { createMqtt, mqtt as mqttKind } from '../../../src/sinks/mqtt.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../../live-parts/servers.js';
import { turn } from '../feed/feed.js';
import { ManualClock } from '../feed/manual-clock.js';
import { ending, published, testRun } from '../runs.js';
import { digitFrame } from '../sending/frames.js';

const program = serverProgram('mosquitto', 'MQTT against a real broker');
const folder = mkdtempSync(join(tmpdir(), 'lq-mosquitto-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function mosquitto(port: number, access = 'allow_anonymous true'): Promise<RunningServer> {
  const file = join(folder, `${port}.conf`);
  writeFileSync(file, `user ${userInfo().username}\nlistener ${port} 127.0.0.1\n${access}\nmax_queued_messages 0\n`);
  return await startServer(program!, ['-c', file], port);
}

/** Everything under `lq/` that a reader gets, from when it is there. */
async function reader(port: number, got: { topic: string; payload: string; retain: boolean }[]): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    reconnectPeriod: 0,
    username: 'u',
    password: 'pass word',
  });
  client.on('message', (topic, payload, { retain }) => void got.push({ topic, payload: payload.toString(), retain }));
  await client.subscribeAsync('lq/#', { qos: 1 });
  return client;
}

const predictionsIn = (got: readonly { topic: string; payload: string }[]): number[] =>
  got.flatMap(({ topic, payload }) =>
    topic.endsWith('/prediction') ? [(JSON.parse(payload) as { n: number }).n] : [],
  );

async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn();
}

/** An authority of one's own, and what it has signed: for the broker at 127.0.0.1, and for a client. */
function authority(name: string): { readonly ca: string; readonly cert: string; readonly key: string } {
  const at = (end: string): string => join(folder, `${name}.${end}`);
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'ignore' });
  const key = (end: string): string[] => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    at(end),
  ];
  openssl('req', '-x509', ...key('ca.key'), '-subj', `/CN=${name}`, '-days', '2', '-out', at('ca.pem'));
  openssl('req', ...key('key'), '-subj', '/CN=broker', '-out', at('csr'));
  writeFileSync(at('ext'), 'subjectAltName=IP:127.0.0.1');
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('ext')];
  openssl('x509', '-req', '-in', at('csr'), ...signed, '-out', at('pem'));
  return { ca: at('ca.pem'), cert: at('pem'), key: at('key') };
}

describe.skipIf(program === undefined || !hasOpenssl())('mosquitto over TLS', () => {
  it('is taken with the authority that has signed its certificate, and with no other', async () => {
    const [own, other] = [authority('own'), authority('other')];
    const port = await freePort();
    const server = await mosquitto(port, `allow_anonymous true\ncertfile ${own.cert}\nkeyfile ${own.key}`);
    const clock = new ManualClock();
    for (const ca of [undefined, other.ca]) {
      const { info, said } = testRun({ name: 'cam' });
      const stranger = createMqtt({ url: `mqtts://127.0.0.1:${port}`, ca, clock });
      await stranger.open(info);
      await until(() => said.length === 2);
      expect(said[1]).toMatch(/: its certificate is signed by an authority that is not known here; tried again/);
      expect(stranger.figures!().sinks!['mqtt']!.sent).toBe(0);
      await stranger.abort();
    }
    const { info, said } = testRun({ name: 'cam' });
    const sink = createMqtt({ url: `mqtts://127.0.0.1:${port}`, ca: own.ca, clock });
    await sink.open(info);
    await sink.frame(published([digitFrame(0)])[0]!);
    await until(() => sink.figures!().sinks!['mqtt']!.sent === 1);
    // Where no TLS is spoken: not taken, and never plainly.
    const plain = await mosquitto(await freePort());
    const wrong = testRun({ name: 'cam' });
    const deaf = createMqtt({ url: `mqtts://127.0.0.1:${plain.port}`, ca: own.ca, clock });
    await deaf.open(wrong.info);
    await until(() => wrong.said.length === 2);
    await deaf.abort();
    await sink.end(ending());
    expect(said).toHaveLength(1);
    await plain.signal('SIGKILL');
    await server.signal('SIGKILL');
  });
});

describe.skipIf(program === undefined || !hasOpenssl())('mosquitto that asks for certificates', () => {
  it.each(['3.1.1', '5'] as const)(
    'lets in who has one of its authority, and nobody else (MQTT %s)',
    async (version) => {
      const [own, other] = [authority('mutual'), authority('foreign')];
      const port = await freePort();
      const access = `certfile ${own.cert}\nkeyfile ${own.key}\ncafile ${own.ca}\nrequire_certificate true`;
      const server = await mosquitto(port, `allow_anonymous true\n${access}`);
      const clock = new ManualClock();
      const url = `mqtts://127.0.0.1:${port}`;
      for (const shown of [{}, { cert: other.cert, key: other.key }]) {
        const { info, said } = testRun({ name: 'cam' });
        const stranger = createMqtt({ url, ca: own.ca, version, ...shown, clock });
        await stranger.open(info);
        await stranger.frame(published([digitFrame(0)])[0]!);
        await until(() => said.length === 2);
        expect(said[1]).toMatch(
          /: (it asks for a certificate of ours|it does not know who has signed our certificate)/,
        );
        expect(stranger.figures!().sinks!['mqtt']!.sent).toBe(0);
        await stranger.abort();
        await expect(mqttKind.check!({ url, ca: own.ca, version, ...shown })).rejects.toThrow(/certificate/);
      }
      const mine = { url, ca: own.ca, version, cert: own.cert, key: own.key };
      expect(await mqttKind.check!(mine)).toBe(`${url} lets us in`);
      const { info, said } = testRun({ name: 'cam' });
      const sink = createMqtt({ ...mine, clock });
      await sink.open(info);
      await sink.frame(published([digitFrame(0)])[0]!);
      await until(() => sink.figures!().sinks!['mqtt']!.sent === 1);
      await sink.end(ending());
      expect(said).toHaveLength(1);
      await server.signal('SIGKILL');
    },
  );
});

describe.skipIf(!hasOpenssl())('a certificate and its key', () => {
  const url = 'mqtts://127.0.0.1:1';
  const own = (): ReturnType<typeof authority> => authority('checked');
  const made = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('are refused where one is missing, unreadable or no PEM of its kind', () => {
    const { cert, key } = own();
    const none = join(folder, 'none.pem');
    const cases: [object, RegExp][] = [
      [{ cert }, /^--mqtt-cert and --mqtt-key belong together: --mqtt-key is missing\.$/],
      [{ key }, /^--mqtt-key and --mqtt-cert belong together: --mqtt-cert is missing\.$/],
      [{ cert: none, key }, /^--mqtt-cert .*none\.pem can.t be read \(ENOENT\)/],
      [{ cert, key: none }, /^--mqtt-key .*none\.pem /],
      [
        { cert: made('x.der', 'no PEM'), key },
        /^--mqtt-cert .*x\.der must hold a certificate in PEM .*; found none\.$/,
      ],
      [{ cert: key, key }, /must hold a certificate in PEM .*; found (EC )?PRIVATE KEY\.$/],
      [{ cert, key: cert }, /^--mqtt-key .* must hold a private key in PEM .*; found CERTIFICATE\.$/],
      [
        { cert: made('damaged.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), key },
        /damaged\.pem holds a certificate that is damaged/,
      ],
      [
        { cert, key: made('damaged.key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n') },
        /damaged\.key holds a private key that is damaged/,
      ],
    ];
    for (const [files, message] of cases) {
      const create = (): unknown => createMqtt({ url, ...files });
      expect(create).toThrow(UsageError);
      expect(create).toThrow(message);
    }
  });

  it('are refused where they do not belong together, where the key is locked, and without TLS', () => {
    const [{ cert, key }, other] = [own(), authority('another')];
    expect(() => createMqtt({ url, cert, key: other.key })).toThrow(
      /^--mqtt-key .*another\.key is not the key of the certificate in --mqtt-cert .*checked\.pem, whose subject is CN=broker/,
    );
    const locked = join(folder, 'locked.key');
    execFileSync('openssl', ['pkcs8', '-topk8', '-in', key, '-out', locked, '-passout', 'pass:x'], { stdio: 'ignore' });
    expect(() => createMqtt({ url, cert, key: locked })).toThrow(/locked\.key is locked with a passphrase/);
    expect(() => createMqtt({ url: 'mqtt://127.0.0.1:1', cert, key })).toThrow(
      /shown over TLS only, and mqtt:\/\/ has none/,
    );
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('Left out, as openssl is not installed: MQTT over TLS.\n');
    return false;
  }
}

describe.skipIf(program === undefined)('mosquitto', () => {
  it.each(['3.1.1', '5'] as const)(
    'killed and back: nothing is lost, nothing doubled, all in order (MQTT %s)',
    async (version) => {
      const port = await freePort();
      let server = await mosquitto(port);
      const clock = new ManualClock();
      const { info, said } = testRun({ name: 'cam' });
      const sink = createMqtt({ url: `mqtt://127.0.0.1:${port}`, version, clock, run: 'r' });
      await sink.open(info);
      const frames = published(Array.from({ length: 300 }, (_, i) => digitFrame(i)));
      const got: { topic: string; payload: string; retain: boolean }[] = [];
      let client = await reader(port, got);
      for (const frame of frames.slice(0, 100)) await sink.frame(frame);
      await until(() => predictionsIn(got).length === 100);
      await server.signal('SIGKILL');
      for (const frame of frames.slice(100, 200)) await sink.frame(frame);
      const failed = (): number => sink.figures!().sinks!['mqtt']!.failed;
      await until(() => failed() > 0);
      client.end(true);
      for (let n = 1; n < 5; n++) {
        await until(() => failed() >= n);
        if (n < 4) clock.advance(30_000);
      }
      server = await mosquitto(port);
      client = await reader(port, got);
      for (const frame of frames.slice(200)) await sink.frame(frame);
      clock.advance(30_000);
      await until(() => new Set(predictionsIn(got)).size === 300);
      await sink.end(ending());
      const all = predictionsIn(got);
      expect(all.filter((n, i) => all.indexOf(n) === i)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
      expect(sink.figures!().sinks!['mqtt']).toMatchObject({ queued: 0, sent: 300, dropped: 0 });
      // That it was cut, and that nobody listens any more: each once.
      expect(said.filter((text) => text.includes('may wait')).length).toBeLessThanOrEqual(2);
      await until(() => got.some(({ topic, payload }) => topic === 'lq/cam/status' && payload === 'offline'));
      client.end(true);
      await server.signal('SIGKILL');
    },
  );

  it('stopped in mid-flight: what it has not acknowledged is sent again', async () => {
    const port = await freePort();
    const server = await mosquitto(port);
    const clock = new ManualClock();
    const sink = createMqtt({ url: `mqtt://127.0.0.1:${port}`, clock, run: 'r' });
    await sink.open(testRun({ name: 'cam' }).info);
    const got: { topic: string; payload: string; retain: boolean }[] = [];
    const client = await reader(port, got);
    const frames = published(Array.from({ length: 40 }, (_, i) => digitFrame(i)));
    await sink.frame(frames[0]!);
    await until(() => predictionsIn(got).length === 1);
    await server.signal('SIGSTOP');
    for (const frame of frames.slice(1)) await sink.frame(frame);
    clock.advance(10_000);
    await until(() => sink.figures!().sinks!['mqtt']!.failed > 0);
    await server.signal('SIGCONT');
    clock.advance(1_000);
    await until(() => new Set(predictionsIn(got)).size === 40);
    const all = predictionsIn(got);
    expect(all.filter((n, i) => all.indexOf(n) === i)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await sink.abort();
    client.end(true);
    await server.signal('SIGKILL');
  });

  it('with a password lets in who has it, and keeps state for those who come later', async () => {
    const port = await freePort();
    const users = join(folder, 'users');
    writeFileSync(users, '');
    execFileSync('mosquitto_passwd', ['-b', users, 'u', 'pass word']);
    const server = await mosquitto(port, `allow_anonymous false\npassword_file ${users}`);
    const clock = new ManualClock();
    const refused = testRun({ name: 'cam' });
    const stranger = createMqtt({ url: `mqtt://u:wr0ng@127.0.0.1:${port}`, clock });
    await stranger.open(refused.info);
    await until(() => refused.said.length === 2);
    expect(refused.said[1]).toMatch(/: it (refuses user or password|lets nobody in)/);
    expect(refused.said.join('')).not.toContain('wr0ng');
    await stranger.abort();

    const file = join(folder, 'credentials');
    writeFileSync(file, 'u:pass word\n');
    const sink = createMqtt({ url: `mqtt://127.0.0.1:${port}`, credentials: file, clock });
    await sink.open(testRun({ name: 'cam' }).info);
    await sink.state!({ state: 'live', at: 0, reconnects: 0 });
    await sink.frame(published([digitFrame(0)])[0]!);
    await sink.end(ending());
    const got: { topic: string; payload: string; retain: boolean }[] = [];
    const client = await reader(port, got);
    await until(() => got.length >= 2);
    expect(got.map(({ topic, retain }) => [topic, retain]).sort()).toEqual([
      ['lq/cam/source', true],
      ['lq/cam/status', true],
    ]);
    client.end(true);
    await server.signal('SIGKILL');
  });
});
