// A worker of a fleet whose cameras are clockworks: one frame a second each, no picture. For the drill of many cameras;
// all else of it is that of a worker in earnest. Arguments: NATS address, fleet, name.
const at = (/** @type {string} */ path) => new URL(`../dist/fleet/${path}`, import.meta.url).href;
const { fleetTime, takePart } = await import(at('take-part.js'));
const { simulatedRunner } = await import(at('simulation/simulated-runner.js'));

const [server = '', fleet, name] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await takePart({
  access: { servers: [server] },
  fleet,
  capacity: 1,
  name,
  require: false,
  say: (/** @type {string} */ text) => void process.stderr.write(text),
  interrupted: stop.signal,
  runner: simulatedRunner({ clock: fleetTime, every: 1_000, readingEvery: 5, start: 200 }),
});
process.exit();
