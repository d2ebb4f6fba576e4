// Owns the images that a truth file names: reading them, and what a model says of them fed straight in, without any
// video.
import { createHash } from 'node:crypto';
import { UsageError, UserError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { parseImages } from '../lab/data/dataset.js';
import { readIdx } from '../lab/data/idx.js';
import { judge } from '../gate/gate.js';
import type { Scorer } from '../scoring/scorer.js';
import { CLASSES, PIXELS, type Thresholds } from '../types.js';
import type { Seen, Showing } from './play.js';
import type { Images } from './survival.js';
import { besideTruth } from '../truth/beside.js';
import type { Fixture } from '../truth/truth.js';

/** Bytes of a file of images at most, unpacked: 85,000 images. */
export const IMAGES_BYTES = 67_108_864;

/** Folders up at most from a truth file to images that its set shares. */
const SHARED_UP = 2;

/** Images scored at a time. */
const BATCH = 256;

/** Files of images whose outputs are kept: what a group shows, and the clean digits that all groups share. */
const KEPT = 2;

/**
 * Reads the images of a fixture; undefined when its truth names none. @throws UsageError for missing, damaged or too
 * few ones.
 */
export async function readImages({ file, truth: { images, frames } }: Fixture): Promise<Images | undefined> {
  if (!images) return undefined;
  const read = async (name: string): Promise<Uint8Array> => {
    const where = await besideTruth({ file, name, what: 'images', up: SHARED_UP });
    const what = printable(where);
    try {
      return parseImages(
        await readIdx(where, { axes: 3, what: `images, ${what}`, most: IMAGES_BYTES, packed: true }),
        what,
      );
    } catch (cause) {
      const { message } = cause as Error;
      throw new UsageError(`${printable(file)}: its images ${what} can't be read: ${message}`, {
        cause: cause instanceof UserError ? undefined : cause,
      });
    }
  };
  const [clean, shown] = await Promise.all([read(images.clean), read(images.shown)]);
  const last = frames.reduce(
    (most, { digits }) => digits.reduce((own, { image = -1 }) => Math.max(own, image), most),
    -1,
  );
  const there = Math.min(clean.length, shown.length) / PIXELS;
  if (last >= there)
    throw new UsageError(`${printable(file)}: a digit has the image ${last}, but its files of images hold ${there}`);
  return { clean, shown };
}

/**
 * Showings with what a model says of their images, fed straight in; those without an image are left out. `outputs`:
 * `[n, 10]`, of all images.
 */
export function scoreDirectly(outputs: Float32Array, showings: readonly Showing[], thresholds: Thresholds): Showing[] {
  return showings.flatMap((showing): Showing[] => {
    const { image, box } = showing.digit;
    if (image === undefined) return [];
    const own = outputs.subarray(image * CLASSES, (image + 1) * CLASSES);
    const seen: Seen = { box, outputs: own, verdict: judge(own, thresholds) };
    return [{ ...showing, sightings: [seen] }];
  });
}

/** What a model says of files of images: the clips of a group share them, so the last few are kept. */
export class ImageOutputs {
  readonly #scorer: Pick<Scorer, 'score'>;
  /** By sha256, the latest last. */
  readonly #kept = new Map<string, Float32Array>();

  constructor(scorer: Pick<Scorer, 'score'>) {
    this.#scorer = scorer;
  }

  /** Outputs `[n, 10]` of images `[n, 784]` (bytes). */
  async of(images: Uint8Array): Promise<Float32Array> {
    const sha256 = createHash('sha256').update(images).digest('hex');
    const outputs = this.#kept.get(sha256) ?? (await scoreImages(images, this.#scorer));
    this.#kept.delete(sha256);
    this.#kept.set(sha256, outputs);
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(oldest);
    return outputs;
  }
}

/** What a model says of images `[n, 784]` (bytes), batch by batch: outputs `[n, 10]`. */
export async function scoreImages(images: Uint8Array, scorer: Pick<Scorer, 'score'>): Promise<Float32Array> {
  const count = images.length / PIXELS;
  const outputs = new Float32Array(count * CLASSES);
  const batch = new Float32Array(BATCH * PIXELS);
  for (let from = 0; from < count; from += BATCH) {
    const some = Math.min(BATCH, count - from);
    for (let p = 0; p < some * PIXELS; p++) batch[p] = images[from * PIXELS + p]! / 255;
    outputs.set(await scorer.score(batch, some), from * CLASSES);
  }
  return outputs;
}
