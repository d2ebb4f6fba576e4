// tfjs-node's binding: linked to a libtensorflow, built, and tried in a process of its own. It downloads no
// libtensorflow. Plain Node, no dependencies beyond the package and its own node-pre-gyp.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { LIBRARIES, PACKAGE, compilerWords } from './plan.mjs';

/** Multiplies two matrices on the backend and compares with what comes out by hand. */
const TRIAL = `
const tf = require('${PACKAGE}');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync();
if (tf.getBackend() !== 'tensorflow') throw new Error('the backend is ' + tf.getBackend());
if (product.join() !== '19,22,43,50') throw new Error('wrong product: ' + product.join());`;

/**
 * Why the native backend does not work in `root`; undefined when it does. In another process, for a bad library may
 * crash it.
 * @param {string} root
 */
export function trial(root) {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', TRIAL], { cwd: root, env, encoding: 'utf8' });
  if (status === 0) return undefined;
  return /^\w*Error: .*/m.exec(stderr)?.[0] ?? (signal ? `the process ended with ${signal}` : stderr.trim());
}

/**
 * Builds the binding of the package in `folder` against the `tensorflow` folder of a wheel. Throws Error with the
 * compiler's last words.
 * @param {string} root
 * @param {string} folder
 * @param {string} library
 */
export function buildBinding(root, folder, library) {
  removeBinding(folder);
  link(join(library, 'include'), join(folder, 'deps', 'include'));
  for (const [name, linked] of Object.entries(LIBRARIES)) {
    for (const alias of [name, linked]) link(join(library, name), join(folder, 'deps', 'lib', alias));
  }
  const builder = join(root, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp');
  const words = [
    builder,
    'configure',
    'build',
    '--build-from-source',
    '--build-latest-napi-version-only',
    ...nodeHeaders(),
  ];
  const env = { ...process.env, CXXFLAGS: `${process.env.CXXFLAGS ?? ''} -std=c++17`.trim() };
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`the binding could not be built:\n${compilerWords(`${stdout}${stderr}`)}`);
}

/**
 * Takes away what `buildBinding` made, so that the package fails to load at once and another backend is chosen.
 * @param {string} folder
 */
export function removeBinding(folder) {
  const built = existsSync(folder) ? readdirSync(folder).filter((name) => /^build(-tmp-napi-v\d+)?$/.test(name)) : [];
  for (const name of ['lib', 'deps/include', 'deps/lib', ...built])
    rmSync(join(folder, name), { recursive: true, force: true });
}

/**
 * A relative link, so that the clone can be moved.
 * @param {string} target
 * @param {string} at
 */
function link(target, at) {
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(relative(dirname(at), target), at);
}

/** Node's own headers, where they came with it: node-gyp would otherwise download them. */
function nodeHeaders() {
  const prefix = resolve(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}
