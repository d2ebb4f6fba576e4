// One run of the command line: what it is set up with, read to its end; the exit code. Reads no arguments.
import { EXIT } from '../base/errors.js';
import { printableBoldLines } from '../base/printable.js';
import { RunObserver } from '../pipeline/observer.js';
import { closeScorer, runInto, shownSource } from '../run-into.js';
import { openInstalled, openLater } from '../scoring/installed.js';
import type { StreamArguments } from './arguments.js';
import { interruption } from './interrupt.js';
import { showProgress } from './progress.js';
import { setUp } from './run-setup.js';

/**
 * Reads the source to its end, or until it is interrupted; the exit code. Rejects with UserError for what the user can
 * mend.
 */
export async function read(given: StreamArguments): Promise<number> {
  using interrupted = interruption();
  hidePasswords(given);
  const { source, limit, quiet } = given;
  const say = (text: string): void => {
    if (!quiet) process.stderr.write(printableBoldLines(text));
  };
  const { pipeline, truth, files, sinks, readings, memory, ...prepared } = await setUp(given, say);
  // Not waited for: while it loads, ffprobe and ffmpeg start.
  const scorer = openLater(() => openInstalled(prepared.model, say));
  const observer = new RunObserver({ profile: given.profile });
  const total = (): number | undefined => limit ?? observer.source.info?.frames;
  try {
    const reason = await runInto({
      source,
      pipeline: { file: pipeline },
      truth,
      files,
      sinks,
      readings,
      memory,
      prepared,
      scorer,
      observer,
      limit,
      say,
      output: process.stdout,
      bold: process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
      interrupted: interrupted.signal,
      ...(!quiet && { progress: (stats) => showProgress(process.stderr, stats, total) }),
    });
    return reason === 'interrupted' ? EXIT.interrupted : EXIT.done;
  } finally {
    await closeScorer(scorer, interrupted.signal);
  }
}

/** What `ps` shows to every user of the machine should hold no password; until here it did. */
function hidePasswords({ source, sinks }: StreamArguments): void {
  const shown = shownSource(source);
  const values = Object.values(sinks).flatMap((options) => Object.values(options ?? {}));
  const inSinks = values.some((value) => typeof value === 'string' && /:\/\/[^/]*@/.test(value));
  if (shown !== source || inSinks) process.title = `lq-stream ${shown}`;
}
