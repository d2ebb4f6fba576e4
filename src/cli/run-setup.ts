// What a run of the command line runs with: arguments, pipeline file, model and sinks brought together and checked.
// Starts nothing.
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { UsageError } from '../base/errors.js';
import { loads } from '../base/optional-package.js';
import { printable } from '../base/printable.js';
import type { PipelineConfig } from '../config.js';
import { namedPipeline, prepare, type Prepared } from '../pipeline/prepare.js';
import { editedPipeline, type EditedPipeline } from './edited-pipeline.js';
import type { NamedSink } from '../sinks/fan-out.js';
import { readState } from '../readings/state.js';
import type { ReadingsMemory } from '../readings/memory.js';
import {
  checkSinkFlags,
  editFileOf,
  filesOf,
  mergeSinkSettings,
  readingsAskedOf,
  truthFileOf,
  wantedSinks,
} from '../sinks/options.js';
import type { ReadingsShown } from '../sinks/sink.js';
import type { Fixture } from '../truth/truth.js';
import type { StreamArguments } from './arguments.js';
import { checkOutputs } from './outputs.js';

/** A checked run. */
export interface RunSetup extends Prepared {
  readonly given: StreamArguments;
  /** The pipeline as it was named: `default`, or a path. */
  readonly pipeline: string;
  /** The source's truth, where one was given. */
  readonly truth: Fixture | undefined;
  /** The sinks, not yet open. */
  readonly sinks: readonly NamedSink[];
  /** The files to write, by option name. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether numbers are told, and digits beside them. */
  readonly readings: ReadingsShown;
  /** The pipeline file that is edited while the run goes on, where that was asked for. */
  readonly edited: EditedPipeline | undefined;
  /** The last values of numbers; undefined where no run before kept any. */
  readonly memory: ReadingsMemory | undefined;
}

/**
 * Throws UsageError for a wrong pipeline, a file that can't be written or can't be drawn, ModelError for a wrong model.
 */
export async function setUp(given: StreamArguments, say: (text: string) => void): Promise<RunSetup> {
  const pipeline = given.pipeline ?? savedBefore(given);
  const named = pipeline === undefined ? undefined : namedPipeline(pipeline);
  // What a truth file says of sinks is not listened to: it comes with a clip, and names no files to write.
  const settings = mergeSinkSettings(named?.sinks ?? {}, given.sinks);
  checkSinkFlags(given.sinks, settings);
  const truthFile = truthFileOf(settings);
  const truth = truthFile === undefined ? undefined : await truthOf(given.source, truthFile);
  const config = named ?? truth?.config ?? namedPipeline('default');
  const wanted = wantedSinks(settings);
  const files = filesOf(wanted);
  await checkOutputs(files, given.source);
  await checkCanvas(wanted);
  const sinks = await Promise.all(
    wanted.map(async ({ kind, options }) => ({ name: kind.name, sink: await kind.create(options) })),
  );
  const { show, state } = readingsAskedOf(settings);
  const overrides = { ...given, readings: show };
  const prepared = await prepare(config, overrides);
  const edit = editFileOf(settings);
  const from = pipeline ?? (truth?.config ? undefined : 'default');
  const asked = prepared.config.readings;
  return {
    ...prepared,
    given,
    pipeline: pipeline ?? truthFile ?? 'default',
    edited: edit === undefined ? undefined : await editedPipeline(edit, { pipeline: from, config, overrides }),
    truth,
    sinks,
    files,
    readings: asked ? (show ?? 'also') : 'off',
    memory: state === undefined ? undefined : memoryIn(state, asked, say),
  };
}

/** The file that `--edit` names is where a run begins, once something was saved in it. */
function savedBefore({ sinks }: StreamArguments): string | undefined {
  const file = editFileOf(sinks);
  return file !== undefined && truthFileOf(sinks) === undefined && existsSync(file) ? file : undefined;
}

function memoryIn(file: string, asked: PipelineConfig['readings'] = [], say: (text: string) => void): ReadingsMemory {
  if (asked.some(({ windows }) => windows !== 'auto')) return readState(file, asked, say);
  throw new UsageError(
    `--state ${printable(file)} keeps readings of named windows, and this pipeline has none: lines that are found ` +
      'begin anew with each run',
  );
}

async function truthOf(source: string, file: string): Promise<Fixture> {
  const { readFixture } = await import('../truth/truth.js');
  const fixture = await readFixture(file);
  if ((await realpath(source).catch(() => source)) === (await realpath(fixture.clip))) return fixture;
  throw new UsageError(`--truth ${file} belongs to ${fixture.clip}, not to ${source}`);
}

async function checkCanvas(wanted: ReturnType<typeof wantedSinks>): Promise<void> {
  const drawn = wanted.filter(({ kind }) => kind.draws);
  if (drawn.length === 0 || (await loads('canvas'))) return;
  const asked = Object.keys(filesOf(drawn)).map((flag) => `--${flag}`);
  throw new UsageError(
    `${asked.join(' and ')} can't be drawn: the package canvas is not installed, or was not built. ` +
      'Install cairo and pango with their headers, then: npm rebuild canvas',
  );
}
