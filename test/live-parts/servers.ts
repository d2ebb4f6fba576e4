// Real servers for tests, where the system has them: which program it is, started on a free port of this machine and
// killed at will. Holds no tests.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { freePort } from './camera.js';

export { freePort };

/** Where Debian keeps servers that are on no ordinary user's path. */
const ELSEWHERE = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', ...postgresFolders()];

/**
 * The path of a program of the system, such as `nats-server`; undefined where it is not installed, after it was said
 * which tests are left out and what helps.
 */
export function serverProgram(program: string, tests: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ELSEWHERE];
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  if (found === undefined)
    process.stderr.write(`Left out, as ${program} is not installed: ${tests}. npm run setup -- --all\n`);
  return found;
}

/** A server that runs as a process of its own. */
export interface RunningServer {
  readonly port: number;
  /** Ends, stops or goes on: resolves when a killed one is gone. */
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

/** Starts a program that will listen on `port`; resolves when it takes connections. */
export async function startServer(program: string, words: readonly string[], port: number): Promise<RunningServer> {
  const child: ChildProcess = spawn(program, words, { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const dead = (): boolean => child.exitCode !== null || child.signalCode !== null;
  while (!(await takesConnections(port))) {
    if (dead()) throw new Error(`${program} ${words.join(' ')} ended before it listened on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port,
    async signal(name) {
      if (dead()) return;
      child.kill(name);
      if (name === 'SIGKILL' || name === 'SIGTERM') await gone;
    },
  };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function postgresFolders(): string[] {
  try {
    const root = '/usr/lib/postgresql';
    return readdirSync(root).map((version) => join(root, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
