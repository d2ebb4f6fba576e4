// Rows of a store as text: CSV, or one JSON object a line. Nothing is in it that was not kept. It must not read or write.
import { toPrintableJson } from '../../base/printable.js';
import type { Row, Value } from './connection.js';
import type { HistoryKind } from './history.js';

/** How rows are written. */
export type HistoryFormat = 'csv' | 'json';

/** A row as a flat record: what its columns say, then what its line does. */
type Shown = Readonly<Record<string, unknown>>;

/** The columns of CSV; those that a row has nothing for stay empty. */
const COLUMNS: Readonly<Record<HistoryKind, readonly string[]>> = {
  readings: ['told', 'name', 'run', 'seq', 'type', 'id', 'value', 'rule', 'frame', 'time', 'at'],
  predictions: ['told', 'name', 'run', 'seq', 'frame', 'time', 'at', 'region', 'digit', 'ratio'],
  refusals: ['minute', 'name', 'run', 'reason', 'count'],
  states: ['told', 'name', 'run', 'state', 'reason', 'reconnects'],
};

/** What stands before the first row, with its end of line: the names of the columns, or nothing. */
export function historyHead(kind: HistoryKind, format: HistoryFormat): string {
  return format === 'csv' ? `${COLUMNS[kind].join(',')}\n` : '';
}

/** A row with its end of line. */
export function historyLine(row: Row, kind: HistoryKind, format: HistoryFormat): string {
  const shown = shownOf(row, kind);
  return `${format === 'csv' ? COLUMNS[kind].map((name) => cell(shown[name])).join(',') : toPrintableJson(shown)}\n`;
}

function shownOf(row: Row, kind: HistoryKind): Shown {
  const { stream: name, run } = row;
  if (kind === 'refusals')
    return { minute: instant(row['minute']), name, run, reason: row['reason'], count: row['count'] };
  const told = instant(row['told']);
  if (kind === 'states') {
    const { state, reason, reconnects } = row;
    return { told, name, run, state, ...(reason !== null && { reason }), reconnects };
  }
  return { told, name, run, ...(JSON.parse(String(row['line'])) as Shown) };
}

function instant(value: Value | undefined): string {
  return new Date(Number(value)).toISOString();
}

/** As RFC 4180 has it: what holds a comma, a quote or an end of line is quoted. */
function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
