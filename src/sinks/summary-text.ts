// What a run came to, for people (stderr) and for programs (--summary). Words and JSON only; writes nothing.
import { BOLD, printable, toPrintableJson } from '../base/printable.js';
import { STAGES, type ProfileReport, type StageTime } from '../pipeline/profile.js';
import {
  READING_RULES,
  REJECTIONS,
  type Counts,
  type EndReason,
  type Frame,
  type Leaks,
  type ReadingCounts,
  type Rejection,
  type SinkFigures,
  type Thresholds,
} from '../types.js';
import type { Examples, RefusedExample } from './examples.js';
import { liveText, type LiveSummary } from './source-changes.js';
import { boxText, placeText, plural } from './words.js';

/** What was run and what came of it. But for `profile` it holds no clock times: the same input gives the same bytes. */
export interface Summary {
  readonly source: string;
  /** How the run ended. */
  readonly end: EndReason;
  readonly model: { readonly name: string; readonly hash: string };
  readonly pipeline: { readonly file: string; readonly hash: string };
  /** What the gate used, and which of it did not come from the model's card. */
  readonly thresholds: Thresholds & { readonly overridden: readonly ('ratio' | 'range')[] };
  /** Only of a run whose pipeline was changed while it went on: `pipeline` and `thresholds` are those of its end. */
  readonly changed?: {
    /** How often; taking a change back is one. */
    readonly times: number;
    /** Whether what held at the end stands in the file. */
    readonly saved: boolean;
    /** Frames up to the end that were judged by what held then; earlier ones were judged otherwise. */
    readonly frames: number;
    readonly begun: Thresholds & { readonly file: string; readonly hash: string };
  };
  readonly counts: Counts;
  /** Of every reason a few that looked most like a digit. */
  readonly examples: Examples;
  /** Only of a run that makes numbers. */
  readonly readings?: ReadingCounts;
  /** Only of a live source. */
  readonly live?: LiveSummary;
  /** What there is to say of the source; only where there is something. */
  readonly remarks?: readonly string[];
  /** Only of a run that has a truth file. */
  readonly truth?: Leaks;
  /** Sinks that send to somewhere else, by name; only where there are some. */
  readonly sinks?: Readonly<Record<string, SinkFigures>>;
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
  {
    source,
    end,
    model,
    pipeline,
    thresholds,
    changed,
    counts,
    examples,
    readings,
    live,
    remarks = [],
    truth,
    sinks = {},
    files,
    profile,
  }: Summary,
  bold: boolean,
): string {
  const { frames, truncated, regions, accepted } = counts;
  const headline =
    `${printable(source)}: ${accepted} of ${plural(regions, 'region')} accepted ` +
    `in ${plural(frames, 'frame')}${ENDINGS[end]}`;
  const lines = [
    bold ? `${BOLD.on}${headline}${BOLD.off}` : headline,
    ...(live ? [`  ${printable(liveText(live), 1000)}`] : []),
    ...remarks.map((remark) => `  source: ${printable(remark)}`),
    ...(truncated > 0 ? [`  searched in part only: ${plural(truncated, 'frame')}`] : []),
    ...rejectedLines(counts, examples),
    ...(readings ? [`  readings: ${readingsText(readings)}`] : []),
    ...(truth
      ? [
          `  truth: ${truth.leaked} of ${plural(truth.digits, 'digit')} accepted and wrong ` +
            `(${(100 * truth.rate).toFixed(2)} %), ${truth.stray} accepted beside digits`,
        ]
      : []),
    `  model ${printable(model.name)} (${model.hash}), pipeline ${printable(pipeline.file)} (${pipeline.hash})`,
    `  gate: ${thresholdsText(thresholds)}${overridden(thresholds.overridden)}`,
    ...(changed ? changedLines(changed, frames) : []),
    ...Object.entries(sinks).map(([name, figures]) => `  ${name}: ${sinkText(figures)}`),
    ...Object.entries(files).map(([option, file]) => `  ${option} written to ${printable(file)}`),
    ...(profile ? profileLines(profile) : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** A line a reason: how many, and what some looked like, with where and when that was. */
function rejectedLines({ frames, regions, accepted, rejected }: Counts, examples: Examples): string[] {
  const reasons = REJECTIONS.filter((reason) => rejected[reason] > 0);
  if (reasons.length === 0) return [];
  const width = String(regions - accepted).length;
  const row = (reason: Rejection): string => {
    const shown = (examples[reason] ?? []).map((example) => exampleText(example, frames > 1)).join('; ');
    return `    ${reason.padEnd(11)}${`${rejected[reason]}`.padStart(width)}${shown === '' ? '' : `   ${shown}`}`;
  };
  return [`  rejected: ${regions - accepted}; of each reason what looked most like a digit`, ...reasons.map(row)];
}

/** `12 told, 3 refused (step 2, falls 1), 1 in doubt`. */
function readingsText({ told, refused, doubts }: ReadingCounts): string {
  const rules = READING_RULES.filter((rule) => refused[rule] > 0);
  const all = rules.reduce((sum, rule) => sum + refused[rule], 0);
  const which = all > 0 ? ` (${rules.map((rule) => `${rule} ${refused[rule]}`).join(', ')})` : '';
  return `${told} told, ${all} refused${which}, ${doubts} in doubt`;
}

/** `7 (66x74 at 532,118; 0.400 s)`; a single frame needs no time. */
function exampleText(example: RefusedExample, timed: boolean): string {
  const when = timed || example.file !== undefined ? `, ${placeText(example)}` : '';
  return `${example.digit} (${boxText(example.box)}${when})`;
}

/** What is said when a frame was not searched whole, ending in a newline. */
export function truncatedText(frame: Pick<Frame, 'index' | 'time' | 'file'>): string {
  return (
    `Frame ${frame.index} (${placeText(frame)}) was searched in part only: it took longer than regions.maxSeconds, or ` +
    'holds more ink than can be told apart. Digits may be missing; such frames are counted.\n'
  );
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

/** What became of what was sent; what is nothing but zeros is left out. */
function sinkText({ queued, sent, failed, dropped }: SinkFigures): string {
  return [
    `${sent} sent`,
    ...(failed > 0 ? [plural(failed, 'failed attempt')] : []),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
    ...(queued > 0 ? [`${queued} wait for the next run`] : []),
  ].join(', ');
}

function thresholdsText({ ratio, range }: Thresholds): string {
  return `ratio >= ${ratio}, top output in [${range.join(', ')}]`;
}

/** That the two lines above hold for the end alone. */
function changedLines({ times, saved, frames, begun }: NonNullable<Summary['changed']>, all: number): string[] {
  return [
    `    these held at the end, for the last ${frames} of ${plural(all, 'frame')}; the pipeline was changed ` +
      `${plural(times, 'time')} during the run${saved ? '' : ', and what held at the end is not saved'}`,
    `    it began with pipeline ${printable(begun.file)} (${begun.hash}), ${thresholdsText(begun)}`,
  ];
}

function overridden(names: readonly string[]): string {
  return names.length > 0 ? ` (${names.join(' and ')} set by you, not by the model)` : '';
}
