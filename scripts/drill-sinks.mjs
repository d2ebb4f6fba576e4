// `npm run drill:sinks [SECONDS]`: what sinks make of a target that is killed for so long (default 60 s) at 30 predictions
// a second: a real mosquitto, and web servers in a process of their own, killed with -9 and started again on the same
// port. Prints what was lost, out of order and sent again to a reader that drops doubles, and what it cost the program.
// `npm run setup -- --all` first: mosquitto comes from the system's packages. Plain Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { build } from './build.mjs';
import { freePort } from './free-port.mjs';

const own = fileURLToPath(import.meta.url);
const [, , first, port, log] = process.argv;
if (first === 'serve') serve(Number(port), String(log));
else await main(Number(first ?? 60));

/**
 * The web server that is killed: it notes what it was sent before it answers.
 * @param {number} at
 * @param {string} file
 */
function serve(at, file) {
  createServer((request, response) => {
    /** @type {Buffer[]} */
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      appendFileSync(file, `${Buffer.concat(parts).toString().trimEnd()}\n`);
      response.writeHead(204).end();
    });
  }).listen(at, '127.0.0.1');
}

/** @param {number} seconds */
async function main(seconds) {
  build();
  const dist = (/** @type {string} */ file) => import(new URL(`../dist/${file}`, import.meta.url).href);
  const { createInflux, createMqtt, createWebhook, noCounts } = await dist('index.js');
  const { createPublication } = await dist('sinks/outgoing.js');
  const folder = mkdtempSync(join(tmpdir(), 'lq-drill-sinks-'));
  const frame = frameMaker(createPublication({ model: 'drill', pipeline: 'drill' }));
  try {
    console.log(`target killed for ${seconds} s at 30 predictions a second, 10 s before and after`);
    console.log('again: came more than once, and is dropped by its number');
    console.log('sink               sent   lost  disorder  again  dropped  attempts  CPU %  RSS MB  longest delay ms');
    const web = join(folder, 'posted');
    const points = join(folder, 'points');
    const spool = join(folder, 'spool');
    await drill(
      'webhook, spool',
      await webTarget(web),
      (url) => createWebhook({ url, spool }),
      () => posted(web),
    );
    rmSync(web);
    await drill(
      'webhook, memory',
      await webTarget(web),
      (url) => createWebhook({ url }),
      () => posted(web),
    );
    await drill(
      'influx',
      await webTarget(points),
      (url) => createInflux({ url: `${url}/?db=d` }),
      () => written(points),
    );
    if (existsSync('/usr/sbin/mosquitto')) {
      const broker = await brokerTarget(folder);
      await drill(
        'mqtt',
        broker,
        (url) => createMqtt({ url, discovery: 'off' }),
        () => broker.got,
      );
    } else console.log('mqtt               left out: mosquitto is not installed (npm run setup -- --all)');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  /**
   * @param {string} name
   * @param {Target} target
   * @param {(url: string) => any} create
   * @param {() => number[]} received Numbers of messages, as often as they came.
   */
  async function drill(name, target, create, received) {
    await target.start();
    const sink = create(target.url);
    const figures = () => Object.values(sink.figures().sinks)[0];
    await sink.open(runInfo(noCounts));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [cpu, began] = [process.cpuUsage(), performance.now()];
    const total = 30 * (seconds + 20);
    let rss = 0;
    for (let i = 0; i < total; i++) {
      await sink.frame(frame(i));
      if (i === 300) await target.kill();
      if (i === 30 * (10 + seconds)) await target.start();
      rss = Math.max(rss, process.memoryUsage.rss());
      await wait(began + ((i + 1) * 1000) / 30 - performance.now());
    }
    const used = process.cpuUsage(cpu);
    const took = performance.now() - began;
    delay.disable();
    // The longest of the delays between two tries.
    for (let s = 0; s < 40 && figures().queued > 0; s++) await wait(1000);
    await sink.end({ reason: 'done', enough: false, counts: noCounts() });
    await wait(200);
    const { sent, dropped, failed } = figures();
    const all = received();
    const kept = [...new Set(all)];
    const lost = total - kept.length;
    const disorder = kept.filter((n, i) => i > 0 && n < /** @type {number} */ (kept[i - 1])).length;
    const columns = [sent, lost, disorder, all.length - kept.length, dropped, failed].map((n, i) =>
      String(n).padStart([7, 7, 10, 7, 9, 10][i] ?? 0),
    );
    const percent = ((used.user + used.system) / 10 / took).toFixed(1);
    const rest = [
      percent.padStart(7),
      String(Math.round(rss / 2 ** 20)).padStart(8),
      (delay.max / 1e6).toFixed(0).padStart(18),
    ];
    console.log(`${name.padEnd(16)}${columns.join('')}${rest.join('')}`);
    await target.kill();
  }
}

/**
 * @typedef {{ url: string, start(): Promise<void>, kill(): Promise<void> }} Target
 */

/**
 * Frames with one prediction each.
 * @param {(sightings: any) => any} publish
 */
function frameMaker(publish) {
  const region = { id: 'r0', box: [4, 4, 20, 28], polarity: 'dark-on-light' };
  const outputs = Float32Array.from({ length: 10 }, (_, i) => (i === 7 ? 0.98 : 0.01));
  const verdict = { accepted: true, digit: 7, ratio: 98, top: 0.98, second: 0.01 };
  return (/** @type {number} */ index) =>
    publish({ frame: { index, time: index / 30 }, sightings: [{ digit: { region }, outputs, verdict }] });
}

/** @param {() => unknown} noCounts */
function runInfo(noCounts) {
  return {
    name: 'drill',
    source: 'drill',
    model: { name: 'drill' },
    identity: { model: 'drill', pipeline: 'drill' },
    readings: 'off',
    stats: noCounts,
    say: (/** @type {string} */ text) => process.env['LQ_DEBUG'] && process.stderr.write(text),
  };
}

/**
 * @param {string} file
 * @returns {Promise<Target>}
 */
async function webTarget(file) {
  const free = await freePort();
  return processTarget(`http://127.0.0.1:${free}`, free, process.execPath, [own, 'serve', String(free), file]);
}

/**
 * A broker, and a reader that is there whenever the broker is.
 * @param {string} folder
 * @returns {Promise<Target & { got: number[] }>}
 */
async function brokerTarget(folder) {
  const free = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `user ${userInfo().username}\nlistener ${free} 127.0.0.1\nallow_anonymous true\n`);
  const target = processTarget(`mqtt://127.0.0.1:${free}`, free, '/usr/sbin/mosquitto', ['-c', config]);
  /** @type {number[]} */
  const got = [];
  /** @type {import('mqtt').MqttClient | undefined} */
  let reader;
  return {
    got,
    url: target.url,
    async start() {
      await target.start();
      reader = await mqtt.connectAsync(target.url, { reconnectPeriod: 0 });
      reader.on('message', (_topic, payload) => got.push(JSON.parse(payload.toString()).n));
      reader.on('error', () => {});
      await reader.subscribeAsync('lq/drill/prediction', { qos: 1 });
    },
    async kill() {
      await target.kill();
      reader?.end(true);
    },
  };
}

/**
 * @param {string} url
 * @param {number} at
 * @param {string} program
 * @param {readonly string[]} words
 * @returns {Target}
 */
function processTarget(url, at, program, words) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  return {
    url,
    async start() {
      child = spawn(program, words, { stdio: 'ignore' });
      while (!(await listens(at))) await wait(20);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** @param {number} at */
function listens(at) {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * @param {string} file
 * @returns {number[]}
 */
function posted(file) {
  const posts = readFileSync(file, 'utf8').trimEnd().split('\n');
  return posts.flatMap((body) => JSON.parse(body).messages.map((/** @type {{ n: number }} */ { n }) => n));
}

/**
 * The last six digits of a point's time are its number.
 * @param {string} file
 * @returns {number[]}
 */
function written(file) {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.slice(-6)));
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
