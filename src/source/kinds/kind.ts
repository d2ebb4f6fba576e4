// Owns the contract of a kind of source: how it takes an argument, and how its inputs are probed, decoded and judged.
// Must not know any kind. A new kind is a file beside this one and a line in list.ts: what the rest of the source has
// to know of it stands here, as data or as a function.
import type { Stats } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Credentials } from '../../base/credentials.js';
import type { SourceError, UserError } from '../../base/errors.js';
import type { LogKind, OpenedInput } from '../ffmpeg-log.js';
import type { VideoStream } from '../probe.js';
import type { Look } from '../shape.js';

/** How ffmpeg came to its end on an input, and what was decoded until then. */
export interface Ending {
  /** How messages name the input. */
  readonly name: string;
  /** What was probed or presumed. */
  readonly stream: VideoStream;
  /** Frames decoded. */
  readonly decoded: number;
  /** Where the last frame ends, in seconds on the source's own clock. */
  readonly reached: number;
  /** Exit code; null after a signal. */
  readonly code: number | null;
  /** The signal that ended ffmpeg, as messages name it; undefined when none did. */
  readonly killed: string | undefined;
  /** The complaint of ffmpeg that explains a failure best; undefined when it had none. */
  readonly problem: string | undefined;
  /** The complaint that shows that bytes are missing; undefined when none does. */
  readonly cut: string | undefined;
  /** True when the bytes ended within a frame. */
  readonly incomplete: boolean;
}

/** How inputs of a kind behave from their opening to their end. */
export interface Traits {
  /**
   * What is taken for granted of the video where nothing is probed: the first frame then says the size, and pictures
   * come whole. Absent: ffprobe looks first.
   */
  readonly presumed?: VideoStream;
  /** It is live: never at its end, never waited for, and come back to. Absent: it is not. */
  readonly live?: LiveTraits;
  /** Most frames that there are, an integer >= 1. Absent: as many as come. */
  readonly most?: number;
  /** It can be read again from its beginning, and its frames have times that go on then. Default false. */
  readonly repeats?: boolean;
  /** Whether frames have times of their own; otherwise all are at 0. */
  readonly timed: boolean;
  /** Whether `realtime` slows it down to its own speed. False for what has none, and for what keeps it by itself. */
  readonly paced: boolean;
  /** Which of ffmpeg's complaints show that bytes are missing. */
  log(stream: VideoStream): LogKind;
  /** The message for an input that ffprobe can't read. `line` is what ffprobe said, if it said something. */
  unreadable(name: string, line: string | undefined): string;
  /** What the end means: an error, or undefined when all that should have come has come. */
  judge(ending: Ending): SourceError | undefined;
}

/** How a kind of live source behaves beside its {@link Traits}. */
export interface LiveTraits {
  /** Seconds in which the first picture must come, > 0: more for those that wait until somebody calls. */
  readonly connect: number;
  /** Seconds between two pictures, where each is asked for by itself. Absent: they come. */
  readonly every?: number;
  /** The times of its pictures are those at which they were taken, as its protocol asks. Default false. */
  readonly trueTimes?: boolean;
  /** There is nothing to connect to once more: its end is the end of the run. Default false. */
  readonly once?: boolean;
  /** What is wrong with what was opened, so that it is not worth reading; undefined where nothing is. */
  refuse?(opened: OpenedInput): UserError | undefined;
  /** Looks once more at what gave no picture, to say what it is; undefined where it can't. Never rejects. */
  explain?(): Promise<UserError | undefined>;
  /** Takes out of a text what is secret. */
  hide(text: string): string;
  /** It was given a user and a password. */
  readonly hasCredentials: boolean;
}

/** One thing that ffmpeg opens. A source is a list of them, played one after another. */
export interface InputOf<K extends string> {
  readonly kind: K;
  readonly traits: Traits;
  /** How messages name it: printable. */
  readonly name: string;
  /** ffmpeg's url: always with a protocol, so that no name is taken for an option, a protocol or a pattern. */
  readonly url: string;
  /** Options before the url. */
  readonly args: readonly string[];
  /** Name of the file within its directory or glob; of a page also its number. */
  readonly file?: string;
  /** Opens the bytes where ffmpeg has to read them from its stdin (url `pipe:0`). */
  readonly open?: () => Readable;
  /** What the picture's tags say, where they were read. */
  readonly look?: Look;
}

/** What is asked of a live source beside its argument. Each kind takes some of it. */
export interface LiveAsked {
  /** What `-` or a FIFO brings is live. */
  readonly live?: boolean | undefined;
  /** Asks for a picture every so many seconds, > 0. */
  readonly every?: number | undefined;
  /** Waits for somebody to call, in place of calling. */
  readonly listen?: boolean | undefined;
  /** How RTSP is carried. */
  readonly transport?: 'tcp' | 'udp' | undefined;
  /** Who is let in. */
  readonly credentials?: Credentials | undefined;
  /** What a camera of this machine is asked for; it gives what it likes where it is not told. */
  readonly device?: DeviceForm | undefined;
}

/** What a camera can be asked for. */
export interface DeviceForm {
  /** ffmpeg's name of a pixel format or codec, such as `mjpeg`, `yuyv422`. */
  readonly format?: string | undefined;
  readonly size?: readonly [width: number, height: number] | undefined;
  /** Frames a second. */
  readonly rate?: number | undefined;
}

/** What a source argument is, looked at once for all kinds and only as far as they ask. */
export interface Argument {
  /** As it was given; never empty. */
  readonly text: string;
  /** What is there under this name; undefined where nothing is. Rejects with SourceError where that can't be seen. */
  stats(): Promise<Stats | undefined>;
  /** Opens stdin. To be called for an argument that means it only, as a program that touches its stdin holds it. */
  stdin(): Readable;
  /** What is asked of live kinds; and for how many seconds they may give no picture. */
  readonly asked: LiveAsked & { readonly stall: number };
}

/** A regular file whose first bytes say what it is, once its turn comes. */
export interface FilePlace {
  readonly path: string;
  /** Name within its directory or glob. */
  readonly file?: string;
}

/** A regular file that was looked into. */
export interface FileHead extends FilePlace {
  /** The first bytes, 64 KiB where there are so many. */
  readonly head: Buffer;
  /** Of the whole file, in bytes, >= 1. */
  readonly size: number;
}

/** A kind of source. */
export interface SourceKind<I extends InputOf<string>> {
  readonly kind: I['kind'];
  /**
   * Whether its inputs wait for a slow consumer. Those that can't are always drained: the newest frame wins under every
   * policy.
   */
  readonly waits: boolean;
  /** Schemes of the addresses that it takes, for messages. */
  readonly schemes?: readonly string[];
  /** What may be asked of it beside its argument; credentials of the environment go to whoever takes them. */
  readonly takes?: readonly (keyof LiveAsked)[];
  /**
   * The inputs, at least one, that an argument of this kind stands for, or files of any kind; undefined for an argument
   * of another kind, which the kinds after this one are then asked for. Rejects with SourceError or UsageError where
   * nobody could read it.
   */
  match(argument: Argument): Promise<readonly (I | FilePlace)[] | undefined>;
  /**
   * The inputs that a regular file of this kind is, in order, with an error in the place of one that can't be read;
   * undefined for another kind. Absent where no file is of it. Rejects with SourceError.
   */
  recognise?(file: FileHead): Promise<readonly (I | SourceError)[] | undefined>;
}
