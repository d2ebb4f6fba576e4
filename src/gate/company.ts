// Owns the judgement by company: a digit that the gate accepted, and what stands around it. Letters have the shapes of
// digits (o, l, s), and so have edges and streaks: no network tells them apart, where they stand does. Pure: one frame
// in, verdicts and lines out.
import { edgesOf, type BoxIndex } from '../base/box-index.js';
import type {
  Box,
  CompanyRules,
  DigitClass,
  FrameSightings,
  Line,
  Sighting,
  Rejection,
  Shape,
  Standing,
} from '../types.js';
import { CONTRASTS, indexOf, linesOf, type Mark, type PlacedMark } from './lines.js';

/** Which of the rules that this file owns are asked. */
type Asked = Pick<CompanyRules, 'text' | 'clutter'>;

/** Why a rule refuses, and how far from its bound. */
interface Refusal {
  readonly rejected: Extract<Rejection, 'text' | 'clutter'>;
  readonly distance: number;
}

/** A frame in its company. */
export interface Company {
  /** The sightings, those that a rule refuses with its reason. */
  readonly sightings: readonly Sighting[];
  /** Lines of marks, by index: first the sightings, in order, then the shapes. */
  readonly lines: readonly Line[];
  /** By sighting; undefined for those that the gate refused. */
  readonly standings: readonly (Standing | undefined)[];
}

// The bounds and weights below were measured with `lq-stream pages` (docs/footage.md).

/** Least {@link digitShare} of a digit, [0, 1]. */
export const DIGIT_SHARE = 0.3;

/** What a mark weighs: the digit itself, a mark of its word, of its line, and near it. */
const OWN = 3;
const IN_WORD = 1;
const IN_LINE = 0.2;
const AROUND = 0.02;

/**
 * What a search that was not whole may have left unseen, in marks of the word that are no digits: what letters are
 * taken for most is not believed then unless other digits stand beside it.
 */
const UNSEEN = 2;

/**
 * What an accepted mark is worth by its class: letters are read as 0 (o, O, D), 1 (l, I, i) and 5 (s) most, as
 * 2 (z, a), 6 (b) and 9 (g, q) often.
 */
const WORTH: readonly number[] = [0.1, 0.1, 0.5, 1, 1, 0.1, 0.5, 1, 1, 0.5];

/** How far what is near may be, in heights of the digit. */
const NEAR = 3;
/** Sizes of what is near, as shares of the digit's own longer side. */
const [SMALLEST_NEAR, LARGEST_NEAR] = [0.33, 4];

/** Refused marks near a digit at most, where it has no more than {@link FEW} accepted ones near it, or in its line. */
const REFUSED_NEAR = 6;
/** See {@link REFUSED_NEAR}. */
const FEW = 1;

/** Marks of a frame at most, beside a single stroke that no other digit keeps company. */
export const MARKS_BESIDE_STROKE = 5;

/**
 * Where one digit's box holds another's, one of them is none: below this share of the outer one's height the inner one
 * is a piece of it, above it the outer one is a frame that was drawn around the inner one.
 */
export const PIECE = 0.3;

/** A mark whose stroke fills this share of its height is a bar: a minus, a rule, half an equals sign. */
const BAR = 0.4;

/** Judges the digits of a frame by their company. Fixed rectangles (regions without ink measures) have none. */
export function judgeCompany(
  { sightings, shapes = [], truncated = false }: Pick<FrameSightings, 'sightings' | 'shapes' | 'truncated'>,
  rules: Asked,
): Company {
  if (!sightings.some(({ verdict, digit }) => verdict.accepted && digit.region.ink))
    return { sightings, lines: [], standings: sightings.map(() => undefined) };
  const marks = marksOf({ sightings, shapes });
  const index = indexOf(marks);
  const lines = linesOf(marks, index);
  const standings = standingsOf(sightings, marks, lines, index, truncated ? UNSEEN : 0);
  const judged = sightings.map((sighting, k) => {
    const standing = standings[k];
    const refusal = standing && refuses(standing, rules);
    return refusal ? { ...sighting, verdict: { ...sighting.verdict, accepted: false as const, ...refusal } } : sighting;
  });
  return { sightings: judged, lines, standings };
}

/** How the marks of a frame stand together, where they were not judged by it: indices as of {@link Company.lines}. */
export function linesIn(frame: Pick<FrameSightings, 'sightings' | 'shapes'>): readonly Line[] {
  return linesOf(marksOf(frame));
}

/** What the rules say of a digit's standing. */
function refuses(standing: Standing, rules: Asked): Refusal | undefined {
  const lacking = rules.text ? Math.max(0, DIGIT_SHARE - digitShare(standing)) : 0;
  if (lacking > 0) return { rejected: 'text', distance: lacking };
  const excess = rules.clutter ? clutterExcess(standing) : 0;
  return excess > 0 ? { rejected: 'clutter', distance: excess } : undefined;
}

/**
 * How much of what stands around a digit, and of itself, are digits, [0, 1]. What stands closer weighs more (its word,
 * its line, what is near); a class that letters are taken for is worth less.
 */
export function digitShare({ digits, others }: Standing): number {
  return digits / (digits + others);
}

/**
 * How far a digit is from standing free, >= 0: by how many marks there are too many around one that stands alone, or by
 * how much the digit that it holds, or is held by, is too high or too low for both to be digits.
 */
export function clutterExcess(standing: Standing): number {
  const { near, loneStroke = 0 } = standing;
  return Math.max(0, near.refused - nearBound(standing), loneStroke - MARKS_BESIDE_STROKE, nestedExcess(standing));
}

