// One run: opens what it needs, runs the pipeline, closes everything and says what came of it. Reads no arguments.
import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom, tap } from 'rxjs';
import { EXIT, UserError } from '../base/errors.js';
import { lineWriter, OutputClosed, type LineWriter } from '../sinks/line-writer.js';
import { noCounts, type EndReason, type Stats } from '../types.js';
import type { FeedServer } from '../sinks/feed/server.js';
import { run as runPipeline } from '../pipeline.js';
import { Profile } from '../pipeline/profile.js';
import { LeakCounter } from '../truth/leak-counter.js';
import type { Scorer } from '../scoring/scorer.js';
import { SourceMonitor } from '../source/source.js';
import type { FrameReadings } from '../types.js';
import type { StreamArguments } from './arguments.js';
import { interruption } from './interrupt.js';
import { Meter } from '../pipeline/meter.js';
import { checkCanvas, openInstalled, openLater } from './optional-packages.js';
import { showProgress } from './progress.js';
import { createPublisher } from './publisher.js';
import { prepare, type Setting } from './run-setup.js';
import { summaryJson, summaryText, type Summary } from './summary.js';

/** Milliseconds that an interrupted run waits for a reader of stdout that does not read. */
const GRACE = 1000;

/**
 * Reads the source to its end, or until it is interrupted; the exit code. Rejects with UserError for what the user can
 * mend.
 */
export async function read(given: StreamArguments): Promise<number> {
  using interrupted = interruption();
  const setting = await prepare(given);
  await checkCanvas(Object.keys(setting.files).filter((option) => option !== 'summary'));
  // Not waited for: while it loads, ffprobe and ffmpeg start.
  const scorer = openLater(() => openInstalled(setting.model, (text) => given.quiet || process.stderr.write(text)));
  try {
    return await work(setting, scorer, interrupted.signal);
  } finally {
    await scorer.close();
  }
}

const CLOCK = { now: () => performance.now(), idle: () => performance.eventLoopUtilization().idle };

/** What a run has open while it works. */
interface Open {
  readonly setting: Setting;
  readonly scorer: Pick<Scorer, 'score'>;
  readonly lines: LineWriter;
  readonly meter: Meter;
  readonly monitor: SourceMonitor;
  readonly profile: Profile | undefined;
  readonly truth: LeakCounter | undefined;
  readonly feed: FeedServer | undefined;
  readonly outputs: readonly FrameOutput[];
}

async function work(setting: Setting, scorer: Pick<Scorer, 'score'>, interrupted: AbortSignal): Promise<number> {
  const { given } = setting;
  const meter = new Meter(() => performance.now());
  const monitor = new SourceMonitor();
  const profile = given.profile ? new Profile(CLOCK) : undefined;
  const truth = setting.truth && new LeakCounter(setting.truth.truth);
  const stats = (): Stats => ({ ...meter.stats(), ...(truth && { truth: truth.leaks }) });
  await using feed = await openFeed(setting, stats);
  if (feed && !given.quiet) process.stderr.write(`feed: ${feed.url}\n`);
  const open: Open = {
    setting,
    scorer,
    lines: lineWriter(process.stdout),
    meter,
    monitor,
    profile,
    truth,
    feed,
    outputs: await openOutputs(setting),
  };
  const progress = given.quiet
    ? undefined
    : showProgress(process.stderr, stats, () => given.limit ?? monitor.info?.frames);
  const ending = await readFrames(open, interrupted).finally(() => progress?.stop());
  await conclude(open, ending);
  const { end, error } = ending;
  if (error !== undefined) throw error as Error;
  return end === 'interrupted' ? EXIT.interrupted : EXIT.done;
}

