// Owns what people see while a model is made: lines on stderr, one that is rewritten where that is a terminal.
import type { Reporter } from '../lab/training/make-model.js';
import type { TrainingProgress } from '../lab/training/train.js';
import { timeLeft } from './time-left.js';

/** Where the report goes: stderr, or what stands for it in tests. */
export interface ReportStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two updates of the progress line. */
const REFRESH = 250;

/**
 * Reports to a stream: every stage and every check as a line of its own; between them, on a terminal only, one line
 * with the rate and the time left.
 * @param now A clock in milliseconds.
 */
export function trainingReport(stream: ReportStream, now: () => number): Reporter {
  let shown = -Infinity;
  let first: { readonly time: number; readonly step: number } | undefined;
  const line = (text: string): void => void stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${text}\n`);
  return {
    stage: (text) => {
      first = undefined;
      line(text);
    },
    made: (count, total) => {
      if (stream.isTTY) stream.write(`\r\u001b[K${count} of ${total} examples made`);
    },
    step: (progress, examples) => {
      const time = now();
      first ??= { time, step: progress.step };
      if (!stream.isTTY || time - shown < REFRESH) return;
      shown = time;
      const perStep = (time - first.time) / Math.max(1, progress.step - first.step);
      if (perStep > 0) stream.write(`\r\u001b[K${progressLine(progress, examples, perStep)}`);
    },
    check: (progress, accuracy) => {
      const { step, steps, cost } = progress;
      line(`step ${step} of ${steps}  cost ${cost.toFixed(5)}  held-out accuracy ${(100 * accuracy).toFixed(2)} %`);
    },
  };
}

function progressLine({ step, steps, cost }: TrainingProgress, examples: number, perStep: number): string {
  const seconds = ((steps - step) * perStep) / 1000;
  return (
    `step ${step} of ${steps}  cost ${cost.toFixed(5)}  ${Math.round((1000 * examples) / perStep)} ` +
    `examples/s  ${timeLeft(seconds)} left`
  );
}
