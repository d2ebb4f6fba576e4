// Owns what a run goes by while it goes on: its configuration, the thresholds and their hash, which may change between
// two frames. It must not know who changes them.
import { overriddenBy, pipelineHash, type PipelineConfig } from '../config.js';
import type { Thresholds } from '../types.js';

/** What holds at one moment. */
export interface Settings {
  readonly config: PipelineConfig;
  readonly thresholds: Thresholds;
  /** Prefix of the hash of the configuration: what lines say. */
  readonly pipeline: string;
  /** The configuration that the stages are made of: the same object as long as none has to be made anew. */
  readonly stages: PipelineConfig;
}

/** Settings that may change while a run goes on. Frames that are on their way are judged by those that they met. */
export class ChangingSettings {
  /** What the run began with. */
  readonly begun: Settings;
  #now: Settings;
  #changes = 0;

  constructor(config: PipelineConfig, thresholds: Thresholds) {
    this.#now = this.begun = { config, thresholds, pipeline: pipelineHash(config), stages: config };
  }

  /** How often they were changed; taking a change back is one. */
  get changes(): number {
    return this.#changes;
  }

  /** Which of the thresholds in force are not the model's own. */
  get overridden(): readonly ('ratio' | 'range')[] {
    return overriddenBy(this.#now.config);
  }

  /** What holds now. */
  get now(): Settings {
    return this.#now;
  }

  /** What holds from the next frame on. Both have been checked, and fit together. */
  set(config: PipelineConfig, thresholds: Thresholds): void {
    const { stages } = this.#now;
    this.#changes++;
    this.#now = {
      config,
      thresholds,
      pipeline: pipelineHash(config),
      stages: stageKeys(config) === stageKeys(stages) ? stages : config,
    };
  }
}

/** What stages are made of, as text: thresholds are asked for frame by frame. */
function stageKeys({
  gate: { ratio: _ratio, range: _range, ...gate },
  sinks: _sinks,
  ...config
}: PipelineConfig): string {
  return JSON.stringify({ ...config, gate });
}
