// `npm run drill [PROTOCOL ...]`: what a live source makes of faults, measured: real servers over loopback are killed,
// stopped, started late, end cleanly or lose packets, and it is timed until that is noticed and until the next digit is
// accepted. Then the oldest picture under a slow reader, and many faults in a row on one process. `npm run setup --
// --all` first: the RTSP camera comes from the system's packages. Plain Node, no dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

build();
const { frames, readDigits, RunObserver, SourceMonitor } = await import(
  new URL('../dist/index.js', import.meta.url).href
);

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lq-drill-'));
const picture = join(folder, 'picture.png');
const clip = join(folder, 'clip.mp4');
const jpeg = join(folder, 'picture.jpg');
/** Seconds after which a drill has failed. */
const PATIENCE = 60;
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** @typedef {{ kill(): Promise<void>, stop?(): void, go?(): void, end?(): void }} Served */

/**
 * @param {string} program
 * @param {readonly string[]} words
 * @returns {Served & { child: import('node:child_process').ChildProcess }}
 */
function run(program, words) {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
  running.add(child);
  const gone = once(child, 'exit').then(() => void running.delete(child));
  const kill = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  return { child, kill, stop: () => void child.kill('SIGSTOP'), go: () => void child.kill('SIGCONT') };
}

/** @param {number} port */
async function rtsp(port) {
  const camera = run('/usr/bin/python3', [join(root, 'test/live-parts/rtsp-camera.py'), String(port), picture]);
  await once(/** @type {NodeJS.EventEmitter} */ (camera.child.stdout), 'data');
  return camera;
}

/** @param {readonly string[]} words */
const send = (...words) =>
  run('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', clip, '-c', 'copy', ...words]);

/**
 * An MJPEG camera in this process: a dead one closes its port, a stopped one sends nothing.
 * @param {number} port
 * @returns {Promise<Served>}
 */
