// Owns the pictures of the article "Output analysis": the least and most confident digit of each class, and the same
// under noise of their second class. Drawing is digits' business.
import { evidence } from '../../gate/gate.js';
import { withVector } from '../attacks/universal.js';
import type { Labelled } from '../judging/curves.js';
import { pixelsOf, slice } from '../data/dataset.js';
import { largestOther } from '../rules/distances.js';
import { openVictim } from '../attacks/victim.js';
import { NOISE } from './article.js';
import { AUTHOR_EXTREMES } from './author.js';
import { firstOf, type ReportContext, type Subject } from './context.js';
import { digitGrid, type Cell, type GridRow } from './digits.js';
import type { Picture } from './draw.js';
import type { Block } from './page.js';
import { short } from './shares.js';
import { CLASSES } from '../../types.js';

/** A digit that is read right with the lowest or highest 1-2 ratio of its class. */
export interface Extreme {
  /** Index among the test digits. */
  readonly index: number;
  /** Its class, which is also the first of its outputs. */
  readonly first: number;
  /** The class of the second output in magnitude. */
  readonly second: number;
  readonly ratio: number;
}

/** An extreme digit under noise of its second class. */
export interface NoisedExtreme extends Extreme {
  readonly strength: keyof typeof NOISE;
  /** What it is read as. */
  readonly read: number;
  readonly noisedRatio: number;
}

/** Which end of the confidences. */
export type End = 'lowest' | 'highest';

/** The lowest and the highest ratio of each class among the digits that are read right, in the order of the classes. */
function extremesOf({ outputs, labels }: Labelled): Record<End, Extreme[]> {
  const found: Record<End, (Extreme | undefined)[]> = { lowest: [], highest: [] };
  labels.forEach((label, index) => {
    const { digit, ratio } = evidence(outputs, index * CLASSES);
    if (digit !== label) return;
    const extreme = { index, first: label, second: largestOther(outputs, index * CLASSES, label), ratio };
    if (!(ratio >= (found.lowest[label]?.ratio ?? Infinity))) found.lowest[label] = extreme;
    if (!(ratio <= (found.highest[label]?.ratio ?? -Infinity))) found.highest[label] = extreme;
  });
  const there = (each: Extreme | undefined): each is Extreme => each !== undefined;
  return { lowest: Array.from(found.lowest).filter(there), highest: Array.from(found.highest).filter(there) };
}

/** What the pictures show, for report.json. */
export interface ExtremesNumbers {
  readonly model: string;
  readonly clean: Readonly<Record<End, readonly Extreme[]>>;
  readonly noised: Readonly<Record<End, readonly NoisedExtreme[]>>;
}

/** Both pictures of a subject with their words. */
export async function extremesFigures(
  context: ReportContext,
  subject: Subject,
): Promise<{ blocks: Block[]; numbers: ExtremesNumbers }> {
  const clean = extremesOf(firstOf(subject.test, context.plan.article));
  const vectors = {
    weak: await context.vectors(subject, NOISE.weak),
    strong: await context.vectors(subject, NOISE.strong),
  };
  const victim = openVictim(subject.network);
  try {
    const show = (end: End): Shown =>
      showEnd(context, `${subject.name}, ${end} 1-2 ratio of each class, clean`, clean[end], vectors, (pixels) =>
        victim.outputs(pixels),
      );
    const ends = { lowest: show('lowest'), highest: show('highest') };
    const blocks = (['lowest', 'highest'] as const).map((end): Block => ({
      kind: 'figure',
      name: `extremes-${end}`,
      picture: ends[end].picture,
      caption: captionOf(end, ends[end].noised),
    }));
    return {
      blocks,
      numbers: { model: subject.name, clean, noised: { lowest: ends.lowest.noised, highest: ends.highest.noised } },
    };
  } finally {
    victim.close();
  }
}

/** One end's digits: the picture, and what noise made of them. */
interface Shown {
  readonly noised: readonly NoisedExtreme[];
  readonly picture: Picture;
}

function showEnd(
  context: ReportContext,
  title: string,
  clean: readonly Extreme[],
  vectors: Readonly<Record<keyof typeof NOISE, readonly Float32Array[]>>,
  score: (pixels: Float32Array) => Float32Array,
): Shown {
  const rows: GridRow[] = [{ title, cells: clean.map((each) => cleanCell(context, each)) }];
  const noised: NoisedExtreme[] = [];
  for (const strength of ['weak', 'strong'] as const) {
    const shown = clean.map((each) => noise(context, each, vectors[strength][each.second]!, score));
    noised.push(...shown.map(({ read, noisedRatio, extreme }) => ({ ...extreme, strength, read, noisedRatio })));
    rows.push({
      title: `The same with ${strength} noise (eps ${NOISE[strength]}) of their second class`,
      cells: shown.map(({ cell }) => cell),
    });
  }
  return { noised, picture: digitGrid(rows, context.drawing) };
}

function captionOf(end: End, noised: readonly NoisedExtreme[]): string {
  const wrong = (strength: string): string => {
    const some = noised.filter((each) => each.strength === strength);
    return `${some.filter(({ read, first }) => read !== first).length} of ${some.length}`;
  };
  const { images, lowest, highest } = AUTHOR_EXTREMES;
  const author =
    end === 'lowest'
      ? `all ${lowest.weakCorrupted} by weak and all ${lowest.strongCorrupted} by strong noise`
      : `${highest.weakCorrupted} by weak noise; strong noise takes much of the confidence ` +
        `of ${highest.strongMuchLowered}`;
  return (
    `The digit with the ${end} 1-2 ratio of each class among the test digits that are read right, with ` +
    `its first and second class and its ratio. A cross marks what noise makes wrong: ${wrong('weak')} ` +
    `by weak and ${wrong('strong')} by strong noise. The author, of ${images}: ${author}.`
  );
}

function pixelsAt({ data }: ReportContext, index: number): Float32Array {
  return pixelsOf(slice(data.test, index, index + 1));
}

function cleanCell(context: ReportContext, { index, first, second, ratio }: Extreme): Cell {
  return { pixels: pixelsAt(context, index), lines: [`1st ${first}, 2nd ${second}`, `ratio ${short(ratio)}`] };
}

function noise(
  context: ReportContext,
  extreme: Extreme,
  vector: Float32Array,
  score: (pixels: Float32Array) => Float32Array,
): { extreme: Extreme; read: number; noisedRatio: number; cell: Cell } {
  const pixels = withVector(pixelsAt(context, extreme.index), vector);
  const { digit, ratio } = evidence(score(pixels));
  return {
    extreme,
    read: digit,
    noisedRatio: ratio,
    cell: {
      pixels,
      lines: [`read as ${digit}`, `ratio ${short(ratio)}`],
      state: digit === extreme.first ? 'right' : 'wrong',
    },
  };
}
