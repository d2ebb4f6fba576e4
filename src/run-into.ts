// One run from its opening to its end: a prepared source through the pipeline into sinks. The command line and the front
// door for programs both go through here; it reads no arguments and ends no process.
import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { UserError } from './base/errors.js';
import type { Rule } from './gate/rule.js';
import { run } from './pipeline.js';
import type { RunObserver } from './pipeline/observer.js';
import type { Prepared } from './pipeline/prepare.js';
import type { Scorer } from './scoring/scorer.js';
import { FanOut, type NamedSink } from './sinks/fan-out.js';
import type { RunInfo } from './sinks/sink.js';
import type { EndReason, Stats } from './types.js';

/** Milliseconds that an interrupted run waits for who takes its frames and does not. */
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
  /** Rules of the caller's own. Default: none. */
  readonly rules?: readonly Rule[];
  /** Ends after so many frames, an integer >= 1. Default: none. */
  readonly limit?: number | undefined;
  /** Interrupts the run: what was decoded is published and the sinks are ended. */
  readonly interrupted: AbortSignal;
  /** Shows people how far the run is while it reads; stopped before the sinks are ended. Default: nobody looks. */
  readonly progress?: (stats: () => Stats) => { stop(): void };
}

/**
 * Reads the source to its end, until a sink has had enough, or until it is interrupted.
 * @throws the error that the run failed with, after the sinks have been ended (`failed`) with what was read until then;
 *   where the program itself is at fault they are aborted.
 */
export async function runInto(options: RunIntoOptions): Promise<EndReason> {
  const { observer, interrupted, progress } = options;
  const enough = new AbortController();
  await using sinks = await openSinks(options, enough);
  const shown = progress?.(() => sinks.stats());
  const error = await readFrames(options, sinks, enough.signal).finally(() => shown?.stop());
  if (error !== undefined && !(error instanceof UserError)) throw error as Error;
  const reason = interrupted.aborted ? 'interrupted' : error === undefined ? 'done' : 'failed';
  await sinks.end({ reason, error, enough: enough.signal.aborted, counts: observer.counts });
  if (error !== undefined) throw error;
  return reason;
}

async function openSinks(options: RunIntoOptions, enough: AbortController): Promise<FanOut> {
  const { source, pipeline, prepared, truth, files, output, say, bold, observer, sinks } = options;
  const { model, identity, thresholds } = prepared;
  return await FanOut.open(sinks, {
    source,
    model,
    pipeline,
    identity,
    thresholds,
    truth,
    files,
    output,
    say,
    bold,
    stats: () => observer.stats(),
    profile: () => observer.profile?.report(observer.counts.frames),
    enough: () => enough.abort(),
  });
}

/** Runs the source into the sinks, to its end or until it is stopped; the error that it failed with, if any. */
async function readFrames(options: RunIntoOptions, sinks: FanOut, enough: AbortSignal): Promise<unknown> {
  const { source, prepared, scorer, rules = [], limit, interrupted, observer } = options;
  const frames = run({
    source,
    config: prepared.config,
    thresholds: prepared.thresholds,
    scorer,
    rules,
    limit,
    signal: AbortSignal.any([interrupted, enough]),
    observer,
    fullDetail: sinks.fullDetail,
    publish: (readings) => sinks.frame(readings),
  });
  try {
    // What was decoded is published before the end, but a reader that never reads must not keep the program.
    await Promise.race([lastValueFrom(frames, { defaultValue: undefined }), patience(interrupted)]);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Settles `GRACE` after the interruption; never without one. */
async function patience(interrupted: AbortSignal): Promise<void> {
  if (!interrupted.aborted)
    await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
  await delay(GRACE, undefined, { ref: false });
}
