// Owns which frames `fps` keeps. Pure but for the one number that it remembers.

/**
 * Keeps at most one frame in each slot of 1/fps seconds. Times are rounded to the nearest slot, so that a container that
 * stores milliseconds, or a camera that is a little late, loses no frame at its own rate.
 */
export class RateLimit {
  #first: number | undefined;
  #slot = -Infinity;

  /** @param fps frames per second, > 0; undefined keeps all */
  constructor(private readonly fps: number | undefined) {}

  /** Says whether the frame at `time` (seconds) stays. To be called once per frame, in order. */
  keep(time: number): boolean {
    if (this.fps === undefined) return true;
    this.#first ??= time;
    const slot = Math.round((time - this.#first) * this.fps);
    // A clock that jumps back (a joined recording) starts anew.
    if (slot === this.#slot) return false;
    this.#slot = slot;
    return true;
  }
}
