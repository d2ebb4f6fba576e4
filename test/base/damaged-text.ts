// Texts that are damaged at random, from a seed: what a reader of a format must refuse in words, or take.
import type { Random } from '../../src/base/random.js';

/** How a text is damaged. */
export interface Damage {
  /** What is put in. */
  readonly bits: readonly string[];
  /** Places at most, at least one. */
  readonly places: number;
  /** Characters that go at a place, fewer than this. */
  readonly cut: number;
}

/** The text with something else at some places. */
export function damagedText(random: Random, sound: string, { bits, places, cut }: Damage): string {
  let text = sound;
  for (let k = random.int(places); k >= 0; k--) {
    const at = random.int(text.length);
    text = text.slice(0, at) + bits[random.int(bits.length)]! + text.slice(at + random.int(cut));
  }
  return text;
}
