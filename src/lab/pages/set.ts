// Owns the making of a set: every kind's pictures and their truth into a folder. It must not judge.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createRandom, type Random } from '../../base/random.js';
import { makeFolder, writeOutput } from '../../base/output/file.js';
import { startEncoder } from '../../sinks/drawing/encoder.js';
import { photograph, turnedPixels, type Photo, type Thing } from './camera.js';
import { isClip, type Canvas, type ClipKind, type StillKind, type Tools } from './kinds/kind.js';
import { PAGES_FILE, PAGES_FORMAT, type PagesPicture, type PagesTruth } from './truth.js';

/** What a set is made of. */
export interface SetOptions {
  readonly kinds: readonly (StillKind | ClipKind)[];
  /** Pictures of each kind, >= 1. */
  readonly count: number;
  /** Everything random follows from it, the name of a kind and the number of a picture: kinds may be made alone. */
  readonly seed: number;
  /** What makes the set again, for its truth. */
  readonly command: string;
  /** Called after each picture. Default: nothing happens. */
  readonly onPicture?: (done: number, total: number) => void;
  /** Stops the work between two pictures. Default: none. */
  readonly signal?: AbortSignal;
}

/** Makes a set in a folder. @throws UsageError where a file can't be written; the signal's reason when stopped. */
export async function makePages(folder: string, tools: Tools, options: SetOptions): Promise<PagesTruth> {
  const { kinds, count, seed, command, onPicture, signal } = options;
  const pictures: PagesPicture[] = [];
  await makeFolder(folder);
  for (const kind of kinds) {
    await mkdir(path.join(folder, kind.name), { recursive: true });
    for (let k = 0; k < count; k++) {
      signal?.throwIfAborted();
      const random = createRandom(seed).fork(kind.name).fork(`${k}`);
      const name = `${kind.name}/${kind.name}-${String(k).padStart(2, '0')}`;
      pictures.push(await makePicture(folder, name, kind, tools, random));
      onPicture?.(pictures.length, kinds.length * count);
    }
  }
  const truth: PagesTruth = { format: PAGES_FORMAT, command, pictures };
  await writeOutput(path.join(folder, PAGES_FILE), [truthText(truth)]);
  return truth;
}

/** The truth as text, a picture a line. */
function truthText({ pictures, ...rest }: PagesTruth): string {
  const lines = pictures.map((picture) => `    ${JSON.stringify(picture)}`);
  return `${JSON.stringify(rest, undefined, 2).slice(0, -2)},\n  "pictures": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

async function makePicture(
  folder: string,
  name: string,
  kind: StillKind | ClipKind,
  tools: Tools,
  random: Random,
): Promise<PagesPicture> {
  const about = { kind: kind.name, holds: kind.holds };
  if (isClip(kind)) {
    const frames: Thing[][] = [];
    let size = { width: 0, height: 0 };
    const file = `${name}.mp4`;
    let encoder: Awaited<ReturnType<typeof startEncoder>> | undefined;
    try {
      for (const { width, height, gray, things } of kind.film(tools, random)) {
        size = { width, height };
        encoder ??= await startEncoder(path.join(folder, file), {
          ...size,
          fps: kind.fps,
          pixelFormat: 'gray',
          crf: 23,
          deterministic: true,
        });
        await encoder.write(gray);
        frames.push([...things]);
      }
      await encoder?.close();
    } finally {
      await encoder?.abort();
    }
    return { ...about, file, ...size, turned: 0, frames: frames.map(listed) };
  }
  const { page, look, quarters } = kind.draw(tools, random.fork('page'));
  const photo = photograph(page, look, random.fork('camera'));
  const lossless = random.fork('code').next() < 0.2;
  const file = `${name}.${lossless ? 'png' : 'jpg'}`;
  const stored = quarters ? turnedPixels(photo, quarters) : photo;
  await writeOutput(path.join(folder, file), [
    coded(tools.canvas, stored, lossless ? undefined : 0.55 + 0.4 * random.next()),
  ]);
  const { width, height } = photo;
  const turned = ((quarters ?? 0) * 90) as 0 | 90 | 180 | 270;
  return { ...about, file, width, height, turned, frames: [listed(photo.things)] };
}

function listed(things: readonly Thing[]): PagesPicture['frames'][number] {
  return things.map(({ label, box: [x, y, width, height] }) => ({ label, box: [x, y, width, height] }));
}

/** A PNG, or a JPEG of a quality. */
function coded(
  { createCanvas, createImageData }: Canvas,
  { width, height, gray }: Pick<Photo, 'width' | 'height' | 'gray'>,
  quality: number | undefined,
): Buffer {
  const image = createImageData(width, height);
  for (let p = 0; p < gray.length; p++) {
    image.data[4 * p] = image.data[4 * p + 1] = image.data[4 * p + 2] = gray[p]!;
    image.data[4 * p + 3] = 255;
  }
  const surface = createCanvas(width, height);
  surface.getContext('2d').putImageData(image, 0, 0);
  return quality === undefined
    ? surface.toBuffer('image/png', { compressionLevel: 3 })
    : surface.toBuffer('image/jpeg', { quality });
}
