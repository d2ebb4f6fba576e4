// The client of `latency`, in a thread of its own so that it does not wait for the pipeline: when the last message of
// each frame came.
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket, type RawData } from 'ws';
import type { FeedMessage } from '../../../src/sinks/messages.js';

const last = new Map<number, number>();
const socket = new WebSocket(workerData as string);
socket.on('open', () => parentPort!.postMessage('open'));
socket.on('message', (data: RawData) => {
  const now = performance.timeOrigin + performance.now();
  const message = JSON.parse((data as Buffer).toString()) as FeedMessage;
  if (message.type === 'prediction') last.set(message.frame, now);
});
socket.on('close', () => parentPort!.postMessage(last));
