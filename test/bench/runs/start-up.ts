// A run in a process of its own: the steps of starting up one after the other, up to the first accepted digit, each
// timed. They are the product's own; only the order is spelled out here. Prints JSON.
const marks: [string, number][] = [['node', performance.now()]];
const mark = (name: string): unknown => marks.push([name, performance.now()]);

const { setUp } = await import('../../../src/cli/run-setup.js');
const { readArguments } = await import('../../../src/cli/arguments.js');
const { openScorer } = await import('../../../src/scoring/scorer.js');
const { run } = await import('../../../src/pipeline.js');
const { RunObserver } = await import('../../../src/pipeline/observer.js');
await import('../../../src/cli/read.js');
await import('onnxruntime-node');
mark('modules');

const request = readArguments(process.argv.slice(2));
if (request.show !== undefined) throw new Error('a source is needed');
const { config, model, thresholds, given } = await setUp(request.arguments, () => {});
const scorer = await openScorer(model);
mark('model');

let frame = false;
/** Marks the first frame. */
class FirstFrame extends RunObserver {
  override arrived(): void {
    frame ||= Boolean(mark('first frame decoded'));
  }
}
const sightings = run({
  source: given.source,
  config,
  scorer,
  thresholds,
  observer: new FirstFrame(),
  publish: async ({ sightings }) => {
    if (!sightings.some(({ verdict }) => verdict.accepted)) return;
    mark('first digit accepted');
    process.stdout.write(JSON.stringify(marks), () => process.exit());
  },
});
sightings.subscribe();
