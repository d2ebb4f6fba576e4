// The data that flows down the pipe, one type per stage. Shapes, units and ranges live here and nowhere else.

/** `[x, y, width, height]` in source pixels, of the picture upright and square. Origin top left; integers. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** Degrees, clockwise, by which a picture is turned. */
export type Rotation = 0 | 90 | 180 | 270;

/** All rotations. */
export const ROTATIONS: readonly Rotation[] = [0, 90, 180, 270];

/** How ink differs from its ground. */
export type Polarity = 'dark-on-light' | 'light-on-dark';

/** The polarity that levels of ground and ink stand for. */
export function polarityOf([ground, ink]: readonly [ground: number, ink: number]): Polarity {
  return ground > ink ? 'dark-on-light' : 'light-on-dark';
}

/** The least contrast of ink against its ground where none is asked for, in gray levels of 255. */
export const DEFAULT_CONTRAST = 24;

/**
 * Seconds that the search of one frame may take where no others are asked for. A page of print takes a tenth of one.
 */
export const DEFAULT_SECONDS = 5;

/** One of the ten classes. */
export type DigitClass = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** The classes that a network tells apart, and so the outputs it has for one digit. */
export const CLASSES = 10;

/** Side of a normalised digit in pixels: MNIST's. */
export const SIDE = 28;

/** Pixels of a normalised digit, and so the numbers that a network takes for one: 784. */
export const PIXELS = SIDE * SIDE;

/**
 * One decoded luma plane, in the hands of one holder. The buffer belongs to a pool and is reused: read it only until
 * `release`, which the last stage (or the teardown) calls exactly once per frame; calling it again does nothing. Who
 * needs it for longer, or beside the pipe, holds a frame of its own from `retain`.
 */
export interface Frame {
  /** Index of the frame among all decoded frames of the source, from 0. Frames skipped by `--fps` keep their number. */
  readonly index: number;
  /**
   * Presentation time in seconds, relative to the source's own clock (what ffprobe prints as pts_time); 0 for images.
   */
  readonly time: number;
  /** Size in pixels of the image held in `gray`. */
  readonly width: number;
  readonly height: number;
  /** Where `gray` lies in the source image, in pixels: (0, 0) unless only the union of fixed regions is decoded. */
  readonly left: number;
  readonly top: number;
  /**
   * Source pixels per pixel of `gray` along each side: 1, or 2, 4, ... for a picture that was asked for in less detail.
   */
  readonly scale: number;
  /** Luma, row-major, one byte a pixel, 0 black to 255 white; at least `width * height` long. */
  readonly gray: Uint8Array;
  /**
   * Name of the image within a directory or glob, of a page of a file with its number (`scan.tiff#2`); absent for any
   * other single file or a stream.
   */
  readonly file?: string;
  /**
   * By how much the picture was turned since it was decoded, as it lay otherwise than its source says: boxes are of the
   * turned picture. Absent: not at all.
   */
  readonly turned?: Exclude<Rotation, 0>;
  /** When and how it came; of a live source only. */
  readonly arrival?: Arrival;
  /** Of a file that is read again and again: which time; absent in the first. What was before is another picture. */
  readonly pass?: SourcePass;
  /**
   * The same frame for one more holder, who releases it by itself: the buffer stays as it is until all have. A buffer
   * that is kept is one less for the source. Throws Error when this frame was released already.
   */
  retain(): Frame;
  /** Ends this holder's use; the last one's gives the buffer back to its pool. Idempotent. */
  release(): void;
}

/** One more reading of a file that is read again when it has ended. */
export interface SourcePass {
  /** How often the file was read before, >= 1. */
  readonly number: number;
  /** Index of the first frame of this pass. */
  readonly begins: number;
}

/** How a picture of a live source came. */
export interface Arrival {
  /** Wall clock when its last byte was read, in milliseconds since 1970 (UTC). */
  readonly at: number;
  /** The same moment on the run's own clock, which never goes back, in seconds. */
  readonly clock: number;
  /** Seconds by which it came later than the quickest pictures of its stream lately, >= 0: it had to wait somewhere. */
  readonly late: number;
  /** Why nothing in it is to be believed; absent where nothing is wrong. */
  readonly doubt?: Doubt;
}

