// What the page and its server say to each other over /watch. Types and two small functions; no sockets.
import type {
  Box,
  Counts,
  DigitClass,
  Identity,
  Leaks,
  ReadingRule,
  Rejection,
  SourceState,
  Thresholds,
} from '../../types.js';

/** Version of these messages: the page of one version and the server of another say so in place of guessing. */
export const WATCH_PROTOCOL = 1;

/** Why the server closes a connection, beside the codes of RFC 6455. */
export const WATCH_CLOSE = {
  done: 1000,
  restart: 1012,
  tooSlow: 1013,
  badMessage: 4400,
  badToken: 4401,
  noCamera: 4404,
} as const;

/** A region of one picture. */
export interface SeenRegion {
  readonly id: string;
  /** Source pixels. */
  readonly box: Box;
  readonly digit: DigitClass;
  /** 1-2 ratio, at most 1e9. */
  readonly ratio: number;
  /** Top output; null where it is not finite. */
  readonly top: number | null;
  /** Why it was refused; absent where it was accepted. */
  readonly rejected?: Rejection;
}

/** A number as it looks in one picture. */
export interface SeenNumber {
  readonly id: string;
  /** With `?` for a place that is not agreed on. */
  readonly shown: string;
  readonly box: Box;
}

/** The header of a picture: what is drawn over it. */
export interface PictureHeader {
  readonly type: 'picture';
  /** `Frame.index`, and its time in seconds. */
  readonly frame: number;
  readonly time: number;
  /** Name of the image within a folder. */
  readonly file?: string;
  /** Milliseconds since 1970 when the server took it, by its own clock. */
  readonly taken: number;
  /** Of a live source: seconds from the picture's arrival to the verdict. */
  readonly age?: number;
  /** Where the picture lies in the source, in source pixels. */
  readonly area: Box;
  /** The image that follows: JPEG, or one byte a pixel where nothing encodes. */
  readonly image: { readonly form: 'jpeg' | 'gray'; readonly width: number; readonly height: number };
  readonly regions: readonly SeenRegion[];
  /** Boxes of lines and of words. */
  readonly lines: readonly Box[];
  readonly words: readonly Box[];
  readonly numbers: readonly SeenNumber[];
}

/** What the run is, and what the page may do. First message after the token. */
export interface WelcomeMessage extends Identity {
  readonly type: 'welcome';
  readonly protocol: number;
  readonly source: string;
  readonly modelName: string;
  /** The pipeline as it was named. */
  readonly file: string;
  /** Whether this connection may change the pipeline; else why not, in words. */
  readonly edit: true | string;
  /** Whether crops may be marked; else why not, in words. */
  readonly mark: true | string;
  /** Whether the run has a truth. */
  readonly truth: boolean;
  /** Milliseconds since 1970, by the server's clock. */
  readonly now: number;
}

/**
 * What a camera of a fleet does when its source says nothing: nobody has it, its worker tells nothing of it, it begins,
 * it can't be read just now, or not until it is changed.
 */
export const FLEET_STATES = ['unowned', 'silent', 'starting', 'failing', 'refused'] as const;

/** What a source does; `file` stands for one that is not live. */
export type ShownState = SourceState | 'file' | (typeof FLEET_STATES)[number];

/** What a source does now. */
export interface StateMessage {
  readonly type: 'state';
  readonly state: ShownState;
  readonly reason?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reconnects: number;
}

/** Once a second. */
export interface FiguresMessage extends Counts {
  readonly type: 'figures';
  readonly fps: number;
  readonly lag: number;
  readonly watchers: number;
  readonly truth?: Leaks;
}

/** The keys of a pipeline that the page shows and changes. */
export interface PageConfig {
  readonly gate: { readonly ratio?: number | undefined; readonly range?: readonly [number, number] | undefined };
  readonly regions:
    | { readonly mode: 'auto' }
    | {
        readonly mode: 'fixed';
        readonly units: 'pixels' | 'relative';
        readonly list: readonly { readonly id: string; readonly box: Box }[];
      };
  readonly readings: readonly {
    readonly id: string;
    readonly windows: readonly string[] | 'auto';
    readonly decimals: number;
  }[];
}

