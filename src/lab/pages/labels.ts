// Owns a folder of somebody's own pictures with labels.json, which says what digits they show but not where: its form,
// and the judging of one. It must not render.
import path from 'node:path';
import { z } from 'zod';
import { readBoundedText } from '../../base/bounded-file.js';
import { readJson } from '../../base/document.js';
import { ofDocument } from '../../base/document-error.js';
import { UsageError } from '../../base/errors.js';
import { explainAll, type JsonSchema } from '../../base/explain.js';
import { printable } from '../../base/printable.js';
import { REJECTIONS, type Rejection } from '../../types.js';
import { readSource, type Reader } from './read.js';

/** Name of the labels in the folder. */
export const LABELS_FILE = 'labels.json';

/** Bytes of it at most. */
export const LABELS_BYTES = 16_777_216;

const span = z.tuple([z.number(), z.number()]);
const digits = z.string().regex(/^\d*$/, 'must be digits alone');

const labelSchema = z.object({
  digits: digits.nullish().describe('All digits that the file shows at once; "" for none; null: not judged.'),
  kind: z.string().max(100).default(''),
  source: z.string().max(100).optional(),
  clear_from: z.number().default(0).describe('Seconds from which all digits are clear.'),
  no_digit_span: span.optional(),
  windows: z.array(z.object({ digit: digits, t0: z.number(), t1: z.number() })).optional(),
  reject_windows: z.array(span).optional(),
});

const labelsSchema = z.record(z.string(), labelSchema);

/** What files show, by their paths in the folder. */
export type Labels = z.infer<typeof labelsSchema>;

/** What one file shows. */
export type Label = Labels[string];

/** Reads the labels of a folder. @throws UsageError with the file, the place, the rule and what was found. */
export async function readLabels(folder: string): Promise<Labels> {
  const file = path.join(folder, LABELS_FILE);
  const name = printable(file);
  const text = ofDocument(name, UsageError, () => readBoundedText(file, { most: LABELS_BYTES }));
  const value = ofDocument(name, UsageError, () => readJson(text, LABELS_BYTES));
  const result = labelsSchema.safeParse(value);
  if (result.success) return result.data;
  const schema = z.toJSONSchema(labelsSchema, { io: 'input' }) as JsonSchema;
  throw new UsageError(`${name}: ${explainAll(result.error.issues, value, schema)[0]!.text}`);
}

/** Counts of a file or a group of files. */
export interface LabelTally {
  files: number;
  accepted: number;
  right: number;
  /** Accepted where there is no digit: in a negative, or in a stretch without one. Not part of `accepted`. */
  false: number;
  /** Digits to read in clear frames (of a file with windows: windows), and those read. */
  there: number;
  found: number;
  /** Regions refused, by reason. */
  refused: Record<Rejection, number>;
}

/** Counts of nothing. */
export function noLabelTally(): LabelTally {
  const refused = Object.fromEntries(REJECTIONS.map((reason) => [reason, 0])) as Record<Rejection, number>;
  return { files: 0, accepted: 0, right: 0, false: 0, there: 0, found: 0, refused };
}

/** One frame: its time in seconds and the digits accepted in it. */
export interface Accepted {
  readonly time: number;
  readonly digits: readonly number[];
}

/** Times are compared to the millisecond. */
const SLACK = 1e-3;

const inside = (time: number, at: readonly [number, number]): boolean => time >= at[0] - SLACK && time <= at[1] + SLACK;

/** Counts one file. What it shows is matched as a multiset: each digit accepted beyond that is wrong. */
export function countFile(label: Label, frames: readonly Accepted[]): Omit<LabelTally, 'refused' | 'files'> {
  if (label.kind.startsWith('negative'))
    return {
      accepted: 0,
      right: 0,
      false: frames.reduce((sum, frame) => sum + frame.digits.length, 0),
      there: 0,
      found: 0,
    };
  return label.windows ? countWindows(label, label.windows, frames) : countFrames(label, frames);
}

function countWindows(
  { reject_windows: without = [] }: Label,
  windows: NonNullable<Label['windows']>,
  frames: readonly Accepted[],
) {
  const counts = { accepted: 0, right: 0, false: 0, there: 0, found: 0 };
  for (const { digit, t0, t1 } of windows) {
    const got = frames.filter(({ time }) => inside(time, [t0, t1])).flatMap((frame) => frame.digits);
    const right = got.filter((each) => String(each) === digit).length;
    counts.accepted += got.length;
    counts.right += right;
    counts.there++;
    if (right > 0) counts.found++;
  }
  for (const at of without)
    counts.false += frames.filter(({ time }) => inside(time, at)).reduce((sum, frame) => sum + frame.digits.length, 0);
  return counts;
}

function countFrames({ digits: wanted, clear_from: clear, no_digit_span: empty }: Label, frames: readonly Accepted[]) {
  const counts = { accepted: 0, right: 0, false: 0, there: 0, found: 0 };
  for (const { time, digits: got } of frames) {
    const isClear = time >= clear - SLACK;
    if (isClear) counts.there += (wanted ?? '').length;
    if (empty && inside(time, empty)) {
      counts.false += got.length;
      continue;
    }
    const right = inCommon(wanted ?? '', got.join(''));
    counts.accepted += got.length;
    counts.right += right;
    if (isClear) counts.found += right;
  }
  return counts;
}

/** Characters that two texts have in common, each as often as in both. */
function inCommon(a: string, b: string): number {
  const left = [...a];
  let count = 0;
  for (const character of b) {
    const at = left.indexOf(character);
    if (at < 0) continue;
    left.splice(at, 1);
    count++;
  }
  return count;
}

/** Options of {@link judgeLabels}. */
export interface LabelOptions {
  readonly onFile?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads all files of a folder that are to be judged and counts, by group: the folder a file is in, and its source.
 * @throws as the pipeline.
 */
export async function judgeLabels(
  folder: string,
  labels: Labels,
  reader: Reader,
  { onFile, signal }: LabelOptions = {},
): Promise<Map<string, LabelTally>> {
  const files = Object.entries(labels).filter(([, { digits: wanted }]) => wanted != null);
  const groups = new Map<string, LabelTally>();
  for (const [k, [name, label]] of files.entries()) {
    const group = `${name.split('/')[0]!}${label.source === undefined ? '' : `-${label.source}`}`;
    const tally = groups.get(group) ?? noLabelTally();
    groups.set(group, tally);
    const frames: Accepted[] = [];
    await readSource(
      path.join(folder, name),
      reader,
      ({ frame, sightings }) => {
        const accepted = sightings.filter(({ verdict }) => verdict.accepted);
        frames.push({ time: frame.time, digits: accepted.map(({ verdict }) => verdict.digit) });
        for (const { verdict } of sightings) if (!verdict.accepted) tally.refused[verdict.rejected]++;
      },
      signal,
    );
    addCounts(tally, { files: 1, ...countFile(label, frames) });
    onFile?.(k + 1, files.length);
  }
  return groups;
}

/** Adds counts to a tally. */
export function addCounts(tally: LabelTally, counts: Omit<LabelTally, 'refused'>): void {
  for (const key of ['files', 'accepted', 'right', 'false', 'there', 'found'] as const) tally[key] += counts[key];
}
