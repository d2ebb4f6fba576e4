// Owns the reading of ffmpeg's stderr: frame times, sizes, and what went wrong. Pure: lines in, facts out.

/** What the showinfo filter says of one frame, before cropping. */
export interface ShownFrame {
  /** Presentation time in seconds on the source's own clock. */
  readonly time: number;
  /** Size in pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** Width over height of a pixel; absent where that is not known. */
  readonly pixel?: number;
  /** It needs no other picture to be decoded. */
  readonly key: boolean;
  /** What was missing or wrong since the frame before: packets (`lost`), or parts of this very picture (`broken`). */
  readonly damage?: Damage;
}

/** What ffmpeg says of missing parts. */
export type Damage = 'lost' | 'broken';

/** What ffmpeg says of an input when it has opened it. */
export interface OpenedInput {
  /** ffmpeg's names of the container, comma-separated; empty before it says one. */
  readonly format: string;
  /** ffmpeg's name of the video's codec; absent before it says one. */
  readonly codec?: string;
  /** Seconds that it declares to last; absent where it does not end, or does not say. */
  readonly duration?: number;
}

// One write of showinfo carries all of this, so that lines of decoder threads can't land inside it, only before and
// after.
const FRAME = /\bn: *\d+ pts: *(-?\d+|NOPTS) .*? (?:sar:(\d+)\/(\d+) )?s:(\d+)x(\d+)/;
const CLOCK = /config in time_base: (\d+)\/(\d+), frame_rate: (\d+)\/(\d+)/;
const COMPLAINT = /\[(warning|error|fatal)\] (.+)$/;
// Consequences of an earlier line: shown only when there is no better one.
const GENERIC = new RegExp(
  '^(?:Error marking filters|Conversion failed|Error while (?:decoding|filtering|processing)|Cannot determine format|' +
    'Output file|Nothing was written|Task finished|Terminating thread|Error sending frames|' +
    'Error opening input files?\\b|Decoding error|Invalid data found when processing input)',
);
// ffmpeg tidies up on SIGTERM and SIGINT and exits by itself.
const STOPPED = /Exiting normally, received signal (\d+)/;
// A muxer that stores no times minds equal ones: two frames within a tick of a variable rate.
const HARMLESS = /non monotonically increasing dts/;
// What shows that an input ends before it should. Demuxers print these only where bytes are missing that an index or a
// header promises; transport streams mark packets corrupt for other reasons as well, and decoders of moving pictures
// complain about damage that cameras make every day.
const CUT_SIGNS = {
  file: /partial file|ended prematurely|corrupt input packet/i,
  transport: /ended prematurely/i,
  still: /partial file|ended prematurely|corrupt input packet|overread|not enough data|chunk too big|truncated/i,
} as const;

/** What is being read, as far as it changes which complaints count. */
export type LogKind = keyof typeof CUT_SIGNS;

