// Owns what people and programs see of attacks: a table on stderr, a progress line where that is a terminal, and the
// form of a result line. It runs nothing.
import { toPrintableJson } from '../../base/printable.js';
import type { EvaluateProgress, Outcome } from '../../lab/judging/evaluate.js';
import type { LeakFigures } from '../../lab/judging/leaks.js';
import { timeLeft } from '../time-left.js';
import { type Terminal, terminalLine } from '../terminal-line.js';

/** What one line of the result is about. */
export type RunTitle = Pick<Outcome, 'epsilon'> & { readonly model: string; readonly attack: string };

/** Says what happens while attacks run. */
export interface AttackReport {
  /** A line of its own. */
  say(text: string): void;
  /** A listener for one run. */
  watch(title: RunTitle): (progress: EvaluateProgress) => void;
  /** One row of the table; the first one is preceded by the head. */
  row(title: RunTitle, leaks: LeakFigures): void;
}

const COLUMNS = [
  ['model', 16],
  ['attack', 11],
  ['epsilon', 8],
  ['clean right', 12],
  ['corrupted', 10],
  ['robust', 9],
  ['coverage', 9],
  ['accepted', 9],
  ['accepted and wrong (95 % interval)', 0],
] as const;

/**
 * Reports to a stream.
 * @param now A clock in milliseconds.
 */
export function attackReport(stream: Terminal, now: () => number): AttackReport {
  const { show, say } = terminalLine(stream, now);
  let headed = false;
  return {
    say,
    watch: (title) => {
      const rate = progressText(now);
      return (progress) => {
        // Told of everything, shown or not: it measures from the first of a stage on.
        const text = rate(progress);
        show(() => `${title.attack} ${title.epsilon} on ${title.model}: ${text}`);
      };
    },
    row: (title, leaks) => {
      if (!headed) say(tableRow(COLUMNS.map(([name]) => name)));
      headed = true;
      say(tableRow(cells(title, leaks)));
    },
  };
}

/** A result for programs: one JSON object. Shares in [0, 1]; `leaked95` is the Clopper-Pearson interval of `leaked`. */
export function resultLine(outcome: Outcome, leaks: LeakFigures): string {
  const { attack, unit, adversarial, epsilon, settings, seed, model, surrogate, backend, change } = outcome;
  const asked = { model: model.name, attack, epsilon, unit, adversarial, settings, seed };
  return `${toPrintableJson({ ...asked, ...leaks, change, modelHash: model.hash, surrogate, backend })}\n`;
}

/** The line of the worst case for each image over several attacks on one model with one epsilon. */
export function worstCaseLine(outcomes: readonly Outcome[], leaks: LeakFigures): string {
  const { epsilon, unit, seed, model, backend } = outcomes[0]!;
  const attacks = outcomes.map(({ attack }) => attack);
  const asked = { model: model.name, attack: 'worst-case', attacks, epsilon, unit, seed };
  return `${toPrintableJson({ ...asked, ...leaks, modelHash: model.hash, backend })}\n`;
}

/** Rate and time left, counted from the first call of each stage on. */
function progressText(now: () => number): (progress: EvaluateProgress) => string {
  let first: { readonly stage: string; readonly time: number; readonly share: number } | undefined;
  return (progress) => {
    const share = progress.stage === 'preparing' ? progress.share : progress.done / progress.total;
    if (first?.stage !== progress.stage) first = { stage: progress.stage, time: now(), share };
    const seconds = (now() - first.time) / 1000;
    const made = share - first.share;
    const left = made > 0 ? `, ${timeLeft((seconds * (1 - share)) / made)} left` : '';
    if (progress.stage === 'preparing') return `preparing, ${Math.floor(100 * share)} %${left}`;
    const perSecond = (made * progress.total) / seconds;
    const rate = made > 0 ? `, ${perSecond.toPrecision(2)} images/s` : '';
    return `${progress.done} of ${progress.total} images${rate}${left}`;
  };
}

function cells({ model, attack, epsilon }: RunTitle, leaks: LeakFigures): string[] {
  const {
    cleanAccuracy,
    corrupted,
    robustAccuracy,
    coverage,
    accepted,
    leaked,
    leaked95: [lo, hi],
  } = leaks;
  return [
    model,
    attack,
    String(epsilon),
    percent(cleanAccuracy),
    percent(corrupted),
    percent(robustAccuracy),
    percent(coverage),
    percent(accepted),
    `${percent(leaked)} (${percent(lo)} to ${percent(hi)})`,
  ];
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(2)} %`;
}

function tableRow(texts: readonly string[]): string {
  return texts
    .map((text, i) => (i < 2 || i === COLUMNS.length - 1 ? text.padEnd(COLUMNS[i]![1]) : text.padStart(COLUMNS[i]![1])))
    .join('  ');
}
