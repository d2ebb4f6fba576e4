// Owns the judging of a set with boxes: each kind's pictures through the pipeline, and what came of it, by kind.
import path from 'node:path';
import type { Box, FrameSightings } from '../../types.js';
import { readSource, type Reader } from './read.js';
import { addFrame, matched, noTally, type Said, type Standing, type Tally } from './tally.js';
import type { PagesPicture, PagesTruth } from './truth.js';

/** A kind and what came of it. */
export interface Judged {
  readonly name: string;
  readonly holds: PagesPicture['holds'];
  readonly tally: Tally;
}

/** Options of {@link judgePages}. */
export interface JudgeOptions {
  /** Called after each frame. Default: nothing happens. */
  readonly onFrame?: (done: number, total: number) => void;
  /** Default: none. */
  readonly signal?: AbortSignal;
}

/**
 * Reads all pictures of a set and counts, by kind, in the order of its truth.
 * @param folder Of the set.
 * @throws as the pipeline.
 */
export async function judgePages(
  folder: string,
  { pictures }: PagesTruth,
  reader: Reader,
  { onFrame, signal }: JudgeOptions = {},
): Promise<Judged[]> {
  const total = pictures.reduce((sum, { frames }) => sum + frames.length, 0);
  let done = 0;
  const judged: Judged[] = [];
  for (const name of new Set(pictures.map(({ kind }) => kind))) {
    const own = pictures.filter(({ kind }) => kind === name);
    const tally = noTally();
    const frame = (picture: PagesPicture, sightings: FrameSightings): void => {
      if (sightings.frame.index === 0 || picture.frames.length === 1) tally.pictures++;
      addFrame(tally, ...placed(picture, sightings));
      onFrame?.(++done, total);
    };
    await readKind(folder, own, reader, frame, signal);
    judged.push({ name, holds: own[0]!.holds, tally });
  }
  return judged;
}

async function readKind(
  folder: string,
  pictures: readonly PagesPicture[],
  reader: Reader,
  each: (picture: PagesPicture, sightings: FrameSightings) => void,
  signal?: AbortSignal,
): Promise<void> {
  const byName = new Map(pictures.map((picture) => [path.basename(picture.file), picture]));
  const clips = pictures.filter(({ frames }) => frames.length > 1);
  if (clips.length < pictures.length) {
    // A folder is one run: its pictures are decoded one after the other, and the pipeline stands once for all.
    const stills = path.join(folder, path.dirname(pictures[0]!.file));
    const taken = (sightings: FrameSightings): void => {
      const picture = byName.get(sightings.frame.file ?? '');
      if (picture) each(picture, sightings);
    };
    await readSource(stills, reader, taken, signal);
  }
  for (const clip of clips)
    await readSource(path.join(folder, clip.file), reader, (sightings) => each(clip, sightings), signal);
}

/** What stands in a frame, where the pipeline saw it: a turned page may have been read as it is stored, or upright. */
function placed(
  { frames, turned, width, height }: PagesPicture,
  { frame, sightings }: FrameSightings,
): [readonly Standing[], Said[]] {
  const said = sightings.map(({ digit, verdict }) => ({ box: digit.region.box, verdict }));
  const things = frames.length === 1 ? frames[0]! : (frames[frame.index] ?? []);
  if (turned === 0) return [things, said];
  const stored = things.map(({ label, box }) => ({ label, box: turnedBox(box, turned, width, height) }));
  const [wide, tall] = [frame.width * frame.scale, frame.height * frame.scale];
  const sideways = turned !== 180;
  if (sideways && width !== height) return [wide === width && tall === height ? things : stored, said];
  return [fit(things, said) > fit(stored, said) ? things : stored, said];
}

/** How many regions lie on something that stands there. */
function fit(things: readonly Standing[], said: readonly Said[]): number {
  return said.length - matched(things, said).stray.length;
}

/** A box of the upright picture in one turned clockwise. */
function turnedBox([x, y, w, h]: Box, turned: 90 | 180 | 270, width: number, height: number): Box {
  if (turned === 90) return [height - y - h, x, h, w];
  return turned === 180 ? [width - x - w, height - y - h, w, h] : [y, width - x - w, h, w];
}
