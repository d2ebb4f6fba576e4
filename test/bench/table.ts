// A table as text. Words only.
import type { Figure, Table } from './bench.js';

/**
 * The table in Markdown, ending in a newline. Numbers have three significant digits; spread is half the quartile range.
 */
export function tableText({ title, columns, rows, notes = [] }: Table): string {
  const cells = [columns, columns.map(() => ''), ...rows.map((row) => row.map(cell))];
  const widths = columns.map((_, k) => Math.max(3, ...cells.map((row) => (row[k] ?? '').length)));
  const lines = cells.map(
    (row, i) =>
      `| ${widths.map((width, k) => (i === 1 ? '-'.repeat(width) : (row[k] ?? '').padEnd(width))).join(' | ')} |`,
  );
  return [`## ${title}`, '', ...lines, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

/** Three significant digits, thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000 ? rounded.toLocaleString('en-US') : String(rounded);
}

function cell(value: string | number | Figure | undefined): string {
  if (value === undefined) return '-';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  const { median, lower, upper } = value;
  return `${numberText(median)} ±${numberText((100 * (upper - lower)) / 2 / median)} %`;
}
