// The contract of everything that takes what leaves a run: stdout, the feed, files, figures. It knows no sink.
import type { Writable } from 'node:stream';
import type { z } from 'zod';
import type { PipelineEditing } from '../pipeline/editing.js';
import type { ProfileReport } from '../pipeline/profile.js';
import type { Settings } from '../pipeline/settings.js';
import type { Fixture } from '../truth/truth.js';
import type {
  Counts,
  EndReason,
  Finding,
  FrameSightings,
  Identity,
  SourceChange,
  Stats,
  Thresholds,
} from '../types.js';
import type { ReadingsMemory } from '../readings/memory.js';
import type { NumberMessage, SightingMessage } from './messages.js';

/** What a sink may know of its run. The functions may be called at any time. */
export interface RunInfo {
  /** The source as it was named. */
  readonly source: string;
  /** What topics and tags call the run: 1 to 64 letters, digits, `_` and `-`. */
  readonly name: string;
  readonly model: { readonly name: string };
  /** The pipeline as it was named: `default`, or a path. */
  readonly pipeline: { readonly file: string };
  /** What lines say of the model and the pipeline. */
  readonly identity: Identity;
  /** What the gate uses, and which of it did not come from the model's card. */
  readonly thresholds: Thresholds & { readonly overridden: readonly ('ratio' | 'range')[] };
  /** The source's truth, where the run has one. */
  readonly truth?: Fixture | undefined;
  /** The files that the run's sinks write, by option. */
  readonly files: Readonly<Record<string, string>>;
  /** What is for programs goes here: stdout. Not the sink's to close. */
  readonly output: Writable;
  /** Says lines to people, ending in a newline; does nothing where nobody wants to hear. */
  readonly say: (text: string) => void;
  /** Whether `say` takes bold text. */
  readonly bold: boolean;
  /** What there is to say of the source, once it was opened: lines without an end. */
  readonly remarks: () => readonly string[];
  /** Names of the sinks that have failed, without which the run goes on. */
  readonly lost: () => readonly string[];
  /** What is kept of runs before, by the sinks that are open already; undefined where none keeps any. */
  readonly past: () => Past | undefined;
  /** The figures now, with what sinks add to them. */
  readonly stats: () => Stats;
  /** What each rule found of every sighting of a frame: the same findings, in the order of the rules, for each. */
  readonly explain: (sightings: FrameSightings) => readonly (readonly Finding[])[];
  /** Whether numbers are told, and digits beside them. */
  readonly readings: ReadingsShown;
  /** The last values of numbers, up to date. */
  readonly memory: ReadingsMemory;
  /** Times of the stages; undefined unless they were asked for. */
  readonly profile: () => ProfileReport | undefined;
  /** Ends the run as if its source had ended: the sink has all it wants. */
  readonly enough: () => void;
  /** What the run goes by, for who shows or changes it. Default: nobody does. */
  readonly setup?: RunSettings | undefined;
}

/** What a run goes by. */
export interface RunSettings {
  /** What it began with. */
  readonly config: Settings['config'];
  /** The model's own thresholds. */
  readonly own: Thresholds;
  /** Changes it while the run goes on; absent where nobody asked for that. */
  readonly editing?: PipelineEditing | undefined;
}

/** What a sink keeps of the predictions of runs before, and of this one. */
export interface Past {
  /** Numbers of the last prediction and the last reading before this run, 0 where there was none: its own go on. */
  readonly last: { readonly prediction: number; readonly reading: number };
  /**
   * The lines of predictions that are kept with numbers from `from` to `to`, both included, in order; at most `most`.
   * Rejects where they can't be read now. It may be asked also when the sink has ended.
   */
  predictions(
    from: number,
    to: number,
    most: number,
  ): Promise<readonly { readonly seq: number; readonly bytes: Buffer }[]>;
}

/** Which messages a run is asked for: of digits, of numbers, or of both. */
export type ReadingsShown = 'only' | 'also' | 'off';

/** One message on its way out. Everything is made on first use and then kept, however many sinks ask. */
export interface Outgoing<M = SightingMessage> {
  readonly message: M;
  /** The message as one line of JSON, without a newline. */
  readonly line: string;
  /** The line in UTF-8. Not to be changed. */
  readonly bytes: Buffer;
}

/** What leaves the run for one frame. The frame is held until every sink that the run waits for has settled. */
export interface PublishedFrame extends FrameSightings {
  /** One a sighting, in the same order. */
  readonly outgoing: readonly Outgoing[];
  /** What there is to say of numbers: refused ones, questions, and what is told. */
  readonly numbers: readonly Outgoing<NumberMessage>[];
}

/** How a run ended. */
export interface Ending {
  readonly reason: EndReason;
  /** What the run failed with; always an error that the user can mend. */
  readonly error?: unknown;
  /** A sink had {@link RunInfo.enough}. */
  readonly enough: boolean;
  /** Totals of what was published. */
  readonly counts: Counts;
}

/**
 * Takes what leaves one run: `open` first, frames in order with figures in between, then `end` or `abort`, after which
 * nothing else comes; these two are idempotent and so is disposing, which aborts what has not ended. `end` may come
 * while
 * `frame` has not settled, when a person has interrupted the run. What a method throws is a failure of this sink: it is
 * aborted then, and takes no further part.
 */
