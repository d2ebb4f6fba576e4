// Makes a clone ready to run: ffmpeg, packages, the canvas binding, dist/. Installs only what is missing and says
// nothing when nothing is. Plain Node, no dependencies. `--tfjs-node` also fetches TensorFlow for faster training,
// `--all` installs what tests with real parts need: a camera, brokers, a browser, a database.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { installSystem, onPath } from './system.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');

/** Seconds for a download of a prebuilt binding: behind a firewall that swallows packets it would hang for minutes. */
const DOWNLOAD_LIMIT = 60;
/** Optional for strangers, so that the package installs everywhere, but not here. */
const NEEDED = ['node_modules/canvas', 'node_modules/onnxruntime-node'];
/** Seconds for TensorFlow's library (hundreds of megabytes), only fetched when asked for. */
const TENSORFLOW_LIMIT = 1800;

/** Does all of it. Throws an Error whose message says what to do. */
export async function setup() {
  checkNode();
  await ensureFfmpeg();
  ensureModules();
  await ensureCanvas();
  build();
  ensureCommand();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node 20.19 or newer is needed, this is ${process.versions.node}`);
}

async function ensureFfmpeg() {
  const found = (process.env.FFMPEG_PATH || onPath('ffmpeg')) && (process.env.FFPROBE_PATH || onPath('ffprobe'));
  if (!found) await installSystem('ffmpeg', 'ffmpeg is missing');
}

/**
 * Packages exactly as in the lock file. Their own install scripts don't run: the one that matters (canvas) runs below,
 * the others only fetch what is not needed (CUDA for onnxruntime-node) or may take minutes to fail
 * (@tensorflow/tfjs-node).
 */
function ensureModules() {
  if (modulesAreCurrent()) return;
  console.error('Installing packages from the registry (npm ci), which takes a minute or several ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const words = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status, error } = spawnSync(npm, words, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error(
      `npm ci failed${error ? ` (${error.message})` : ''}; its output is above. Is the package registry reachable?`,
    );
}

/**
 * Whether node_modules holds what the lock file says. npm writes down what it installed when, and only when, it is
 * done.
 */
function modulesAreCurrent() {
  const note = join(modules, '.package-lock.json');
  if (!existsSync(note)) return false;
  /** @typedef {Record<string, { version: string, optional?: boolean }>} Packages */
  /** @type {{ packages: Packages }} */
  const { packages: wanted } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  /** @type {{ packages: Packages }} */
  const { packages: installed } = JSON.parse(readFileSync(note, 'utf8'));
  /**
   * @param {string} name
   * @param {boolean} optional
   */
  const mayMiss = (name, optional) => name === '' || (optional && !NEEDED.includes(name));
  return Object.entries(wanted).every(([name, { version, optional = false }]) =>
    installed[name] ? installed[name].version === version : mayMiss(name, optional),
  );
}

/** canvas draws the annotated video and the fixtures: its prebuilt binding where that can be had, else built here. */
async function ensureCanvas() {
  if (canvasLoads()) return;
  const folder = join(modules, 'canvas');
  console.error('Fetching canvas, built before, for a minute at most ...');
  const fetcher = join(modules, 'prebuild-install', 'bin.js');
  run(process.execPath, [fetcher, '-r', 'napi'], { cwd: folder, seconds: DOWNLOAD_LIMIT });
  if (canvasLoads()) return;
  if (!canBuild()) await installSystem('headers', 'canvas needs cairo and pango to build');
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  console.error('Building canvas here, which takes a minute or two ...');
  const { ok, output } = run('npm', ['rebuild', 'canvas', '--foreground-scripts', '--loglevel=error'], {
    cwd: root,
    env: { npm_config_build_from_source: 'true', ...nodeHeaders() },
  });
  if (!ok || !canvasLoads()) throw new Error(`canvas could not be built:\n${output.split('\n').slice(-40).join('\n')}`);
}

function canvasLoads() {
  return spawnSync(process.execPath, ['-e', 'require("canvas")'], { cwd: root, stdio: 'ignore' }).status === 0;
}

function canBuild() {
  const headers = spawnSync('pkg-config', ['--exists', 'cairo', 'pangocairo'], { stdio: 'ignore' }).status === 0;
  return headers && onPath('make') && (onPath('g++') || onPath('clang++')) && onPath('python3');
}

/**
 * Runs a program that is only worth listening to when it fails.
 * @param {string} program
 * @param {readonly string[]} words
 * @param {{ cwd: string, seconds?: number, env?: NodeJS.ProcessEnv }} how `seconds`: killed after so many.
 */
function run(program, words, { cwd, seconds, env = {} }) {
  /** @type {import('node:child_process').SpawnSyncOptionsWithStringEncoding} */
  const options = {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
    shell: process.platform === 'win32',
  };
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    ...options,
    ...(seconds && { timeout: seconds * 1000, killSignal: 'SIGKILL' }),
  });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}` };
}

