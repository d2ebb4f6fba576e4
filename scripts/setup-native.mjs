// `npm run setup:native`: TensorFlow.js on TensorFlow's own library, for machines where tfjs-node's install script
// can't download it: out of the tensorflow-cpu wheel of the Python package index. Silent when the backend works
// already; when it can't be had everything stays as it was, on WebAssembly. Plain Node, no dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBinding, removeBinding, trial } from './native/binding.mjs';
import { ensureLibrary, libraryIn } from './native/libtensorflow.mjs';
import { PACKAGE, TENSORFLOW, isWanted, missingParts } from './native/plan.mjs';
import { onPath } from './system.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules', ...PACKAGE.split('/'));
const cache = join(root, '.cache');

function setup() {
  if (trial(root) === undefined) return;
  checkMachine();
  const { optionalDependencies } = JSON.parse(projectJson());
  say(
    `${PACKAGE} ${optionalDependencies[PACKAGE]} does not load here. Building its binding against ` +
      `libtensorflow ${TENSORFLOW}; this takes some minutes.`,
  );
  ensurePackage();
  const library = ensureLibrary(cache, say);
  try {
    say('Building the binding ...');
    buildBinding(root, folder, library);
    const problem = trial(root);
    if (problem !== undefined) throw new Error(`the binding was built but does not work: ${problem}`);
  } catch (error) {
    removeBinding(folder);
    throw new Error(
      `${error.message}\nTo fetch the library anew: rm -r ${relative(process.cwd(), libraryIn(cache))}; ` +
        `then npm run setup:native`,
    );
  }
  say(
    `${PACKAGE} works: training runs on TensorFlow's own library. \`npm ci\` removes the binding; this ` +
      `command builds it again.`,
  );
}

function checkMachine() {
  const pip = spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
  const { bavail, bsize } = statfsSync(root);
  const missing = missingParts({
    platform: process.platform,
    has: onPath,
    pip,
    freeBytes: bavail * bsize,
    cached: existsSync(libraryIn(cache)),
  });
  if (missing.length > 0) throw new Error(`${missing.join('\n')}\nThen: npm run setup:native`);
}

/**
 * npm leaves an optional package out when its install script fails; without scripts it stays, and nothing else is
 * touched.
 */
function ensurePackage() {
  if (isWanted(projectJson(), installedJson())) return;
  say(`Installing the files of ${PACKAGE}, without its install script ...`);
  const words = [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status } = spawnSync('npm', words, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0 || !isWanted(projectJson(), installedJson()))
    throw new Error(
      `npm could not install ${PACKAGE}; its output is above. Is the package registry reachable? Try: npm ` +
        `run setup, then npm run setup:native`,
    );
}

function projectJson() {
  return readFileSync(join(root, 'package.json'), 'utf8');
}

function installedJson() {
  const file = join(folder, 'package.json');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** @param {string} text */
function say(text) {
  console.error(text);
}

try {
  setup();
} catch (error) {
  say(`setup:native: ${error.message}\nEverything works without it, on WebAssembly; only training is slower.`);
  process.exitCode = 1;
}
