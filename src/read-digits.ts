// The front door for programs: a source in, digits or numbers out, as an async iterable, an Observable, or into sinks. Everything
// that a run needs is found and closed here; how it works is told in pipeline.ts and run-into.ts.
import { Observable } from 'rxjs';
import { checkPipeline, override, type PipelineConfig, type PipelineInput } from './config.js';
import type { Rule } from './gate/rule.js';
import { RunObserver } from './pipeline/observer.js';
import { namedPipeline, prepare } from './pipeline/prepare.js';
import { closeScorer, runInto } from './run-into.js';
import { openInstalled } from './scoring/installed.js';
import type { ReadingsMemory } from './readings/memory.js';
import type { NumberMessage, PredictionMessage, ReadingMessage, SightingMessage } from './sinks/messages.js';
import { sink, type PublishedFrame, type Sink } from './sinks/sink.js';
import type { Counts } from './types.js';

/** How a source is read. Everything has a default. */
export interface ReadOptions {
  /**
   * A pipeline: the name of a shipped one (`default`, `sheet`, `screen`, `fixed`, `counter`), the path of a file, or its
   * keys as an object. Its `sinks` are not opened. Default: `default`.
   */
  readonly pipeline?: string | PipelineInput;
  /** A shipped model, or a folder with model.onnx and card.json. Default: the pipeline's. */
  readonly model?: string;
  /** What topics, tags and tables call the run. Default: the pipeline file's name, or the source's. */
  readonly name?: string;
  /** Smallest accepted 1-2 ratio, >= 1. Default: the model's own. */
  readonly ratio?: number;
  /** Accepted range `[lo, hi]` of the top output. Default: the model's own. */
  readonly range?: readonly [lo: number, hi: number];
  /** Most frames a second of the source, > 0. Default: all. */
  readonly fps?: number;
  /** Ends after so many frames, an integer >= 1. Default: none. */
  readonly limit?: number;
  /**
   * `all` (default): a slow consumer slows the source. `latest`: the oldest unread frame is dropped; live sources are
   * always read so, and refuse `all`.
   */
  readonly policy?: 'all' | 'latest';
  /** Paces a file like a camera. Default false. */
  readonly realtime?: boolean;
  /** Reads a video file again from its beginning when it has ended, until the run is. Default false. */
  readonly repeat?: boolean;
  /** What comes through stdin or a FIFO is live: it is never waited for. Default false. */
  readonly live?: boolean;
  /** Asks an http or https address for a single picture every so many seconds, > 0. Default: it sends a video. */
  readonly every?: number;
  /** RTMP and SRT: waits until a camera calls. Default false: it is called. */
  readonly listen?: boolean;
  /** RTSP: how it is carried. Default `tcp`. */
  readonly transport?: 'tcp' | 'udp';
  /** A file with USER:PASSWORD for the source. Default: LQ_SOURCE_USER and LQ_SOURCE_PASSWORD of the environment. */
  readonly credentials?: string;
  /** A live source has to give a picture at the first attempt. Default false: it is waited for. */
  readonly require?: boolean;
  /** Seconds from the arrival of a live picture to the verdict on it, at most, >= 0.05. Default 1. */
  readonly maxAge?: number;
  /** Rules of your own, after the gate. Default: none. */
  readonly rules?: readonly Rule[];
  /** Sinks of your own, by the names that messages call them; opened and ended with the run. Default: none. */
  readonly sinks?: Readonly<Record<string, Sink>>;
  /** Stops reading: the iteration fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Watches the run: counts, size of the picture, frames a second. Default: nobody does. */
  readonly observer?: RunObserver;
  /** Says lines for people, such as that a slower engine is used. Default: they are not said. */
  readonly say?: (text: string) => void;
}

/** As {@link ReadOptions}, and whether rejections are given as well. */
export interface ReadDigitsOptions extends ReadOptions {
  /** Rejections too, with their reasons. Default false. */
  readonly rejected?: boolean;
}

/** As {@link ReadOptions}, and what is asked of numbers. */
export interface ReadNumbersOptions extends ReadOptions {
  /** Refused numbers and questions too. Default false. */
  readonly refused?: boolean;
  /** The last values of named readings, kept up to date: what a run before has left. Default: nothing is known. */
  readonly memory?: ReadingsMemory;
}

