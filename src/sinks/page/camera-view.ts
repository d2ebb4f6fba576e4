// Owns the newest picture that pages look at: which frames are taken, their copy, and their encoding. Nothing is copied
// or encoded while nobody looks. It must not know connections.
import type { PublishedFrame } from '../sink.js';
import { RATIO_CAP } from '../messages.js';
import type { Frame, Sighting } from '../../types.js';
import { pictureMessage, type PictureEncoder } from './picture.js';
import type { PictureHeader, SeenRegion } from './protocol.js';

/** Milliseconds between two pictures, at least. */
export const EVERY_MS = 100;

/** Milliseconds between two frames from which on each is kept: pages that come later need not wait for the next. */
const RARE_MS = 1000;

/** What a view needs. */
export interface CameraViewOptions {
  readonly encoder: PictureEncoder;
  /** Milliseconds, of a clock that never goes back, and since 1970. */
  readonly now: () => number;
  readonly wall: () => number;
  /** Milliseconds between two pictures, now. Default {@link EVERY_MS}. */
  readonly every?: () => number;
  /** Whether somebody looks and could take a picture. */
  readonly watched: () => boolean;
  /** Takes a picture as a message. */
  readonly show: (picture: Buffer) => void;
}

/** A copied picture. */
export interface TakenPicture extends Pick<Frame, 'width' | 'height' | 'left' | 'top' | 'scale' | 'turned'> {
  readonly frame: number;
  readonly gray: Uint8Array;
}

/** Takes pictures, one at a time, for all pages alike. */
export class CameraView {
  readonly #options: CameraViewOptions;
  #buffer = new Uint8Array(0);
  #taken: (TakenPicture & { readonly header: Omit<PictureHeader, 'image'> }) | undefined;
  /** The last picture that was encoded. */
  #picture: { readonly message: Buffer; readonly frame: number } | undefined;
  #encoding = false;
  #due = -Infinity;
  #lastFrame = -Infinity;
  /** Index of the newest frame, taken or not. */
  #newest = -1;

  constructor(options: CameraViewOptions) {
    this.#options = options;
  }

  /** The newest picture that was taken; its pixels hold until the next frame. */
  get taken(): TakenPicture | undefined {
    return this.#taken;
  }

  /** Looks at a frame. Its pixels are copied before this returns, or not at all. */
  frame(published: PublishedFrame): void {
    const now = this.#options.now();
    this.#newest = published.frame.index;
    const rare = now - this.#lastFrame >= RARE_MS;
    this.#lastFrame = now;
    const due = now >= this.#due && !this.#encoding && this.#options.watched();
    if (!due && !rare) return;
    if (this.#encoding) return;
    // On average so many a second, whatever the rate of the source is.
    const every = this.#options.every?.() ?? EVERY_MS;
    this.#due = Math.max(this.#due + every, now + every / 2);
    this.#take(published);
    if (due) void this.#encode();
  }

  /**
   * Somebody has begun to look: the newest picture is shown where it was taken. One that was taken long before it is not:
   * the next comes soon, or says how long there was none.
   */
  lookAgain(show: (picture: Buffer) => void): void {
    if (this.#taken?.frame !== this.#newest) return;
    if (this.#picture?.frame === this.#newest) show(this.#picture.message);
    else if (!this.#encoding) void this.#encode();
  }

  #take(published: PublishedFrame): void {
    const { width, height, left, top, scale, turned, index, gray } = published.frame;
    const length = width * height;
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    this.#buffer.set(gray.subarray(0, length));
    this.#taken = {
      frame: index,
      gray: this.#buffer,
      width,
      height,
      left,
      top,
      scale,
      ...(turned !== undefined && { turned }),
      header: headerOf(published, this.#options.wall()),
    };
  }

  async #encode(): Promise<void> {
    const taken = this.#taken!;
    this.#encoding = true;
    try {
      const { bytes, ...image } = await this.#options.encoder.encode(taken);
      const message = pictureMessage({ ...taken.header, image }, bytes);
      this.#picture = { message, frame: taken.frame };
      this.#options.show(message);
    } finally {
      this.#encoding = false;
    }
  }
}

function headerOf(published: PublishedFrame, taken: number): Omit<PictureHeader, 'image'> {
  const { frame, sightings, lines = [], readings, age } = published;
  const { width, height, left, top, scale } = frame;
  return {
    type: 'picture',
    frame: frame.index,
    time: frame.time,
    ...(frame.file !== undefined && { file: frame.file }),
    taken,
    ...(age !== undefined && { age }),
    area: [left, top, width * scale, height * scale],
    regions: sightings.map(seenRegion),
    lines: lines.map(({ box }) => box),
    words: lines.flatMap(({ words }) => words.map(({ box }) => box)),
    numbers: readings?.views.map(({ id, shown, box }) => ({ id, shown, box })) ?? [],
  };
}

/** A region as pages are told of it. */
export function seenRegion({ digit: { region }, verdict }: Sighting): SeenRegion {
  const { digit, ratio, top } = verdict;
  return {
    id: region.id,
    box: region.box,
    digit,
    ratio: short(Math.min(ratio, RATIO_CAP)),
    top: Number.isFinite(top) ? short(top) : null,
    ...(verdict.accepted ? {} : { rejected: verdict.rejected }),
  };
}

/** Four digits are more than anybody reads over a picture. */
function short(value: number): number {
  return Number(value.toPrecision(4));
}