/** Seconds from when a picture could have been read until `now`, which is on the clock of {@link Arrival.clock}; >= 0. */
export function ageAt({ clock, late }: Arrival, now: number): number {
  return Math.max(0, now - clock + late);
}

/** Why a picture of a live source is not to be believed. */
export interface Doubt {
  /**
   * `frozen`: no pixel changes; `repeating`: the same few pictures come again and again; `black`: there is nothing in
   * it; `damaged`: parts of it are missing.
   */
  readonly kind: 'frozen' | 'repeating' | 'black' | 'damaged';
  /** For how long that has been so, in seconds, >= 0. */
  readonly seconds: number;
}

/** What a live source does: a closed set. */
export const SOURCE_STATES = ['connecting', 'live', 'stale', 'frozen', 'black', 'retrying', 'ended'] as const;

/**
 * `connecting`: there was no picture yet; `live`: pictures come; `stale`: none has come for a while; `frozen`: they
 * come, and are the same; `black`: they come, and show nothing; `retrying`: the connection was lost, or there is none;
 * `ended`: the run is over.
 */
export type SourceState = (typeof SOURCE_STATES)[number];

/** What a live source had to be connected to anew for, in one word: a closed set. */
export const SOURCE_FAULTS = [
  'silent',
  'ended',
  'late',
  'credentials',
  'forbidden',
  'unreadable',
  'refused',
  'failed',
] as const;

/**
 * `silent`: no picture came in time; `ended`: the stream was over; `late`: pictures came too late to be read;
 * `credentials`: user or password are missing or wrong; `forbidden`: there is no access; `unreadable`: what came is no
 * video; `refused`: it is one that can't be read on with; `failed`: anything else, which the reason says.
 */
export type SourceFault = (typeof SOURCE_FAULTS)[number];

/** A live source does something else than before, or for another reason. */
export interface SourceChange {
  readonly state: SourceState;
  /** What the reason is about, of `retrying` only. */
  readonly fault?: SourceFault;
  /** Why, in words for people, without an end and without secrets; absent where there is nothing to explain. */
  readonly reason?: string;
  /** Wall clock, in milliseconds since 1970 (UTC). */
  readonly at: number;
  /** How often pictures came again after they had stopped, in this run. */
  readonly reconnects: number;
}

/** A place in a frame that may hold one digit. */
export interface Region {
  /**
   * Stable name: from the configuration for fixed rectangles; `r0`, `r1`, ... for found ones, kept from frame to frame.
   */
  readonly id: string;
  /** In source pixels. */
  readonly box: Box;
  readonly polarity: Polarity;
  /** What was measured of its ink, by which regions are compared; absent for fixed rectangles: they have no company. */
  readonly ink?: InkMeasures;
  /**
   * The region that this one is a part of, where it is open whether that is one digit or several: the gate keeps the
   * whole or its parts. Absent for all others.
   */
  readonly partOf?: string;
}

/** What the finder measures of a region's ink. */
export interface InkMeasures {
  /** Contrast against its ground, gray levels of 255. */
  readonly contrast: number;
  /** Its area in square source pixels. */
  readonly area: number;
  /** Width of its strokes in source pixels: twice the ink's area over the length of its outline. */
  readonly stroke: number;
}

/** What looks like ink and is no region: too wide, too rough, cut by the border. It keeps regions company. */
export interface Shape {
  /** In source pixels. */
  readonly box: Box;
  readonly polarity: Polarity;
  /** As of a region's ink, but for its area. */
  readonly ink: Pick<InkMeasures, 'contrast' | 'stroke'>;
}

/** A region normalised to the form that MNIST has. */
export interface Digit {
  readonly region: Region;
  /** `[28, 28]` row-major, [0, 1], light ink on dark ground. All zero when the region holds no ink (`blank`). */
  readonly pixels: Float32Array;
}

/** The raw (linear) outputs of an LQ network, `[10]`: near a one-hot vector for a clear digit. Also called logits. */
export type Outputs = Float32Array;

/** Why a region was not accepted: a closed set. */
export type Rejection =
  'not-finite' | 'blank' | 'range' | 'ratio' | 'text' | 'clutter' | 'growing' | 'unsteady' | 'stale' | 'rule';

