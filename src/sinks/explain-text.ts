// Owns the table of one frame's regions and what each rule said of them. Words only; writes nothing.
import { printable } from '../base/printable.js';
import type { Finding, FrameSightings, Sighting } from '../types.js';
import { boxText, placeText, plural } from './words.js';

/** Stands before what a region was refused by. */
const REFUSES = '!';

/** The frame in a line, then a table with a line a region, in reading order; no newlines in them. */
export function explainText(
  source: string,
  frame: FrameSightings,
  findings: readonly (readonly Finding[])[],
): readonly string[] {
  const { sightings } = frame;
  const title = titleOf(source, frame);
  if (sightings.length === 0) return [title];
  const names = ['region', 'box', 'digit', ...findings[0]!.map(({ name }) => name), 'verdict'];
  const rows = readingOrder(frame).map((k) => [...rowOf(sightings[k]!, findings[k]!)]);
  return [title, '', ...aligned([names, ...rows]), '', ...LEGEND];
}

const LEGEND = [
  `In brackets: the bound. ${REFUSES} refused by this. - nothing to measure, or refused by a rule before.`,
  'digits around: what of its word, its line and its surroundings are digits. What each rule is for: docs/gate.md',
];

function titleOf(
  source: string,
  { frame, sightings, shapes = [], lines = [], truncated = false }: FrameSightings,
): string {
  const accepted = sightings.filter(({ verdict }) => verdict.accepted).length;
  const beside = [
    ...(shapes.length > 0 ? [plural(shapes.length, 'other shape')] : []),
    ...(lines.length > 0 ? [plural(lines.length, 'line')] : []),
    ...(truncated ? ['searched in part only'] : []),
  ];
  return (
    `${printable(source)}, frame ${frame.index}, ${placeText(frame)}: ` +
    [`${accepted} of ${plural(sightings.length, 'region')} accepted`, ...beside].join(', ')
  );
}

function rowOf({ digit: { region }, verdict }: Sighting, findings: readonly Finding[]): string[] {
  const said = findings.map(({ text, refuses }) => `${refuses ? REFUSES : ''}${text}`);
  const end = verdict.accepted ? 'accepted' : `${verdict.rejected}${distanceText(verdict.distance)}`;
  return [region.id, boxText(region.box), `${verdict.digit}`, ...said, end];
}

/** By how much, in three significant digits; nothing where there is no distance. */
function distanceText(distance: number): string {
  return distance === 0 ? '' : `, by ${Number(distance.toPrecision(3))}`;
}

/** Indices of the sightings by lines, from left to right in each; those that stand in none by their place. */
function readingOrder({ sightings, lines = [] }: FrameSightings): number[] {
  const placed = lines.flatMap(({ words }) => words.flatMap(({ marks }) => marks.filter((k) => k < sightings.length)));
  const known = new Set(placed);
  const others = [...sightings.keys()].filter((k) => !known.has(k));
  const [x, y] = [(k: number) => sightings[k]!.digit.region.box[0], (k: number) => sightings[k]!.digit.region.box[1]];
  return [...placed, ...others.sort((a, b) => y(a) - y(b) || x(a) - x(b))];
}

/** Columns as wide as their widest cell, two spaces between; not those in which nothing was measured of any region. */
function aligned([names = [], ...rows]: readonly (readonly string[])[]): string[] {
  const told = [...names.keys()].filter((i) => rows.some((row) => row[i] !== '-'));
  const widths = told.map((i) => Math.max(...[names, ...rows].map((row) => row[i]!.length)));
  return [names, ...rows].map((row) =>
    told
      .map((i, column) => row[i]!.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
