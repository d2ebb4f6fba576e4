// Owns which pictures of a stream are damaged: those of which parts are missing, and those that build on such. Pure but
// for when it began.
import type { ShownFrame } from '../ffmpeg-log.js';

/**
 * Seconds after which a stream that has no keyframes, but refreshes its picture part by part, counts as whole again.
 */
export const REFRESHED = 10;

/** Follows one connection. */
export class DamageWatch {
  #since: number | undefined;

  /**
   * Takes the next picture.
   * @param now seconds, on a clock that never goes back
   * @returns seconds for which pictures have been damaged, this one included; undefined for a whole one
   */
  add({ key, damage }: Pick<ShownFrame, 'key' | 'damage'>, now: number): number | undefined {
    // What was lost before a picture that needs no other is no loss to it.
    if (damage === 'broken' || (damage === 'lost' && !key)) this.#since ??= now;
    else if (key) this.#since = undefined;
    if (this.#since !== undefined && damage === undefined && now - this.#since > REFRESHED) this.#since = undefined;
    return this.#since === undefined ? undefined : now - this.#since;
  }
}