async function mjpeg(port) {
  const bytes = readFileSync(jpeg);
  let silent = false;
  /** @type {Set<import('node:http').ServerResponse>} */
  const watching = new Set();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
    watching.add(response.on('close', () => watching.delete(response)));
  });
  const timer = setInterval(() => {
    if (silent) return;
    for (const response of watching) {
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes.length}\r\n\r\n`);
      response.write(bytes);
      response.write('\r\n');
    }
  }, 1000 / 15);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    async kill() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
    stop: () => (silent = true),
    go: () => (silent = false),
    end: () => watching.forEach((response) => response.end()),
  };
}

/** @type {Readonly<Record<string, { url(port: number): string, start(port: number): Promise<Served> | Served, asked?: object }>>} */
const PROTOCOLS = {
  'rtsp/tcp': { url: (port) => `rtsp://127.0.0.1:${port}/cam`, start: rtsp },
  'rtsp/udp': { url: (port) => `rtsp://127.0.0.1:${port}/cam`, start: rtsp, asked: { transport: 'udp' } },
  'http mjpeg': { url: (port) => `http://127.0.0.1:${port}/cam`, start: mjpeg },
  rtmp: {
    url: (port) => `rtmp://127.0.0.1:${port}/live/cam`,
    start: (port) => sendAgain('-f', 'flv', '-listen', '1', `rtmp://127.0.0.1:${port}/live/cam`),
  },
  'rtmp, listening': {
    url: (port) => `rtmp://127.0.0.1:${port}/live/cam`,
    start: (port) => sendAgain('-f', 'flv', `rtmp://127.0.0.1:${port}/live/cam`),
    asked: { listen: true },
  },
  srt: {
    url: (port) => `srt://127.0.0.1:${port}`,
    start: (port) => sendAgain('-f', 'mpegts', `srt://127.0.0.1:${port}?mode=listener`),
  },
  udp: {
    url: (port) => `udp://127.0.0.1:${port}`,
    start: (port) => send('-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`),
  },
};

/**
 * A sender that begins anew whenever it ends: ffmpeg serves one client, or calls once.
 * @param {...string} words
 * @returns {Served}
 */
function sendAgain(...words) {
  let over = false;
  const begin = () => {
    const begun = send(...words);
    begun.child.once('exit', () => {
      if (!over) setTimeout(() => over || (sender = begin()), 200);
    });
    return begun;
  };
  let sender = begin();
  return {
    async kill() {
      over = true;
      await sender.kill();
    },
    stop: () => sender.stop?.(),
    go: () => sender.go?.(),
  };
}

/** @type {Readonly<Record<string, (start: () => Promise<Served> | Served, served: Served) => Promise<Served>>>} */
const FAULTS = {
  'killed, back after 3 s': async (start, served) => {
    await served.kill();
    await seconds(3);
    return await start();
  },
  'stopped for 8 s': async (_start, served) => {
    served.stop?.();
    await seconds(8);
    served.go?.();
    return served;
  },
};

/** @param {number} time */
const seconds = (time) => new Promise((resolve) => setTimeout(resolve, 1000 * time));

/** A source that is read; when it was last well, what it said, and when digits came. @param {string} url @param {object} asked */
function watch(url, asked) {
  const observer = new RunObserver();
  /** @type {{ at: number, state: string, reason?: string }[]} */
  const changes = [];
  observer.watch((/** @type {{ at: number, state: string, reason?: string }} */ change) => changes.push(change));
  const stop = new AbortController();
  /** @type {number[]} */
  const digits = [];
  const over = (async () => {
    // Its picture does not change.
    const pipeline = { source: { frozen: 0 } };
    for await (const _ of readDigits(url, { pipeline, observer, signal: stop.signal, ...asked }))
      digits.push(Date.now());
  })().catch((error) => error);
  return {
    changes,
    digits,
    async until(/** @type {() => boolean} */ holds) {
      const begun = Date.now();
      while (!holds()) {
        if (Date.now() - begun > 1000 * PATIENCE)
          throw new Error(`not within ${PATIENCE} s: ${JSON.stringify(changes)}`);
        await seconds(0.02);
      }
    },
    async stop() {
      stop.abort();
      await over;
    },
  };
}

let nextPort = 20_000 + (process.pid % 20_000);

/** @param {string} name @param {string} fault */
async function drill(name, fault) {
  const { url, start, asked = {} } = /** @type {(typeof PROTOCOLS)[string]} */ (PROTOCOLS[name]);
  const port = nextPort++;
  let served = await start(port);
  const source = watch(url(port), asked);
  try {
    await source.until(() => source.digits.length > 0);
    await seconds(1);
    const [broken, before] = [Date.now(), source.changes.length];
    served = await /** @type {(typeof FAULTS)[string]} */ (FAULTS[fault])(() => start(port), served);
    const back = Date.now();
    await source.until(() => source.digits.some((at) => at > back));
    await seconds(0.1);
    const noticed = source.changes.slice(before).find(({ state }) => state !== 'live');
    const first = /** @type {number} */ (source.digits.find((at) => at > back));
    row(name, fault, noticed ? elapsed(broken, noticed.at) : '-', elapsed(back, first));
  } catch (error) {
    row(name, fault, 'FAILED', /** @type {Error} */ (error).message.slice(0, 300));
    process.exitCode = 1;
  } finally {
    await source.stop();
    await served.kill();
  }
}

/** @param {string} name */
async function late(name) {
  const { url, start, asked = {} } = /** @type {(typeof PROTOCOLS)[string]} */ (PROTOCOLS[name]);
  const port = nextPort++;
  const source = watch(url(port), asked);
  await seconds(4);
  const back = Date.now();
  const served = await start(port);
  await source.until(() => source.digits.length > 0).catch(() => {});
  row(name, 'starts 4 s later', '-', source.digits[0] === undefined ? 'FAILED' : elapsed(back, source.digits[0]));
  await source.stop();
  await served.kill();
}

/** A camera over UDP whose packets go through here, where each tenth is lost for a while. */
async function loss() {
  const [from, to] = [nextPort++, nextPort++];
  let losing = false;
  let count = 0;
  const relay = createSocket('udp4').bind(from, '127.0.0.1');
  relay.on('message', (packet) => {
    if (!losing || ++count % 10 !== 0) relay.send(packet, to, '127.0.0.1');
  });
  const served = send('-f', 'mpegts', `udp://127.0.0.1:${from}?pkt_size=1316`);
  /** @type {{ index: number, damaged: boolean }[]} */
  const seen = [];
  const monitor = new SourceMonitor();
  const subscription = frames(`udp://127.0.0.1:${to}`, { monitor, watch: { frozen: 0 } }).subscribe(
    (/** @type {{ index: number, arrival?: { doubt?: { kind: string } }, release(): void }} */ frame) => {
      seen.push({ index: frame.index, damaged: frame.arrival?.doubt?.kind === 'damaged' });
      frame.release();
    },
  );
  while (seen.length < 15) await seconds(0.1);
  losing = true;
  await seconds(5);
  losing = false;
  const during = seen.length;
  await seconds(4);
  subscription.unsubscribe();
  await monitor.processes.idle();
  await served.kill();
  relay.close();
  const damaged = seen.filter((one) => one.damaged).length;
  const after = seen.slice(during + 30).filter((one) => one.damaged).length;
  row('udp', 'one packet of ten lost for 5 s', `${damaged} pictures damaged`, `${after} two seconds later`);
}

/** The oldest picture that a slow reader was ever given, whatever comes at 15 a second. */
async function slowReader() {
  const port = nextPort++;
  const served = await rtsp(port);
  /** @type {{ said: number, real: number }[]} */
  const ages = [];
  const pipeline = { source: { frozen: 0 } };
  const stop = AbortSignal.timeout(40_000);
  let frame = -1;
  try {
    for await (const digit of readDigits(`rtsp://127.0.0.1:${port}/cam`, { pipeline, signal: stop })) {
      ages.push({ said: digit.age ?? 0, real: (Date.now() - Date.parse(digit.at ?? '')) / 1000 });
      if (digit.frame === frame) continue;
      frame = digit.frame;
      await seconds(0.2);
    }
  } catch {
    // The time is over.
  }
  await served.kill();
  // Digits of one frame are taken one after the other: what counts is the first of each.
  const most = (/** @type {'said' | 'real'} */ key) => Math.max(...ages.map((age) => age[key])).toFixed(3);
  row(
    'rtsp/tcp',
    'reader takes 5 of 15 frames/s, 40 s',
    `oldest by its age ${most('said')} s`,
    `when it was read ${most('real')} s`,
  );
}

/**
 * Faults in a row on one process. A program in the place of ffmpeg gives one picture and ends, well, badly or by a
 * signal; waits pass a thousand times as fast.
 * @param {number} count
 */
async function endurance(count) {
  const program = join(folder, 'ffmpeg');
  const shown = '[Parsed_showinfo_1 @ 0x1] [info] n: 0 pts: 0 pts_time:0 pos: 0 s:64x48 i:P iskey:1 type:I';
  const script = [
    '#!/bin/sh',
    '[ "$1" = -version ] && { echo "ffmpeg version 7.1"; exit 0; }',
    `echo "${shown}" >&2`,
    'head -c 3072 /dev/urandom',
    '[ $(($$ % 3)) = 0 ] && kill -9 $$',
    'exit $(($$ % 2))',
  ];
  writeFileSync(program, `${script.join('\n')}\n`, { mode: 0o755 });
  const clock = {
    now: () => performance.now(),
    wall: () => Date.now(),
    idle: () => performance.eventLoopUtilization().idle,
    every: (/** @type {number} */ ms, /** @type {() => void} */ work) => {
      const timer = setInterval(work, ms / 1000);
      return () => clearInterval(timer);
    },
    after: (/** @type {number} */ ms, /** @type {() => void} */ work) => {
      const timer = setTimeout(work, ms / 1000);
      return () => clearTimeout(timer);
    },
  };
  let faults = 0;
  const monitor = new SourceMonitor((/** @type {{ state: string }} */ { state }) => {
    if (state === 'retrying') faults += 1;
  });
  const subscription = frames('rtsp://127.0.0.1/cam', { monitor, clock, ffmpeg: program }).subscribe(
    (/** @type {{ release(): void }} */ frame) => frame.release(),
  );
  const held = () => ({
    handles: readdirSync('/proc/self/fd').length,
    megabytes: Math.round(process.memoryUsage().rss / 2 ** 20),
    zombies: zombies(),
  });
  while (faults < count / 10) await seconds(0.01);
  const early = held();
  while (faults < count) await seconds(0.01);
  const end = held();
  subscription.unsubscribe();
  await monitor.processes.idle();
  const [before, after] = [early, end].map((found) => JSON.stringify(found));
  row('any', `${count} faults in a row`, `after a tenth: ${before}`, `at the end: ${after}`);
  if (end.zombies > 0 || end.handles > early.handles + 10) process.exitCode = 1;
}

/** Children of this process that have ended and were not waited for. */
function zombies() {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [state, parent] = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ');
      return state === 'Z' && Number(parent) === process.pid;
    } catch {
      return false;
    }
  }).length;
}