/** A file that grows with the frames; it appears under its name when it is closed. */
interface FrameOutput {
  frame(readings: FrameReadings): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

// What a run may not need is loaded when it does, so that others start sooner.
async function openOutputs({ files: { annotate, sheet } }: Setting): Promise<FrameOutput[]> {
  const outputs: FrameOutput[] = [];
  if (annotate !== undefined) outputs.push((await import('../sinks/drawing/annotate.js')).createAnnotator(annotate));
  if (sheet !== undefined) outputs.push((await import('../sinks/sheet.js')).createSheet(sheet));
  return outputs;
}

async function openFeed(
  { given: { serve: address, token }, identity, thresholds }: Setting,
  stats: () => Stats,
): Promise<FeedServer | undefined> {
  if (!address) return undefined;
  const { serve } = await import('../sinks/feed/server.js');
  return await serve({ ...address, ...(token !== undefined && { token }), run: { ...identity, thresholds }, stats });
}

/** How the source's frames came to an end, and with what error. */
interface Ending {
  readonly end: EndReason;
  readonly error?: unknown;
  /** The reader of stdout has gone: it has what it wanted (`| head -1`). */
  readonly left: boolean;
}

async function readFrames(
  { setting, scorer, lines, meter, monitor, profile, truth, feed, outputs }: Open,
  interrupted: AbortSignal,
): Promise<Ending> {
  const { given, config, thresholds, identity } = setting;
  const left = new AbortController();
  void lines.closed.then(() => left.abort());
  const publish = createPublisher({ lines, feed, identity, rejected: given.rejected });
  const counts = runPipeline({
    source: given.source,
    config,
    scorer,
    thresholds,
    limit: given.limit,
    signal: AbortSignal.any([interrupted, left.signal]),
    monitor,
    whole: given.annotate !== undefined,
    ...(profile && { profile }),
    decoded: () => meter.decoded(),
    sink: async (readings) => {
      await publish(readings);
      truth?.frame(readings);
      for (const output of outputs) await output.frame(readings);
    },
  });
  const done = lastValueFrom(counts.pipe(tap((now) => meter.published(now))), { defaultValue: noCounts() });
  try {
    // What was decoded is published before the end, but a reader that never reads must not keep the program.
    await Promise.race([done, patience(interrupted)]);
  } catch (error) {
    if (!(error instanceof OutputClosed))
      return { end: interrupted.aborted ? 'interrupted' : 'failed', error, left: false };
    left.abort();
  }
  return { end: interrupted.aborted ? 'interrupted' : 'done', left: left.signal.aborted };
}

/** Settles `GRACE` after the interruption; never without one. */
async function patience(interrupted: AbortSignal): Promise<void> {
  await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
  await delay(GRACE, undefined, { ref: false });
}

/** Closes everything: files keep what was read, unless the program itself failed. */
async function conclude(
  { setting, lines, meter, profile, truth, feed, outputs }: Open,
  { end, error, left }: Ending,
): Promise<void> {
  const expected = error === undefined || error instanceof UserError;
  const keep = error === undefined || (expected && meter.counts.frames > 0);
  for (const output of outputs) await (keep ? output.close() : output.abort());
  if (end !== 'interrupted') await lines.end();
  await feed?.end(end);
  const { given, files, model, identity, pipeline, thresholds, overridden } = setting;
  const summary: Summary = {
    source: given.source,
    end,
    model: { name: model.name, hash: identity.model },
    pipeline: { file: pipeline, hash: identity.pipeline },
    thresholds: { ...thresholds, overridden },
    counts: meter.counts,
    // A video or sheet of no frames is not written.
    files: meter.counts.frames > 0 ? files : {},
    ...(truth && { truth: truth.leaks }),
    ...(profile && { profile: profile.report(meter.counts.frames) }),
  };
  if (expected && given.summary !== undefined)
    await (await import('../sinks/drawing/annotate.js')).writeWhole(given.summary, Buffer.from(summaryJson(summary)));
  const silent = given.quiet || left || (error !== undefined && meter.counts.frames === 0);
  if (!silent)
    process.stderr.write(summaryText(summary, process.stderr.isTTY && process.env['NO_COLOR'] === undefined));
}
