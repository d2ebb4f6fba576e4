// Owns which frames `fps` keeps. Pure but for the one number that it remembers.

// Containers that store milliseconds are off by half of one, at the first frame and at each other.
const ROUNDING = 0.001;

/**
 * Keeps the first frame in each slot of 1/fps seconds, counted from the first frame: never more than fps in a second so
 * counted, and none lost at the source's own rate.
 */
export class RateLimit {
  #first: number | undefined;
  #slot: number | undefined;

  /** @param fps frames per second, > 0; undefined keeps all */
  constructor(private readonly fps: number | undefined) {}

  /** Says whether the frame at `time` (seconds) stays. To be called once per frame, in order. */
  keep(time: number): boolean {
    if (this.fps === undefined) return true;
    this.#first ??= time;
    const slot = Math.floor((time - this.#first + ROUNDING) * this.fps);
    // A clock that jumps back (a joined recording) lands in another slot as well, and starts anew from there.
    if (slot === this.#slot) return false;
    this.#slot = slot;
    return true;
  }
}
