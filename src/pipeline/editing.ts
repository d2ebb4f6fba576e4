// Owns the pipeline file of a run that is changed while it goes on: its text, what holds, how changes are taken back and
// saved. It must not know who asks.
import { existsSync, readFileSync } from 'node:fs';
import { EXIT, UsageError, UserError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { writeOutput } from '../base/output/file.js';
import { printable } from '../base/printable.js';
import { editYaml, type YamlChange } from '../base/yaml-edit.js';
import { override, parsePipeline, thresholdsOf, type ConfigOverrides, type PipelineConfig } from '../config.js';
import { placeRegions, type FixedRegion } from '../regions/place.js';
import type { Scorer } from '../scoring/scorer.js';
import type { Frame, Sighting, Thresholds } from '../types.js';
import { createProber, type ProbedFrame, type Prober } from './prober.js';
import { ChangingSettings } from './settings.js';

/** Keys of a pipeline that may be changed while a run goes on; the others are the source's, or the model. */
export const EDITABLE = ['gate', 'regions', 'readings', 'polarity', 'normalise'] as const;

/** Changes that can be taken back. */
const MOST_UNDONE = 50;

/** A change that starts from what no longer holds. */
export class EditConflict extends UserError {
  readonly exitCode = EXIT.usage;
}

/** What a run is edited with. */
export interface EditingOptions {
  /** The text of the pipeline, and what messages call it. */
  readonly text: string;
  readonly name: string;
  /** Where it is saved, and whether `text` is what stands there now. */
  readonly file: string;
  readonly isThere: boolean;
  /** What the run began with. */
  readonly config: PipelineConfig;
  readonly thresholds: Thresholds;
  readonly model: { readonly thresholds: Thresholds };
  /** What the command line puts in place of the file; of a key that is changed here it counts no more. */
  readonly overrides: ConfigOverrides;
  readonly scorer: Pick<Scorer, 'score'>;
}

/** The picture that somebody draws on. */
export type DrawnOn = Pick<Frame, 'width' | 'height' | 'turned'>;

/** What can be said of the edited pipeline. */
export interface EditState {
  /** Goes up with every change. */
  readonly revision: number;
  /** There is something that the file does not have. */
  readonly unsaved: boolean;
  readonly undoable: boolean;
}

interface Version {
  readonly text: string;
  readonly overrides: ConfigOverrides;
}

/** A pipeline that is edited. Every change has been checked as a whole file is, or changes nothing. */
export class PipelineEditing {
  /** What the run goes by. */
  readonly settings: ChangingSettings;
  /** The model's own thresholds. */
  readonly own: Thresholds;
  readonly file: string;
  readonly #name: string;
  readonly #prober: Prober;
  #now: Version;
  readonly #before: Version[] = [];
  /** What stands in the file, as far as is known; undefined where there is none. */
  #saved: string | undefined;
  #revision = 1;
  readonly #watchers = new Set<() => void>();

  constructor(options: EditingOptions) {
    const { text, name, file, isThere, config, thresholds, model, overrides, scorer } = options;
    this.settings = new ChangingSettings(config, thresholds);
    this.own = model.thresholds;
    this.file = file;
    this.#name = name;
    this.#now = { text, overrides };
    this.#saved = isThere ? text : undefined;
    this.#prober = createProber(scorer);
  }

  /** What there is to say now. */
  get state(): EditState {
    const unsaved = this.#now.text !== this.#saved;
    return { revision: this.#revision, unsaved, undoable: this.#before.length > 0 };
  }

  /** The text as it would be saved. */
  get text(): string {
    return this.#now.text;
  }

  /** Calls `watcher` after every change, undoing and saving, until disposed of. */
  watch(watcher: () => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /**
   * Changes keys of the pipeline; they hold from the next frame on.
   * @param base The revision that the change starts from.
   * @param drawnOn The picture that windows are of. Default: none was seen, and boxes are not held to its size.
   * @throws EditConflict for another revision, UsageError for what a pipeline file may not hold; nothing has changed then.
   */
  change(change: YamlChange, base: number, drawnOn?: DrawnOn): void {
    this.#checkBase(base);
    checkKeys(change);
    const text = editYaml(this.#now.text, change);
    const overrides = without(this.#now.overrides, change);
    this.#hold({ text, overrides }, drawnOn);
    this.#before.push(this.#now);
    if (this.#before.length > MOST_UNDONE) this.#before.shift();
    this.#now = { text, overrides };
    this.#changed();
  }

  /** Takes the last change back. Throws as {@link change} does, and UsageError where there is none. */
  undo(base: number, drawnOn?: DrawnOn): void {
    this.#checkBase(base);
    const before = this.#before.at(-1);
    if (!before) throw new UsageError('There is no change to take back.');
    this.#hold(before, drawnOn);
    this.#before.pop();
    this.#now = before;
    this.#changed();
  }

  /**
   * Writes the text into its file, whole or not at all.
   * @throws EditConflict for another revision, or where the file is not what it was; UsageError where it can't be written.
   */
  async save(base: number): Promise<void> {
    this.#checkBase(base);
    const there = existsSync(this.file) ? readFileSync(this.file, 'utf8') : undefined;
    if (there !== this.#saved)
      throw new EditConflict(
        `${printable(this.file)} was changed by somebody else since this run read it, and is left as it is. Start ` +
          'again to go on from there, or move it away to save this one.',
      );
    const { text } = this.#now;
    await writeOutput(this.file, [text]);
    this.#saved = text;
    this.#tell();
  }

  /** What windows of a picture would show, by what holds now. Throws UsageError for one that is not inside. */
  async probe(
    frame: ProbedFrame,
    windows: readonly FixedRegion[],
    thresholds: Thresholds = this.settings.now.thresholds,
  ): Promise<readonly Sighting[]> {
    return await this.#prober(frame, windows, { config: this.settings.now.config, thresholds });
  }

  #checkBase(base: number): void {
    if (base === this.#revision) return;
    throw new EditConflict(
      'The pipeline was changed in another window meanwhile, and nothing was changed here. Look at what holds now.',
    );
  }

  /** Has the run go by a version of the text. */
  #hold({ text, overrides }: Version, drawnOn: DrawnOn | undefined): void {
    const config = override(parsePipeline(text, this.#name), overrides);
    if (config.regions.mode === 'fixed' && drawnOn) {
      if (drawnOn.turned !== undefined)
        throw new UsageError(
          `The picture was turned by ${drawnOn.turned} degrees as its digits lay so, and windows are of the picture as ` +
            `it comes: set source.rotate to ${drawnOn.turned} in the pipeline file and start again.`,
        );
      placeRegions(config.regions, drawnOn.width, drawnOn.height);
    }
    this.settings.set(config, thresholdsOf(config, { thresholds: this.own }));
  }

  #changed(): void {
    this.#revision++;
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

function checkKeys(change: YamlChange): void {
  const keys: readonly string[] = EDITABLE;
  for (const key of Object.keys(change)) {
    if (keys.includes(key)) continue;
    const guess = nearest(key, keys);
    const hint = guess === undefined ? '' : ` (did you mean ${guess}?)`;
    throw new UsageError(
      `${printable(key)} can't be changed while a run goes on: only ${EDITABLE.join(', ')} can${hint}`,
    );
  }
}

/** What of the command line still counts beside a change. */
function without({ ratio, range, readings, ...others }: ConfigOverrides, change: YamlChange): ConfigOverrides {
  const gate = change['gate'];
  const changed = (key: string): boolean => typeof gate === 'object' && gate !== null && key in gate;
  return {
    ...others,
    ...(!changed('ratio') && { ratio }),
    ...(!changed('range') && { range }),
    ...(!('readings' in change) && { readings }),
  };
}
