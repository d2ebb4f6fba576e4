// Owns a live input from its opening to the end of the run: what an attempt is (a process of ffmpeg), what is looked at
// in its pictures, and why it is over. When to try again is the supervisor's.
import type { ChildProcess } from 'node:child_process';
import { createRandom } from '../../base/random.js';
import { UserError } from '../../base/errors.js';
import { ageAt, type Doubt, type Frame } from '../../types.js';
import { decodeInput, type Decoding, type DecodingSetup } from '../decoding.js';
import type { OpenedInput, ShownFrame } from '../ffmpeg-log.js';
import type { LiveTraits } from '../kinds/kind.js';
import type { Input } from '../kinds/list.js';
import type { AllLiveTraits } from '../kinds/live.js';
import type { SourceMonitor } from '../monitor.js';
import type { FrameStamp } from '../pool.js';
import { Backoff } from '../../base/backoff.js';
import type { LiveClock } from './clock.js';
import { DamageWatch } from './damage.js';
import { faultOf } from './faults.js';
import { Stillness } from './stillness.js';
import { Supervisor, type Fault, type StartAttempt } from './supervisor.js';
import { Timeline } from './timeline.js';

/** How a live source is watched. Everything in seconds, > 0. */
export interface LiveSettings {
  /** Without a new picture until the connection is ended and made anew. Default 5. */
  readonly stall?: number | undefined;
  /** Oldest picture that is looked at, from its arrival to its verdict. Default 1. */
  readonly maxAge?: number | undefined;
  /** Without a change of any pixel until the picture counts as frozen; 0: never. Default 10. */
  readonly frozen?: number | undefined;
  /** The source has to give a picture at the first attempt. Default false: it is waited for. */
  readonly require?: boolean | undefined;
}

/** The same with every default filled in. */
type AllLiveSettings = { readonly [K in keyof LiveSettings]-?: NonNullable<LiveSettings[K]> };

/** Defaults of {@link LiveSettings}. */
export const LIVE_DEFAULTS = { stall: 5, maxAge: 1, frozen: 10, require: false } as const;

/** Seconds for which there must be nothing in the picture until it counts as black. */
const BLACK_AFTER = 2;

/** How many snapshots must be the same, at least, until they count as frozen: servers give one twice. */
const SAME_SNAPSHOTS = 3;

/** Pictures that were read so much later than they could have been (seconds) are not looked at: newer ones wait. */
const CAUGHT_UP = 0.1;

/** Containers that do not keep times, but count pictures. */
const UNTIMED = new Set(['mpjpeg', 'mjpeg', 'jpeg_pipe', 'image2', 'image2pipe', 'h264', 'hevc', 'm4v', 'rawvideo']);

/** Whether pictures have times that are more than their number. What a script opens is not said; its codec is. */
function isTimed({ format, codec }: OpenedInput): boolean {
  return format === 'concat' ? codec !== 'mjpeg' : !format.split(',').some((name) => UNTIMED.has(name));
}

/** A live input of any kind; presumed, never probed. */
export type LiveInput = Input & { readonly traits: AllLiveTraits };

/** What a live run needs. */
export interface LiveRunOptions {
  readonly input: LiveInput;
  /** How it is decoded. */
  readonly setup: Omit<DecodingSetup, 'input' | 'stream' | 'bytes' | 'firstIndex' | 'arrived'>;
  readonly settings: LiveSettings;
  readonly monitor: SourceMonitor;
  readonly clock: LiveClock;
  /** The picture as ffmpeg showed it. */
  readonly shown: (frame: ShownFrame) => void;
  /** A picture that is wanted; undefined for one that the rate leaves out. */
  readonly take: (frame: Frame | undefined) => void;
  /** Each process, as soon as it exists. */
  readonly child: (child: ChildProcess) => void;
}

/** What is known of one attempt while it goes on. */
interface Going {
  decoding?: Decoding;
  child?: ChildProcess;
  pictures: number;
  killed: boolean;
  /** What was found wrong with the input, for which it was killed. */
  refusal?: UserError;
  /** Since when all of its pictures have been too old, in seconds; and for which it was killed. */
  lateSince?: number;
  tooLate?: string;
}

/** Reads a live input until it is stopped. */
export class LiveRun {
  readonly #options: LiveRunOptions;
  readonly #settings: AllLiveSettings;
  readonly #supervisor: Supervisor;
  readonly #timeline = new Timeline();
  readonly #stillness: Stillness;
  #going: Going = { pictures: 0, killed: false };
  #index = 0;
  #unread = 0;
  #seen = false;
  #doubt: Doubt | undefined;

