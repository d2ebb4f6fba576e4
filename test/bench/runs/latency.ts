// A run in a process of its own: a clip at its own speed through the pipeline into the feed, and when each frame's
// messages reach a WebSocket client, which listens in another thread. Prints JSON; measures nothing else.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { lastValueFrom } from 'rxjs';
import { createPublisher } from '../../../src/cli/publisher.js';
import { parsePipeline } from '../../../src/config.js';
import { lineWriter } from '../../../src/sinks/line-writer.js';
import { noCounts } from '../../../src/types.js';
import { serve } from '../../../src/sinks/feed/server.js';
import { readModel } from '../../../src/model/folder.js';
import { run } from '../../../src/pipeline.js';
import { openScorer } from '../../../src/scoring/scorer.js';

const [, , source = ''] = process.argv;
const config = parsePipeline('source: { realtime: true }', 'latency');
const model = await readModel(config.model);
const scorer = await openScorer(model);
const identity = { model: 'bench', pipeline: 'bench' };
const feed = await serve({
  run: { ...identity, thresholds: model.thresholds },
  stats: () => ({ ...noCounts(), fps: 0, lag: 0 }),
});
const client = new Worker(fileURLToPath(new URL('./latency-client.js', import.meta.url)), { workerData: feed.url });
await once(client, 'message');

const arrived = new Map<number, number>();
const publish = createPublisher({ lines: lineWriter(createWriteStream('/dev/null')), feed, identity, rejected: false });
const clock = (): number => performance.timeOrigin + performance.now();
await lastValueFrom(
  run({
    source,
    config,
    scorer,
    thresholds: model.thresholds,
    sink: publish,
    decoded: ({ index }) => arrived.set(index, clock()),
  }),
);
const received = once(client, 'message') as Promise<[Map<number, number>]>;
await feed.end('done');
const [messages] = await received;
await scorer.close();
const milliseconds = [...messages].map(([frame, at]) => at - arrived.get(frame)!);
process.stdout.write(JSON.stringify({ frames: arrived.size, milliseconds }));
process.exit();
