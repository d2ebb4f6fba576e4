// Owns the part of an input's picture that is wanted: asked for once a size is known, and checked against every size.
// Must not know what is in the picture.
import { SourceError, UsageError } from '../base/errors.js';
import type { Box } from '../types.js';
import type { SourceInfo } from './probe.js';

/** Size of a picture in pixels. */
export type Size = Pick<SourceInfo, 'width' | 'height'>;

/** The part of a picture of a size that is wanted, in its pixels; undefined for all of it. */
export type CropFor = (size: Size) => Box | undefined;

/** The crop of one input. */
export class Crop {
  /** What the decoder cuts out; undefined for all, and where the size is not known before the first frame. */
  readonly cut: Box | undefined;
  #asked: Size | undefined;

  /**
   * @param name how messages name the input
   * @param wanted what is asked for
   * @param size the probed size; undefined where only the frames say it. Throws UsageError when the crop is not inside.
   */
  constructor(
    private readonly name: string,
    private readonly wanted: CropFor,
    private readonly size: Size | undefined,
  ) {
    this.cut = size && this.#ask(size);
  }

  /**
   * Where in the picture the bytes of the next frame lie. `before` frames came before it.
   * Throws SourceError when it has a size that the cut does not fit, UsageError when it is the first to say that the
   * crop is outside.
   */
  place({ width, height }: Size, before: number): Box {
    if (!this.size) this.#follow({ width, height });
    else if (this.cut && !inside(this.cut, { width, height }))
      // A crop that no longer fits would silently be moved by ffmpeg.
      throw new SourceError(
        `${this.name} changes to ${width}x${height} pixels after ${before} frames: the ` +
          `regions' box [${this.cut.join(', ')}] no longer fits.`,
      );
    return this.cut ?? [0, 0, width, height];
  }

  // Whoever asks for a part learns each new size before its first frame, also where the whole picture comes.
  #follow(size: Size): void {
    if (size.width === this.#asked?.width && size.height === this.#asked.height) return;
    this.#asked = size;
    this.#ask(size);
  }

  #ask(size: Size): Box | undefined {
    const crop = this.wanted(size);
    if (crop && !inside(crop, size))
      throw new UsageError(
        `The regions span the box [${crop.join(', ')}] (x, y, width, height), which is not ` +
          `inside ${this.name}: its frames are ${size.width}x${size.height} pixels. Move the ` +
          `regions, or give them relative to the frame.`,
      );
    return crop;
  }
}

function inside([x, y, width, height]: Box, size: Size): boolean {
  return x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= size.width && y + height <= size.height;
}
