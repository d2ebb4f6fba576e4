// The pipeline file that a run edits: what stands in it, and where it is saved. Writes nothing.
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { readBoundedText } from '../base/bounded-file.js';
import { UsageError } from '../base/errors.js';
import { checkOutput } from '../base/output/file.js';
import { printable } from '../base/printable.js';
import { PIPELINE_BYTES, pipelineText, type ConfigOverrides, type PipelineConfig } from '../config.js';
import type { EditingOptions } from '../pipeline/editing.js';
import { pipelineFile } from '../pipeline/prepare.js';

/** What is known of it before the run begins. */
export type EditedPipeline = Pick<EditingOptions, 'text' | 'name' | 'file' | 'isThere' | 'overrides'>;

/**
 * The file `--edit` names. Where it is the run's pipeline it is read; where there is none yet it begins as the pipeline
 * that the run has: a file of the user's with its comments, of a shipped one the keys that are not at their defaults.
 * @throws UsageError where it is another file than the pipeline, or can't be written.
 */
export async function editedPipeline(
  file: string,
  {
    pipeline,
    config,
    overrides,
  }: { readonly pipeline: string | undefined; readonly config: PipelineConfig; readonly overrides: ConfigOverrides },
): Promise<EditedPipeline> {
  const isThere = existsSync(file);
  const from = pipeline === undefined ? undefined : pipelineFile(pipeline);
  if (isThere && (from === undefined || (await realpath(from)) !== (await realpath(file))))
    throw new UsageError(
      `--edit ${printable(file)} is there already and is not the pipeline of this run: leave out --pipeline to go on ` +
        'with it, or name a file that there is not yet',
    );
  await checkOutput(file).catch((cause: unknown) => {
    throw new UsageError(`--edit ${printable(file)} can't be written: ${(cause as Error).message}`, { cause });
  });
  // What a shipped file says of itself, and the place of its schema, would be wrong in a file of the user's.
  const own = from !== undefined && from === pipeline;
  const text = own ? readBoundedText(from, { most: PIPELINE_BYTES, from: 'stream' }) : pipelineText(config);
  return { text, name: file, file, isThere, overrides };
}
