// Owns the times of a fleet, in milliseconds, and the clock that they are measured with.
import type { Clock } from '../../base/clock.js';

/** Timers, and two clocks. */
export interface FleetClock extends Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Milliseconds since 1970 (UTC), for people only: it may be wrong by hours. */
  wall(): number;
}

/** Times of a fleet, in milliseconds. */
export interface Timing {
  /** A worker that has not renewed its lease for so long counts as dead. The broker measures it. */
  readonly lease: number;
  /** Between two renewals. */
  readonly renew: number;
  /** Between two looks at whether the next worker lives. */
  readonly observe: number;
  /** A worker stops writing so long before its lease may be over. */
  readonly margin: number;
  /** Between two attempts at what the broker did not do. */
  readonly retry: number;
  /** After a change until what follows from it is done: several changes that come together are one. */
  readonly settle: number;
  /** One that has just joined plans nothing for so long: when all machines start, the first would take everything. */
  readonly gather: number;
  /** A camera that another worker is to have is read on until that one reads it, for so long at most. */
  readonly handover: number;
  /** The same for all cameras of a worker that is to end. */
  readonly drain: number;
  /** Between two times that what is left of workers that are gone is swept up; it is left for so long for others to see. */
  readonly sweep: number;
  /** For what is not stored yet when a camera is handed over. */
  readonly flush: number;
  /** Until a run that has failed is started anew: first, and at most. It doubles in between. */
  readonly restart: readonly [first: number, most: number];
}

/** The times of every fleet. The lease's is also that of its table, so all workers have to have the same. */
export const TIMING: Timing = {
  lease: 5_000,
  renew: 1_500,
  observe: 500,
  margin: 500,
  retry: 200,
  settle: 50,
  gather: 1_000,
  handover: 60_000,
  drain: 4_000,
  sweep: 600_000,
  flush: 2_000,
  restart: [1_000, 30_000],
};

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits; resolves at once when the signal is aborted. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const over = (): void => {
      stop();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const stop = clock.after(ms, over);
    signal?.addEventListener('abort', over, { once: true });
  });
}
