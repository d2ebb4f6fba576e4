// Owns whether a frame goes on from the one before, so that what changed between the two says something of what moved or
// was drawn: soon after it, of the same file and pass, turned alike. It keeps no frame.
import type { Frame } from '../types.js';

/** Frames further apart than this, in seconds, say nothing of each other's motion: they are judged alone. */
export const NEIGHBOURS = 0.25;

/** When a frame was, and of what. */
export interface Moment {
  /** Seconds. */
  readonly time: number;
  readonly file: string | undefined;
  readonly turned: Frame['turned'];
  readonly pass: number | undefined;
}

/** What is kept of a frame that may be over: its buffer is another's then. */
export function momentOf({ time, file, turned, pass }: Frame): Moment {
  return { time, file, turned, pass: pass?.number };
}

/** Whether what is `now` goes on from what was `before`. */
export function areNeighbours(before: Moment, now: Moment): boolean {
  const same = before.file === now.file && before.turned === now.turned && before.pass === now.pass;
  return same && now.time >= before.time && now.time - before.time <= NEIGHBOURS;
}