/** The configuration in force. Sent at first and when it changes. */
export interface ConfigMessage extends Identity {
  readonly type: 'config';
  /** Goes up with every change; a change has to name the one that it starts from. */
  readonly revision: number;
  readonly config: PageConfig;
  readonly thresholds: Thresholds;
  /** The model's own thresholds. */
  readonly own: Thresholds;
  /** There is something that the file does not have yet, and something that can be taken back. */
  readonly unsaved: boolean;
  readonly undoable: boolean;
  /** Where it is saved; absent where it can't be. */
  readonly saves?: string;
}

/** Bins of a histogram of two quantities: ratio by `ratioBin`, top output by `topBin`. */
export interface DistributionMessage {
  readonly type: 'distribution';
  /** Seconds that it goes back. */
  readonly seconds: number;
  /**
   * Regions that were accepted, or refused by a threshold, as `[ratio bin, top bin, count, wrong]`: wrong ones by the
   * truth. What other rules refused is in `outcomes` only.
   */
  readonly cells: readonly (readonly [ratio: number, top: number, count: number, wrong: number])[];
  /** Regions by outcome and bin of the ratio: `accepted`, or the reason. Bins without any are left out. */
  readonly outcomes: Readonly<
    Partial<Record<Rejection | 'accepted', readonly (readonly [bin: number, count: number])[]>>
  >;
  /** The same by bin of the top output. */
  readonly tops: Readonly<Partial<Record<Rejection | 'accepted', readonly (readonly [bin: number, count: number])[]>>>;
  /** Digits of the truth that passed in this time; absent without a truth. */
  readonly truthDigits?: number;
}

/** Something that became of a number. */
export interface NumberEvent {
  /** Number of the event, rising by one. */
  readonly n: number;
  readonly id: string;
  readonly value: string;
  /** Seconds of the source; milliseconds since 1970 where it is live. */
  readonly time: number;
  readonly at?: number;
  /** Absent: told. */
  readonly refused?: ReadingRule;
  /** It stays, and is a question. */
  readonly doubt?: true;
}

/** All that is kept of numbers, or what is new. */
export interface NumbersMessage {
  readonly type: 'numbers';
  readonly anew: boolean;
  readonly events: readonly NumberEvent[];
}

/** A normalised digit that was kept. */
export interface Crop {
  readonly n: number;
  readonly region: string;
  readonly frame: number;
  readonly time: number;
  readonly digit: DigitClass;
  readonly ratio: number;
  readonly top: number | null;
  readonly rejected?: Rejection;
  /** 784 bytes in base64, 28x28 row by row, light ink on dark ground. */
  readonly pixels: string;
  /** What a person said it is: 0 to 9, or `none`: no digit. */
  readonly label?: Label;
}

/** What a person says of a crop. */
export type Label = DigitClass | 'none';

/** All crops that are kept, or those that are new. */
export interface CropsMessage {
  readonly type: 'crops';
  readonly anew: boolean;
  readonly crops: readonly Crop[];
}

/** Crops that were marked, and how many the folder holds. */
export interface MarkedMessage {
  readonly type: 'marked';
  readonly crop: number;
  readonly label: Label;
  readonly kept: number;
}

/** What one window shows in the newest picture. */
export interface ProbedWindow {
  readonly id: string;
  /** As of {@link Crop.pixels}. */
  readonly pixels: string;
  readonly outputs: readonly (number | null)[];
  readonly digit: DigitClass;
  readonly ratio: number;
  readonly top: number | null;
  /** By the thresholds alone: a single picture knows of no other reason. */
  readonly rejected?: Rejection;
}

/** Answer to a probe, or to what was asked to be changed. */
export type AnswerMessage =
  | { readonly type: 'probed'; readonly id: number; readonly frame: number; readonly windows: readonly ProbedWindow[] }
  | { readonly type: 'done'; readonly id: number }
  /** `conflict`: another editor changed it meanwhile. */
  | { readonly type: 'refused'; readonly id: number; readonly message: string; readonly conflict?: true };

/** The server is the gateway of a fleet. First message after the token, in the place of `welcome`. */
export interface FleetMessage {
  readonly type: 'fleet';
  readonly protocol: number;
  readonly fleet: string;
}

/** A camera of a fleet. */
export interface FleetCamera {
  readonly id: string;
  readonly state: ShownState;
  /** Why, in words for people. */
  readonly reason?: string;
  readonly worker?: string;
  /** Frames a second. */
  readonly fps?: number;
  /** The number that was told last. */
  readonly reading?: { readonly id: string; readonly value: string };
  readonly labels?: Readonly<Record<string, string>>;
}

