// Owns the times that a live source goes by: timers, a clock that never goes back, the one on the wall, and how long
// nothing was to be done. An interface, so that tests move time by hand.
import { systemClock, type Clock } from '../../base/clock.js';

/** Timers and two clocks. */
export interface LiveClock extends Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Milliseconds since 1970 (UTC). It may be set, and then jumps. */
  wall(): number;
  /** How many of the milliseconds of `now` this thread has spent waiting: it had read all that there was to read. */
  idle(): number;
}

/** Real time. */
export const realTime: LiveClock = {
  ...systemClock,
  now: () => performance.now(),
  wall: () => Date.now(),
  idle: () => performance.eventLoopUtilization().idle,
};
