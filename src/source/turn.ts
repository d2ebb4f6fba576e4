// Owns turning a decoded plane by quarter turns, in the buffer that it lies in. Must not know why it is turned.
import type { Arrival, Frame, Rotation, SourcePass } from '../types.js';

/** Degrees by which a turn turns. */
export type Quarters = Exclude<Rotation, 0>;

/** Turns frames, one after the other. It keeps one plane, of the largest frame that it turned. */
export interface Turner {
  /**
   * The frame as it would be turned clockwise, to be looked at until the next call of either method. It has no holders:
   * releasing it does nothing, and who wants to retain it keeps it first.
   */
  look(frame: Frame, by: Quarters): Frame;
  /**
   * Turns a frame, which must be whole (not the crop of a picture) and in nobody else's hands, and takes it over: it is
   * released by releasing what is returned, and its buffer holds the turned plane.
   */
  turn(frame: Frame, by: Quarters): Frame;
}

/** A turner without a plane yet. */
export function createTurner(): Turner {
  let plane = new Uint8Array(0);
  const look = (frame: Frame, by: Quarters): Look => {
    const pixels = frame.width * frame.height;
    if (plane.length < pixels) plane = new Uint8Array(pixels);
    turnPlane(frame, by, plane);
    return new Look(frame, by, plane);
  };
  return {
    look,
    turn(frame, by) {
      const { width, height } = look(frame, by);
      frame.gray.set(plane.subarray(0, width * height));
      return new TurnedFrame(frame, by);
    },
  };
}

/** Pixels along each side of the pieces that are turned one by one: a piece's rows and columns stay in the cache. */
const PIECE = 32;

function turnPlane({ gray, width, height }: Frame, by: Quarters, to: Uint8Array): void {
  const count = width * height;
  if (by === 180) {
    for (let k = 0; k < count; k++) to[k] = gray[count - 1 - k]!;
    return;
  }
  // Where the first pixel goes, and how far from there its neighbours to the right and below: rows become columns.
  const [start, right, down] = by === 90 ? [height - 1, height, -1] : [count - height, -height, 1];
  for (let top = 0; top < height; top += PIECE) {
    const bottom = Math.min(height, top + PIECE);
    for (let left = 0; left < width; left += PIECE) {
      const end = Math.min(width, left + PIECE);
      for (let y = top; y < bottom; y++) {
        let at = start + left * right + y * down;
        for (let k = y * width + left; k < y * width + end; k++, at += right) to[at] = gray[k]!;
      }
    }
  }
}

/** What a turned frame has of the one that it was. */
abstract class Turned implements Frame {
  readonly index: number;
  readonly time: number;
  readonly width: number;
  readonly height: number;
  readonly left = 0;
  readonly top = 0;
  readonly scale: number;
  declare readonly file?: string;
  declare readonly arrival?: Arrival;
  declare readonly pass?: SourcePass;
  readonly turned: Quarters;
  abstract readonly gray: Uint8Array;

  constructor(frame: Frame, by: Quarters) {
    this.index = frame.index;
    this.time = frame.time;
    [this.width, this.height] = by === 180 ? [frame.width, frame.height] : [frame.height, frame.width];
    this.scale = frame.scale;
    if (frame.file !== undefined) this.file = frame.file;
    if (frame.arrival !== undefined) this.arrival = frame.arrival;
    if (frame.pass !== undefined) this.pass = frame.pass;
    this.turned = by;
  }

  abstract retain(): Frame;
  abstract release(): void;
}

class Look extends Turned {
  constructor(
    frame: Frame,
    by: Quarters,
    readonly gray: Uint8Array,
  ) {
    super(frame, by);
  }

  retain(): never {
    throw new Error(`Frame ${this.index} is only looked at: it can't be retained.`);
  }

  release(): void {}
}

class TurnedFrame extends Turned {
  readonly #held: Frame;
  readonly #by: Quarters;

  /** @param held whose buffer is turned already. */
  constructor(held: Frame, by: Quarters) {
    super(held, by);
    [this.#held, this.#by] = [held, by];
  }

  get gray(): Uint8Array {
    return this.#held.gray;
  }

  retain(): Frame {
    return new TurnedFrame(this.#held.retain(), this.#by);
  }

  release(): void {
    this.#held.release();
  }
}
