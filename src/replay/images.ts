// Owns the images that a truth file names: reading them, and what a model says of them fed straight in, without any video.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UsageError, UserError } from '../errors.js';
import { parseImages } from '../lab/dataset.js';
import { judge } from '../stream/gate.js';
import { PIXELS } from '../stream/normalise.js';
import type { Scorer } from '../stream/score.js';
import type { Thresholds } from '../types.js';
import type { Seen, Sighting } from './play.js';
import type { Images } from './survival.js';
import type { Fixture } from './truth.js';

/** Images scored at a time. */
const BATCH = 256;

/** Reads the images of a fixture; undefined when its truth names none. @throws UsageError for missing, damaged or too few ones. */
export async function readImages({ file, truth: { images, frames } }: Fixture): Promise<Images | undefined> {
  if (!images) return undefined;
  const read = async (name: string): Promise<Uint8Array> => {
    const where = path.join(path.dirname(file), name);
    try {
      return parseImages(await promisify(gunzip)(await readFile(where)), where);
    } catch (cause) {
      const { message } = cause as Error;
      throw new UsageError(`${file}: its images ${where} can't be read: ${message}`, { cause: cause instanceof UserError ? undefined : cause });
    }
  };
  const [clean, shown] = await Promise.all([read(images.clean), read(images.shown)]);
  const last = frames.reduce((most, { digits }) => digits.reduce((own, { image = -1 }) => Math.max(own, image), most), -1);
  const there = Math.min(clean.length, shown.length) / PIXELS;
  if (last >= there) throw new UsageError(`${file}: a digit has the image ${last}, but its files of images hold ${there}`);
  return { clean, shown };
}

/**
 * What a model says of some of the images `[n, 784]`, as one sighting each without frame or time.
 * @param sightings Whose images: those with an `image`.
 */
export async function feed(pixels: Uint8Array, sightings: readonly Sighting[], scorer: Pick<Scorer, 'score'>, thresholds: Thresholds): Promise<Sighting[]> {
  const wanted = sightings.filter(({ digit }) => digit.image !== undefined);
  const fed: Sighting[] = [];
  for (let from = 0; from < wanted.length; from += BATCH) {
    const some = wanted.slice(from, from + BATCH);
    const batch = new Float32Array(some.length * PIXELS);
    some.forEach(({ digit }, i) => {
      for (let p = 0; p < PIXELS; p++) batch[i * PIXELS + p] = pixels[digit.image! * PIXELS + p]! / 255;
    });
    const outputs = await scorer.score(batch, some.length);
    some.forEach((sighting, i) => {
      const own = outputs.slice(i * 10, i * 10 + 10);
      const seen: Seen = { box: sighting.digit.box, outputs: own, verdict: judge(own, thresholds) };
      fed.push({ ...sighting, readings: [seen] });
    });
  }
  return fed;
}
