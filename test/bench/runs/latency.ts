// A run in a process of its own: a clip at its own speed through the pipeline into the feed, and when each frame's
// messages reach a WebSocket client, which listens in another thread. Prints JSON; measures nothing else.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { parsePipeline } from '../../../src/config.js';
import { RunObserver } from '../../../src/pipeline/observer.js';
import { prepare } from '../../../src/pipeline/prepare.js';
import { runInto } from '../../../src/run-into.js';
import { openScorer } from '../../../src/scoring/scorer.js';
import { createFeed } from '../../../src/sinks/feed.js';
import { createLines } from '../../../src/sinks/lines.js';
import { sink } from '../../../src/sinks/sink.js';
import type { Frame } from '../../../src/types.js';

const [, , source = ''] = process.argv;
const prepared = await prepare(parsePipeline('source: { realtime: true }', 'latency'));
const scorer = await openScorer(prepared.model);
const arrived = new Map<number, number>();
const clock = (): number => performance.timeOrigin + performance.now();

/** Notes when each frame came. */
class Arrivals extends RunObserver {
  override arrived(frame: Frame): void {
    super.arrived(frame);
    arrived.set(frame.index, clock());
  }
}

let client: Worker | undefined;
let received: Promise<[Map<number, number>]> | undefined;
/** Connects the client once the feed is there, before the first frame. */
const listener = sink({
  pace: 'waits',
  failure: 'ends-run',
  async open() {
    client = new Worker(fileURLToPath(new URL('./latency-client.js', import.meta.url)), { workerData: url });
    await once(client, 'message');
    received = once(client, 'message') as Promise<[Map<number, number>]>;
  },
});
let url = '';
await runInto({
  source,
  pipeline: { file: 'latency' },
  prepared,
  scorer,
  observer: new Arrivals(),
  sinks: [
    { name: 'lines', sink: createLines({}) },
    { name: 'feed', sink: createFeed({}) },
    { name: 'client', sink: listener },
  ],
  files: {},
  output: createWriteStream('/dev/null'),
  say: (text) => (url = text.replace(/^feed: /, '').trim()),
  bold: false,
  interrupted: new AbortController().signal,
});
const [messages] = await received!;
await scorer.close();
const milliseconds = [...messages].map(([frame, at]) => at - arrived.get(frame)!);
process.stdout.write(JSON.stringify({ frames: arrived.size, milliseconds }));
process.exit();
