// System packages: which manager there is, what ffmpeg and the headers are called there, and who may install them.
// Plain Node, no dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';

/**
 * Managers in the order in which they are looked for, with what our needs are called there. What tests with real parts
 * need (a camera: GStreamer's RTSP server and its Python binding; brokers, a browser, a database) is known by name on
 * Debian and its kin only.
 * @typedef {'ffmpeg' | 'headers' | 'camera' | 'mosquitto' | 'nats' | 'browser' | 'postgres' | 'prometheus'} Need
 * @type {readonly ({
 *   program: string, refresh?: string[], install: string[], asUser?: boolean,
 * } & Partial<Record<Need, string[]>>)[]}
 */
const MANAGERS = [
  {
    program: 'apt-get',
    refresh: ['update', '-qq'],
    install: ['install', '-y', '-qq', '--no-install-recommends'],
    ffmpeg: ['ffmpeg'],
    headers: [
      'build-essential',
      'python3',
      'pkg-config',
      'libcairo2-dev',
      'libpango1.0-dev',
      'libjpeg-dev',
      'libgif-dev',
      'librsvg2-dev',
    ],
    camera: [
      'python3-gi',
      'gir1.2-gst-rtsp-server-1.0',
      'gstreamer1.0-plugins-base',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-plugins-bad',
      'gstreamer1.0-plugins-ugly',
    ],
    mosquitto: ['mosquitto'],
    nats: ['nats-server'],
    browser: ['chromium'],
    postgres: ['postgresql'],
    prometheus: ['prometheus'],
  },
  {
    program: 'dnf',
    install: ['install', '-y', '-q'],
    ffmpeg: ['ffmpeg-free'],
    headers: [
      'gcc-c++',
      'make',
      'python3',
      'pkgconf-pkg-config',
      'cairo-devel',
      'pango-devel',
      'libjpeg-turbo-devel',
      'giflib-devel',
      'librsvg2-devel',
    ],
  },
  {
    program: 'pacman',
    install: ['-Sy', '--noconfirm', '--needed'],
    ffmpeg: ['ffmpeg'],
    headers: ['base-devel', 'python', 'pkgconf', 'cairo', 'pango', 'libjpeg-turbo', 'giflib', 'librsvg'],
  },
  {
    program: 'apk',
    install: ['add', '--quiet'],
    ffmpeg: ['ffmpeg'],
    headers: ['build-base', 'python3', 'pkgconf', 'cairo-dev', 'pango-dev', 'jpeg-dev', 'giflib-dev', 'librsvg-dev'],
  },
  // Homebrew refuses to run as root and needs no rights beyond the user's.
  {
    program: 'brew',
    install: ['install', '--quiet'],
    asUser: true,
    ffmpeg: ['ffmpeg'],
    headers: ['python', 'pkgconf', 'cairo', 'pango', 'jpeg-turbo', 'giflib', 'librsvg'],
  },
];

/**
 * Whether a program is on the path and may be run.
 * @param {string} program
 */
export function onPath(program) {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => names.some((name) => isExecutable(join(folder, name))));
}

/**
 * Installs what is called `need` through the system's package manager. On a terminal it asks before it uses sudo. Throws
 * with the command to type where it may not or can't.
 * @param {Need} need
 * @param {string} why
 */
export async function installSystem(need, why) {
  const manager = MANAGERS.find(({ program }) => onPath(program));
  if (!manager)
    throw new Error(
      `${why}, and there is no package manager here that this script knows. Install it by hand, then run ` +
        `the same command again.`,
    );
  const { program, install, refresh, asUser = false } = manager;
  const packages = manager[need];
  if (!packages) throw new Error(`${why}, and what it is called for ${program} is not known. Install it by hand.`);
  const typed = [...(refresh ? [[program, ...refresh]] : []), [program, ...install, ...packages]].map((words) =>
    words.join(' '),
  );
  const rights = asUser || process.getuid?.() === 0 ? [] : await sudo(why, typed);
  console.error(`Installing ${packages.join(', ')} (${why}) ...`);
  // A failing refresh (one broken source among many) need not mean that the install fails.
  if (refresh) runQuietly([...rights, program, ...refresh]);
  // Tests start servers of their own: systemd is not to start those that come with a package.
  const still = program === 'apt-get' ? ['env', 'SYSTEMD_OFFLINE=1'] : [];
  if (!runQuietly([...rights, ...still, program, ...install, ...packages]))
    throw new Error(`${why}, and this failed: ${typed.at(-1)}. Its output is above.`);
}

/**
 * The words before a command that give it root's rights. Throws, with what to type, where they are not to be had.
 * @param {string} why
 * @param {readonly string[]} commands
 */
async function sudo(why, commands) {
  const advice =
    `${why}. Type this, then run the same command ` +
    `again:\n${commands.map((command) => `  sudo ${command}`).join('\n')}`;
  if (!onPath('sudo')) throw new Error(advice.replaceAll('  sudo ', '  ').replace('Type this', 'Type this as root'));
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n'];
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new Error(advice);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${why}. Run "sudo ${commands.at(-1)}" now? [Y/n] `);
  terminal.close();
  if (!/^(y|yes|)$/i.test(answer.trim())) throw new Error(advice);
  return ['sudo'];
}

/**
 * Runs a command with its output on stderr; true when it succeeded.
 * @param {readonly string[]} command The program and its words.
 */
function runQuietly([program = '', ...words]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(program, words, { stdio: ['inherit', 2, 2], env }).status === 0;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