export interface Sink extends AsyncDisposable {
  /**
   * Whether the run waits until `frame` has settled before it reads on (`waits`), or not (`late`): a late sink keeps a
   * queue of its own, of bounded size and in order, and may not look at the frame's pixels after `frame` has returned.
   */
  readonly pace: 'waits' | 'late';
  /** Whether the run ends when this sink fails (`ends-run`), or goes on without it, which is said (`goes-on`). */
  readonly failure: 'ends-run' | 'goes-on';
  /** It needs every frame in full detail, also where the search for digits needs less: it draws them. Default false. */
  readonly fullDetail?: boolean;
  /** The run begins. Where it throws no run takes place. */
  open(run: RunInfo): Promise<void>;
  /** One frame's sightings. */
  frame(published: PublishedFrame): Promise<void>;
  /** The figures, once a second. */
  stats(figures: Stats): Promise<void>;
  /** A live source does something else than before; never of other sources. The run does not wait. Default: ignored. */
  state?(change: SourceChange): Promise<void>;
  /** The run has ended, in this way: finishes what was begun. */
  end(ending: Ending): Promise<void>;
  /** Gives up: leaves nothing half-done behind. */
  abort(): Promise<void>;
  /** What it keeps of runs before, once it is open. Default: nothing. */
  past?(): Past | undefined;
  /** What this sink adds to the run's figures; what several add as `sinks` is put together. Default: nothing. */
  figures?(): Partial<Stats>;
}

/** One option of a sink: in `--help`, on the command line, in the pipeline file and in its schema from here. */
export interface SinkOption {
  /** Its name on the command line, without `--`. */
  readonly flag: string;
  /** How `--help` shows its value, such as `OUT.png`; none for a switch. */
  readonly value?: string;
  /** What it does, in a line. */
  readonly help: string;
  /**
   * What it may hold, with a message that goes on after its name. A text from the command line is given to it as it is,
   * a switch as true.
   */
  readonly schema: z.ZodType;
  /** It names a file that the sink writes. Default false. */
  readonly file?: boolean;
  /** That file, or a folder, is added to, and keeps what it has whatever becomes of the run. Default false. */
  readonly grows?: boolean;
}

/** Options of a sink by their names in the pipeline file. */
export type SinkOptions = Readonly<Record<string, SinkOption>>;

/** The values of these options; absent ones were not given. */
export type ValuesOf<O extends SinkOptions> = { readonly [K in keyof O]?: z.infer<O[K]['schema']> | undefined };

/** A kind of sink: what users may ask of it, and how one is made. Light: what it needs is loaded by `create`. */
export interface SinkKind {
  /** Its section in the pipeline file, and its name in messages. */
  readonly name: string;
  /** What it is, in a line. */
  readonly about: string;
  readonly options: SinkOptions;
  /** The option without which there is no such sink. Default: every run has one. */
  readonly enabledBy?: string;
  /** The kind in whose place it comes: both write to stdout. Default: none. */
  readonly replaces?: string;
  /** It draws, with the optional package canvas. Default false. */
  readonly draws?: boolean;
  /**
   * A sink with these options, which have passed their schemas. Throws UsageError for those that don't fit together.
   */
  create(options: Readonly<Record<string, unknown>>): Promise<Sink>;
  /**
   * Whether a run with these options would be taken now, without sending or keeping anything: what was found, in a line.
   * Rejects with UserError, which says what to do; settles in bounded time. Default: there is nothing to try.
   */
  check?(options: Readonly<Record<string, unknown>>): Promise<string>;
}

/** A kind of sink whose `create` knows the types of its options. */
export function sinkKind<const O extends SinkOptions>(
  kind: Omit<SinkKind, 'options' | 'enabledBy' | 'create' | 'check'> & {
    readonly options: O;
    readonly enabledBy?: keyof O & string;
    create(options: ValuesOf<O>): Promise<Sink>;
    check?(options: ValuesOf<O>): Promise<string>;
  },
): SinkKind {
  const { create, check, ...others } = kind;
  return {
    ...others,
    create: (options) => create(options as ValuesOf<O>),
    ...(check && { check: (options) => check(options as ValuesOf<O>) }),
  };
}

/**
 * What most sinks have in common: nothing to do for a method that is not there, `end` and `abort` each come once and
 * only one of them (but for an `end` that failed, after which `abort` may clear up), and disposing aborts.
 */
export function sink({
  pace,
  failure,
  end = async () => {},
  abort = async () => {},
  ...methods
}: Pick<Sink, 'pace' | 'failure'> & Partial<Omit<Sink, 'pace' | 'failure' | typeof Symbol.asyncDispose>>): Sink {
  let ended: Promise<void> | undefined;
  let aborted: Promise<void> | undefined;
  const made: Sink = {
    pace,
    failure,
    open: async () => {},
    frame: async () => {},
    stats: async () => {},
    ...methods,
    end: (ending) => (ended ??= aborted ?? end(ending)),
    abort: () => (aborted ??= ended ? ended.catch(abort) : abort()),
    [Symbol.asyncDispose]: () => made.abort(),
  };
  return made;
}
