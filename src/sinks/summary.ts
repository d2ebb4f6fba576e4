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
  let judged: Judged = { pipeline: undefined, frames: 0 };
  return sink({
    pace: 'late',
    failure: 'ends-run',
    async open(info) {
      run = info;
    },
    async frame(published) {
      keeper.add(published);
      const { pipeline } = published;
      judged = { pipeline, frames: judged.pipeline === pipeline ? judged.frames + 1 : 1 };
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
      const found = summaryOf(run, ending, keeper.examples, changes, judged);
      if (file !== undefined) await writeOutput(file, [summaryJson(found)], finishAfter(ending));
      const silent = ending.enough || (ending.error !== undefined && ending.counts.frames === 0);
      if (!silent) run.say(summaryText(found, run.bold));
    },
  });
}

/** The frames at the end that one pipeline judged, and which. */
interface Judged {
  readonly pipeline: string | undefined;
  readonly frames: number;
}

function summaryOf(
  run: RunInfo,
  { reason, counts }: Ending,
  examples: Examples,
  changes: SourceChanges,
  judged: Judged,
): Summary {
  const { truth, source, readings, sinks } = run.stats();
  const profile = run.profile();
  return {
    source: run.source,
    end: reason,
    model: { name: run.model.name, hash: run.identity.model },
    ...heldAtTheEnd(run, judged),
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

/** What held at the end; of a run that was changed on the way also what it began with. */
function heldAtTheEnd(
  { pipeline: { file }, identity, thresholds, setup }: RunInfo,
  judged: Judged,
): Pick<Summary, 'pipeline' | 'thresholds' | 'changed'> {
  const editing = setup?.editing;
  if (!editing || editing.settings.changes === 0) return { pipeline: { file, hash: identity.pipeline }, thresholds };
  const { now, begun, changes, overridden } = editing.settings;
  const { ratio, range } = now.thresholds;
  return {
    pipeline: { file: editing.file, hash: now.pipeline },
    thresholds: { ratio, range, overridden: overridden },
    changed: {
      times: changes,
      saved: !editing.state.unsaved,
      frames: judged.pipeline === now.pipeline ? judged.frames : 0,
      begun: { file, hash: begun.pipeline, ratio: begun.thresholds.ratio, range: begun.thresholds.range },
    },
  };
}
