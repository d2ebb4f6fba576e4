// The messages that leave the program, their version, and how a sighting becomes one. No sockets, no streams, no state.
import { toPrintableJson } from '../base/printable.js';
import type {
  Box,
  Counts,
  DigitClass,
  EndReason,
  Frame,
  Identity,
  Reading,
  ReadingDoubt,
  ReadingRule,
  RefusedReading,
  Sighting,
  Rejection,
  Rotation,
  SourceChange,
  SourceFigures,
  SourceState,
  Stats,
  Thresholds,
} from '../types.js';

/**
 * Version of the messages below, sent in `hello`. Within a version fields and message types may be added (readers
 * ignore those that they don't know) but none is removed, renamed or changes its meaning.
 */
export const PROTOCOL = 1;

/** `seq` of the first accepted prediction of a run. */
export const FIRST_SEQ = 1;

/** What an infinite or larger 1-2 ratio is printed as: JSON has no Infinity. */
export const RATIO_CAP = 1e9;

/**
 * Significant digits of outputs, ratio, top, second and distance. Nine are the fewest that give every float32 back
 * exactly, so the ratio and the verdict recomputed from a line's outputs are the line's own.
 */
export const SIGNIFICANT_DIGITS = 9;

/** Decimals of `time`: microseconds, as ffprobe prints pts_time. */
export const TIME_DECIMALS = 6;

/** Decimals of `age`: milliseconds. */
const AGE_DECIMALS = 3;

/** What prediction and rejection lines share. */
interface SightingFields {
  /** Predictions accepted in this run up to and including this line: a prediction's own number, from `FIRST_SEQ`. */
  readonly seq: number;
  /** `Frame.index`: among all decoded frames, from 0. */
  readonly frame: number;
  /** Presentation time of the frame in seconds, rounded to `TIME_DECIMALS`. */
  readonly time: number;
  /** Of a live source: when the picture came, by the wall clock, as ISO 8601 in UTC with milliseconds. */
  readonly at?: string;
  /** Of a live source: seconds from then to the verdict, >= 0, rounded to milliseconds. */
  readonly age?: number;
  /** `Frame.file`: name of the image within a directory or glob, or of a page. */
  readonly file?: string;
  /** `Frame.turned`: `box` is of the picture turned so, clockwise. */
  readonly turned?: Exclude<Rotation, 0>;
  readonly region: string;
  /** `[x, y, width, height]` in source pixels, integers. */
  readonly box: Box;
  /** Class of the top output. In a rejection it is what the network leans to, not an answer. */
  readonly digit: DigitClass;
  /** 1-2 ratio: `top / second`, at most `RATIO_CAP`; 0 when there is none. */
  readonly ratio: number;
  /** Top output; null when it is not finite. */
  readonly top: number | null;
  /** Largest magnitude among the other outputs; null when it is not finite. */
  readonly second: number | null;
  /** `[10]`, the raw outputs by class; null in the place of NaN and infinities. */
  readonly outputs: readonly (number | null)[];
  /** Prefix of the sha256 of the model. */
  readonly model: string;
  /** Prefix of the sha256 of the pipeline's configuration. */
  readonly pipeline: string;
}

/** A digit that the gate accepted. */
export interface PredictionMessage extends SightingFields {
  readonly type: 'prediction';
}

/** A region that the gate rejected. Printed with `--rejected`; never sent over the feed, whose `stats` count them. */
export interface RejectionMessage extends SightingFields {
  readonly type: 'rejection';
  readonly rejected: Rejection;
  /** From the threshold that failed, >= 0, in that quantity's unit (ratio, output); 0 where there is none. */
  readonly distance: number;
}

/** One line of NDJSON about one region of one frame. */
export type SightingMessage = PredictionMessage | RejectionMessage;

/** What messages about numbers share. */
interface NumberFields {
  /** Readings told in this run up to and including this line: a reading's own number, from `FIRST_SEQ`. */
  readonly seq: number;
  /** As of predictions. */
  readonly frame: number;
  readonly time: number;
  readonly file?: string;
  readonly turned?: Exclude<Rotation, 0>;
  /** Name of the number: from the pipeline file; `line0`, `line1`, ... for lines that are found. */
  readonly id: string;
  /** Its digits with leading zeros and the decimal point: a text, as `00417.3` is no JSON number. */
  readonly value: string;
}

