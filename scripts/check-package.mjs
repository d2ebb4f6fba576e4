// Packs the package, installs it in an empty folder as a stranger would, and uses it there: what must be in it, what
// must not, and what it says.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lq-package-'));
const installed = join(folder, 'node_modules', 'lq-stream');
/** MiB of the packed file at most. */
const LARGEST = 12;
/** The laboratory, which lives in the repository only. */
const LAB = ['dist/lab', 'dist/replay', 'dist/fixtures', 'dist/cli/lab', 'fixtures/adversarial', 'models/fc-lq'];
const LAB_COMMANDS = ['train', 'prune', 'calibrate', 'attack', 'report', 'reproduce', 'fixtures', 'replay', 'pages'];
/** A clip with a truth file, of the repository. */
const CLIP = join(root, 'fixtures', 'adversarial', 'clean', 'windows-ffv1');

/**
 * Runs a program with its messages on stderr; what it printed.
 * @param {string} program
 * @param {string[]} words
 * @param {string} cwd
 */
function run(program, words, cwd) {
  // Without it onnxruntime-node fetches CUDA's libraries, hundreds of megabytes that nothing here uses.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  return execFileSync(program, words, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * Runs the installed program; everything that came of it.
 * @param {string[]} words
 */
function lq(...words) {
  const program = join(folder, 'node_modules', '.bin', 'lq-stream');
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/**
 * Throws unless something is as it must be.
 * @param {unknown} holds
 * @param {string} otherwise What to say if it is not.
 */
function must(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** Packs and installs; name and size in MiB of the packed file. */
function install() {
  const words = ['pack', '--json', '--loglevel=error', '--pack-destination', folder];
  const [{ filename, size }] = JSON.parse(run('npm', words, root));
  const mebibytes = size / 2 ** 20;
  must(mebibytes <= LARGEST, `${filename} has ${mebibytes.toFixed(1)} MiB; at most ${LARGEST} may be asked of people`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `./${filename}`], folder);
  return { filename, mebibytes };
}

/** What is not for streaming stays at home, and nothing that came along needs it. */
function checkContents() {
  const there = LAB.filter((name) => existsSync(join(installed, name)));
  must(there.length === 0, `${there.join(', ')} must not be in the package`);
  const models = readdirSync(join(installed, 'models')).sort().join();
  must(models === 'camera,hardened,one', `models/ of the package holds ${models}, not camera, hardened and one`);
  must(existsSync(join(installed, 'dist', 'page', 'index.html')), 'the page (dist/page) must be in the package');
  const links = [...readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\(([^)#]+)/g)].map(
    ([, to]) => to ?? '',
  );
  const broken = links.filter((to) => !to.includes(':') && !existsSync(join(installed, to)));
  must(broken.length === 0, `README.md of the package points to ${broken.join(', ')}, which is not in it`);
  /** @type {Set<string>} */
  const reached = new Set();
  for (const entry of ['dist/cli.js', 'dist/index.js']) follow(join(installed, entry), reached);
}

/**
 * Follows the imports of a module, `import()` too. The laboratory's commands are asked for by name only, and may be
 * missing.
 * @param {string} file
 * @param {Set<string>} reached
 */
function follow(file, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  const text = readFileSync(file, 'utf8');
  const targets = text.matchAll(/(?:from\s|import\s|import\(|new URL\()\s*'(\.{1,2}\/[^']+\.js)'/g);
  for (const [, target = ''] of targets) {
    const next = join(dirname(file), target);
    if (relative(installed, next).startsWith(join('dist', 'cli', 'lab'))) continue;
    must(existsSync(next), `${relative(installed, file)} needs ${target}, which is not in the package`);
    follow(next, reached);
  }
}

/** Reads the fixture; how many digits. */
function checkReading() {
  const { status, stdout, stderr } = lq(join(root, 'fixtures', 'camera.mp4'), '--quiet', '--limit', '120');
  must(status === 0 && stderr === '', `reading the fixture ended with ${status}: ${stderr}`);
  const lines = stdout.trim().split('\n');
  const digits = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'prediction').length;
  must(digits > 0, 'the installed package reads no digit in the fixture');
  const truth = lq(`${CLIP}.mkv`, '--truth', `${CLIP}.json`, '--summary', 'summary.json');
  must(truth.status === 0, `--truth ended with ${truth.status}: ${truth.stderr}`);
  const { truth: leaks } = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
  must(leaks?.digits > 0, 'the summary of a run with --truth counts no digit');
  return digits;
}

/** Each command of the laboratory says in one line where it lives, and so does the help. */
function checkLab() {
  const url = 'https://github.com/lq-stream/lq-stream';
  for (const command of LAB_COMMANDS) {
    const { status, stdout, stderr } = lq(command, '--help');
    const oneLine = /^lq-stream: [^\n]*\n$/.test(stderr) && stderr.includes(url);
    must(status === 2 && stdout === '' && oneLine, `lq-stream ${command} ended with ${status} and said: ${stderr}`);
  }
  const { stdout } = lq('--help');
  must(stdout.includes(`not in this package, but in a clone of ${url}`), '--help promises the laboratory');
}

/** npm and npx say nothing because of this repository that they don't say elsewhere. */
function checkWarnings() {
  for (const command of ['npm pkg get name', 'npx --no lq-stream -- --version']) {
    const [program = '', ...words] = command.split(' ');
    /** @param {string} cwd */
    const said = (cwd) => spawnSync(program, words, { cwd, encoding: 'utf8' }).stderr.split('\n');
    const elsewhere = said(folder);
    const ours = said(root).filter((line) => !elsewhere.includes(line));
    must(ours.length === 0, `${command} says in this repository: ${ours.join('\n')}`);
  }
}

try {
  const { filename, mebibytes } = install();
  checkContents();
  const digits = checkReading();
  checkLab();
  checkWarnings();
  console.error(
    `package: ${filename}, ${mebibytes.toFixed(1)} MiB, without the laboratory, installed elsewhere and read ` +
      `${digits} digits`,
  );
} catch (error) {
  console.error(`package: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