/**
 * Digits or numbers as they are read. The source is opened by the first `next`, and read on only as digits are taken: a slow
 * consumer slows a file. Leaving the loop, `return()` and disposing stop ffmpeg, free the model and end the sinks.
 */
export interface DigitStream<T extends SightingMessage | NumberMessage>
  extends AsyncIterableIterator<T, undefined>, AsyncDisposable {
  /** Ends the run and closes everything; resolves when that is done. Idempotent. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Itself. */
  [Symbol.asyncIterator](): DigitStream<T>;
}

/**
 * Reads the digits of a source.
 *
 *     for await (const { digit, ratio, box } of readDigits('camera.mp4')) console.log(digit, ratio, box);
 *
 * @param source Path of a video or image, a directory or glob of images, an address (`rtsp://...`), a camera
 *   (`/dev/video0`), or `-` for stdin. Addresses and cameras are live: they come back after every fault, and don't end.
 * @returns Accepted predictions in order; with `rejected` every region's outcome. The iteration fails with UsageError,
 *   SourceError or ModelError, after what was read until then.
 */
export function readDigits(
  source: string,
  options: ReadDigitsOptions & { readonly rejected: true },
): DigitStream<SightingMessage>;
export function readDigits(source: string, options?: ReadDigitsOptions): DigitStream<PredictionMessage>;
export function readDigits(source: string, options: ReadDigitsOptions = {}): DigitStream<SightingMessage> {
  const { rejected = false, ...others } = options;
  return new Messages(source, others, (frame) =>
    messagesIn(frame.outgoing).filter(({ type }) => rejected || type === 'prediction'),
  );
}

/**
 * Reads the numbers of a source: digits that belong together, once enough looks agree on each (docs/readings.md).
 *
 *     for await (const { id, value } of readNumbers('meter.mp4', { pipeline: 'meter.yaml' })) console.log(id, value);
 *
 * Which windows make a number is for the pipeline to say (`readings`); where it says nothing and finds its digits, every
 * line of digits is one.
 * @returns Readings in order; with `refused` also what broke a rule and what is in question. The iteration fails as that
 *   of {@link readDigits} does, and with UsageError for fixed windows without `readings`.
 */
export function readNumbers(
  source: string,
  options: ReadNumbersOptions & { readonly refused: true },
): DigitStream<NumberMessage>;
export function readNumbers(source: string, options?: ReadNumbersOptions): DigitStream<ReadingMessage>;
export function readNumbers(source: string, options: ReadNumbersOptions = {}): DigitStream<NumberMessage> {
  const { refused = false, ...others } = options;
  return new Messages(source, { ...others, readings: 'only' }, (frame) =>
    messagesIn(frame.numbers).filter(({ type }) => refused || type === 'reading'),
  );
}

function messagesIn<M>(outgoing: readonly { readonly message: M }[]): M[] {
  return outgoing.map(({ message }) => message);
}

/**
 * The same as an rxjs Observable: cold, each subscription reads the source anew; unsubscribing closes everything. It
 * does not wait for its subscribers.
 */
export function observeDigits(
  source: string,
  options: ReadDigitsOptions & { readonly rejected: true },
): Observable<SightingMessage>;
export function observeDigits(source: string, options?: ReadDigitsOptions): Observable<PredictionMessage>;
export function observeDigits(source: string, options: ReadDigitsOptions = {}): Observable<SightingMessage> {
  return new Observable((subscriber) => {
    const digits: DigitStream<SightingMessage> = readDigits(source, options);
    const pump = async (): Promise<void> => {
      for await (const message of digits) subscriber.next(message);
      subscriber.complete();
    };
    pump().catch((error: unknown) => subscriber.error(error));
    return () => void digits.return().catch(() => undefined);
  });
}

/**
 * Reads a source to its end into sinks of your own.
 * @param sinks By the names that messages call them.
 * @returns The totals.
 * @throws UsageError or ModelError before the sinks are opened, where pipeline, model or options are wrong; else
 *   SourceError, the failure of a sink that ends the run, or `signal`'s reason, after the sinks have been ended.
 */
export async function readInto(
  source: string,
  sinks: Readonly<Record<string, Sink>>,
  options: Omit<ReadOptions, 'sinks'> = {},
): Promise<Counts> {
  const { observer = new RunObserver(), signal } = options;
  await readWith(source, { ...options, sinks, observer }, signal ?? new AbortController().signal);
  signal?.throwIfAborted();
  return observer.counts;
}

