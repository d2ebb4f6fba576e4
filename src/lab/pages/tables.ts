// Owns the tables of a judging, as Markdown that is readable as text too. It must not count.
import { REJECTIONS } from '../../types.js';
import type { Judged } from './judge.js';
import { addCounts, noLabelTally, type LabelTally } from './labels.js';
import { sumOf, type Tally } from './tally.js';

/** Figures of a set with boxes, by kind: two tables. */
export function pagesTables(judged: readonly Judged[]): string {
  const withDigits = judged.filter(({ holds }) => holds === 'digits');
  const without = judged.filter(({ holds }) => holds === 'none');
  const sums = [
    ...(withDigits.length > 0 ? [{ name: 'all with digits', tally: sumOf(withDigits.map(({ tally }) => tally)) }] : []),
    ...(without.length > 0 ? [{ name: 'all without', tally: sumOf(without.map(({ tally }) => tally)) }] : []),
    { name: 'all', tally: sumOf(judged.map(({ tally }) => tally)) },
  ];
  return `${figures([...judged, ...sums])}\n\n${refusals([...judged, ...sums])}`;
}

interface Row {
  readonly name: string;
  readonly tally: Tally;
}

function figures(rows: readonly Row[]): string {
  return table(
    [
      'kind',
      'frames',
      'digits',
      'accepted',
      'right',
      'wrong',
      'false',
      'precision',
      'coverage',
      'not found',
      'mistaken',
    ],
    rows.map(({ name, tally: t }) => [
      name,
      ...[t.frames, t.digits, t.accepted, t.right, t.wrong, t.false].map(String),
      t.digits > 0 ? percent(t.right, t.accepted) : '-',
      percent(t.right, t.digits),
      ...(t.digits > 0 ? [t.notFound, t.mistaken].map(String) : ['-', '-']),
    ]),
  );
}

/** Of each reason: what it lost, and what it kept out. Reasons that refused nothing have no column. */
function refusals(rows: readonly Row[]): string {
  const used = REJECTIONS.filter((reason) =>
    rows.some(({ tally: { refused } }) => refused[reason].lost + refused[reason].kept > 0),
  );
  return table(
    ['kind', ...used.flatMap((reason) => [`${reason}: lost`, 'kept out'])],
    rows.map(({ name, tally: { refused } }) => [
      name,
      ...used.flatMap((reason) => [refused[reason].lost, refused[reason].kept].map(String)),
    ]),
  );
}

/** Figures of a folder with labels, by group. */
export function labelTable(groups: ReadonlyMap<string, LabelTally>): string {
  const all = noLabelTally();
  for (const tally of groups.values()) addCounts(all, tally);
  return table(
    ['group', 'files', 'accepted', 'right', 'wrong', 'false', 'precision', 'coverage'],
    [...groups, ['all', all] as const].map(([name, t]) => [
      name,
      ...[t.files, t.accepted, t.right, t.accepted - t.right, t.false].map(String),
      percent(t.right, t.accepted),
      percent(t.found, t.there),
    ]),
  );
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** A Markdown table whose columns are as wide as what they hold; all but the first to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, k) => Math.max(3, ...[head, ...rows].map((row) => row[k]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, k) => (k === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
