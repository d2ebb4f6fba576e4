// Messages and figures as lines of InfluxDB's line protocol. Words only.
import type { Stats } from '../../types.js';
import type { SentMessage } from '../sending/messages.js';
import { numberOf } from '../sending/messages.js';

/** Where and when a point is. */
export interface PointPlace {
  /** Of the run. */
  readonly name: string;
  readonly run: string;
  /** Number of the message in the run: points of one moment stay apart by it. */
  readonly n: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A point of a message: `lq_prediction`, `lq_reading` or `lq_doubt`. The same message gives the same point. */
export function messagePoint({ message }: SentMessage, { name, run, n, at }: PointPlace): string {
  const when = message.at === undefined ? at : Date.parse(message.at);
  const shared = { seq: whole(message.seq), frame: whole(message.frame), time: message.time, run: text(run) };
  if (message.type === 'prediction') {
    const { digit, ratio, top, second, region } = message;
    const fields = { digit: whole(digit), ratio, top, second, region: text(region), ...shared };
    return point('lq_prediction', { name }, fields, when, n);
  }
  const fields = { value: numberOf(message.value) ?? null, text: text(message.value) };
  if (message.type === 'reading')
    return point('lq_reading', { name, id: message.id }, { ...fields, ...shared }, when, n);
  return point('lq_doubt', { name, id: message.id }, { ...fields, rule: text(message.rule), ...shared }, when, n);
}

/** A point `lq_stats`. */
export function statsPoint({ frames, regions, accepted, fps, lag }: Stats, { name, n, at }: PointPlace): string {
  const fields = { frames: whole(frames), regions: whole(regions), accepted: whole(accepted), fps, lag };
  return point('lq_stats', { name }, fields, at, n);
}

function point(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string | number | null>>,
  at: number,
  n: number,
): string {
  const where = Object.entries(tags).map(([key, value]) => `,${key}=${tag(value)}`);
  // There are no fields without a value.
  const what = Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]));
  // Nanoseconds: more digits than a number holds.
  const nanoseconds = `${at}${String(n % 1_000_000).padStart(6, '0')}`;
  return `${measurement}${where.join('')} ${what.join(',')} ${nanoseconds}`;
}

function whole(value: number): string {
  return `${value}i`;
}

function tag(value: string): string {
  return value
    .replace(/[\n\r]/g, ' ')
    .replace(/[,= ]/g, '\\$&')
    .replace(/\\$/, '\\ ');
}

function text(value: string): string {
  return `"${value.replace(/[\n\r]/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}
