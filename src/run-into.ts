// One run from its opening to its end: a prepared source through the pipeline into sinks. The command line and the
// front door for programs both go through here; it reads no arguments and ends no process.
import { defer, firstValueFrom, lastValueFrom, merge, Observable, takeUntil } from 'rxjs';
import { systemClock, type Clock } from './base/clock.js';
import { UserError } from './base/errors.js';
import type { Rule } from './gate/rule.js';
import { run, shownSource } from './pipeline.js';
import type { PipelineEditing } from './pipeline/editing.js';
import { explainer } from './pipeline/explain.js';
import type { RunObserver } from './pipeline/observer.js';
import type { Prepared } from './pipeline/prepare.js';
import { ReadingsMemory } from './readings/memory.js';
import type { Scorer } from './scoring/scorer.js';
import { FanOut, type NamedSink } from './sinks/fan-out.js';
import { runName } from './sinks/run-name.js';
import type { RunInfo } from './sinks/sink.js';
import type { EndReason, Stats } from './types.js';

export { shownSource } from './pipeline.js';

/** Milliseconds that an interrupted run waits for who takes its frames, or scores them, and does not. */
const GRACE = 1000;

/** What a run needs. */
export interface RunIntoOptions extends Pick<
  RunInfo,
  'source' | 'pipeline' | 'truth' | 'files' | 'output' | 'say' | 'bold'
> {
  readonly prepared: Prepared;
  readonly scorer: Pick<Scorer, 'score'>;
  /** Not yet open; opened, ended and aborted here. */
  readonly sinks: readonly NamedSink[];
  readonly observer: RunObserver;
  /** Whether numbers are told, and digits beside them. Default: `also` where the pipeline has readings, else `off`. */
  readonly readings?: RunInfo['readings'];
  /** The last values of numbers, kept up to date. Default: nothing is known of a run before. */
  readonly memory?: ReadingsMemory | undefined;
  /** Changes what the run goes by while it goes on. Default: nothing changes. */
  readonly editing?: PipelineEditing | undefined;
  /** Rules of the caller's own. Default: none. */
  readonly rules?: readonly Rule[];
  /** Ends after so many frames, an integer >= 1. Default: none. */
  readonly limit?: number | undefined;
  /** Interrupts the run: what was decoded is published and the sinks are ended. */
  readonly interrupted: AbortSignal;
  /** Shows people how far the run is while it reads; stopped before the sinks are ended. Default: nobody looks. */
  readonly progress?: (stats: () => Stats) => { stop(): void };
  /** Default real time. */
  readonly clock?: Clock;
}

/** What a run needs, and what it remembers of numbers. */
type RememberingOptions = RunIntoOptions & { readonly memory: ReadingsMemory };

/** Ways in which sinks end a run. */
interface Stops {
  /** One has all it wants. */
  readonly enough: AbortController;
  /** One has failed without which the run does not go on. */
  readonly failed: AbortController;
}

/**
 * Reads the source to its end, until a sink has had enough, or until it is interrupted.
 * @throws the error that the run failed with, after the sinks have been ended (`failed`) with what was read until then;
 *   where the program itself is at fault they are aborted.
 */
export async function runInto(options: RunIntoOptions): Promise<EndReason> {
  const { observer, interrupted, progress } = options;
  const memory = options.memory ?? new ReadingsMemory();
  const stops: Stops = { enough: new AbortController(), failed: new AbortController() };
  await using sinks = await openSinks({ ...options, memory }, stops);
  const shown = progress?.(() => sinks.stats());
  using _watching = observer.watch((change) => sinks.state(change));
  const error = await readFrames({ ...options, memory }, sinks, stops).finally(() => shown?.stop());
  if (error !== undefined && !(error instanceof UserError)) throw error as Error;
  const reason = interrupted.aborted ? 'interrupted' : error === undefined ? 'done' : 'failed';
  await sinks.end({ reason, error, enough: stops.enough.signal.aborted, counts: observer.counts });
  if (error !== undefined) throw error;
  return reason;
}

async function openSinks(options: RememberingOptions, { enough, failed }: Stops): Promise<FanOut> {
  const { source, pipeline, prepared, truth, files, output, say, bold, observer, sinks, clock } = options;
  const { model, identity, thresholds, config } = prepared;
  const { memory, editing, readings = config.readings ? 'also' : 'off' } = options;
  return await FanOut.open(sinks, {
    source: shownSource(source),
    name: config.name ?? runName(editing?.file ?? pipeline.file, shownSource(source)),
    model,
    pipeline,
    identity,
    thresholds,
    truth,
    files,
    output,
    say,
    bold,
    remarks: () => observer.remarks,
    stats: () => observer.stats(),
    // By what holds: thresholds and windows may not be those of the beginning.
    explain: editing ? (now) => explainer(editing.settings.now)(now) : explainer(prepared),
    readings,
    memory,
    profile: () => observer.profile?.report(observer.counts.frames),
    enough: () => enough.abort(),
    setup: { config, own: model.thresholds, editing },
    failed: () => failed.abort(),
    ...(clock && { clock }),
  });
}

/** Runs the source into the sinks, to its end or until it is stopped; the error that it failed with, if any. */
async function readFrames(options: RememberingOptions, sinks: FanOut, { enough, failed }: Stops): Promise<unknown> {
  const { source, prepared, scorer, rules = [], limit, interrupted, observer, clock = systemClock } = options;
  const frames = run({
    source,
    config: prepared.config,
    thresholds: prepared.thresholds,
    settings: options.editing?.settings,
    scorer,
    rules,
    limit,
    memory: options.memory,
    signal: AbortSignal.any([interrupted, enough.signal, failed.signal]),
    observer,
    fullDetail: sinks.fullDetail,
    publish: (sightings) => sinks.frame(sightings),
  });
  try {
    // What was decoded is published before the end, but a reader that never reads, or an engine that never answers,
    // must not keep the program.
    await lastValueFrom(frames.pipe(takeUntil(patience(interrupted, clock))), { defaultValue: undefined });
    sinks.throwIfFailed();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    // A run that is broken off from within has killed its decoder, and is over when that has gone.
    await observer.source.processes.idle();
  }
}

/**
 * Closes the scorer of a run that is over. An engine that hangs, while it opens, scores or closes, is not waited for
 * longer than a second after the interruption.
 * @param clock Default real time.
 */
export async function closeScorer(
  scorer: Pick<Scorer, 'close'>,
  interrupted: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  await firstValueFrom(
    merge(
      defer(() => scorer.close()),
      patience(interrupted, clock),
    ),
  );
}

/** Speaks `GRACE` after the interruption; never without one. */
function patience(interrupted: AbortSignal, clock: Clock): Observable<void> {
  return new Observable((subscriber) => {
    let stop = (): void => {};
    const begin = (): void => {
      stop = clock.after(GRACE, () => subscriber.next());
    };
    if (interrupted.aborted) begin();
    else interrupted.addEventListener('abort', begin, { once: true });
    return () => {
      interrupted.removeEventListener('abort', begin);
      stop();
    };
  });
}