/** @param {number} from @param {number} to */
const elapsed = (from, to) => `${((to - from) / 1000).toFixed(1)} s`;

/** @param {readonly string[]} cells */
function row(...cells) {
  console.log(`| ${cells.join(' | ')} |`);
}

const wanted = process.argv.slice(2);
const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.includes(name);
try {
  const still = [
    '-v',
    'error',
    '-y',
    '-ss',
    '6',
    '-i',
    join(root, 'fixtures/camera.mp4'),
    '-frames:v',
    '1',
    '-update',
    '1',
  ];
  spawnSync('ffmpeg', [...still, '-vf', 'scale=640:360', picture]);
  spawnSync('ffmpeg', [...still, '-vf', 'scale=640:360', '-q:v', '2', jpeg]);
  const film = [
    '-v',
    'error',
    '-y',
    '-loop',
    '1',
    '-framerate',
    '15',
    '-i',
    picture,
    '-t',
    '20',
    '-pix_fmt',
    'yuv420p',
  ];
  spawnSync('ffmpeg', [...film, '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '15', clip]);
  row('protocol', 'fault', 'noticed after', 'server back to first accepted digit');
  row('---', '---', '---', '---');
  for (const name of Object.keys(PROTOCOLS).filter(isWanted)) {
    for (const fault of Object.keys(FAULTS)) await drill(name, fault);
    await late(name);
  }
  if (isWanted('loss')) await loss();
  if (isWanted('slow')) await slowReader();
  if (isWanted('many')) await endurance(500);
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
