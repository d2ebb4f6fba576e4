// Faults of a fleet in earnest: a NATS server of its own, workers as processes, and what is stored in the end read back
// and judged: `npm run drill -- --fleet [--kills N] [--many] [--cost]`. It prints rows for docs/fleet.md. Needs nats-server.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { cost } from './fleet-cost.mjs';
import { freePort } from './free-port.mjs';

build();
const root = fileURLToPath(new URL('..', import.meta.url));
const at = (/** @type {string} */ path) => new URL(`../dist/fleet/${path}`, import.meta.url).href;
const { openConnection } = await import(at('nats/connection.js'));
const { namesOf } = await import(at('names.js'));
const { natsBroker } = await import(at('nats/broker.js'));
const { StatusBoard } = await import(at('status.js'));
const { fleetTime } = await import(at('take-part.js'));
const { faultsOf } = await import(at('simulation/simulated-fleet.js'));

const FLEET = 'drill';
const names = namesOf(FLEET);
/** Seconds after which a drill has failed. */
const PATIENCE = 180;
const folder = mkdtempSync(join(tmpdir(), 'lq-fleet-drill-'));
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** What each program said. @type {(() => string)[]} */
const heard = [];

/** @typedef {{ log: string, sequence: number, camera: string, id: string, text: string, at: number }} Kept */

/** @param {number} time */
const seconds = (time) => new Promise((resolve) => setTimeout(resolve, 1000 * time));

/** @param {readonly string[]} cells */
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

/**
 * @param {string} program
 * @param {readonly string[]} words
 */
function start(program, words) {
  // A group of its own: a machine that stands still does so with all that runs on it.
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  child.stderr?.on('data', (data) => (said += data));
  running.add(child);
  heard.push(() => said);
  const gone = once(child, 'exit').then(() => void running.delete(child));
  return {
    child,
    gone,
    said: () => said,
    /** @param {NodeJS.Signals} signal */
    group: (signal) => void (child.pid !== undefined && process.kill(-child.pid, signal)),
  };
}

/** @param {string} what @param {() => boolean | Promise<boolean>} holds */
async function until(what, holds) {
  const begun = Date.now();
  while (!(await holds())) {
    if (Date.now() - begun > 1000 * PATIENCE) throw new Error(`not within ${PATIENCE} s: ${what}`);
    await seconds(0.05);
  }
}

/** A broker that can be killed and comes back with what it had. @param {string} host */
async function broker(host) {
  const port = await freePort();
  const begin = async () => {
    const server = start('nats-server', ['-a', host, '-p', String(port), '-js', '-sd', join(folder, 'jetstream')]);
    await until('the broker listens', async () => {
      const socket = connect(port, '127.0.0.1');
      const open = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false);
      socket.destroy();
      return open;
    });
    return server;
  };
  let server = await begin();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    pid: () => server.child.pid,
    async kill() {
      server.child.kill('SIGKILL');
      await server.gone;
    },
    async again() {
      server = await begin();
    },
  };
}

/** One that looks on. @param {string} url */
async function look(url) {
  const connection = await openConnection({
    access: { servers: [url] },
    name: 'drill',
    clock: fleetTime,
    require: true,
    say: () => {},
    signal: new AbortController().signal,
  });
  const board = new StatusBoard(connection, names, natsBroker(connection, names, fleetTime), fleetTime);
  await board.settled();
  /** @type {Map<string, number>} */
  const last = new Map();
  const heard = connection.nats.subscribe(`${FLEET}.predictions.*`);
  (async () => {
    for await (const message of heard) last.set(message.subject.split('.')[2], Date.now());
  })();
  return {
    board,
    last,
    /** All records of a log. @param {'predictions' | 'readings'} log @returns {Promise<Kept[]>} */
    async all(log) {
      const stream = names.streams[log];
      const { state } = await connection.jsm.streams.info(stream);
      /** @type {Kept[]} */
      const records = [];
      if (state.messages === 0) return records;
      const consumer = await connection.js.consumers.get(stream);
      const messages = await consumer.consume({ max_messages: 1000 });
      for await (const message of messages) {
        const { seq, headers, timestamp } = message;
        const camera = message.subject.split('.')[2];
        records.push({
          log,
          sequence: seq,
          camera,
          id: headers.get('Nats-Msg-Id'),
          text: message.string(),
          at: Date.parse(timestamp),
        });
        if (seq >= state.last_seq) break;
      }
      await messages.close();
      return records;
    },
    async close() {
      board[Symbol.dispose]();
      await connection.close();
    },
  };
}

/**
 * Longest time between two records of the same camera within a window, in seconds, and how much of it passed until a
 * new owner was recorded.
 * @param {readonly Kept[]} records
 */
