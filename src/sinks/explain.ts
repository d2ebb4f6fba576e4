// What each rule said of one frame, on stdout in place of the lines. The words are told in explain-text.
import { z } from 'zod';
import { UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { explainText } from './explain-text.js';
import { lineWriter, OutputClosed } from './line-writer.js';
import { sink, sinkKind, type RunInfo, type Sink } from './sink.js';

const rule = 'must be the number of a frame: 0, 1, 2, ...';

/** --explain: a table of one frame, a region a line. */
export const explain = sinkKind({
  name: 'explain',
  about: 'what each rule said of every region of one frame, on stdout in place of the lines',
  options: {
    frame: {
      flag: 'explain',
      value: 'N',
      help: 'in place of the lines: what each rule said of every region of frame N (from 0)',
      schema: z.union([z.string().regex(/^\d{1,15}$/, rule), z.int(rule).min(0, rule)], { error: rule }),
    },
  },
  enabledBy: 'frame',
  replaces: 'lines',
  create: async ({ frame = 0 }) => createExplanation({ frame: Number(frame) }),
});

/** Options of {@link createExplanation}. */
export interface ExplanationOptions {
  /** `Frame.index`, >= 0. */
  readonly frame: number;
}

/**
 * Prints the frame's regions with what each rule said of them, and ends the run there: the frames before are read, for
 * the rules over time need them. A run that comes to its end without that frame fails with UsageError.
 */
export function createExplanation({ frame: wanted }: ExplanationOptions): Sink {
  let run: RunInfo | undefined;
  let writer: ReturnType<typeof lineWriter> | undefined;
  /** Numbers of the first frame, of the last one up to the one that is wanted, and of one beyond it. */
  let seen: Partial<Record<'first' | 'last' | 'beyond', number>> = {};
  return sink({
    pace: 'waits',
    failure: 'ends-run',
    async open(info) {
      run = info;
      writer = lineWriter(info.output);
      void writer.closed.then(info.enough);
    },
    async frame({ outgoing: _, ...published }) {
      const { index } = published.frame;
      if (!run || seen.beyond !== undefined || seen.last === wanted) return;
      seen = index > wanted ? { ...seen, beyond: index } : { first: seen.first ?? index, last: index };
      if (index < wanted) return;
      if (index === wanted) await writer?.write(explainText(run.source, published, run.explain(published))).catch(gone);
      run.enough();
    },
    async end({ reason }) {
      await writer?.end();
      if (run && reason === 'done' && seen.last !== wanted) throw new UsageError(notRead(wanted, run.source, seen));
    },
    async abort() {
      void writer?.end();
    },
  });
}

/** A reader who has gone has had enough. */
function gone(error: unknown): void {
  if (!(error instanceof OutputClosed)) throw error;
}

function notRead(
  wanted: number,
  source: string,
  { first, last, beyond }: Partial<Record<'first' | 'last' | 'beyond', number>>,
): string {
  if (beyond !== undefined) {
    const others = last === undefined ? `${beyond} was` : `${last} and ${beyond} were`;
    return `frame ${wanted} was left out (--fps and --policy latest leave frames out): ${others} read`;
  }
  const given = first === undefined ? 'gave no frames' : first === last ? `gave frame ${first} only` : undefined;
  return `frame ${wanted} was not read: ${printable(source)} ${given ?? `gave frames ${first} to ${last}`}`;
}
