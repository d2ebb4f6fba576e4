// What a run runs with: pipeline file, overrides and model card brought together and checked. Starts nothing.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { printable } from '../base/printable.js';
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

/** Where the pipelines are that come with the program. */
const SHIPPED = fileURLToPath(new URL('../../pipelines', import.meta.url));

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
  const file = pipelineFile(name);
  if (file === name && mayBeShipped(name)) throw unknownPipeline(name);
  return readPipeline(file);
}

function unknownPipeline(name: string): UsageError {
  const shipped = readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.basename(file, '.yaml'))
    .sort();
  const near = nearest(name, shipped);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return new UsageError(
    `Unknown pipeline "${printable(name)}": there is no such file, and shipped are ${shipped.join(', ')}.${hint}`,
  );
}

/** The file that a pipeline's name stands for: see {@link namedPipeline}. It may not exist. */
export function pipelineFile(name: string): string {
  const shipped = path.join(SHIPPED, `${name}.yaml`);
  return mayBeShipped(name) && existsSync(shipped) ? shipped : name;
}

/** Whether it is no file, and written as names of shipped ones are. */
function mayBeShipped(name: string): boolean {
  return /^[a-z]+$/.test(name) && !existsSync(name);
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