/** What the front door itself asks of numbers. */
interface Asked extends ReadOptions, Pick<ReadNumbersOptions, 'memory'> {
  /** Default: those of the pipeline, if any. */
  readonly readings?: 'only';
}

/** Finds all that a run needs, runs it, and closes it. */
async function readWith(source: string, options: Asked, interrupted: AbortSignal): Promise<void> {
  const { readings, memory } = options;
  const { pipeline = 'default', observer = new RunObserver(), say = () => {}, rules = [], limit, sinks = {} } = options;
  const prepared = await prepare(pipelineOf(pipeline, options));
  const scorer = await openInstalled(prepared.model, say);
  try {
    await runInto({
      source,
      pipeline: { file: typeof pipeline === 'string' ? pipeline : 'options' },
      prepared,
      scorer,
      observer,
      rules,
      limit,
      ...(readings && { readings }),
      ...(memory && { memory }),
      say,
      interrupted,
      sinks: Object.entries(sinks).map(([name, one]) => ({ name, sink: one })),
      files: {},
      output: process.stdout,
      bold: false,
    });
  } finally {
    await closeScorer(scorer, interrupted);
  }
}

/** The pipeline with the options in their place: what a program gives is checked like a file. */
function pipelineOf(pipeline: string | PipelineInput, options: Asked): PipelineConfig {
  const config = typeof pipeline === 'string' ? namedPipeline(pipeline) : checkPipeline(pipeline, 'options');
  return checkPipeline(override(config, options), 'options');
}

class Messages<M extends SightingMessage | NumberMessage> implements DigitStream<M> {
  readonly #stop = new AbortController();
  readonly #messages: AsyncGenerator<M, undefined>;

  constructor(source: string, options: Asked, pick: (frame: PublishedFrame) => readonly M[]) {
    this.#messages = messagesOf(source, options, pick, this.#stop);
  }

  next(): Promise<IteratorResult<M, undefined>> {
    return this.#messages.next();
  }

  async return(): Promise<IteratorResult<M, undefined>> {
    // First, for a `next` that still waits for its frame would hold `return` up.
    this.#stop.abort();
    return await this.#messages.return(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function* messagesOf<M>(
  source: string,
  { signal, sinks, ...options }: Asked,
  pick: (frame: PublishedFrame) => readonly M[],
  stop: AbortController,
): AsyncGenerator<M, undefined> {
  signal?.throwIfAborted();
  const interrupted = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const handover = new FrameHandover(interrupted);
  const reading = readWith(source, { ...options, sinks: { ...sinks, consumer: handover.sink } }, interrupted);
  const settled = reading.then(
    () => handover.close(),
    () => handover.close(),
  );
  try {
    for (let frame = await handover.take(); frame; frame = await handover.take()) yield* pick(frame);
    signal?.throwIfAborted();
    await reading;
    return undefined;
  } finally {
    stop.abort();
    await settled;
  }
}

/** Passes frames from the run to one consumer, one at a time: the run waits until the next is asked for. */
class FrameHandover {
  #frame: PublishedFrame | undefined;
  #taken: (() => void) | undefined;
  #asked: ((frame: PublishedFrame | undefined) => void) | undefined;
  #closed = false;

  constructor(interrupted: AbortSignal) {
    interrupted.addEventListener('abort', () => this.close(), { once: true });
  }

  readonly sink: Sink = sink({ pace: 'waits', failure: 'ends-run', frame: (published) => this.#give(published) });

  /** The next frame; undefined when there are no more. The one before is given back. */
  take(): Promise<PublishedFrame | undefined> {
    this.#taken?.();
    this.#taken = undefined;
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame || this.#closed) return Promise.resolve(frame);
    return new Promise((resolve) => (this.#asked = resolve));
  }

  /** There are no more frames. What is not taken is given back. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#frame = undefined;
    this.#taken?.();
    this.#asked?.(undefined);
    this.#asked = undefined;
  }

  #give(published: PublishedFrame): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#taken = resolve;
      const asked = this.#asked;
      this.#asked = undefined;
      if (asked) asked(published);
      else this.#frame = published;
    });
  }
}
