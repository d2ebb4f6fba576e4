// Owns the judgement by company: a digit that the gate accepted, and what stands around it. Letters have the shapes of
// digits (o, l, s), and so have edges and streaks: no network tells them apart, where they stand does. Pure: one frame in,
// verdicts and lines out.
import { BoxIndex, type Edges } from '../base/box-index.js';
import type {
  Box,
  CompanyRules,
  DigitClass,
  FrameReadings,
  Line,
  Reading,
  Rejection,
  Shape,
  Share,
  Standing,
  Word,
} from '../types.js';
import { CONTRASTS, linesOf, type Mark } from './lines.js';

/** Which of the rules that this file owns are asked. */
type Asked = Pick<CompanyRules, 'text' | 'clutter'>;

/** Why a rule refuses, and how far from its bound. */
export interface Refusal {
  readonly rejected: Extract<Rejection, 'text' | 'clutter'>;
  readonly distance: number;
}

/** A frame in its company. */
export interface Company {
  /** The readings, those that a rule refuses with its reason. */
  readonly readings: readonly Reading[];
  /** Lines of marks, by index: first the readings, in order, then the shapes. */
  readonly lines: readonly Line[];
  /** By reading; undefined for those that the gate refused. */
  readonly standings: readonly (Standing | undefined)[];
}

/** A digit's line must be accepted by this share, or its word stand as a number. */
export const LINE_SHARE = 1 / 3;

/** A digit's word must be accepted by this share. */
export const WORD_SHARE = 0.6;
/** Where its line is accepted by this share, ... */
export const SURE_LINE = 0.45;
/** ... its word must be by this one. */
export const WORD_SHARE_IN_SURE_LINE = 0.2;

/** How far what is near may be, in heights of the digit. */
export const NEAR = 3;
/** Sizes of what is near, as shares of the digit's own longer side. */
const [SMALLEST_NEAR, LARGEST_NEAR] = [0.33, 4];

/** Refused marks near a digit at most, ... */
export const REFUSED_NEAR = 4;
/** ... and as many more for each accepted digit near it. */
export const REFUSED_NEAR_EACH = 8;

/** Classes that letters take most: l, I and i are read as 1, o and O as 0, s as 5. */
const LETTERLIKE: ReadonlySet<DigitClass> = new Set([0, 1, 5] as const);

/** The heights of the digits of a number differ by at most this factor, and reach this share of the line's high marks. */
const EVEN = 1.35;
const HIGH = 0.8;

/** A mark whose stroke fills this share of its height is a bar: a minus, a rule, half an equals sign. */
const BAR = 0.4;

/** Judges the digits of a frame by their company. Fixed rectangles (regions without ink measures) have none. */
export function judgeCompany(
  { readings, shapes = [] }: Pick<FrameReadings, 'readings' | 'shapes'>,
  rules: Asked,
): Company {
  if (!readings.some(({ verdict, digit }) => verdict.accepted && digit.region.ink))
    return { readings, lines: [], standings: readings.map(() => undefined) };
  const marks = [...readings.map(markOf), ...shapes.map(shapeMark)];
  const lines = linesOf(marks);
  const standings = standingsOf(readings, marks, lines);
  const judged = readings.map((reading, k) => {
    const standing = standings[k];
    const refusal = standing && refuses(standing, rules);
    return refusal ? { ...reading, verdict: { ...reading.verdict, accepted: false as const, ...refusal } } : reading;
  });
  return { readings: judged, lines, standings };
}

/** What the rules say of a digit's standing. */
export function refuses(standing: Standing, rules: Asked): Refusal | undefined {
  if (rules.text) {
    const distance = textExcess(standing);
    if (distance > 0) return { rejected: 'text', distance };
  }
  if (rules.clutter) {
    const distance = clutterExcess(standing);
    if (distance > 0) return { rejected: 'clutter', distance };
  }
  return undefined;
}

/** How much its word or its line lacks of the share that digits have, [0, 1]; 0 where it is no text. */
export function textExcess(standing: Standing): number {
  const lacking = wordBound(standing) - shareOf(standing.word);
  return lacking > 0 ? lacking : Math.max(0, lineBound(standing) - shareOf(standing.line));
}

/** The share of its word that must be accepted. */
export function wordBound({ line }: Standing): number {
  return shareOf(line) >= SURE_LINE ? WORD_SHARE_IN_SURE_LINE : WORD_SHARE;
}

/** The share of its line that must be accepted; 0 for a number, which may stand among letters. */
export function lineBound({ number }: Standing): number {
  return number ? 0 : LINE_SHARE;
}

/** How many refused marks too many are near it, >= 0. */
export function clutterExcess(standing: Standing): number {
  return Math.max(0, standing.near.refused - nearBound(standing));
}

