// What a run runs with: arguments, pipeline file and model card brought together and checked. Starts nothing.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { override, pipelineHash, readPipeline, type PipelineConfig } from '../config.js';
import type { Identity } from '../feed/protocol.js';
import { readModel, type Model } from '../model/folder.js';
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
  const { pipeline = 'default' } = given;
  const config = override(readPipeline(pipelineFile(pipeline)), given);
  const files = Object.fromEntries(Object.entries({ annotate: given.annotate, sheet: given.sheet, summary: given.summary }).filter((entry): entry is [string, string] => entry[1] !== undefined));
  await checkOutputs(files, given.source);
  const model = await readModel(config.model);
  const { ratio = model.thresholds.ratio, range = model.thresholds.range } = config.gate;
  return {
    given,
    pipeline,
    config,
    model,
    thresholds: { ratio, range },
    overridden: (['ratio', 'range'] as const).filter((name) => config.gate[name] !== undefined),
    identity: { model: model.hash.slice(0, PREFIX), pipeline: pipelineHash(config) },
    files,
  };
}

/** A path, or where there is no such file the shipped pipeline of that name. */
function pipelineFile(name: string): string {
  const shipped = fileURLToPath(new URL(`../../pipelines/${name}.yaml`, import.meta.url));
  return !existsSync(name) && /^[a-z]+$/.test(name) && existsSync(shipped) ? shipped : name;
}
