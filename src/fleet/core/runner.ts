// What reads a camera for a worker: the contract only. A process does it in a fleet, a clockwork in a simulation.
import type { LogName } from './broker.js';
import type { Parcel } from './outbox.js';

/** What is to be read. */
export interface CameraToRead {
  readonly id: string;
  /** The camera's record, as it was applied. */
  readonly record: string;
  /** The last values of its numbers, as the run before left them; undefined where there are none. */
  readonly memory: string | undefined;
}

/** What a run goes on from. */
export interface RunStart {
  /** The camera's number of the last message before this run, by log. */
  readonly after: Readonly<Record<LogName, number>>;
  /** The last values of its numbers by now, where another one has read the camera since the run was prepared. */
  readonly memory: string | undefined;
}

/** How a run ended by itself. */
export interface RunEnd {
  /** For people, without an end. */
  readonly reason: string;
  /** It is of no use to start it again as long as nobody changes the camera. */
  readonly final: boolean;
}

/** What a run tells. Nothing comes after `over`, nor after it was killed, nor before it has begun. */
export interface RunEvents {
  /** Messages to be stored, numbered on from `after` without a hole. */
  parcel(log: LogName, parcel: Parcel): void;
  /** A number is in doubt: a message of the feed, which is told and not stored. */
  doubt(message: Readonly<Record<string, unknown>>): void;
  /** The last values of its numbers have changed. */
  memory(text: string): void;
  /** What its lines are read with: model, pipeline, thresholds. */
  identity(identity: Readonly<Record<string, unknown>>): void;
  /** What the source does now: a message of the feed. */
  state(message: Readonly<Record<string, unknown>>): void;
  /** The figures, and how many cores it takes where that is known. */
  stats(figures: Readonly<Record<string, unknown>>, cores: number | undefined): void;
  over(end: RunEnd): void;
}

/** One run. */
export interface Run {
  /** Ends it: what it has told by then is all that there is. Does not wait until what it was read with is closed. */
  stop(): Promise<void>;
  /** Ends it at once. Idempotent. */
  kill(): void;
  /** Settled when what it was read with is closed. */
  readonly closed: Promise<void>;
}

/** A run that reads and tells nothing yet. */
export interface PreparedRun {
  /** Has it tell from now on. Once. */
  begin(start: RunStart, events: RunEvents): Run;
  /** Ends it at once, if it has not begun. Idempotent. */
  kill(): void;
}

/** Starts runs. */
export interface Runner {
  /**
   * Opens a camera, for another one may still be reading it.
   * @param reads Called when it reads: what it sees from then on could be told. Never where it can't read.
   */
  prepare(camera: CameraToRead, reads: () => void): PreparedRun;
}