/** Where a number is, and by what it is judged. */
interface NumberPlacement {
  /** `[x, y, width, height]` around its places, source pixels. */
  readonly box: Box;
  /** Wall clock when the picture came, ISO 8601 in UTC; only of sources that are live. */
  readonly at?: string;
  /** Prefix of the sha256 of the model. */
  readonly model: string;
  /** Prefix of the sha256 of the pipeline's configuration. */
  readonly pipeline: string;
}

/** A number: enough looks agree on each of its digits, and it breaks no rule. */
export interface ReadingMessage extends NumberFields, NumberPlacement {
  readonly type: 'reading';
  /** By place, from left to right: how many of how many clear looks show it. `between`: on the way to the next. */
  readonly digits: readonly {
    readonly region: string;
    readonly digit: DigitClass;
    readonly frames: number;
    readonly of: number;
    readonly between?: true;
  }[];
  /** The place with the least agreement, and the time of the first look that counts, seconds. */
  readonly confirmed: { readonly frames: number; readonly of: number; readonly since: number };
  /** It broke this rule, and was taken over in place of `last` as it stayed (`heal: auto`). */
  readonly healed?: { readonly rule: ReadingRule; readonly last: string };
}

/** A number that breaks a rule. Printed with `--rejected`; never sent over the feed. */
export interface RefusedReadingMessage extends NumberFields, NumberPlacement {
  readonly type: 'reading-refused';
  readonly rule: ReadingRule;
  /** The number that holds; absent where there is none. */
  readonly last?: string;
}

/** A number that breaks a rule and stays: a question to people. */
export interface ReadingDoubtMessage extends NumberFields, NumberPlacement {
  readonly type: 'reading-doubt';
  readonly rule: ReadingRule;
  readonly last?: string;
  /** For how long refused numbers have agreed: time of the first, seconds, and frames. */
  readonly refused: { readonly since: number; readonly frames: number };
}

/** One line of NDJSON about a number. */
export type NumberMessage = ReadingMessage | RefusedReadingMessage | ReadingDoubtMessage;

/** First message of every connection. */
export interface HelloMessage extends Identity {
  readonly type: 'hello';
  /** `PROTOCOL`. */
  readonly protocol: number;
  /** The thresholds in force, after overrides. */
  readonly thresholds: Thresholds;
  /** `seq` of the next prediction to be accepted. Not above a `since` that was asked for: the program was restarted. */
  readonly next: number;
}

/** A live source does something else than before. Sent when that happens, and after `hello`: what it does now. */
export interface SourceMessage {
  readonly type: 'source';
  readonly state: SourceState;
  /** Why, in words for people; absent where there is nothing to explain. Not to be read by programs. */
  readonly reason?: string;
  /** Since when, by the wall clock, as ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** How often pictures came again after they had stopped, in this run. */
  readonly reconnects: number;
}

/** Sent every second. */
export interface StatsMessage extends StatsFields {
  readonly type: 'stats';
}

/** Figures as they leave the program. */
export interface StatsFields extends Omit<Stats, 'source'> {
  /** Only of a live source: its state as in {@link SourceMessage}, and the pictures of it that were not looked at. */
  readonly source?: Omit<SourceMessage, 'type'> & Pick<SourceFigures, 'overwritten' | 'outdated'>;
}

/** Predictions that a replay should have held but that the feed no longer has. */
export interface GapMessage {
  readonly type: 'gap';
  /** `seq` of the first and of the last one that is missing. */
  readonly from: number;
  readonly to: number;
}

/** Last message of every connection that lives until the end of the run. */
export interface EndMessage extends Counts {
  readonly type: 'end';
  readonly reason: EndReason;
}

/** Everything that `/feed` sends. */
export type FeedMessage =
  | HelloMessage
  | PredictionMessage
  | ReadingMessage
  | ReadingDoubtMessage
  | SourceMessage
  | StatsMessage
  | GapMessage
  | EndMessage;

/** Where a sighting comes from. */
export interface Provenance extends Identity {
  /** Predictions accepted so far in this run, counting this sighting if it is accepted. */
  readonly seq: number;
  readonly frame: Pick<Frame, 'index' | 'time' | 'file' | 'turned'>;
  /** Of a live source: when it came, in milliseconds since 1970 (UTC), and seconds from then to the verdict. */
  readonly live?: { readonly at: number; readonly age: number } | undefined;
}