/** Node's own headers, where they came with it: node-gyp would otherwise download them. */
function nodeHeaders() {
  const prefix = resolve(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
}

/** `npx lq-stream` inside the clone: npm links the commands of dependencies, not the package's own. */
function ensureCommand() {
  const link = join(modules, '.bin', 'lq-stream');
  if (process.platform === 'win32' || existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'dist', 'cli.js'), link);
}

function ensureTensorflow() {
  const folder = join(modules, '@tensorflow', 'tfjs-node');
  const loads = () =>
    spawnSync(process.execPath, ['-e', 'require("@tensorflow/tfjs-node")'], { cwd: root, stdio: 'ignore' }).status ===
    0;
  if (loads()) return;
  console.error('Fetching TensorFlow, hundreds of megabytes ...');
  const { output } = run(process.execPath, [join('scripts', 'install.js')], { cwd: folder, seconds: TENSORFLOW_LIMIT });
  if (!loads())
    throw new Error(
      `TensorFlow could not be installed; everything else works without it, training more slowly:\n${output.trim()}`,
    );
}

/** The system's own Python: its binding of GStreamer is in no other. */
const PYTHON = '/usr/bin/python3';

async function ensureCamera() {
  const parts = '["x264enc", "pngdec", "imagefreeze", "rtph264pay", "h264parse"]';
  const words = [
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0')",
    `from gi.repository import Gst, GstRtspServer; Gst.init(None); assert all(map(Gst.ElementFactory.find, ${parts}))`,
  ];
  const runs = () => spawnSync(PYTHON, ['-c', words.join('; ')], { stdio: 'ignore' }).status === 0;
  if (runs()) return;
  await installSystem('camera', 'the RTSP camera of the tests is missing');
  if (!runs()) throw new Error('the RTSP camera of the tests is installed and does not run');
}

/** Servers of the tests and where Debian keeps them: some are on no ordinary user's path. */
const SERVERS = /** @type {const} */ ([
  { need: 'mosquitto', what: 'the MQTT broker', programs: ['mosquitto', '/usr/sbin/mosquitto'] },
  { need: 'nats', what: 'the NATS server', programs: ['nats-server', '/usr/sbin/nats-server'] },
  { need: 'browser', what: 'the browser', programs: ['chromium', '/usr/bin/chromium'] },
  { need: 'prometheus', what: "Prometheus' checker of rules", programs: ['promtool'] },
  { need: 'postgres', what: 'the Postgres server', programs: ['postgres', '/usr/lib/postgresql'] },
]);

async function ensureServers() {
  for (const { need, what, programs } of SERVERS) {
    const found = () => programs.some((program) => (isAbsolute(program) ? existsSync(program) : onPath(program)));
    if (!found()) await installSystem(need, `${what} of the tests is missing`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await setup();
    if (process.argv.includes('--tfjs-node')) ensureTensorflow();
    if (process.argv.includes('--all')) {
      await ensureCamera();
      await ensureServers();
    }
  } catch (error) {
    console.error(`set-up: ${error.message}`);
    process.exitCode = 1;
  }
}
