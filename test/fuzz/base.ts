// Small honest inputs that cases are made from: clips and pictures by ffmpeg, a model that costs nothing.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeConstantModel } from '../model-folder.js';

/** Three frames of 160x120, read through the windows of the pipeline `fixed`. */
export const CLIP = 'clip.mkv';

/** A folder with a model. */
export const MODEL = 'model';

/** Arguments of a run that takes little time: this model, few frames, nothing for people. */
export const QUICK = ['--model', `../base/${MODEL}`, '--limit', '20', '--quiet', '--rejected'] as const;

/** Makes clips or pictures of a test picture, by name: what follows the input on ffmpeg's command line. */
export function makePictures(base: string, pictures: Readonly<Record<string, readonly string[]>>): void {
  const outputs = Object.entries(pictures).flatMap(([name, words]) => [...words, `file:${join(base, name)}`]);
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10:duration=0.3'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...source, ...outputs], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Makes `CLIP`. */
export function makeClip(base: string): void {
  makePictures(base, { [CLIP]: ['-c:v', 'ffv1', '-pix_fmt', 'gray', '-bitexact'] });
}

/** Makes `MODEL`. */
export async function makeModel(base: string): Promise<void> {
  await writeConstantModel(join(base, MODEL));
}