  constructor(options: LiveRunOptions) {
    this.#options = options;
    const { input, settings, monitor, clock } = options;
    const { name, traits } = input;
    const { every, connect } = traits.live;
    this.#settings = settingsOf(settings);
    const { stall, maxAge, frozen, require } = this.#settings;
    this.#stillness = new Stillness({
      frozen: frozen === 0 ? Infinity : Math.max(frozen, SAME_SNAPSHOTS * (every ?? 0)),
      black: every === undefined ? BLACK_AFTER : 0,
    });
    this.#supervisor = new Supervisor({
      name,
      start: this.#start,
      patience: { connect: Math.max(connect, 2 * stall), stall, stale: maxAge, every },
      // Cameras of one switch that was off come back at different moments.
      backoff: new Backoff(createRandom(0).fork(name)),
      clock,
      require,
      changed: (change) => monitor.change(change),
    });
  }

  /** True while a buffer is being filled. */
  get filling(): boolean {
    return this.#going.decoding?.filling ?? false;
  }

  /** Whether what was read last is new: where it had to wait, newer ones wait behind it. */
  get caughtUp(): boolean {
    return this.#unread <= CAUGHT_UP;
  }

  /** Reads on; to be called when a buffer came back. */
  resume(): void {
    this.#going.decoding?.resume();
  }

  /** Whether a picture has become older than pictures may be. */
  isTooOld({ arrival }: Pick<Frame, 'arrival'>): boolean {
    return arrival !== undefined && ageAt(arrival, this.#now()) > this.#settings.maxAge;
  }

  /** Resolves after `stop`; rejects with what makes trying again useless. */
  run(): Promise<void> {
    return this.#supervisor.run();
  }

  /** Ends all. Idempotent. */
  stop(reason?: string): void {
    this.#supervisor.stop(reason);
  }

  readonly #start: StartAttempt = (arrived) => {
    const { input, setup, shown, take, child } = this.#options;
    const { live } = input.traits;
    const going: Going = (this.#going = { pictures: 0, killed: false });
    const damage = new DamageWatch();
    this.#timeline.begin();
    this.#unread = 0;
    let wanted = false;
    const decoding = decodeInput(
      {
        ...setup,
        input,
        stream: input.traits.presumed,
        bytes: input.open?.(),
        firstIndex: this.#index,
        arrived: (stamp, frame, gray) => {
          const placed = this.#place(stamp, frame, gray, { damage, opened: decoding.opened });
          wanted = arrived(placed.arrival?.doubt);
          this.#heedLateness(going, placed.arrival?.late ?? 0);
          return placed;
        },
      },
      {
        opened: (opened) => this.#check(going, live.refuse?.(opened)),
        shown: (frame) => {
          going.pictures += 1;
          shown(frame);
        },
        frame: (frame) => {
          if (wanted) {
            this.#seen = true;
            take(frame);
          } else frame?.release();
        },
        child: (process) => {
          going.child = process;
          child(process);
          if (going.killed) process.kill('SIGKILL');
        },
      },
    );
    going.decoding = decoding;
    return { over: this.#over(going, decoding), kill: () => kill(going) };
  };

  #check(going: Going, refusal: UserError | undefined): void {
    if (!refusal) return;
    going.refusal = refusal;
    kill(going);
  }

  /** A stream that has fallen behind does not catch up by itself: a new connection begins with what is new. */
  #heedLateness(going: Going, late: number): void {
    const { stall, maxAge } = this.#settings;
    const now = this.#now();
    if (late <= maxAge) {
      delete going.lateSince;
      return;
    }
    going.lateSince ??= now;
    if (now - going.lateSince < stall || going.killed) return;
    going.tooLate = `pictures come more than ${maxAge} s late: the decoder or the network is too slow for them`;
    kill(going);
  }

  async #over(going: Going, decoding: Decoding): Promise<Fault> {
    const failure = await decoding.done.then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#index += decoding.decoded;
    // Only what the program itself is at fault for; a live input's end is no error.
    if (failure !== undefined && !(failure instanceof UserError)) throw failure as Error;
    const { live } = this.#options.input.traits;
    const refusal = going.refusal ?? failure ?? (await this.#explained(going, live));
    const { pictures, tooLate } = going;
    if (tooLate !== undefined) return { reason: tooLate, kind: 'late' };
    return faultOf({ refusal, problem: decoding.problem, pictures, live, name: this.#options.input.name });
  }

  /** What gave no picture at the start of a run may be no video at all. */
  async #explained({ pictures, killed }: Going, { explain }: LiveTraits): Promise<UserError | undefined> {
    return pictures > 0 || killed || this.#seen ? undefined : await explain?.();
  }

  #place(
    stamp: FrameStamp,
    shown: ShownFrame,
    gray: Uint8Array | undefined,
    { damage, opened }: { readonly damage: DamageWatch; readonly opened: OpenedInput },
  ): FrameStamp {
    const { clock } = this.#options;
    const now = this.#now();
    const presented = isTimed(opened) ? stamp.time : undefined;
    const { trueTimes = false } = this.#options.input.traits.live;
    const coming = { presented, arrived: now, idle: clock.idle() / 1000 };
    const { time, late, unread } = this.#timeline.add(coming, trueTimes);
    this.#unread = unread;
    if (gray) this.#doubt = this.#stillness.look(gray, stamp.width * stamp.height, now);
    const damaged = damage.add(shown, now);
    const doubt: Doubt | undefined =
      this.#doubt ?? (damaged === undefined ? undefined : { kind: 'damaged', seconds: damaged });
    return { ...stamp, time, arrival: { at: clock.wall(), clock: now, late, ...(doubt && { doubt }) } };
  }

  #now(): number {
    return this.#options.clock.now() / 1000;
  }
}

/** Ends a process at once: one that waits for a server does not heed SIGTERM. What it wrote is not looked at any more. */
function kill(going: Going): void {
  going.killed = true;
  going.decoding?.stop();
  going.child?.kill('SIGKILL');
}

function settingsOf(given: LiveSettings): AllLiveSettings {
  return {
    stall: given.stall ?? LIVE_DEFAULTS.stall,
    maxAge: given.maxAge ?? LIVE_DEFAULTS.maxAge,
    frozen: given.frozen ?? LIVE_DEFAULTS.frozen,
    require: given.require ?? LIVE_DEFAULTS.require,
  };
}
