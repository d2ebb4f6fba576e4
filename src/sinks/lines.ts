// The lines of a run on stdout. The run waits for their reader.
import { z } from 'zod';
import { lineWriter, OutputClosed } from './line-writer.js';
import { sink, sinkKind, type Sink } from './sink.js';

/** Options of {@link createLines}. */
export interface LinesOptions {
  /** Rejections as well. Default false. */
  readonly rejected?: boolean | undefined;
}

/** stdout: one JSON object a line. */
export const lines = sinkKind({
  name: 'lines',
  about: 'one JSON object a line on stdout',
  options: {
    rejected: {
      flag: 'rejected',
      help: 'print rejected regions too, with reason and distance to the threshold',
      schema: z.boolean(),
    },
  },
  create: async (options) => createLines(options),
});

/**
 * Writes the lines of predictions, and of rejections where asked, to the run's output. A reader that goes away
 * (`| head -1`) has had enough: the run ends and nothing failed.
 */
export function createLines({ rejected = false }: LinesOptions): Sink {
  let writer: ReturnType<typeof lineWriter> | undefined;
  let enough = (): void => {};
  const finish = async (): Promise<void> => writer?.end();
  return sink({
    pace: 'waits',
    failure: 'ends-run',
    async open(run) {
      writer = lineWriter(run.output);
      enough = run.enough;
      void writer.closed.then(enough);
    },
    async frame({ sightings, outgoing }) {
      const told = outgoing.filter((_, i) => rejected || sightings[i]!.verdict.accepted);
      await writer?.write(told.map(({ line }) => line)).catch((error: unknown) => {
        if (!(error instanceof OutputClosed)) throw error;
        enough();
      });
    },
    // Whoever interrupts the run does not wait for a reader that does not read.
    async end({ reason }) {
      const finished = finish();
      if (reason !== 'interrupted') await finished;
    },
    async abort() {
      void finish();
    },
  });
}
