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
  /** The camera's number of the last message before this run, by log. */
  readonly after: Readonly<Record<LogName, number>>;
}

/** How a run ended by itself. */
export interface RunEnd {
  /** For people, without an end. */
  readonly reason: string;
  /** It is of no use to start it again as long as nobody changes the camera. */
  readonly final: boolean;
}

/** What a run tells. Nothing comes after `over`, nor after it was killed. */
export interface RunEvents {
  /** Messages to be stored, numbered on from `after` without a hole. */
  parcel(log: LogName, parcel: Parcel): void;
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
  /** Ends it: what it has read is told before this resolves. Takes a second or so at most. */
  stop(): Promise<void>;
  /** Ends it at once. Idempotent. */
  kill(): void;
}

/** Starts runs. */
export interface Runner {
  start(camera: CameraToRead, events: RunEvents): Run;
}