function longestGap(records, /** @type {number} */ from, /** @type {number} */ to) {
  /** @type {Map<string, number>} */
  const before = new Map();
  /** @type {Map<string, number>} */
  const owners = new Map();
  let [gap, owned] = [0, 0];
  for (const { camera, at: time, text } of records) {
    if (text.startsWith('{"type":"owner"')) {
      owners.set(camera, time);
      continue;
    }
    const last = before.get(camera);
    if (last !== undefined && time >= from && last <= to && time - last > gap) {
      const owner = owners.get(camera) ?? 0;
      [gap, owned] = [time - last, owner > last ? owner - last : 0];
    }
    before.set(camera, time);
  }
  return { gap: gap / 1000, owned: owned / 1000 };
}

/** Numbers that are missing, by log. @param {readonly Kept[]} records */
function holes(records) {
  /** @type {Map<string, number>} */
  const last = new Map();
  let missing = 0;
  for (const { camera, text } of records) {
    for (const line of text.split('\n')) {
      const { type, seq } = JSON.parse(line);
      if (type === 'owner') continue;
      missing += Math.max(0, seq - (last.get(camera) ?? 0) - 1);
      last.set(camera, seq);
    }
  }
  return missing;
}

/** Whether this machine lets a worker have a network of its own: veth pairs in a namespace. */
function namespaces() {
  const made = spawnSync('ip', ['netns', 'add', 'lqdrill']).status === 0;
  if (!made) return undefined;
  const run = (/** @type {string[]} */ ...words) => spawnSync('ip', words).status === 0;
  const ok =
    run('link', 'add', 'lqdrill0', 'type', 'veth', 'peer', 'name', 'lqdrill1') &&
    run('link', 'set', 'lqdrill1', 'netns', 'lqdrill') &&
    run('addr', 'add', '10.213.0.1/24', 'dev', 'lqdrill0') &&
    run('link', 'set', 'lqdrill0', 'up') &&
    run('netns', 'exec', 'lqdrill', 'ip', 'addr', 'add', '10.213.0.2/24', 'dev', 'lqdrill1') &&
    run('netns', 'exec', 'lqdrill', 'ip', 'link', 'set', 'lqdrill1', 'up');
  const remove = () => void (run('link', 'del', 'lqdrill0'), run('netns', 'del', 'lqdrill'));
  if (!ok) return void remove();
  return {
    host: '10.213.0.1',
    wrap: (/** @type {string[]} */ words) => ['netns', 'exec', 'lqdrill', process.execPath, ...words],
    cut: () => void run('link', 'set', 'lqdrill0', 'down'),
    mend: () => void run('link', 'set', 'lqdrill0', 'up'),
    remove,
  };
}

/**
 * Six cameras made of a file, three workers, a fault again and again.
 * @param {number} kills How often workers and the broker are killed.
 */
