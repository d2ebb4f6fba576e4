// What a run came to, as a sink: for people at its end, and as a file. The words are told in summary-text.
import { z } from 'zod';
import { writeOutput } from '../base/output/file.js';
import { ExampleKeeper, type Examples } from './examples.js';
import { finishAfter } from './file-sink.js';
import { SourceChanges } from './source-changes.js';
import { sink, sinkKind, type Ending, type RunInfo, type Sink } from './sink.js';
import { summaryJson, summaryText, truncatedText, type Summary } from './summary-text.js';

/** --summary: counters, model, pipeline and thresholds of the run. People are told in any case. */
export const summary = sinkKind({
  name: 'summary',
  about: 'what the run came to, for people, and as a file where asked',
  options: {
    file: {
      flag: 'summary',
      value: 'OUT.json',
      help: 'counters, model, pipeline and thresholds of the run',
      schema: z.string().min(1),
      file: true,
    },
  },
  create: async (options) => createSummary(options),
});

/** Options of {@link createSummary}. */
export interface SummaryOptions {
  /** The file to write. Default: none. */
  readonly file?: string | undefined;
}

/** Writes what the run came to. A reader who had enough, and a run that read nothing, are told nothing. */
export function createSummary({ file }: SummaryOptions): Sink {
  let run: RunInfo | undefined;
  let isTruncated = false;
  const keeper = new ExampleKeeper();
  const changes = new SourceChanges();
  return sink({
    pace: 'late',
    failure: 'ends-run',
    async open(info) {
      run = info;
    },
    async frame(published) {
      keeper.add(published);
      if (published.truncated !== true || isTruncated) return;
      // At once, and once: a run may be long, and every frame of it as full.
      isTruncated = true;
      run?.say(truncatedText(published.frame));
    },
    async state(change) {
      const line = changes.add(change);
      if (line !== undefined) run?.say(`${line}\n`);
    },
    async end(ending) {
      if (!run) return;
      const found = summaryOf(run, ending, keeper.examples, changes);
      if (file !== undefined) await writeOutput(file, [summaryJson(found)], finishAfter(ending));
      const silent = ending.enough || (ending.error !== undefined && ending.counts.frames === 0);
      if (!silent) run.say(summaryText(found, run.bold));
    },
  });
}

function summaryOf(run: RunInfo, { reason, counts }: Ending, examples: Examples, changes: SourceChanges): Summary {
  const { truth, source, readings, sinks } = run.stats();
  const profile = run.profile();
  return {
    source: run.source,
    end: reason,
    model: { name: run.model.name, hash: run.identity.model },
    pipeline: { file: run.pipeline.file, hash: run.identity.pipeline },
    thresholds: run.thresholds,
    counts,
    examples,
    ...(readings && { readings }),
    ...(source && { live: changes.summary(source) }),
    ...(run.remarks().length > 0 && { remarks: run.remarks() }),
    // A video or sheet of no frames is not written.
    files: counts.frames > 0 ? run.files : {},
    ...(truth && { truth }),
    ...(sinks && { sinks }),
    ...(profile && { profile }),
  };
}
