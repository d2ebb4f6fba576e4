// 10,000 cameras on 100 machines, by the code of the fleet on a simulated broker and clock: what the broker has to do, how
// long a takeover takes, and how the time of a plan grows. `npm run drill -- --fleet-simulation [--cameras N] [--machines M]`.
import { build } from './build.mjs';

build();
const at = (/** @type {string} */ path) => new URL(`../dist/fleet/${path}`, import.meta.url).href;
const { SimulatedFleet } = await import(at('simulation/simulated-fleet.js'));
const { planFleet } = await import(at('core/plan.js'));

/** @param {readonly string[]} cells */
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

/** @param {{ requests: Record<string, number>, deliveries: number }} load @param {number} seconds */
function showLoad(load, seconds) {
  for (const [what, count] of Object.entries(load.requests).sort())
    if (count > 0) row(what, (count / seconds).toFixed(1));
  row('messages to those who watch', (load.deliveries / seconds).toFixed(1));
}

/** @param {readonly string[]} words */
export async function fleetSimulation(words) {
  const option = (/** @type {string} */ name, /** @type {number} */ otherwise) =>
    words.includes(name) ? Number(words[words.indexOf(name) + 1]) : otherwise;
  const [cameras, machines] = [option('--cameras', 10_000), option('--machines', 100)];
  const frames = 60_000;
  const fleet = new SimulatedFleet({ seed: 1, cameras, workers: machines, keeps: false, every: frames, start: 500 });
  const owned = () =>
    fleet.living.reduce(
      (/** @type {number} */ sum, /** @type {{ worker: { cameras: string[] } }} */ one) =>
        sum + one.worker.cameras.length,
      0,
    );
  let time = 0;
  const pass = async (/** @type {number} */ ms) => {
    await fleet.pass(ms);
    time += ms;
  };
  while (owned() < cameras && time < 120_000) await pass(100);
  console.log(
    `${cameras} cameras on ${machines} machines: all are owned ${(time / 1000).toFixed(1)} s after the start`,
  );
  await pass(20_000);
  const counts = () =>
    fleet.living.map((/** @type {{ worker: { cameras: string[] } }} */ one) => one.worker.cameras.length);
  console.log(`cameras by machine: ${Math.min(...counts())} to ${Math.max(...counts())}`);
  fleet.broker.load();
  await pass(30_000);
  console.log('\nWhat the broker has to do when nothing happens, beside what cameras read:\n');
  row('request', 'a second');
  row('---', '---');
  showLoad(fleet.broker.load(), 30);
  const before = time;
  for (const { machine } of fleet.workers.slice(0, 5)) machine.kill();
  await pass(1_000);
  while (owned() < cameras && time - before < 60_000) await pass(50);
  console.log(
    `\nfive machines die at once: all cameras are owned again after ${((time - before) / 1000).toFixed(1)} s`,
  );
  console.log(`cameras by machine: ${Math.min(...counts())} to ${Math.max(...counts())}`);
  console.log('\nA plan from nothing, and one after a machine has died:\n');
  row('cameras', 'machines', 'from nothing', 'after a death');
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