async function faults(kills) {
  const still = join(folder, 'still.png');
  const clip = join(folder, 'clip.mp4');
  const quiet = ['-v', 'error', '-y'];
  const fixture = join(root, 'fixtures/camera.mp4');
  spawnSync('ffmpeg', [
    ...quiet,
    '-ss',
    '6',
    '-i',
    fixture,
    '-frames:v',
    '1',
    '-update',
    '1',
    '-vf',
    'scale=640:360',
    still,
  ]);
  spawnSync('ffmpeg', [
    ...quiet,
    '-loop',
    '1',
    '-framerate',
    '5',
    '-i',
    still,
    '-t',
    '600',
    '-pix_fmt',
    'yuv420p',
    clip,
  ]);
  const cut = namespaces();
  const nats = await broker(cut ? '0.0.0.0' : '127.0.0.1');
  const cameras = Array.from({ length: 6 }, (_, k) => ({
    id: `cam${k}`,
    source: clip,
    loop: true,
    pipeline: { source: { realtime: true } },
  }));
  const yaml = join(folder, 'fleet.yaml');
  writeFileSync(yaml, JSON.stringify({ name: FLEET, cameras }));
  const cli = join(root, 'dist/cli.js');
  /** @type {ReturnType<typeof start>[]} */
  const begun = [];
  const worker = (/** @type {string} */ name) => {
    const made = start(process.execPath, [cli, 'fleet', yaml, '--nats', nats.url, '--name', name, '--capacity', '1']);
    begun.push(made);
    return made;
  };
  const workers = [worker('w0')];
  await until('the fleet is made', () => workers[0]?.said().includes('takes part') ?? false);
  workers.push(worker('w1'), worker('w2'));
  const onlooker = await look(nats.url);
  const even = () => {
    const { workers: here, cameras: all } = onlooker.board.status();
    return (
      here.length === 3 &&
      here.every((/** @type {{ cameras: number }} */ one) => one.cameras === 2) &&
      all.every((/** @type {{ id: string }} */ { id }) => Date.now() - (onlooker.last.get(id) ?? 0) < 1000)
    );
  };
  await until('all cameras are read by three workers', even);

  /** @type {[name: string, times: number, from: number, to: number][]} */
  const windows = [];
  const fault = async (
    /** @type {string} */ name,
    /** @type {number} */ times,
    /** @type {(k: number) => Promise<void>} */ work,
  ) => {
    for (let k = 0; k < times; k++) {
      await until(`all well before: ${name}`, even);
      await seconds(2);
      const from = Date.now();
      await work(k);
      await until(`all well after: ${name}`, even);
      windows.push([name, k, from, Date.now()]);
      console.error(`${name}, ${k + 1}: all well ${((Date.now() - from) / 1000).toFixed(1)} s after it began`);
    }
  };
  await seconds(5);
  windows.push(['nothing', 0, Date.now() - 5_000, Date.now()]);
  await fault('kill -9 of a worker', kills, async (k) => {
    const victim = /** @type {ReturnType<typeof worker>} */ (workers[k % 3]);
    victim.child.kill('SIGKILL');
    await victim.gone;
    await seconds(9);
    workers[k % 3] = worker(`w${k % 3}`);
  });
  await fault('SIGSTOP for 12 s', Math.ceil(kills / 2), async (k) => {
    const victim = /** @type {ReturnType<typeof worker>} */ (workers[k % 3]);
    victim.group('SIGSTOP');
    await seconds(12);
    victim.group('SIGCONT');
    await seconds(2);
  });
  await fault('broker killed, back after 4 s', Math.ceil(kills / 2), async () => {
    await nats.kill();
    await seconds(4);
    await nats.again();
    await seconds(2);
  });
  await fault('SIGTERM of a worker', Math.ceil(kills / 2), async (k) => {
    const victim = /** @type {ReturnType<typeof worker>} */ (workers[k % 3]);
    victim.child.kill('SIGTERM');
    await victim.gone;
    await seconds(3);
    workers[k % 3] = worker(`w${k % 3}`);
  });
  if (cut) {
    const words = cut.wrap([
      cli,
      'fleet',
      '--fleet',
      FLEET,
      '--nats',
      `nats://${cut.host}:${nats.port}`,
      '--name',
      'w0',
      '--capacity',
      '1',
    ]);
    const out = /** @type {ReturnType<typeof worker>} */ (workers[0]);
    out.child.kill('SIGTERM');
    await out.gone;
    workers[0] = start('ip', words);
    await fault('network of a worker cut for 30 s', 1, async () => {
      cut.cut();
      await seconds(30);
      cut.mend();
      await seconds(2);
    });
  } else console.error('A worker gets no network of its own here (ip netns): that drill is left out.');

  for (const one of workers) one.child.kill('SIGTERM');
  await Promise.all(workers.map(({ gone }) => gone));
  const records = await onlooker.all('predictions');
  const wrong = faultsOf('predictions', records, new Set());
  row('fault', 'times', 'longest time without a digit', 'of it until another owned the camera', 'of each');
  row('---', '---', '---', '---', '---');
  for (const name of new Set(windows.map(([found]) => found))) {
    const own = windows.filter(([found]) => found === name);
    const gaps = own.map(([, , from, to]) => longestGap(records, from, to));
    const worst = gaps.reduce((a, b) => (b.gap > a.gap ? b : a));
    const each = gaps.map(({ gap }) => gap.toFixed(1)).join(', ');
    row(name, String(gaps.length), `${worst.gap.toFixed(1)} s`, `${worst.owned.toFixed(1)} s`, each);
  }
  const traces = begun.flatMap(({ said }) => [
    ...said().matchAll(
      /first digit ([\d.]+) s after it was taken.* engine after ([\d.]+) s, picture after ([\d.]+) s/g,
    ),
  ]);
  const spread = (/** @type {number} */ k) => {
    const values = traces.map((found) => Number(found[k])).sort((a, b) => a - b);
    const of = (/** @type {number} */ share) => values[Math.floor(share * (values.length - 1))]?.toFixed(1);
    return `${of(0.5)} s, at most ${of(1)} s`;
  };
  console.log(
    `\n${traces.length} times a camera was taken: engine after ${spread(2)}; picture after ${spread(3)}; ` +
      `first digit after ${spread(1)}. Load: ${loadavg()
        .map((load) => load.toFixed(1))
        .join(', ')}`,
  );
  const predictions = records.reduce((sum, { text }) => sum + text.split('\n').length, 0);
  console.log(
    `\n${predictions} predictions stored; missing numbers: ${holes(records)}; doubled, out of order or written by one who was fenced: ${wrong.length}`,
  );
  for (const line of wrong.slice(0, 10)) console.log(line);
  if (wrong.length > 0 || holes(records) > 0) process.exitCode = 1;
  await onlooker.close();
  cut?.remove();
}

