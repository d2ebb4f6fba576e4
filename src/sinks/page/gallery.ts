// Owns the crops that are kept to be looked at: the last ones accepted and refused, few of each region. It must not
// write files.
import { PIXELS, type Frame, type Sighting } from '../../types.js';
import { RATIO_CAP } from '../messages.js';
import type { Crop, Label } from './protocol.js';

/** Crops kept of those that were accepted, and of those that were refused. */
export const KEPT_CROPS = 200;

/** Seconds between two crops of one region that say the same. */
const AGAIN = 5;

/** Crops that are kept of one frame at most: a page of print has a thousand. */
const PER_FRAME = 8;

/** Regions whose last crop is remembered, at most. */
const MOST_REGIONS = 1024;

interface Kept {
  readonly crop: Omit<Crop, 'pixels' | 'label'>;
  readonly pixels: Uint8Array;
  label?: Label;
}

/** The last crops. Memory: twice `KEPT_CROPS` of them. */
export class Gallery {
  readonly #accepted: Kept[] = [];
  readonly #refused: Kept[] = [];
  /** What was kept of a region last, and when; in the order in which that was. */
  readonly #last = new Map<string, { readonly said: string; readonly time: number }>();
  readonly #now: () => number;
  #next = 1;
  /** Where in a frame is begun, so that all regions of a crowded one have their turn. */
  #turn = 0;

  /** @param now Seconds since any moment; never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Number of the next crop. */
  get next(): number {
    return this.#next;
  }

  /** Looks at the regions of a frame, and keeps a copy of those that say something new. */
  frame({ index, time }: Pick<Frame, 'index' | 'time'>, sightings: readonly Sighting[]): void {
    const now = this.#now();
    let kept = 0;
    for (let k = 0; k < sightings.length && kept < PER_FRAME; k++) {
      const sighting = sightings[(k + this.#turn) % sightings.length]!;
      const { verdict, digit } = sighting;
      // A window without ink has nothing to look at.
      if (!verdict.accepted && verdict.rejected === 'blank') continue;
      const { id } = digit.region;
      const said = verdict.accepted ? `${verdict.digit}` : `${verdict.rejected} ${verdict.digit}`;
      const last = this.#last.get(id);
      if (last && now - last.time < (last.said === said ? AGAIN : 1)) continue;
      this.#remember(id, said, now);
      this.#keep(sighting, index, time);
      kept++;
    }
    if (kept === PER_FRAME) this.#turn += PER_FRAME;
  }

  #remember(id: string, said: string, time: number): void {
    this.#last.delete(id);
    this.#last.set(id, { said, time });
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= MOST_REGIONS) break;
      this.#last.delete(oldest);
    }
  }

  #keep({ digit, verdict }: Sighting, frame: number, time: number): void {
    const list = verdict.accepted ? this.#accepted : this.#refused;
    const { top, ratio } = verdict;
    list.push({
      crop: {
        n: this.#next++,
        region: digit.region.id,
        frame,
        time,
        digit: verdict.digit,
        ratio: Math.min(ratio, RATIO_CAP),
        top: Number.isFinite(top) ? top : null,
        ...(verdict.accepted ? {} : { rejected: verdict.rejected }),
      },
      pixels: bytesOf(digit.pixels),
    });
    if (list.length > KEPT_CROPS) list.shift();
  }

  /** The crops from number `from` on, in the order in which they were kept. */
  since(from: number): Crop[] {
    const all = [...newest(this.#accepted, from), ...newest(this.#refused, from)];
    return all
      .sort((a, b) => a.crop.n - b.crop.n)
      .map(({ crop, pixels, label }) => ({
        ...crop,
        pixels: Buffer.from(pixels).toString('base64'),
        ...(label !== undefined && { label }),
      }));
  }

  /** The pixels of a crop that is still kept, `[784]` bytes. */
  pixels(n: number): Uint8Array | undefined {
    return this.#find(n)?.pixels;
  }

  /** Remembers what a person said of a crop. */
  label(n: number, label: Label): void {
    const found = this.#find(n);
    if (found) found.label = label;
  }

  #find(n: number): Kept | undefined {
    return [...this.#accepted, ...this.#refused].find(({ crop }) => crop.n === n);
  }
}

function newest(list: readonly Kept[], from: number): readonly Kept[] {
  const first = list.findIndex(({ crop }) => crop.n >= from);
  return first < 0 ? [] : list.slice(first);
}

/** A normalised digit as bytes, 0 to 255. */
export function bytesOf(pixels: Float32Array): Uint8Array {
  const bytes = new Uint8Array(PIXELS);
  for (let k = 0; k < PIXELS; k++) bytes[k] = Math.round(255 * pixels[k]!);
  return bytes;
}
