// Owns what people see while a model is made: lines on stderr, one that is rewritten where that is a terminal.
import type { Reporter } from '../../lab/training/make-model.js';
import { percent } from '../../lab/report/shares.js';
import type { TrainingProgress } from '../../lab/training/train.js';
import { terminalLine, type Terminal } from '../terminal-line.js';
import { timeLeft } from '../time-left.js';

/**
 * Reports to a stream: every stage and every check as a line of its own; between them, on a terminal only, one line
 * with the rate and the time left.
 * @param now A clock in milliseconds.
 */
export function trainingReport(stream: Terminal, now: () => number): Reporter {
  const line = terminalLine(stream, now);
  let first: { readonly time: number; readonly step: number } | undefined;
  return {
    stage: (text) => {
      first = undefined;
      line.say(text);
    },
    made: (count, total) => line.show(() => `${count} of ${total} examples made`),
    step: (progress, examples) => {
      const time = now();
      const { time: begun, step } = (first ??= { time, step: progress.step });
      const perStep = (time - begun) / Math.max(1, progress.step - step);
      line.show(() => (perStep > 0 ? progressLine(progress, examples, perStep) : undefined));
    },
    check: ({ step, steps, cost }, { accuracy, robust }) => {
      line.say(
        `step ${step} of ${steps}  cost ${cost.toFixed(5)}  held-out accuracy ${percent(accuracy, 2)}` +
          (robust ? `, under attack (PGD, epsilon ${robust.epsilon}) ${percent(robust.accuracy)}` : ''),
      );
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
