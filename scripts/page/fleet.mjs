// A small fleet for trying its page: a NATS server, one worker and a gateway as processes on this machine, in a folder of
// its own. Plain Node; needs nats-server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-port.mjs';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function natsServer() {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, 'nats-server')).find((file) => existsSync(file));
  if (found === undefined) throw new Error('there is no nats-server: npm run setup -- --all');
  return found;
}

/**
 * Starts a fleet; resolves when its gateway serves.
 * @param {readonly object[]} cameras As in fleet.yaml.
 */
export async function startFleet(cameras) {
  const folder = mkdtempSync(join(tmpdir(), 'lq-page-fleet-'));
  const [port, serve] = [await freePort(), await freePort()];
  const env = { ...process.env, LQ_NATS: `nats://127.0.0.1:${port}` };
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  const words = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder];
  children.push(spawn(natsServer(), words, { stdio: 'ignore' }));
  while (!(await takesConnections(port))) await pause(50);
  /**
   * @param {string} until
   * @param {readonly string[]} words
   */
  const run = async (until, ...words) => {
    const child = spawn(process.execPath, [cli, ...words], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let said = '';
    await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`lq-stream ${words.join(' ')} ended with ${code}: ${said}`)));
      child.stderr.on('data', (text) => {
        said += String(text);
        if (said.includes(until)) resolve(undefined);
      });
    });
    return child;
  };
  const write = (/** @type {readonly object[]} */ all) =>
    writeFileSync(join(folder, 'fleet.yaml'), JSON.stringify({ name: 'lq', cameras: all }));
  write(cameras);
  const worker = await run('takes part', 'fleet', 'fleet.yaml', '--name', 'w1');
  await run('page: ', 'gateway', '--serve', String(serve));
  return {
    url: `http://127.0.0.1:${serve}/`,
    worker: worker.pid ?? 0,
    /**
     * Ends the worker, and has other cameras in the fleet, which nobody reads.
     * @param {readonly object[]} others
     */
    async leave(others) {
      worker.removeAllListeners('exit');
      worker.kill('SIGTERM');
      await once(worker, 'exit');
      write(others);
      const applying = spawn(process.execPath, [cli, 'fleet', 'apply', 'fleet.yaml', '--yes'], { cwd: folder, env });
      await once(applying, 'exit');
    },
    async end() {
      for (const child of children.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.removeAllListeners('exit');
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {number} port */
async function takesConnections(port) {
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
