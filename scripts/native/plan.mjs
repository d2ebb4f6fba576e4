// What the native backend is made of: versions, files, prerequisites, and the words for what is missing. Pure: it
// starts nothing and touches no file. Plain Node, no dependencies.

/**
 * The TensorFlow whose libtensorflow is taken. tfjs-node's own download is 2.9; its binding builds against this one
 * too.
 */
export const TENSORFLOW = '2.21.0';

/** The wheel on the Python index that carries libtensorflow. */
export const WHEEL = `tensorflow-cpu==${TENSORFLOW}`;

/** The package that owns the binding. */
export const PACKAGE = '@tensorflow/tfjs-node';

/** The two libraries, and the names that the binding is linked and loaded by. */
export const LIBRARIES = {
  'libtensorflow_cc.so.2': 'libtensorflow.so',
  'libtensorflow_framework.so.2': 'libtensorflow_framework.so',
};

/** Bytes on disk while the wheel is there and unpacked: 270 MB and 830 MB, and some for the build. */
export const DISK = 1.3e9;

/** Folders of the wheel with headers of the C interface; all of its headers would be 290 MB. */
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/'];

/**
 * The files to unpack, out of the names of all files in the wheel.
 * @param {readonly string[]} names
 * @throws Error naming what a wheel of another make lacks.
 */
export function chooseFiles(names) {
  const libraries = Object.keys(LIBRARIES).map((name) => `tensorflow/${name}`);
  const wanted = [
    ...libraries,
    'tensorflow/include/tensorflow/c/c_api.h',
    'tensorflow/include/tensorflow/c/eager/c_api.h',
  ];
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`the wheel of ${WHEEL} has no ${missing.join(', no ')}`);
  /** @param {string} name */
  const isHeader = (name) =>
    name.endsWith('.h') && HEADERS.some((folder) => name.startsWith(`tensorflow/include/${folder}`));
  return names.filter((name) => libraries.includes(name) || isHeader(name));
}

/**
 * Whether the installed package is the version that package.json asks for. Both are texts of a package.json; installed
 * may be undefined.
 * @param {string} projectJson
 * @param {string | undefined} installedJson
 */
export function isWanted(projectJson, installedJson) {
  if (installedJson === undefined) return false;
  return JSON.parse(projectJson).optionalDependencies[PACKAGE] === JSON.parse(installedJson).version;
}

/**
 * What this machine lacks, one line each; none when all is there.
 * @param {object} machine
 * @param {string} machine.platform
 * @param {(program: string) => boolean} machine.has Whether a program is on the path.
 * @param {boolean} machine.pip
 * @param {number} machine.freeBytes
 * @param {boolean} machine.cached Whether the library was unpacked before: then neither pip nor room for it is needed.
 */
export function missingParts({ platform, has, pip, freeBytes, cached }) {
  if (platform !== 'linux') {
    return [
      `The wheel has libtensorflow for Linux only; this is ${platform}. TensorFlow's own download may ` +
        `work here: npm run setup -- --tfjs-node`,
    ];
  }
  /** @type {string[]} */
  const lines = [];
  /**
   * @param {string} what
   * @param {string} packages
   */
  const install = (what, packages) =>
    lines.push(`${what} is missing; on Debian or Ubuntu: apt-get install ${packages}`);
  if (!has('npm')) install('npm', 'npm');
  if (!has('python3')) install('python3 with pip', 'python3 python3-pip');
  else if (!pip && !cached) install('pip for python3', 'python3-pip');
  if (!has('g++') && !has('clang++') && !has('c++')) install('a C++17 compiler', 'g++');
  if (!has('make')) install('make', 'make');
  if (freeBytes < DISK && !cached)
    lines.push(`About ${gigabytes(DISK)} of disk are needed here; ${gigabytes(freeBytes)} are free`);
  return lines;
}

/**
 * Why pip gave no wheel, from what it said, and what to do.
 * @param {string} output
 * @param {string} python Its version, as it says it.
 */
export function explainPip(output, python) {
  const last = output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-3)
    .join('\n');
  const found = /from versions: ([^)]*)\)/.exec(output)?.[1];
  if (found === undefined) return `pip could not download ${WHEEL}:\n${last}`;
  const why = found === 'none' ? 'has no wheel of it' : `has only ${found}`;
  return (
    `the Python package index ${why} for ${python} on ${process.arch}: ${WHEEL}. There are wheels for ` +
    `Python 3.10 to 3.13 and glibc 2.27 or newer; the index that pip uses must be reachable (see: ` +
    `python3 -m pip config list)`
  );
}

/**
 * The last words of the compiler and linker, out of all that a build printed: what the programs around them say of
 * themselves comes after it.
 * @param {string} output
 */
export function compilerWords(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const said = lines.filter((line) => !/^(node-pre-)?gyp (ERR!|info|verb)/.test(line));
  return (said.length > 0 ? said : lines).slice(-12).join('\n');
}

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
