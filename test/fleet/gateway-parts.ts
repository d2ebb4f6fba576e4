// What the tests of a gateway share: a fleet that is known by heart, a log in memory, and the line between those who look
// and those who are looked at. Holds no tests.
import type { LogReader, ReadRecord } from '../../src/fleet/gateway/replay.js';
import type { LookLine, ShownListener } from '../../src/fleet/look/look-line.js';
import type { Look } from '../../src/fleet/look/messages.js';
import type { FleetClock } from '../../src/fleet/core/timing.js';
import type { CameraStatus, FleetStatus } from '../../src/fleet/status.js';
import { ManualClock } from '../sinks/feed/manual-clock.js';

/** A fleet's clock that moves when a test says so. Its wall clock began in 1970. */
export class FleetManualClock extends ManualClock implements FleetClock {
  now(): number {
    return this.time;
  }
  wall(): number {
    return this.time;
  }
}

/** A camera's row. */
export function row(id: string, more: Partial<CameraStatus> = {}): CameraStatus {
  return { id, worker: 'w0', state: 'live', takeovers: 0, ...more };
}

/** A fleet of these rows with one worker. */
export function statusOf(cameras: readonly CameraStatus[]): FleetStatus {
  const worker = { name: 'w0', instance: 'w0-1', capacity: 1, leaving: false, cameras: 1, cores: undefined };
  return { fleet: 'lq', workers: [worker], cameras };
}

/** A log that holds these lines, a record each, of every camera the same, and waits for no more. */
export function logOf(lines: readonly { readonly seq: number }[]): LogReader {
  const records = lines.map((line, k): ReadRecord => ({
    sequence: k + 1,
    last: line.seq,
    text: JSON.stringify(line),
    at: 1_700_000_000_000 + 1000 * k,
  }));
  return {
    bounds: async () => ({ first: 1, last: records.length }),
    latest: async () => records.at(-1),
    next: async (_camera, sequence) => records.find((record) => record.sequence >= sequence),
    async *follow(_camera, sequence, signal) {
      for (const record of records) if (record.sequence >= sequence) yield record;
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}

/** A line in memory. What is asked and shown is heard at once; it can be made slow. */
export class MemoryLine implements LookLine {
  readonly asked: (Look & { readonly camera: string })[] = [];
  readonly shown: (Uint8Array | string)[] = [];
  /** What is shown stays under way until it is let through. */
  slow = false;
  readonly #askers = new Map<string, Set<(look: Look) => void>>();
  readonly #listeners = new Map<string, Set<ShownListener>>();
  #held: (() => void)[] = [];

  async ask(camera: string, look: Look): Promise<void> {
    this.asked.push({ camera, ...look });
    for (const asked of this.#askers.get(camera) ?? []) asked(look);
  }

  hearAsked(camera: string, asked: (look: Look) => void): () => void {
    return within(this.#askers, camera, asked);
  }

  async show(camera: string, what: Uint8Array | string): Promise<void> {
    this.shown.push(what);
    if (this.slow) await new Promise<void>((resolve) => this.#held.push(resolve));
    for (const { picture, text } of this.#listeners.get(camera) ?? [])
      if (typeof what === 'string') text(what);
      else picture(what);
  }

  hearShown(camera: string, listener: ShownListener): () => void {
    return within(this.#listeners, camera, listener);
  }

  /** Those who hear what is shown of a camera. */
  listeners(camera: string): number {
    return this.#listeners.get(camera)?.size ?? 0;
  }

  /** Lets everything through that is under way. */
  letThrough(): void {
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
  }
}

function within<T>(all: Map<string, Set<T>>, camera: string, one: T): () => void {
  const set = all.get(camera) ?? new Set<T>();
  all.set(camera, set.add(one));
  return () => void set.delete(one);
}

/** Lets everything happen that waits for nothing. */
export async function settle(): Promise<void> {
  for (let k = 0; k < 5; k++) await new Promise((resolve) => setImmediate(resolve));
}