/** All cameras of a fleet, or those that are not as they were. */
export interface CamerasMessage {
  readonly type: 'cameras';
  readonly anew: boolean;
  /** Workers that take part. */
  readonly workers: number;
  readonly broker: boolean;
  readonly cameras: readonly FleetCamera[];
  /** Ids of those that are no longer of the fleet. */
  readonly gone: readonly string[];
}

/** The run has ended. */
export interface OverMessage {
  readonly type: 'over';
  readonly reason: 'done' | 'failed' | 'interrupted';
}

/** Everything that the server says in text. */
export type ServerMessage =
  | WelcomeMessage
  | StateMessage
  | FiguresMessage
  | ConfigMessage
  | DistributionMessage
  | NumbersMessage
  | CropsMessage
  | MarkedMessage
  | AnswerMessage
  | FleetMessage
  | CamerasMessage
  | OverMessage;

/** What of the run somebody looks at: the server sends no more than that. */
export interface Looks {
  readonly picture: boolean;
  readonly distribution: boolean;
  readonly crops: boolean;
  /** Two pictures a second are enough; a fleet's gateway keeps to it. Default false. */
  readonly slow?: boolean | undefined;
  /** What became of numbers; a run tells it always. Default false. */
  readonly numbers?: boolean | undefined;
}

/** Everything that the page says. */
export type PageMessage =
  | { readonly type: 'open'; readonly token?: string | undefined }
  | ({ readonly type: 'look' } & Looks)
  /** The last picture has been drawn. */
  | { readonly type: 'drawn' }
  | {
      readonly type: 'probe';
      readonly id: number;
      readonly windows: readonly { readonly id: string; readonly box: Box }[];
      readonly thresholds?: Thresholds | undefined;
    }
  | {
      readonly type: 'change';
      readonly id: number;
      readonly base: number;
      readonly change: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'undo' | 'save'; readonly id: number; readonly base: number }
  | { readonly type: 'mark'; readonly id: number; readonly crop: number; readonly label: Label };

/** Bins of the ratio: 40 a decade from 1 to 1,000; what is above is in the last, what is below in the first. */
export const RATIO_BINS = 121;

/** Bins of the top output: 0.02 wide from -0.5 to 2; what is beyond is in the first or the last. */
export const TOP_BINS = 126;

const [PER_DECADE, TOP_WIDTH, TOP_LEAST] = [40, 0.02, -0.5];

/** Where a bin of the ratio begins, in four digits: 1 for 0 (which goes down to 0), then 1.059, ... */
export function ratioEdge(bin: number): number {
  return Number((10 ** (bin / PER_DECADE)).toPrecision(4));
}

/** Where a ratio lies among the bins: 40 for 10. */
export function ratioPlace(ratio: number): number {
  return Math.max(0, Math.min(RATIO_BINS, PER_DECADE * Math.log10(Math.max(1, ratio))));
}

/** Where a top output lies among the bins. */
export function topPlace(top: number): number {
  return Math.max(0, Math.min(TOP_BINS, (top - TOP_LEAST) / TOP_WIDTH));
}

/** The bin of a ratio. */
export function ratioBin(ratio: number): number {
  if (!(ratio > 1)) return 0;
  // An edge belongs to the bin that it begins, however it is rounded.
  let bin = Math.min(RATIO_BINS - 1, Math.floor(PER_DECADE * Math.log10(ratio)));
  if (bin + 1 < RATIO_BINS && ratio >= ratioEdge(bin + 1)) bin++;
  if (ratio < ratioEdge(bin)) bin--;
  return bin;
}

/** Where a bin of the top output begins. */
export function topEdge(bin: number): number {
  return Math.round((TOP_LEAST + bin * TOP_WIDTH) * 100) / 100;
}

/** The bin of a top output. */
export function topBin(top: number): number {
  let bin = Math.max(0, Math.min(TOP_BINS - 1, Math.floor((top - TOP_LEAST) / TOP_WIDTH)));
  if (bin + 1 < TOP_BINS && top >= topEdge(bin + 1)) bin++;
  if (bin > 0 && top < topEdge(bin)) bin--;
  return bin;
}
