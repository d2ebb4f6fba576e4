// What a run runs with: arguments, pipeline file and model card brought together and checked. Starts nothing.
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { override, pipelineHash, readPipeline, thresholdsOf, type PipelineConfig } from '../config.js';
import { UsageError } from '../base/errors.js';
import type { Identity } from '../sinks/messages.js';
import { readModel, type Model } from '../model/folder.js';
import type { Fixture } from '../truth/truth.js';
import type { Thresholds } from '../types.js';
import type { StreamArguments } from './arguments.js';
import { checkOutputs } from './outputs.js';

/** Hex digits of a hash in lines, the feed and messages. */
const PREFIX = 12;

/** A checked run. */
export interface Setting {
  readonly given: StreamArguments;
  /** The pipeline as it was named: `default`, or a path. */
  readonly pipeline: string;
  /** The file's values with the command line's in their place. */
  readonly config: PipelineConfig;
  readonly model: Model;
  /** The source's truth, where one was given. */
  readonly truth: Fixture | undefined;
  /** What the gate uses. */
  readonly thresholds: Thresholds;
  /** Which of `thresholds` are not the model's own. */
  readonly overridden: readonly ('ratio' | 'range')[];
  readonly identity: Identity;
  /** The files to write, by option name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Throws UsageError for a wrong pipeline or a file that can't be written, ModelError for a wrong model. */
export async function prepare(given: StreamArguments): Promise<Setting> {
  const truth = await truthOf(given);
  const { pipeline = given.truth ?? 'default' } = given;
  const config = override(
    given.pipeline === undefined && truth ? truth.config : readPipeline(pipelineFile(pipeline)),
    given,
  );
  const files = Object.fromEntries(
    Object.entries({ annotate: given.annotate, sheet: given.sheet, summary: given.summary }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  await checkOutputs(files, given.source);
  const model = await readModel(config.model);
  return {
    given,
    pipeline,
    config,
    model,
    truth,
    thresholds: thresholdsOf(config, model),
    overridden: (['ratio', 'range'] as const).filter((name) => config.gate[name] !== undefined),
    identity: { model: model.hash.slice(0, PREFIX), pipeline: pipelineHash(config) },
    files,
  };
}

async function truthOf({ source, truth: file }: StreamArguments): Promise<Fixture | undefined> {
  if (file === undefined) return undefined;
  const { readFixture } = await import('../truth/truth.js');
  const fixture = await readFixture(file);
  if ((await realpath(source).catch(() => source)) === (await realpath(fixture.clip))) return fixture;
  throw new UsageError(`--truth ${file} belongs to ${fixture.clip}, not to ${source}`);
}

/** A path, or where there is no such file the shipped pipeline of that name. */
function pipelineFile(name: string): string {
  const shipped = fileURLToPath(new URL(`../../pipelines/${name}.yaml`, import.meta.url));
  return !existsSync(name) && /^[a-z]+$/.test(name) && existsSync(shipped) ? shipped : name;
}