/**
 * All rejections, in the order in which they are tested: the first four by the outputs alone, `text` and `clutter` by
 * what stands around, `growing` and `unsteady` by what was there before, `stale` by how a live picture came, `rule` by those that a program
 * brings along.
 */
export const REJECTIONS = [
  'not-finite',
  'blank',
  'range',
  'ratio',
  'text',
  'clutter',
  'growing',
  'unsteady',
  'stale',
  'rule',
] as const satisfies readonly Rejection[];

/** The quantities the gate looks at. */
export interface Evidence {
  /** argmax of the outputs; 0 when none is finite. */
  readonly digit: DigitClass;
  /**
   * Top output over the second in magnitude (the article's 1-2 ratio); 0 when the top is <= 0 or not finite; may be
   * Infinity.
   */
  readonly ratio: number;
  /** The top output o_k. */
  readonly top: number;
  /** max over j != k of |o_j|. */
  readonly second: number;
}

/** What the gate says of one region of one frame. */
export type Verdict =
  | (Evidence & { readonly accepted: true })
  | (Evidence & {
      readonly accepted: false;
      readonly rejected: Rejection;
      /**
       * How far the quantity was from the threshold that it failed (>= 0), in that quantity's unit; 0 where there is
       * none.
       */
      readonly distance: number;
    });

/** Which rules of company are asked: of what stands around a digit, and of what stood there a moment ago. */
export interface CompanyRules {
  /** Refuse what stands in a word or a line of letters. */
  readonly text: boolean;
  /** Refuse what stands among shapes that are no digits, and pieces of digits and frames around them. */
  readonly clutter: boolean;
  /** Refuse ink that is still being drawn. */
  readonly growing: boolean;
}

/** The gate's thresholds. They belong to a model (its card); a pipeline may override them. */
export interface Thresholds {
  /** Smallest accepted 1-2 ratio, >= 1. */
  readonly ratio: number;
  /** Accepted range `[lo, hi]` of the top output. */
  readonly range: readonly [lo: number, hi: number];
}

/** A digit, its outputs and its verdict: everything known of one region of one frame. */
export interface Sighting {
  readonly digit: Digit;
  readonly outputs: Outputs;
  readonly verdict: Verdict;
}

/** Marks close to each other, in one line. */
export interface Word {
  /** Indices of its marks, from left to right: first the sightings are counted, in order, then the shapes. */
  readonly marks: readonly number[];
  /** Around them, in source pixels. */
  readonly box: Box;
}

/** Words beside each other. */
export interface Line {
  /** From left to right. */
  readonly words: readonly Word[];
  readonly box: Box;
}

/** What the search of a frame says beside its regions. */
export interface FrameSearch {
  /** What else looks like ink; none with fixed rectangles. */
  readonly shapes: readonly Shape[];
  /** Whether a part of the frame was not searched: there was no time, or more ink than can be told apart. */
  readonly truncated: boolean;
}

/** What was counted around one digit. */
export interface Standing {
  /** What speaks for digits here, and what against; see `digitShare`. */
  readonly digits: number;
  /** See {@link Standing.digits}. */
  readonly others: number;
  /** Marks of like size within some of its heights, itself left out, and accepted ones of its line. */
  readonly near: { readonly accepted: number; readonly refused: number; readonly inLine: number };
  /** Of a 1 with no other digit but ones beside it: how many marks of like size the frame holds, itself left out. */
  readonly loneStroke: number | undefined;
  /** Its height as a share of that of a digit whose box holds its own; undefined where none does. */
  readonly within: number | undefined;
  /** Height of the highest accepted digit that its box holds, as a share of its own; undefined where it holds none. */
  readonly holds: number | undefined;
}

/** How much larger a thing is than it was a moment ago, as shares of what it was. */
export interface Gain {
  /** Of the longer side of its box. */
  readonly side: number;
  /** Of the length of its ink. */
  readonly length: number;
}

/** What a region did since the frame before. */
export interface Motion {
  /** How far it moved, as a share of its longer side; absent where nothing was seen there before. */
  readonly moved?: number;
  /** The digit that was accepted there before; absent where none was. */
  readonly before?: DigitClass;
  /** The picture of the frame before once more: it is judged as that was. */
  readonly repeated: boolean;
}

