// What a store keeps of a run, as texts that wait to be written, and what these are as rows. No database, no clock.
import type { Rejection } from '../../types.js';
import { REJECTIONS } from '../../types.js';
import type { NumberMessage, PredictionMessage, SourceMessage } from '../messages.js';
import type { Value } from './connection.js';

/** Kinds of record, by the letter that a waiting one begins with. */
export type RecordKind = 'p' | 'n' | 's' | 'm';

/** Refusals within one minute so far, by reason; those that there were none of are left out. */
export interface MinuteCounts {
  /** When it began, in milliseconds since 1970. */
  readonly minute: number;
  readonly counts: Readonly<Partial<Record<Rejection, number>>>;
}

/**
 * A record as it waits: its kind, its number in the run, when it was told, and a line of JSON. A line is kept as it is,
 * byte for byte.
 */
export function recordText(kind: RecordKind, n: number, told: number, line: string): string {
  return `${kind} ${n} ${told} ${line}`;
}

/** The rows of records of one run, by table. */
export interface Rows {
  readonly predictions: readonly (readonly Value[])[];
  readonly readings: readonly (readonly Value[])[];
  readonly states: readonly (readonly Value[])[];
  readonly refusals: readonly (readonly Value[])[];
}

/** The tables with their columns, in the order of the values of {@link rowsOf}. */
export const TABLES: Readonly<Record<keyof Rows, string>> = {
  predictions: 'lq_predictions (stream, seq, run, told, region, digit, ratio, line)',
  readings: 'lq_readings (run, n, stream, told, type, id, value, rule, seq, line)',
  states: 'lq_states (run, n, stream, told, state, reason, reconnects)',
  refusals: 'lq_refusals (run, minute, reason, stream, count)',
};

/** Records as rows: of refusals in the same minute the newest counts. */
export function rowsOf(records: readonly string[], stream: string, run: string): Rows {
  const predictions: Value[][] = [];
  const readings: Value[][] = [];
  const states: Value[][] = [];
  const minutes = new Map<number, MinuteCounts>();
  for (const record of records) {
    const { kind, n, told, line } = parse(record);
    if (kind === 'p') {
      const { seq, region, digit, ratio } = JSON.parse(line) as PredictionMessage;
      predictions.push([stream, seq, run, told, region, digit, ratio, line]);
    } else if (kind === 'n') {
      const message = JSON.parse(line) as NumberMessage;
      const rule = message.type === 'reading' ? (message.healed?.rule ?? null) : message.rule;
      readings.push([run, n, stream, told, message.type, message.id, message.value, rule, message.seq, line]);
    } else if (kind === 's') {
      const { state, reason = null, reconnects } = JSON.parse(line) as SourceMessage;
      states.push([run, n, stream, told, state, reason, reconnects]);
    } else {
      const counts = JSON.parse(line) as MinuteCounts['counts'];
      minutes.set(told, { minute: told, counts });
    }
  }
  const refusals = [...minutes.values()].flatMap(({ minute, counts }) =>
    REJECTIONS.flatMap((reason) => {
      const count = counts[reason] ?? 0;
      return count > 0 ? [[run, minute, reason, stream, count] as const] : [];
    }),
  );
  return { predictions, readings, states, refusals };
}

function parse(record: string): { readonly kind: RecordKind; readonly n: number; readonly told: number; line: string } {
  const [, kind, n, told, line] = /^([pnsm]) (\d+) (\d+) (.*)$/s.exec(record)!;
  return { kind: kind as RecordKind, n: Number(n), told: Number(told), line: line! };
}