/** 200 cameras that are clockworks, on 4 workers, of which one is killed. */
async function many() {
  const nats = await broker('127.0.0.1');
  const cameras = Array.from({ length: 200 }, (_, k) => ({ id: `c${k}`, source: 'clockwork' }));
  const yaml = join(folder, 'many.yaml');
  writeFileSync(yaml, JSON.stringify({ name: FLEET, cameras }));
  spawnSync(process.execPath, [join(root, 'dist/cli.js'), 'fleet', 'apply', yaml, '--nats', nats.url], {
    stdio: 'inherit',
  });
  const begun = Date.now();
  const workers = [0, 1, 2, 3].map((k) =>
    start(process.execPath, [join(root, 'scripts/fleet-simulated-worker.mjs'), nats.url, FLEET, `w${k}`]),
  );
  const onlooker = await look(nats.url);
  const counts = () => onlooker.board.status().workers.map((/** @type {{ cameras: number }} */ one) => one.cameras);
  const read = () =>
    onlooker.board
      .status()
      .cameras.every((/** @type {{ id: string }} */ { id }) => Date.now() - (onlooker.last.get(id) ?? 0) < 2_500);
  const balanced = (/** @type {number} */ n) =>
    counts().length === n && counts().every((/** @type {number} */ one) => Math.abs(one - 200 / n) <= 20 / n);
  await until('200 cameras are read by 4 workers', () => balanced(4) && read());
  row(
    '200 cameras, 4 workers',
    'start to balanced and read',
    `${((Date.now() - begun) / 1000).toFixed(1)} s`,
    counts().join(', '),
  );
  await seconds(5);
  const killed = Date.now();
  workers[0]?.child.kill('SIGKILL');
  await seconds(1);
  await until('taken over', () => balanced(3) && read());
  row('', 'one killed: all are read again', `${((Date.now() - killed) / 1000).toFixed(1)} s`, counts().join(', '));
  await seconds(5);
  const to = Date.now();
  for (const one of workers.slice(1)) one.child.kill('SIGTERM');
  await Promise.all(workers.map(({ gone }) => gone));
  for (const log of /** @type {const} */ (['predictions', 'readings'])) {
    const records = await onlooker.all(log);
    const wrong = faultsOf(log, records, new Set());
    const gap = log === 'predictions' ? `longest gap ${longestGap(records, killed, to).gap.toFixed(1)} s` : '';
    row('', `${log} stored`, String(records.length), `${holes(records)} missing, ${wrong.length} wrong; ${gap}`);
    if (wrong.length > 0 || holes(records) > 0) process.exitCode = 1;
  }
  await onlooker.close();
}

/** One camera at its own speed, read plainly and by a fleet. @param {number} pairs */
async function costs(pairs) {
  const clip = join(folder, 'long.mkv');
  const fixture = join(root, 'fixtures/camera.mp4');
  const words = ['-v', 'error', '-y', '-stream_loop', '9', '-i', fixture, '-c', 'copy', clip];
  spawnSync('ffmpeg', words, { stdio: 'inherit' });
  const nats = await broker('127.0.0.1');
  const yaml = join(folder, 'cost.yaml');
  const camera = { id: 'one', source: clip, loop: true, pipeline: { source: { realtime: true } } };
  writeFileSync(yaml, JSON.stringify({ name: FLEET, cameras: [camera] }));
  const cli = join(root, 'dist/cli.js');
  spawnSync(process.execPath, [cli, 'fleet', 'apply', yaml, '--nats', nats.url], { stdio: 'ignore' });
  const onlooker = await look(nats.url);
  await cost({
    pairs,
    plain: () => start(process.execPath, [cli, clip, '--realtime', '--quiet']),
    fleet: () => {
      onlooker.last.clear();
      return start(process.execPath, [cli, 'fleet', '--fleet', FLEET, '--nats', nats.url]);
    },
    server: nats.pid(),
    begun: () => until('the camera is read', () => onlooker.last.has('one')),
    row,
  });
  await onlooker.close();
}

/** @param {readonly string[]} words */
export async function fleetDrill(words) {
  const kills = Number(words[words.indexOf('--kills') + 1] ?? 2) || 2;
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (tidy(), process.exit(1)));
  try {
    if (words.includes('--many')) await many();
    else if (words.includes('--cost')) await costs(Number(words[words.indexOf('--pairs') + 1]) || 3);
    else await faults(kills);
  } catch (error) {
    for (const said of heard) console.error(`---\n${said()}`);
    throw error;
  } finally {
    tidy();
  }
}

function tidy() {
  for (const child of running) if (child.pid !== undefined) kill(child.pid);
  spawnSync('ip', ['netns', 'del', 'lqdrill'], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
