// The running leak rate of a run that has a truth, as a sink: it adds to the run's figures. Counting is LeakCounter's.
import { z } from 'zod';
import { LeakCounter } from '../truth/leak-counter.js';
import { sink, sinkKind, type Sink } from './sink.js';

/** --truth: what of a source with known digits was accepted and wrong so far. */
export const leaks = sinkKind({
  name: 'leaks',
  about: 'the running leak rate of a source whose digits are known',
  options: {
    truth: {
      flag: 'truth',
      value: 'FILE.json',
      help:
        "the source's truth (docs/replay.md in the repository): the running leak rate in the stats, and its " +
        'pipeline, unless another is given',
      schema: z.string().min(1),
    },
  },
  enabledBy: 'truth',
  create: async () => createLeaks(),
});

/** Counts leaks against the truth of the run. */
export function createLeaks(): Sink {
  let counter: LeakCounter | undefined;
  return sink({
    pace: 'waits',
    failure: 'ends-run',
    async open({ truth }) {
      counter = truth && new LeakCounter(truth.truth);
    },
    async frame(published) {
      counter?.frame(published);
    },
    figures: () => (counter ? { truth: counter.leaks } : {}),
  });
}