// Of a picture that was decoded all the same; what is missing was made up from the pictures before.
const BROKEN = new RegExp(
  'corrupt decoded frame|concealing \\d+|error while decoding MB|cabac decode of .* failed|' +
    'error [yx]=|overread \\d+|mjpeg_decode|Invalid NAL unit',
);
// Of packets: pictures that build on what is missing are wrong until one comes that needs no other.
const LOST = new RegExp(
  'corrupt input packet|Packet corrupt|RTP: (?:missed|dropping)|decode_slice_header error|no frame!|' +
    'Missing reference picture|reference picture missing|Could not find ref with POC|' +
    '[Ff]rame num (?:gap|change)|mmco: unref short failure|Continuity check failed|max delay reached',
);
const INPUT = /\[info\] Input #0, ([\w,]+), from /;
const CODEC = /\[info\] +Stream #0:\d+.*?: Video: (\w+)/;
// A script hides what it opens, but playlists speak for themselves.
const PLAYLIST = /\[(hls|dash) @ /;
const DURATION = /\[info\] +Duration: (\d+):(\d+):(\d+(?:\.\d+)?),/;

// Frames per second of a raw stream that declares none: ffmpeg's own default.
const DEFAULT_RATE = 25;

/** Reads ffmpeg's stderr as printed under `-loglevel repeat+level+info`, line by line. */
export class FfmpegLog {
  #num = 1;
  #den = DEFAULT_RATE;
  #step = 1 / DEFAULT_RATE;
  #last: number | undefined;
  #generic: string | undefined;
  #problem: string | undefined;
  #cut: string | undefined;
  #signal: number | undefined;
  #damage: Damage | undefined;
  #opened: OpenedInput = { format: '' };
  #playlist: string | undefined;

  /** @param kind what is being read */
  constructor(private readonly kind: LogKind = 'file') {}

  /** The message that explains a failure best, without ffmpeg's prefixes; undefined when nothing was wrong. */
  get problem(): string | undefined {
    return this.#problem ?? this.#generic;
  }

  /** The line that shows that the input ends before it should; undefined when none does. */
  get cut(): string | undefined {
    return this.#cut;
  }

  /** Number of the signal that made ffmpeg stop by itself; undefined when none did. */
  get signal(): number | undefined {
    return this.#signal;
  }

  /** What it said of the input. */
  get opened(): OpenedInput {
    return this.#opened;
  }

  /** Forgets the complaints up to now: of what goes on for months, those of yesterday explain nothing. */
  forget(): void {
    this.#problem = this.#generic = this.#cut = undefined;
  }

  /** Seconds between frames where the source has a constant rate; a guess otherwise. */
  get step(): number {
    return this.#step;
  }

  /** Takes one line; returns a frame when the line announces one. */
  line(text: string): ShownFrame | undefined {
    if (text.includes(' pts_time:')) {
      const match = FRAME.exec(text);
      if (match) return this.#shown(match, text.includes(' iskey:1 '));
    }
    const clock = CLOCK.exec(text);
    if (clock) this.#setClock(clock.slice(1, 5).map(Number) as [number, number, number, number]);
    else this.#complaint(text);
    if (text.includes('[info]')) this.#information(text);
    if (BROKEN.test(text)) this.#damage = 'broken';
    else if (LOST.test(text)) this.#damage ??= 'lost';
    return undefined;
  }

  #information(text: string): void {
    const playlist = PLAYLIST.exec(text)?.[1];
    const format = playlist ?? this.#playlist ?? INPUT.exec(text)?.[1];
    this.#playlist ??= playlist;
    if (format !== undefined) this.#opened = { ...this.#opened, format };
    const codec = this.#opened.codec ?? CODEC.exec(text)?.[1];
    if (codec !== undefined) this.#opened = { ...this.#opened, codec };
    const [, hours, minutes, seconds] = DURATION.exec(text) ?? [];
    if (seconds === undefined) return;
    this.#opened = { ...this.#opened, duration: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) };
  }

  #shown([, pts, num, den, width, height]: RegExpExecArray, key: boolean): ShownFrame {
    const pixel = Number(num) / Number(den);
    const damage = this.#damage;
    this.#damage = undefined;
    return {
      key,
      ...(damage !== undefined && { damage }),
      time: this.#time(pts as string),
      width: Number(width),
      height: Number(height),
      ...(pixel > 0 && Number.isFinite(pixel) && { pixel }),
    };
  }

  #setClock([num, den, rate, per]: [number, number, number, number]): void {
    if (num > 0 && den > 0) [this.#num, this.#den] = [num, den];
    this.#step = rate > 0 && per > 0 ? per / rate : 1 / DEFAULT_RATE;
  }

  // pts_time is printed with six digits; the integer and the time base are exact.
  #time(pts: string): number {
    if (pts !== 'NOPTS') this.#last = (Number(pts) * this.#num) / this.#den;
    else this.#last = this.#last === undefined ? 0 : this.#last + this.#step;
    return this.#last;
  }

  #complaint(text: string): void {
    const stopped = STOPPED.exec(text);
    if (stopped) this.#signal = Number(stopped[1]);
    const match = COMPLAINT.exec(text);
    if (!match || HARMLESS.test(text)) return;
    const message = plain(match[2] as string);
    if (CUT_SIGNS[this.kind].test(message)) this.#cut ??= message;
    if (match[1] === 'warning' || message === '') return;
    if (GENERIC.test(message)) this.#generic ??= message;
    else this.#problem = message;
  }
}

/** The last useful line of a program of the ffmpeg family run with `-v error`; undefined when it printed none. */
export function lastLine(stderr: string): string | undefined {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => plain(line.trim()))
    .filter((line) => line !== '');
  return lines.findLast((line) => !GENERIC.test(line)) ?? lines.at(-1);
}

// Drops "[h264 @ 0x55..] " and a leading "file:NAME: " or "pipe:0: ".
function plain(line: string): string {
  return line
    .replace(/^(?:\[[^\]]* @ 0x[0-9a-f]+\] *)+/, '')
    .replace(/^(?:file|pipe):.*: (?=[A-Z]|corrupt )/, '')
    .trim();
}
