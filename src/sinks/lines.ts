// The lines of a run on stdout, of digits and numbers. The run waits for their reader.
import { z } from 'zod';
import { lineWriter, OutputClosed } from './line-writer.js';
import { sink, sinkKind, type ReadingsShown, type Sink } from './sink.js';

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
      help: 'print rejected regions too, with reason and distance to the threshold, and refused readings',
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
  let shown: ReadingsShown = 'off';
  const finish = async (): Promise<void> => writer?.end();
  return sink({
    pace: 'waits',
    failure: 'ends-run',
    async open(run) {
      writer = lineWriter(run.output);
      enough = run.enough;
      shown = run.readings;
      void writer.closed.then(enough);
    },
    async frame({ sightings, outgoing, numbers }) {
      const digits = shown === 'only' ? [] : outgoing.filter((_, i) => rejected || sightings[i]!.verdict.accepted);
      const told = numbers.filter(({ message }) => rejected || message.type !== 'reading-refused');
      await writer?.write([...digits, ...told].map(({ line }) => line)).catch((error: unknown) => {
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
