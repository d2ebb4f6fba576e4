// src/ -> dist/, only when something changed since the last build. Plain Node; says nothing when there is nothing to
// do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.built-from');
const pageStamp = join(dist, '.page-built-from');

/** Builds dist/ if it is older than src/ by content. Throws when a compiler finds an error. */
export function build() {
  buildProgram();
  buildPage();
}

function buildProgram() {
  const wanted = fingerprint(
    filesIn('src').filter((file) => !file.startsWith(join(root, 'src', 'page'))),
    ['package.json', 'tsconfig.json', 'tsconfig.build.json'],
  );
  if (isBuilt(stamp, wanted)) return;
  console.error('Building the program (dist/), which takes up to a minute ...');
  // The page is built apart.
  const old = existsSync(dist)
    ? readdirSync(dist).filter((name) => name !== 'page' && name !== '.page-built-from')
    : [];
  for (const name of old) rmSync(join(dist, name), { recursive: true, force: true });
  run(join('typescript', 'bin', 'tsc'), ['-p', 'tsconfig.build.json'], 'the sources in src/ do not compile');
  chmodSync(join(dist, 'cli.js'), 0o755);
  writeFileSync(stamp, wanted);
}

/** What the page takes from outside of src/page beside packages: forms and small functions. */
const PAGE_TAKES = ['src/types.ts', 'src/gate/gate.ts', 'src/sinks/page/protocol.ts'];

function buildPage() {
  const wanted = fingerprint(filesIn(join('src', 'page')), [
    'vite.page.config.mjs',
    'package-lock.json',
    ...PAGE_TAKES,
  ]);
  if (isBuilt(pageStamp, wanted)) return;
  console.error('Building the page (dist/page/) ...');
  const words = ['build', '--config', 'vite.page.config.mjs', '--logLevel', 'warn'];
  run(join('vite', 'bin', 'vite.js'), words, 'the page in src/page/ can not be built');
  writeFileSync(pageStamp, wanted);
}

/**
 * @param {string} at
 * @param {string} wanted
 */
function isBuilt(at, wanted) {
  return existsSync(at) && readFileSync(at, 'utf8') === wanted;
}

/**
 * Runs a program of node_modules. Its findings are for people: stdout carries data only.
 * @param {string} program
 * @param {string[]} words
 * @param {string} otherwise What is said when it fails.
 */
function run(program, words, otherwise) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...words], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`${otherwise}; see above`);
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Hash of the names and contents of everything that a build reads.
 * @param {string[]} files
 * @param {string[]} others By their paths in the repository.
 */
function fingerprint(files, others) {
  const hash = createHash('sha256');
  for (const file of [...files, ...others.map((name) => join(root, name))]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    build();
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
