// Owns telling pictures that are not to be believed from quiet scenes and from darkness: frozen, the same few over and
// over, black. Pure but for what it remembers of the pictures before: a number each. It looks at luma, and knows neither
// clocks nor connections.
import { DEFAULT_CONTRAST, type Doubt } from '../../types.js';

/** For how long a picture must be wrong before it is doubted. */
export interface StillnessOptions {
  /**
   * Seconds for which no pixel changes, or the same pictures come again, until that is no quiet scene: the noise of a
   * sensor always changes something, if not in each picture of a stream then in each of its keyframes. Infinity: never.
   */
  readonly frozen: number;
  /** Seconds for which there is nothing in the picture. Infinity: never. */
  readonly black: number;
}

/** Pictures whose marks are kept: a repetition of more is not noticed. */
const MOST_KEPT = 1024;

/**
 * What is looked at: of each 67 words of four bytes the first 16, a quarter of all. 67 has no factor in common with
 * widths, so that no column is left out; no two rows of what is to be read (ten pixels high at least) either.
 */
const [LOOKED_AT, STRIDE] = [16, 67];

/** A picture whose mean is above this is not black, whatever is in it: black is 16 of 255, or 0. */
const DARK = 24;

/**
 * Sampled pixels that stand out from a black picture's own level: fewer are dead pixels of a sensor. The smallest digit
 * that is looked for has twice as many.
 */
const STANDING_OUT = 4;

/** Looks at the pictures of one source, one after the other. */
export class Stillness {
  readonly #options: StillnessOptions;
  /** Marks of the last pictures, as a ring; and where each was seen last. */
  readonly #marks = new Float64Array(MOST_KEPT);
  readonly #seen = new Map<number, number>();
  #count = 0;
  /** After how many pictures they come again, and since when that is so; undefined where they do not. */
  #period: number | undefined;
  #repeats = 0;
  #stillSince = 0;
  #blackSince: number | undefined;

  constructor(options: StillnessOptions) {
    this.#options = options;
  }

  /**
   * Looks at a picture.
   * @param gray its luma, a byte a pixel
   * @param pixels how many there are
   * @param now seconds, on a clock that never goes back
   */
  look(gray: Uint8Array, pixels: number, now: number): Doubt | undefined {
    const still = this.#still(markOf(gray, pixels), now);
    const black = this.#black(gray, pixels, now);
    if (black !== undefined && black >= this.#options.black) return { kind: 'black', seconds: black };
    if (still === undefined || still < this.#options.frozen) return undefined;
    return { kind: this.#period === 1 ? 'frozen' : 'repeating', seconds: still };
  }

  /** Seconds for which pictures have come again after one and the same number of others; undefined where they do not. */
  #still(mark: number, now: number): number | undefined {
    const at = this.#count++;
    const period = this.#period;
    const last = this.#seen.get(mark);
    const old = at - MOST_KEPT;
    if (old >= 0 && this.#seen.get(this.#marks[old % MOST_KEPT]!) === old)
      this.#seen.delete(this.#marks[old % MOST_KEPT]!);
    const again = period !== undefined && this.#markBefore(at, period) === mark;
    this.#marks[at % MOST_KEPT] = mark;
    this.#seen.set(mark, at);
    if (again) {
      this.#repeats += 1;
      // Once round is chance (a swing of a hand, a scene that came back), twice is none.
      return this.#repeats >= period ? now - this.#stillSince : undefined;
    }
    this.#period = last === undefined || at - last >= MOST_KEPT ? undefined : at - last;
    this.#repeats = 1;
    this.#stillSince = now;
    return undefined;
  }

  #markBefore(at: number, period: number): number | undefined {
    return at >= period ? this.#marks[(at - period) % MOST_KEPT] : undefined;
  }

  /** Seconds for which there has been nothing in the picture; undefined where there is something. */
  #black(gray: Uint8Array, pixels: number, now: number): number | undefined {
    if (!isBlack(gray, pixels)) {
      this.#blackSince = undefined;
      return undefined;
    }
    this.#blackSince ??= now;
    return now - this.#blackSince;
  }
}

/** Two pictures of one mark are the same but for a chance of one in 2^52. */
function markOf(gray: Uint8Array, pixels: number): number {
  let [a, b] = [0x811c9dc5 ^ pixels, 0x9e3779b9];
  const words = pixels >> 2;
  const aligned = gray.byteOffset % 4 === 0;
  const plane = aligned ? new Uint32Array(gray.buffer, gray.byteOffset, words) : undefined;
  for (let start = 0; start < words; start += STRIDE) {
    const end = Math.min(words, start + LOOKED_AT);
    for (let i = start; i < end; i++) {
      const word = plane ? plane[i]! : wordAt(gray, i);
      a = Math.imul(a ^ word, 0x01000193);
      b = Math.imul(b ^ word, 0x85ebca6b) ^ (b >>> 13);
    }
  }
  return (a >>> 0) * 2 ** 20 + ((b ^ (b >>> 15)) & 0xfffff);
}

function wordAt(gray: Uint8Array, i: number): number {
  return gray[4 * i]! | (gray[4 * i + 1]! << 8) | (gray[4 * i + 2]! << 16) | (gray[4 * i + 3]! << 24);
}

/**
 * Whether a picture is dark and holds nothing that could be read: darkness with a lamp, a lit display or noise in it is
 * none. What stands out does so by the least contrast that digits are looked for with.
 */
function isBlack(gray: Uint8Array, pixels: number): boolean {
  const step = Math.max(1, Math.floor(pixels / 1021));
  let [sum, count] = [0, 0];
  for (let i = 0; i < pixels; i += step, count++) sum += gray[i]!;
  const mean = sum / count;
  if (mean > DARK) return false;
  const bright = mean + DEFAULT_CONTRAST;
  let standing = 0;
  for (let start = 0; start < pixels; start += 4 * STRIDE) {
    const end = Math.min(pixels, start + 4 * LOOKED_AT);
    for (let i = start; i < end; i++) if (gray[i]! > bright && ++standing >= STANDING_OUT) return false;
  }
  return true;
}
