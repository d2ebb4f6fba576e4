// What a run came to, for people (stderr) and for programs (--summary). Words and JSON only; writes nothing.
import { BOLD, printable, toPrintableJson } from '../base/printable.js';
import type { Counts, EndReason, Leaks } from '../types.js';
import { STAGES, type ProfileReport, type StageTime } from '../pipeline/profile.js';
import { REJECTIONS, type Thresholds } from '../types.js';

/** What was run and what came of it. But for `profile` it holds no clock times: the same input gives the same bytes. */
export interface Summary {
  readonly source: string;
  /** How the run ended. */
  readonly end: EndReason;
  readonly model: { readonly name: string; readonly hash: string };
  readonly pipeline: { readonly file: string; readonly hash: string };
  /** What the gate used, and which of it did not come from the model's card. */
  readonly thresholds: Thresholds & { readonly overridden: readonly ('ratio' | 'range')[] };
  readonly counts: Counts;
  /** What there is to say of the source; only where there is something. */
  readonly remarks?: readonly string[];
  /** Only of a run that has a truth file. */
  readonly truth?: Leaks;
  /** Files that the run wrote, by option. */
  readonly files: Readonly<Record<string, string>>;
  /** Where the time went; only when that was asked for. */
  readonly profile?: ProfileReport;
}

/** The summary as JSON text, ending in a newline. */
export function summaryJson(summary: Summary): string {
  return `${toPrintableJson(summary, 2)}\n`;
}

/** The summary in a few lines, ending in a newline; `bold` marks the headline up where the terminal takes it. */
export function summaryText(
  { source, end, model, pipeline, thresholds, counts, remarks = [], truth, files, profile }: Summary,
  bold: boolean,
): string {
  const { frames, regions, accepted, rejected } = counts;
  const headline =
    `${printable(source)}: ${accepted} of ${plural(regions, 'region')} accepted ` +
    `in ${plural(frames, 'frame')}${ENDINGS[end]}`;
  const reasons = REJECTIONS.filter((reason) => rejected[reason] > 0).map((reason) => `${reason} ${rejected[reason]}`);
  const lines = [
    bold ? `${BOLD.on}${headline}${BOLD.off}` : headline,
    ...remarks.map((remark) => `  source: ${printable(remark)}`),
    ...(reasons.length > 0 ? [`  rejected: ${reasons.join(', ')}`] : []),
    ...(truth
      ? [
          `  truth: ${truth.leaked} of ${plural(truth.digits, 'digit')} accepted and wrong ` +
            `(${(100 * truth.rate).toFixed(2)} %), ${truth.stray} accepted beside digits`,
        ]
      : []),
    `  model ${printable(model.name)} (${model.hash}), pipeline ${printable(pipeline.file)} (${pipeline.hash})`,
    `  gate: ratio >= ${thresholds.ratio}, top output in ` +
      `[${thresholds.range.join(', ')}]${overridden(thresholds.overridden)}`,
    ...Object.entries(files).map(([option, file]) => `  ${option} written to ${printable(file)}`),
    ...(profile ? profileLines(profile) : []),
  ];
  return `${lines.join('\n')}\n`;
}

const ENDINGS: Readonly<Record<EndReason, string>> = {
  done: '',
  failed: ', then it failed',
  interrupted: ', then it was interrupted',
};

function profileLines({ frames, wall, waiting, stages }: ProfileReport): string[] {
  const row = (name: string, { perFrame, longest }: StageTime): string => {
    const share = wall > 0 ? (100 * perFrame * frames) / wall : 0;
    const most = longest === undefined ? '' : `   longest ${longest.toFixed(3)}`;
    return `    ${name.padEnd(10)}${perFrame.toFixed(3).padStart(9)}${`${share.toFixed(1)} %`.padStart(9)}${most}`;
  };
  return [
    `  time per frame in ms, and its share of ${(wall / 1000).toFixed(2)} s`,
    row('waiting', { perFrame: waiting }),
    ...STAGES.map((name) => row(name, stages[name])),
  ];
}

function overridden(names: readonly string[]): string {
  return names.length > 0 ? ` (${names.join(' and ')} set by you, not by the model)` : '';
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