/**
 * The message about one sighting: a prediction when the gate accepted it, else a rejection. Keys are always in the same
 * order.
 */
export function toMessage(
  { digit: { region }, outputs, verdict }: Sighting,
  { seq, frame, live, model, pipeline }: Provenance,
): SightingMessage {
  const where = { seq, ...whenOf(frame), ...(live && liveOf(live)), region: region.id, box: region.box };
  const evidence = {
    digit: verdict.digit,
    ratio: round(Math.min(verdict.ratio, RATIO_CAP)),
    top: finite(verdict.top),
    second: finite(verdict.second),
    outputs: Array.from(outputs, finite),
    model,
    pipeline,
  };
  if (verdict.accepted) return { type: 'prediction', ...where, ...evidence };
  return { type: 'rejection', ...where, rejected: verdict.rejected, distance: round(verdict.distance), ...evidence };
}

/** The message about a change of a live source. */
export function toSourceMessage({ state, reason, at, reconnects }: SourceChange): SourceMessage {
  return { type: 'source', state, ...(reason !== undefined && { reason }), at: instant(at), reconnects };
}

/** Figures as they leave the program. */
export function statsFields({ source, ...figures }: Stats): StatsFields {
  if (!source) return figures;
  const { type: _, ...state } = toSourceMessage(source);
  return { ...figures, source: { ...state, overwritten: source.overwritten, outdated: source.outdated } };
}

function liveOf({ at, age }: NonNullable<Provenance['live']>) {
  return { at: instant(at), age: Number(age.toFixed(AGE_DECIMALS)) };
}

/** A wall clock's milliseconds since 1970 as ISO 8601. */
function instant(at: number): string {
  return new Date(at).toISOString();
}

/** Where a number comes from. */
export interface NumberProvenance extends Provenance {
  /** Readings told so far in this run, counting this one if it is told. */
  readonly seq: number;
  /** Wall clock of the frame in milliseconds since 1970; undefined where its source has none. */
  readonly at: number | undefined;
}

/** The message about a number that is told. */
export function readingMessage(reading: Reading, from: NumberProvenance): ReadingMessage {
  const { id, value, places, confirmed, healed } = reading;
  return {
    type: 'reading',
    seq: from.seq,
    ...whenOf(from.frame),
    id,
    value,
    digits: places,
    confirmed: { ...confirmed, since: seconds(confirmed.since) },
    ...(healed && { healed }),
    ...placementOf(reading, from),
  };
}

/** The message about a number that is refused. */
export function refusedMessage(refused: RefusedReading, from: NumberProvenance): RefusedReadingMessage {
  const { id, value, rule, last } = refused;
  return {
    type: 'reading-refused',
    seq: from.seq,
    ...whenOf(from.frame),
    id,
    value,
    rule,
    ...(last !== undefined && { last }),
    ...placementOf(refused, from),
  };
}

/** The message about a number in doubt. */
export function doubtMessage(doubt: ReadingDoubt, from: NumberProvenance): ReadingDoubtMessage {
  const { type: _, ...shared } = refusedMessage(doubt, from);
  const { box, at, model, pipeline, ...value } = shared;
  return {
    type: 'reading-doubt',
    ...value,
    refused: { since: seconds(doubt.since), frames: doubt.frames },
    box,
    ...(at !== undefined && { at }),
    model,
    pipeline,
  };
}

function placementOf({ box }: { readonly box: Box }, { at, model, pipeline }: NumberProvenance): NumberPlacement {
  return { box, ...(at !== undefined && { at: instant(at) }), model, pipeline };
}

function whenOf({ index, time, file, turned }: Provenance['frame']) {
  return {
    frame: index,
    time: seconds(time),
    ...(file === undefined ? {} : { file }),
    ...(turned === undefined ? {} : { turned }),
  };
}

function seconds(time: number): number {
  return Number(time.toFixed(TIME_DECIMALS));
}

/** A message as one line of JSON without its newline. The same message gives the same bytes. */
export function toLine(message: SightingMessage | NumberMessage | FeedMessage): string {
  return toPrintableJson(message);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? round(value) : null;
}

function round(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}