/**
 * What the rules over more than one region of one frame measured, by sighting: undefined for one that the rule had
 * nothing to measure of. A list is absent where its rule was not asked.
 */
export interface Measured {
  readonly standings?: readonly (Standing | undefined)[];
  /** Within the time for which ink must keep its size; what most regions gain is taken off. */
  readonly gains?: readonly (Gain | undefined)[];
  readonly motions?: readonly (Motion | undefined)[];
}

/** What leaves the pipe for one frame: every region's sighting, in order. The frame is still held. */
export interface FrameSightings extends Partial<FrameSearch>, Measured {
  readonly frame: Frame;
  /** Seconds from the arrival of a live picture to the verdict on it, >= 0; absent of other pictures. */
  readonly age?: number;
  /** Hash of the configuration that it was judged by, where that may change while a run goes on. */
  readonly pipeline?: string;
  readonly sightings: readonly Sighting[];
  /** How sightings and shapes stand together, where they were judged by their company. */
  readonly lines?: readonly Line[];
  /** What was made of numbers; absent where none were asked for. */
  readonly readings?: FrameReadings;
}

/** What a number has to keep to, by the names that messages call it: a closed set. */
export type ReadingRule = 'length' | 'leading' | 'range' | 'step' | 'falls' | 'change';

/** All rules, in the order in which they are asked: the last two compare with the number before. */
export const READING_RULES = [
  'length',
  'leading',
  'range',
  'step',
  'falls',
  'change',
] as const satisfies readonly ReadingRule[];

/** One place of a number that is agreed on. */
export interface ReadingPlace {
  /** Id of its region. */
  readonly region: string;
  readonly digit: DigitClass;
  /** Clear looks that show it, and of how many. */
  readonly frames: number;
  readonly of: number;
  /** The wheel stands between this digit and the next. */
  readonly between?: true;
}

/** What a number, a refused one and one in doubt have in common. */
export interface NumberSeen {
  readonly id: string;
  /** Its digits with leading zeros and the decimal point: `00417.3`. */
  readonly value: string;
  /** Around its places, in source pixels. */
  readonly box: Box;
}

/** A number that enough clear looks agree on, and that breaks no rule. */
export interface Reading extends NumberSeen {
  /** From left to right; leading blanks are left out. */
  readonly places: readonly ReadingPlace[];
  /** The place with the least agreement, and the time of the first look that counts, in seconds. */
  readonly confirmed: { readonly frames: number; readonly of: number; readonly since: number };
  /** The rule that it broke and the number before, where it was taken over all the same (`heal: auto`). */
  readonly healed?: { readonly rule: ReadingRule; readonly last: string };
}

/** A number that enough looks agree on, and that breaks a rule. */
export interface RefusedReading extends NumberSeen {
  readonly rule: ReadingRule;
  /** The number that holds; absent where there is none yet. */
  readonly last?: string;
}

/** Refused numbers that agree with each other for so long that the one before may be what is wrong. */
export interface ReadingDoubt extends RefusedReading {
  /** Since when, in seconds, and in how many frames. */
  readonly since: number;
  readonly frames: number;
}

/** How a number looks now: for people, never sent. */
export interface NumberView {
  readonly id: string;
  /** With `?` for a place that is not agreed on: `004?7.3`. */
  readonly shown: string;
  readonly box: Box;
}

/** What was made of numbers in one frame. */
export interface FrameReadings {
  /** What is told now: it is new, or was asked for once more. */
  readonly told: readonly Reading[];
  readonly refused: readonly RefusedReading[];
  readonly doubts: readonly ReadingDoubt[];
  /** Every number in sight. */
  readonly views: readonly NumberView[];
}

/** What a rule found of one region. */
export interface Finding {
  /** What was measured, in a word or two: `ratio`, `in word`. The same findings, in one order, for every region. */
  readonly name: string;
  /** The value, and in brackets the bound that it had to keep: `44.1 (18.2)`; `-` where nothing was measured. */
  readonly text: string;
  /** Whether this is what the region was refused by. */
  readonly refuses: boolean;
}

