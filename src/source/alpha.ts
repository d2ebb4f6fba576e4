// Owns what transparent pixels look like: luma with alpha becomes plain luma over a white or black ground. Pure.

/** Ground that shows through transparent pixels, as luma. */
export type Ground = 0 | 255;

/**
 * The ground that ink on a transparent page needs: white, unless the opaque pixels are mostly light (white ink).
 * Undefined when the frame can't tell, because nothing is transparent or nothing is opaque.
 *
 * @param pixels `[width * height, 2]`: luma and alpha, 0..255 each
 * @param count number of pixels
 */
export function chooseGround(pixels: Uint8Array, count: number): Ground | undefined {
  let weight = 0;
  let light = 0;
  for (let i = 0; i < 2 * count; i += 2) {
    const alpha = pixels[i + 1] as number;
    weight += alpha;
    light += alpha * (pixels[i] as number);
  }
  if (weight === 0 || weight === 255 * count) return undefined;
  return light > 127.5 * weight ? 0 : 255;
}

/**
 * Composites in place: afterwards the first `count` bytes are luma over `ground`, rounded to nearest.
 * Writing never overtakes reading, as pixel i is read at 2i.
 */
export function flatten(pixels: Uint8Array, count: number, ground: Ground): void {
  for (let i = 0; i < count; i += 1) {
    const alpha = pixels[2 * i + 1] as number;
    pixels[i] = Math.round(((pixels[2 * i] as number) * alpha + ground * (255 - alpha)) / 255);
  }
}
