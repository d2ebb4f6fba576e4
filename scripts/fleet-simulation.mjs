// 10,000 cameras on 100 machines, by the code of the fleet on a simulated broker and clock: what the broker has to do, how
// long a takeover takes, and how both grow. `npm run drill -- --fleet-simulation [--cameras N --machines M]`.
import { build } from './build.mjs';

build();
const at = (/** @type {string} */ path) => new URL(`../dist/fleet/${path}`, import.meta.url).href;
const { scaleOf } = await import(at('simulation/scale.js'));
const { planFleet } = await import(at('core/plan.js'));

/** @param {readonly string[]} cells */
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

/** @typedef {{ took: number | undefined, over: number, load: { requests: Record<string, number>, deliveries: number, bytes: number } }} Part */

/** @param {Part} part */
const requestsOf = ({ load }) => Object.values(load.requests).reduce((sum, count) => sum + count, 0);

/** @param {Part} part */
const seconds = ({ took }) => (took === undefined ? 'not within 120 s' : `${(took / 1000).toFixed(1)} s`);

/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`;

/** @param {readonly string[]} words */
export async function fleetSimulation(words) {
  const option = (/** @type {string} */ name, /** @type {number} */ otherwise) =>
    words.includes(name) ? Number(words[words.indexOf(name) + 1]) : otherwise;
  const asked = words.includes('--cameras') || words.includes('--machines');
  const sizes = asked
    ? [[option('--cameras', 10_000), option('--machines', 100)]]
    : [
        [1_000, 10],
        [3_000, 30],
        [10_000, 100],
      ];
  /** @type {Record<'times' | 'starts' | 'quiets' | 'changes', string[][]>} */
  const { times, starts, quiets, changes } = { times: [], starts: [], quiets: [], changes: [] };
  for (const [cameras = 0, machines = 0] of sizes) {
    const begun = process.cpuUsage();
    const { start, quiet, killed, joined, spread } = await scaleOf(cameras, machines);
    const { user, system } = process.cpuUsage(begun);
    const size = `${cameras} on ${machines}`;
    const cpu = (user + system) / 1000 / cameras;
    times.push([size, seconds(start), seconds(killed), seconds(joined), spread.join(' to '), `${cpu.toFixed(1)} ms`]);
    const each = (/** @type {number} */ n) => (n / cameras).toFixed(1);
    starts.push([size, each(requestsOf(start)), each(start.load.deliveries), kilobytes(start.load.bytes / cameras)]);
    const s = quiet.over / 1000;
    const total = requestsOf(quiet) + quiet.load.deliveries;
    quiets.push([size, (total / machines / s).toFixed(2), (total / s).toFixed(0), kilobytes(quiet.load.bytes / s)]);
    // What one machine had is spread over all others, each of which is told.
    const moved = cameras / machines + machines;
    const change = (/** @type {Part} */ part) => {
      // Leases and what cameras read go on meanwhile.
      const { requests, deliveries, bytes } = part.load;
      const own = Object.entries(requests).filter(([what]) => !what.startsWith('leases.'));
      const count = own.reduce((sum, [, n]) => sum + n, 0) + deliveries;
      return [(count / moved).toFixed(0), kilobytes(bytes / moved)];
    };
    changes.push([size, ...change(killed), ...change(joined)]);
    console.error(`${size}: done, ${((user + system) / 1e6).toFixed(0)} s of processor time`);
  }
  const table = (/** @type {string[]} */ head, /** @type {string[][]} */ rows) => {
    console.log('');
    row(...head);
    row(...head.map(() => '---'));
    for (const cells of rows) row(...cells);
  };
  table(
    [
      'cameras on machines',
      'all owned',
      'a machine killed: owned again',
      'one joins: has its part',
      'cameras by machine',
      'processor time of the simulation, a camera',
    ],
    times,
  );
  table(['start, by camera', 'requests', 'messages to workers', 'values'], starts);
  table(['nothing happens', 'messages a second, by worker', 'in total', 'values a second'], quiets);
  table(
    [
      'by camera that moves and machine that is told',
      'killed: messages',
      'killed: values',
      'joins: messages',
      'joins: values',
    ],
    changes,
  );
  console.log('');
  row('a plan of', 'machines', 'from nothing', 'after a death');
  row('---', '---', '---', '---');
  for (const n of [1_000, 10_000, 100_000]) {
    const workers = Array.from({ length: n / 100 }, (_, k) => ({ id: `w${k}`, capacity: 1 }));
    const all = Array.from({ length: n }, (_, k) => ({ id: `c${k}`, cost: 1 + (k % 7) / 7 }));
    const [first, plan] = timed(() => planFleet(all, workers));
    const placed = all.map((camera) => ({ ...camera, owner: plan.get(camera.id) }));
    const [second] = timed(() => planFleet(placed, workers.slice(1)));
    row(String(n), String(workers.length), `${first.toFixed(0)} ms`, `${second.toFixed(0)} ms`);
  }
}

/** @template T @param {() => T} work @returns {[number, T]} */
function timed(work) {
  const begun = performance.now();
  const made = work();
  return [performance.now() - begun, made];
}
