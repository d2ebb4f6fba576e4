// Owns the annotated video: which picture is shown when, and the file. Draws nothing itself.

import { extname } from 'node:path';
import { UsageError } from '../../base/errors.js';
import type { FrameSightings } from '../../types.js';
import { writeOutput, type FinishOptions } from '../../base/output/file.js';
import { startEncoder, type Encoder } from './encoder.js';
import { layoutFor, Picture } from './picture.js';

/** Options of `createAnnotator`. */
export interface AnnotatorOptions {
  /** Frames per second of the video, > 0. Default 30. */
  readonly fps?: number;
  /** Seconds that each image of a directory is shown, > 0. Default 1. */
  readonly imageSeconds?: number;
}

/** Takes frames in order, each after the one before has resolved. */
export interface Annotator {
  /**
   * Draws the frame and hands it to the encoder; resolves when there is room for the next. Does not release the frame.
   * Does nothing after `close` or `abort`.
   */
  frame(sightings: FrameSightings): Promise<void>;
  /** Finishes the file and gives it its name. Without a frame there is no file. Idempotent. */
  close(options?: FinishOptions): Promise<void>;
  /** Ends ffmpeg and leaves no file. Idempotent; does nothing after `close`. */
  abort(): Promise<void>;
}

/** A longer pause between two frames is cut to this, in seconds: a live source may sleep for hours. */
const LONGEST_PAUSE = 10;

/**
 * Writes the frames with boxes, digits, ratios and verdicts to `path`: `.mp4` (H.264, constant rate: frames are
 * repeated or left out so that each is shown at its time, to within one frame of the video), or `.png` for a source of
 * one image. The file appears under its name only when complete. Frames of another size are scaled into the first
 * one's.
 * @throws UsageError for another ending, a second frame into a `.png`, or a path that can't be written; SourceError
 *   when ffmpeg is missing.
 */
export function createAnnotator(path: string, options: AnnotatorOptions = {}): Annotator {
  switch (extname(path).toLowerCase()) {
    case '.mp4':
      return new VideoAnnotator(path, options.fps ?? 30, options.imageSeconds ?? 1);
    case '.png':
      return new ImageAnnotator(path);
    default:
      throw new UsageError(`The annotated output must end in .mp4 (or .png for one image), found "${path}".`);
  }
}

class VideoAnnotator implements Annotator {
  readonly #path: string;
  readonly #fps: number;
  readonly #imageSeconds: number;
  #picture: Picture | undefined;
  #encoder: Encoder | undefined;
  /** The picture that is shown until the next one's slot comes; slots count frames of the video. */
  #shown: { bytes: Uint8Array; slot: number; lasts: number } | undefined;
  #clock = 0;
  #lastTime: number | undefined;
  /** The frame being taken: a close in the midst of it waits. */
  #busy: Promise<void> = Promise.resolve();
  #ended: Promise<void> | undefined;

  constructor(path: string, fps: number, imageSeconds: number) {
    this.#path = path;
    this.#fps = fps;
    this.#imageSeconds = imageSeconds;
  }

  frame(sightings: FrameSightings): Promise<void> {
    if (!this.#ended) this.#busy = this.#take(sightings);
    return this.#busy;
  }

  async #take(sightings: FrameSightings): Promise<void> {
    const { frame } = sightings;
    const still = frame.file !== undefined;
    this.#clock += this.#step(frame.time, still);
    // A quarter of a frame of tolerance: times are rounded, and 60 per second must not flicker between two slots.
    const slot = Math.floor(this.#clock * this.#fps + 0.25);
    if (this.#shown && slot <= this.#shown.slot) return;
    if (!this.#encoder) {
      const layout = layoutFor(frame.width, frame.height);
      this.#picture = new Picture((await import('canvas')).default, layout);
      this.#encoder = await startEncoder(this.#path, {
        width: layout.width,
        height: layout.height,
        fps: this.#fps,
        pixelFormat: 'bgra',
      });
    }
    await this.#showUntil(slot);
    const bytes = this.#picture!.draw(sightings).toBuffer('raw');
    this.#shown = { bytes, slot, lasts: still ? Math.max(1, Math.round(this.#imageSeconds * this.#fps)) : 1 };
  }

  close(options?: FinishOptions): Promise<void> {
    return (this.#ended ??= this.#complete(options));
  }

  abort(): Promise<void> {
    // Whoever called `close` hears of its failure.
    if (this.#ended) return this.#ended.catch(() => undefined);
    return (this.#ended = this.#discard());
  }

  async #discard(): Promise<void> {
    await this.#encoder?.abort();
    // A first frame may have been about to start the encoder.
    await this.#busy.catch(() => undefined);
    await this.#encoder?.abort();
  }

  async #complete(options?: FinishOptions): Promise<void> {
    // Whoever called `frame` hears of its failure; here the encoder tells it again.
    await this.#busy.catch(() => undefined);
    if (!this.#encoder || !this.#shown) return;
    try {
      await this.#showUntil(this.#shown.slot + this.#shown.lasts);
      await this.#encoder.close(options);
    } finally {
      await this.#encoder.abort();
    }
  }

  /** Seconds since the frame before; none for the first. */
  #step(time: number, still: boolean): number {
    const before = this.#lastTime;
    this.#lastTime = time;
    if (before === undefined) return 0;
    if (still) return this.#imageSeconds;
    // Timestamps that stand still or run back: the next frame follows at once.
    return time > before ? Math.min(time - before, LONGEST_PAUSE) : 1 / this.#fps;
  }

  async #showUntil(slot: number): Promise<void> {
    if (!this.#shown) return;
    for (let i = this.#shown.slot; i < slot; i++) await this.#encoder!.write(this.#shown.bytes);
  }
}

class ImageAnnotator implements Annotator {
  readonly #path: string;
  #png: Buffer | undefined;
  #ended: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async frame(sightings: FrameSightings): Promise<void> {
    if (this.#png)
      throw new UsageError(
        `${this.#path} holds one image, but the source has more frames; use a name that ends in .mp4.`,
      );
    const { width, height } = sightings.frame;
    this.#png = new Picture((await import('canvas')).default, layoutFor(width, height))
      .draw(sightings)
      .toBuffer('image/png');
  }

  close(options?: FinishOptions): Promise<void> {
    return (this.#ended ??= this.#png ? writeOutput(this.#path, [this.#png], options) : Promise.resolve());
  }

  abort(): Promise<void> {
    return (this.#ended ??= Promise.resolve()).catch(() => undefined);
  }
}