/** Totals since the start of the run: regions = accepted + the sum of rejected. */
export interface Counts {
  /** Frames published. */
  readonly frames: number;
  /** Of these, searched in part only ({@link FrameSearch.truncated}). */
  readonly truncated: number;
  readonly regions: number;
  readonly accepted: number;
  /** By reason; every reason is there. */
  readonly rejected: Readonly<Record<Rejection, number>>;
}

/** Counts of a run that has not begun. */
export function noCounts(): Counts {
  const rejected = Object.fromEntries(REJECTIONS.map((reason) => [reason, 0])) as Record<Rejection, number>;
  return { frames: 0, truncated: 0, regions: 0, accepted: 0, rejected };
}

/** What was made of numbers since the start of the run. */
export interface ReadingCounts {
  /** Told: new, or asked for once more. */
  readonly told: number;
  /** Refused, by the rule that was broken; every rule is there. */
  readonly refused: Readonly<Record<ReadingRule, number>>;
  /** Times that people were asked whether the number that holds is right. */
  readonly doubts: number;
}

/** Counts of a run that has told no number. */
export function noReadings(): ReadingCounts {
  const refused = Object.fromEntries(READING_RULES.map((rule) => [rule, 0])) as Record<ReadingRule, number>;
  return { told: 0, refused, doubts: 0 };
}

/** What became of the frames that were decoded, since the start of the run. */
export interface FrameCounts {
  readonly decoded: number;
  /** Left out, as more a second came than were asked for. */
  readonly skipped: number;
  /** Replaced by a newer one before they were read. */
  readonly overwritten: number;
  /** Of a live source: too old when their turn came. */
  readonly outdated: number;
}

/** What of a run with a truth file (`--truth`) was accepted and wrong so far. */
export interface Leaks {
  /** Digits of the truth in the frames published, each counted once a frame. */
  readonly digits: number;
  /** Of these, accepted as something else; of what is no digit, accepted at all. */
  readonly leaked: number;
  /** `leaked / digits`, [0, 1]; 0 before the first digit. */
  readonly rate: number;
  /** Accepted where the truth has nothing. */
  readonly stray: number;
}

/** How a live source is doing. */
export interface SourceFigures extends SourceChange {
  /** Pictures that a newer one replaced before they were looked at. */
  readonly overwritten: number;
  /** Pictures that were too old when their turn came, and were not looked at. */
  readonly outdated: number;
}

/** How a sink that sends to somewhere else is doing: messages, in this run. */
export interface SinkFigures {
  /** Wait to be sent now, in memory and on disk; those of a run before, which are still to be sent, included. */
  readonly queued: number;
  /** Acknowledged by who they were for. */
  readonly sent: number;
  /** Attempts to reach it that failed; what was to be sent then waits, unless it was dropped. */
  readonly failed: number;
  /** Given up: beyond the bound of the queue, refused for good, or left when the run ended. */
  readonly dropped: number;
}

/** How the run is doing. */
export interface Stats extends Counts {
  /** Frames published per second, lately. */
  readonly fps: number;
  /** Seconds from the moment when the latest published frame was decoded to its publication. */
  readonly lag: number;
  /** What became of the frames that were decoded; absent where that is not counted. */
  readonly decoding?: FrameCounts;
  /** Only of a run that makes numbers. */
  readonly readings?: ReadingCounts;
  /** Only of a live source. */
  readonly source?: SourceFigures;
  /** Only of a run that has a truth file. */
  readonly truth?: Leaks;
  /** By the name of the sink; only of a run with sinks that send to somewhere else. */
  readonly sinks?: Readonly<Record<string, SinkFigures>>;
}

/** Why a run ended: the source is read to its end, something failed, or a person or signal stopped it. */
export type EndReason = 'done' | 'failed' | 'interrupted';

/** Which scorer and gate a run uses: what a reader needs to score its lines again. */
export interface Identity {
  /** Prefix of the sha256 of the model. */
  readonly model: string;
  /** Prefix of the sha256 of the pipeline's configuration. */
  readonly pipeline: string;
}

/** The label of what is no digit, where labels are bytes: a letter, a scribble, two digits in one. */
export const NO_DIGIT = 255;

/** Whether a label is one of the ten classes. */
export function isDigit(label: number): label is DigitClass {
  return label < CLASSES;
}
