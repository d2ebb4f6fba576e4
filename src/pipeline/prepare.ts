// What a run runs with: pipeline file, overrides and model card brought together and checked. Starts nothing.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  overriddenBy,
  override,
  pipelineHash,
  readPipeline,
  thresholdsOf,
  type ConfigOverrides,
  type PipelineConfig,
} from '../config.js';
import { readModel, type Model } from '../model/folder.js';
import type { Identity, Thresholds } from '../types.js';

/** Hex digits of a hash in lines, the feed and messages. */
const PREFIX = 12;

/** Settings that have been checked and fit together. */
export interface Prepared {
  /** The file's values with the overrides in their place. */
  readonly config: PipelineConfig;
  readonly model: Model;
  /** What the gate uses, and which of it is not the model's own. */
  readonly thresholds: Thresholds & { readonly overridden: readonly ('ratio' | 'range')[] };
  readonly identity: Identity;
}

/**
 * A pipeline by its name: a path, or where there is no such file the shipped one of that name (`default`, `sheet`,
 * ...). Throws UsageError as `readPipeline` does.
 */
export function namedPipeline(name: string): PipelineConfig {
  return readPipeline(pipelineFile(name));
}

/** The file that a pipeline's name stands for: see {@link namedPipeline}. It may not exist. */
export function pipelineFile(name: string): string {
  const shipped = fileURLToPath(new URL(`../../pipelines/${name}.yaml`, import.meta.url));
  return !existsSync(name) && /^[a-z]+$/.test(name) && existsSync(shipped) ? shipped : name;
}

/** Brings a pipeline and its model together. Throws ModelError for a wrong model. */
export async function prepare(pipeline: PipelineConfig, overrides: ConfigOverrides = {}): Promise<Prepared> {
  const config = override(pipeline, overrides);
  const model = await readModel(config.model);
  return {
    config,
    model,
    thresholds: { ...thresholdsOf(config, model), overridden: overriddenBy(config) },
    identity: { model: model.hash.slice(0, PREFIX), pipeline: pipelineHash(config) },
  };
}
