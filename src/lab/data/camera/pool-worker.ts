// Owns a thread that makes shards of a pool: the number of a shard comes in, the shard goes out, null ends it.

import { parentPort, workerData } from 'node:worker_threads';
import { makeShard, type ShardOrder } from './pool.js';

parentPort!.on('message', (shard: number | null) => {
  if (shard === null) {
    parentPort!.close();
    return;
  }
  const part = makeShard(workerData as ShardOrder, shard);
  parentPort!.postMessage(part, [part.images.buffer as ArrayBuffer, part.labels.buffer as ArrayBuffer]);
});
