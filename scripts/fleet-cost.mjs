// What it costs to be in a fleet: the same clip at its own speed, read plainly and by a fleet of one worker, side by side
// and in turns; the processor time of each, with all its processes. `npm run drill -- --fleet --cost [--pairs N]`.
import { readdirSync, readFileSync } from 'node:fs';

/** Seconds that are measured, and that a run has to begin. */
const [MEASURED, BEGIN] = [30, 8];

/** Ticks a second of the times in /proc. */
const TICKS = 100;

/** @typedef {{ child: import('node:child_process').ChildProcess, group: (signal: NodeJS.Signals) => void, gone: Promise<void> }} Started */

/** Seconds of processor time so far: of all processes of a group, and of its first. @param {number | undefined} group */
function cpuOf(group) {
  const ticks = { all: 0, first: 0 };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (Number(fields[2]) !== group) continue;
      const used = Number(fields[11]) + Number(fields[12]);
      ticks.all += used;
      if (Number(pid) === group) ticks.first += used;
    } catch {
      // It is gone.
    }
  }
  return { all: ticks.all / TICKS, first: ticks.first / TICKS };
}

/** @param {number} time */
const seconds = (time) => new Promise((resolve) => setTimeout(resolve, 1000 * time));

/**
 * Measures pairs and prints a row each.
 * @param {{ pairs: number, plain: () => Started, fleet: () => Started, server: number | undefined, begun: () => Promise<void>,
 *   row: (...cells: string[]) => void }} options `begun` resolves when the fleet's camera is read.
 */
export async function cost({ pairs, plain, fleet, server, begun, row }) {
  row('pair', 'plainly', 'by a fleet', 'of it the worker', 'ratio', 'nats-server beside it');
  row('---', '---', '---', '---', '---', '---');
  /** @type {number[]} */
  const ratios = [];
  for (let k = 0; k < pairs; k++) {
    const alone = plain();
    await seconds(BEGIN);
    const before = cpuOf(alone.child.pid).all;
    await seconds(MEASURED);
    const plainly = cpuOf(alone.child.pid).all - before;
    alone.group('SIGKILL');
    await alone.gone;

    const worker = fleet();
    await begun();
    await seconds(BEGIN);
    const [first, served] = [cpuOf(worker.child.pid), cpuOf(server)];
    await seconds(MEASURED);
    const [last, broker] = [cpuOf(worker.child.pid), cpuOf(server).all - served.all];
    const [inFleet, own] = [last.all - first.all, last.first - first.first];
    worker.child.kill('SIGTERM');
    await worker.gone;

    ratios.push(inFleet / plainly);
    const cores = (/** @type {number} */ cpu) => `${(cpu / MEASURED).toFixed(3)} cores`;
    row(String(k + 1), cores(plainly), cores(inFleet), cores(own), (inFleet / plainly).toFixed(3), cores(broker));
  }
  const { quantile } = await import(new URL('../dist/base/statistics.js', import.meta.url).href);
  console.log(`\nmedian ratio ${quantile(ratios, 0.5).toFixed(3)}`);
}