/** How many refused marks may be near it: any number (Infinity) in a line that is sure. */
export function nearBound({ near: { accepted }, line, word, number }: Standing): number {
  if (number || (line.accepted >= 3 && shareOf(line) >= SURE_LINE && shareOf(word) >= SURE_LINE)) return Infinity;
  return REFUSED_NEAR + REFUSED_NEAR_EACH * accepted;
}

/** As a number, [0, 1]. */
export function shareOf({ accepted, marks }: Share): number {
  return accepted / marks;
}

interface CountedMark extends Mark {
  readonly accepted: boolean;
  readonly digit: DigitClass | undefined;
  /** A sign says nothing of what stands beside it. */
  readonly sign: boolean;
}

function markOf({ digit: { region }, verdict }: Reading): CountedMark {
  const { box, polarity, ink } = region;
  return { box, polarity, contrast: ink?.contrast ?? 0, accepted: verdict.accepted, digit: verdict.digit, sign: false };
}

function shapeMark({ box, polarity, ink: { contrast, stroke } }: Shape): CountedMark {
  return { box, polarity, contrast, accepted: false, digit: undefined, sign: stroke > BAR * box[3] };
}

function standingsOf(
  readings: readonly Reading[],
  marks: readonly CountedMark[],
  lines: readonly Line[],
): (Standing | undefined)[] {
  const standings: (Standing | undefined)[] = readings.map(() => undefined);
  const near = nearOf(marks);
  for (const line of lines) {
    const all = line.words.flatMap((word) => word.marks);
    if (!all.some((k) => k < readings.length && marks[k]!.accepted)) continue;
    const inLine = countOf(all, marks);
    const high = highOf(all, marks);
    for (const word of line.words) {
      const inWord = countOf(word.marks, marks);
      const number = isNumber(word, marks, high);
      for (const k of word.marks)
        if (marks[k]!.accepted) standings[k] = { word: inWord, line: inLine, near: near(k), number };
    }
  }
  return standings;
}

function countOf(list: readonly number[], marks: readonly CountedMark[]): Share {
  const counted = list.filter((k) => !marks[k]!.sign);
  return { accepted: counted.filter((k) => marks[k]!.accepted).length, marks: counted.length };
}

// The height that a quarter of the marks of a line exceeds: capitals and tall letters.
function highOf(list: readonly number[], marks: readonly CountedMark[]): number {
  const heights = list.map((k) => marks[k]!.box[3]).sort((a, b) => b - a);
  return heights[Math.floor(heights.length / 4)]!;
}

/**
 * Whether a word among letters is a number: two digits or more and nothing else, as high as the line's high letters and
 * as high as each other; of letter-like classes alone (10, 51: or lo, si) three or more.
 */
function isNumber({ marks: list }: Word, marks: readonly CountedMark[], high: number): boolean {
  const own = list.map((k) => marks[k]!);
  if (own.length < 2 || !own.every(({ accepted }) => accepted)) return false;
  const heights = own.map(({ box }) => box[3]);
  if (Math.max(...heights) > EVEN * Math.min(...heights) || Math.min(...heights) < HIGH * high) return false;
  return own.length > 2 || own.some(({ digit }) => !LETTERLIKE.has(digit!));
}

// Counts what is near a mark.
function nearOf(marks: readonly CountedMark[]): (k: number) => Standing['near'] {
  const index = new BoxIndex<Edges & { readonly k: number }>();
  index.load(
    marks.map(({ box: [x, y, width, height] }, k) => ({ left: x, top: y, right: x + width, bottom: y + height, k })),
  );
  return (k) => {
    const { box, contrast } = marks[k]!;
    const [x, y, width, height] = box;
    const own = { left: x, top: y, right: x + width, bottom: y + height, contrast };
    const side = Math.max(width, height);
    let [accepted, refused] = [0, 0];
    for (const other of index.near(own, NEAR * height)) {
      const mark = marks[other.k]!;
      if (other.k === k || mark.sign || mark.contrast * CONTRASTS < own.contrast) continue;
      if (!likeSize(mark.box, side) || holds(mark.box, box)) continue;
      if (mark.accepted) accepted++;
      else refused++;
    }
    return { accepted, refused };
  };
}

function likeSize([, , width, height]: Box, side: number): boolean {
  const size = Math.max(width, height);
  return size >= SMALLEST_NEAR * side && size <= LARGEST_NEAR * side;
}

function holds(outer: Box, inner: Box): boolean {
  return (
    outer[0] <= inner[0] &&
    outer[1] <= inner[1] &&
    outer[0] + outer[2] >= inner[0] + inner[2] &&
    outer[1] + outer[3] >= inner[1] + inner[3]
  );
}