/** The part of {@link clutterExcess} that is of digits one in the other. */
export function nestedExcess({ within = PIECE, holds = PIECE }: Standing): number {
  return Math.max(0, PIECE - within, holds - PIECE);
}

/** How many refused marks may be near it: any number (Infinity) beside other digits. */
export function nearBound({ near: { accepted, inLine } }: Standing): number {
  return accepted <= FEW && inLine <= FEW ? REFUSED_NEAR : Infinity;
}

interface CountedMark extends Mark {
  readonly accepted: boolean;
  readonly digit: DigitClass | undefined;
  /** Accepted, or refused only because it may be another digit as well. */
  readonly digitLike: boolean;
  /** A sign says nothing of what stands beside it. */
  readonly sign: boolean;
}

function marksOf({ sightings, shapes = [] }: Pick<FrameSightings, 'sightings' | 'shapes'>): CountedMark[] {
  return [...sightings.map(markOf), ...shapes.map(shapeMark)];
}

function markOf({ digit: { region }, verdict }: Sighting): CountedMark {
  const { box, polarity, ink } = region;
  const { accepted, digit } = verdict;
  const digitLike = verdict.accepted || verdict.rejected === 'ratio';
  return { box, polarity, contrast: ink?.contrast ?? 0, accepted, digit, digitLike, sign: false };
}

function shapeMark({ box, polarity, ink: { contrast, stroke } }: Shape): CountedMark {
  const sign = stroke > BAR * box[3];
  return { box, polarity, contrast, accepted: false, digit: undefined, digitLike: false, sign };
}

function standingsOf(
  sightings: readonly Sighting[],
  marks: readonly CountedMark[],
  lines: readonly Line[],
  index: BoxIndex<PlacedMark>,
  unseen: number,
): (Standing | undefined)[] {
  const standings: (Standing | undefined)[] = sightings.map(() => undefined);
  for (const line of lines) {
    const inLine = line.words.flatMap((word) => word.marks);
    for (const word of line.words)
      for (const k of word.marks)
        if (marks[k]!.accepted)
          standings[k] = {
            ...standing(k, marks, word.marks, inLine, neighbours(k, marks, index), unseen),
            ...nesting(k, marks, index),
          };
  }
  return standings;
}

function standing(
  k: number,
  marks: readonly CountedMark[],
  inWord: readonly number[],
  inLine: readonly number[],
  near: readonly number[],
  unseen: number,
): Omit<Standing, keyof Nesting> {
  // The closest weight counts: what is in the word is in the line too.
  const weights = new Map<number, number>();
  for (const j of near) weights.set(j, AROUND);
  for (const j of inLine) weights.set(j, IN_LINE);
  for (const j of inWord) weights.set(j, IN_WORD);
  weights.set(k, OWN);
  let [digits, others] = [0, unseen];
  for (const [j, weight] of weights) {
    const { sign, accepted, digit } = marks[j]!;
    if (sign) continue;
    if (accepted) digits += weight * WORTH[digit!]!;
    else others += weight;
  }
  const accepted = (list: readonly number[]): number => list.filter((j) => j !== k && marks[j]!.accepted).length;
  const nearDigits = accepted(near);
  const otherDigits = [...inLine, ...near].some((j) => marks[j]!.accepted && marks[j]!.digit !== 1);
  return {
    digits,
    others,
    near: { accepted: nearDigits, refused: near.length - nearDigits, inLine: accepted(inLine) },
    loneStroke: marks[k]!.digit === 1 && !otherDigits ? likeIn(marks, k) : undefined,
  };
}

type Nesting = Pick<Standing, 'within' | 'holds'>;

function nesting(k: number, marks: readonly CountedMark[], index: BoxIndex<PlacedMark>): Nesting {
  const { box } = marks[k]!;
  const touching = index.near(edgesOf(box)).map((other) => marks[other.k]!);
  const outer = touching.filter((other) => other.digitLike && encloses(other.box, box)).map((other) => other.box[3]);
  const inner = touching.filter((other) => other.accepted && encloses(box, other.box)).map((other) => other.box[3]);
  return {
    within: outer.length > 0 ? box[3] / Math.max(...outer) : undefined,
    holds: inner.length > 0 ? Math.max(...inner) / box[3] : undefined,
  };
}

// How many marks of a frame are like one in size and strength.
function likeIn(marks: readonly CountedMark[], k: number): number {
  return marks.filter((mark, j) => j !== k && !mark.sign && like(mark, marks[k]!)).length;
}

function like({ box, contrast }: CountedMark, own: CountedMark): boolean {
  const [size, side] = [Math.max(box[2], box[3]), Math.max(own.box[2], own.box[3])];
  return contrast * CONTRASTS >= own.contrast && size >= SMALLEST_NEAR * side && size <= LARGEST_NEAR * side;
}

// What is near a mark.
function neighbours(k: number, marks: readonly CountedMark[], index: BoxIndex<PlacedMark>): number[] {
  const own = marks[k]!;
  return index
    .near(edgesOf(own.box), NEAR * own.box[3])
    .map((other) => other.k)
    .filter((j) => j !== k && !marks[j]!.sign && like(marks[j]!, own) && !holds(marks[j]!.box, own.box));
}

// Of two equal boxes neither encloses the other.
function encloses(outer: Box, inner: Box): boolean {
  return holds(outer, inner) && !holds(inner, outer);
}

function holds(outer: Box, inner: Box): boolean {
  const [a, b] = [edgesOf(outer), edgesOf(inner)];
  return a.left <= b.left && a.top <= b.top && a.right >= b.right && a.bottom >= b.bottom;
}
