// Runs live sources for tests: frames that outlive their buffers, changes of state, and waiting for either without
// asking what time it is. Holds no tests.
import { frames, SourceMonitor, type SourceOptions } from '../../../src/source/source.js';
import type { Frame, SourceChange } from '../../../src/types.js';
import { expectAllBack } from '../clips.js';

/** A picture that outlives its buffer. */
export type Picture = Omit<Frame, 'retain' | 'release' | 'gray'> & { readonly gray: Uint8Array };

/** A live source that is being read. */
export interface Watching {
  readonly monitor: SourceMonitor;
  readonly pictures: Picture[];
  readonly changes: SourceChange[];
  /** `live`, `retrying: connection refused`, ... in order. */
  states(): string[];
  /** Resolves as soon as that is so; looked at with every picture and change, and at the end. Rejects if it never is. */
  until(holds: () => boolean): Promise<void>;
  /** What the run failed with, when it has ended. */
  readonly over: Promise<Error | undefined>;
  /** Ends the run; resolves when all is gone and every buffer is back. */
  stop(): Promise<void>;
}

/** Reads `source`; each frame is given back at once. */
export function watch(source: string, options: SourceOptions = {}): Watching {
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const one of waiting) one();
  };
  const pictures: Picture[] = [];
  const changes: SourceChange[] = [];
  const monitor = new SourceMonitor((change) => {
    changes.push(change);
    setImmediate(look);
  });
  const end = new AbortController();
  let isOver = false;
  const over = new Promise<Error | undefined>((resolve) => {
    const finish = (error?: Error): void => {
      isOver = true;
      resolve(error);
      look();
    };
    frames(source, { monitor, signal: end.signal, ...options }).subscribe({
      next: (frame) => {
        const { index, time, width, height, left, top, scale, arrival } = frame;
        const gray = Uint8Array.from(frame.gray.subarray(0, width * height));
        pictures.push({ index, time, width, height, left, top, scale, gray, ...(arrival && { arrival }) });
        frame.release();
        look();
      },
      error: (error: Error) => finish(error),
      complete: () => finish(),
    });
  });
  const states = (): string[] =>
    changes.map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`));
  return {
    monitor,
    pictures,
    changes,
    states,
    over,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const one = (): void => {
          if (!holds() && !isOver) return;
          waiting.delete(one);
          if (holds()) resolve();
          else reject(new Error(`the source ended before: ${states().join(', ')}`));
        };
        waiting.add(one);
        one();
      }),
    async stop() {
      end.abort();
      await over;
      await monitor.processes.idle();
      expectAllBack(monitor);
    },
  };
}
