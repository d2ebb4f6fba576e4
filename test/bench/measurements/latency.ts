// Measures how long a frame's digits take from its arrival to a WebSocket client, at a camera's own speed.
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../bench.js';
import { RATE, standardClips } from '../clips.js';
import { runJson } from '../process.js';
import { quantile } from '../../../src/base/statistics.js';

const RUN = fileURLToPath(new URL('../runs/latency.js', import.meta.url));

/** Milliseconds from frame to message. */
export const latency: Measurement = {
  name: 'latency',
  async run(context) {
    const [, [clip]] = await standardClips(context);
    context.say(`a run at its own speed: ${Math.round(clip!.frames / RATE)} s`);
    const { milliseconds: all } = await runJson<{ frames: number; milliseconds: number[] }>(RUN, [clip!.file]);
    const at = (share: number): number => quantile(all, share);
    const interval = 1000 / RATE;
    const rows = [['milliseconds', at(0.5), at(0.95), at(0.99), Math.max(...all), all.length]];
    const notes = [
      `1080p30, ${clip!.digits} digits, --realtime; the last of a frame's messages counts; the client has ` +
        `a thread of its own. A frame comes every ${interval.toFixed(1)} ms.`,
    ];
    return {
      tables: [
        {
          title: 'Latency from a frame to its message',
          columns: ['', 'p50', 'p95', 'p99', 'longest', 'frames'],
          rows,
          notes,
        },
      ],
      goals: [
        {
          what: `latency p99, 1080p30, ${clip!.digits} digits, frame intervals`,
          found: at(0.99) / interval,
          reach: 1,
          aim: 0.5,
          better: 'less',
        },
      ],
    };
  },
};
