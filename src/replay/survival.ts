// Owns how much of a perturbation survives the video: what was put into the pictures against what comes out of
// normalisation. It must not run the pipeline or judge.

import { PIXELS } from '../types.js';

/** How far the perturbation that comes out is from the one that was put in. Units: share of the pixel range, [0, 1]. */
export interface Survival {
  /** Digits compared: those that were read once under attack and once clear. */
  readonly digits: number;
  /** Largest difference of a pixel, over all. */
  readonly linf: number;
  /** Mean |difference| over all pixels. */
  readonly mean: number;
  /** Mean |perturbation| put in, to hold the mean difference against. */
  readonly put: number;
}

/** 28x28 bytes of digits, `[n, 784]`: clean, and as they are shown. */
export interface Images {
  readonly clean: Uint8Array;
  readonly shown: Uint8Array;
}

interface Pending {
  attacked?: Float32Array;
  clear?: Float32Array;
}

/**
 * Compares, digit by digit, the difference between what normalisation gives of the attacked and of the clear picture
 * with the perturbation that was put in. Holds the pixels of a digit until it was seen in both states.
 */
export class SurvivalMeter {
  readonly #images: Images;
  readonly #pending = new Map<string, Pending>();
  #digits = 0;
  #linf = 0;
  #sum = 0;
  #put = 0;

  constructor(images: Images) {
    this.#images = images;
  }

  /**
   * To be told of every digit that one region was found for. `pixels` `[784]` is not kept. `image`: its index in the
   * images.
   */
  saw(id: string, image: number, state: keyof Pending, pixels: Float32Array): void {
    const pending = this.#pending.get(id) ?? {};
    if (pending[state]) return;
    pending[state] = pixels.slice();
    this.#pending.set(id, pending);
    if (pending.attacked && pending.clear) this.#compare(image, pending.attacked, pending.clear);
  }

  /** What was found; undefined when no digit was seen in both states. */
  result(): Survival | undefined {
    if (this.#digits === 0) return undefined;
    const pixels = this.#digits * PIXELS;
    return { digits: this.#digits, linf: this.#linf, mean: this.#sum / pixels, put: this.#put / pixels };
  }

  #compare(image: number, attacked: Float32Array, clear: Float32Array): void {
    const { clean, shown } = this.#images;
    this.#digits++;
    for (let p = 0, at = image * PIXELS; p < PIXELS; p++, at++) {
      const put = (shown[at]! - clean[at]!) / 255;
      const off = Math.abs(attacked[p]! - clear[p]! - put);
      this.#put += Math.abs(put);
      this.#sum += off;
      this.#linf = Math.max(this.#linf, off);
    }
  }
}
