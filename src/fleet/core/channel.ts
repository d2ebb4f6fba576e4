// Writes one camera's records into one log, in order and fenced: it first says that it owns the camera, and each record
// names the one before. Whoever has said so later makes it stop. It must not know what a record says.
import { BrokerError, faultOf, type BrokerFault, type Log, type LogName } from './broker.js';
import type { Outbox } from './outbox.js';
import { pause, type FleetClock, type Timing } from './timing.js';

/** What a channel needs. */
export interface ChannelOptions {
  readonly name: LogName;
  readonly log: Log;
  readonly camera: string;
  /** Names the owner in its records; no other ever has the same. */
  readonly owner: string;
  /** What is said of the owner in its record, as JSON. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly outbox: Outbox;
  readonly clock: FleetClock;
  readonly timing: Timing;
  /** Whether the owner's lease holds: asked right before each writing. */
  readonly mayWrite: () => boolean;
  /** Whether the camera is still its owner's, by the broker's own word. */
  readonly owned: () => Promise<boolean>;
  /** Told when another one owns the camera; nothing is written from then on. */
  readonly fenced: () => void;
  /** Told when the broker does not take a record, and with undefined when it does again. */
  readonly trouble: (fault: BrokerFault | undefined, message: string) => void;
  /** Told of each record that the broker has. */
  readonly stored?: (id: string, sequence: number, text: string) => void;
}

/** A camera's way into one log. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #stop = new AbortController();
  /** Sequence of the owner's record: the epoch of all that follows. */
  #epoch = 0;
  /** Sequence of the subject's last record. */
  #expect = 0;
  #wake: () => void = () => {};
  #troubled = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /**
   * Says in the log who owns the camera; the camera's number of the last message before. Undefined when it is not this
   * owner's after all, or it was stopped.
   */
  async take(): Promise<number | undefined> {
    const { log, camera, owner, about, name } = this.#options;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      try {
        // In this order: what is expected was read before the claim was looked at, so that whoever has claimed the
        // camera since then is not overtaken.
        const before = await log.latest(camera);
        if (before && idOwner(before.id) === owner) return this.#begin(before.sequence, before.last);
        if (!(await this.#options.owned())) return undefined;
        if (!this.#options.mayWrite()) {
          await this.#pause();
          continue;
        }
        const last = before?.last ?? 0;
        const text = JSON.stringify({ type: 'owner', ...about, next: last + 1 });
        const id = `${camera}:${name}:${owner}:owner:${attempt}`;
        return this.#begin(await log.store(camera, { id, last, expect: before?.sequence ?? 0, text }), last);
      } catch (error) {
        const fault = faultIn(error);
        if (fault !== 'refused') {
          this.#trouble(fault, error);
          await this.#pause();
        }
      }
    }
    return undefined;
  }

  /** Writes what is in the outbox, now and later, until it is stopped or fenced. Call it once, after `take`. */
  async run(): Promise<void> {
    const { outbox, name } = this.#options;
    while (!this.#stop.signal.aborted) {
      const parcel = outbox.next(name);
      if (!parcel) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const id = `${this.#options.camera}:${name}:${this.#options.owner}:${this.#epoch}:${parcel.first}-${parcel.last}`;
      if (!(await this.#store(id, parcel.last, parcel.text))) return;
      outbox.sent(name);
    }
  }

  /** There is something in the outbox. */
  wake(): void {
    this.#wake();
  }

  /** Writes nothing from now on. Idempotent. */
  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** Also asked after waiting, when it may be another than before. */
  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #begin(sequence: number, last: number): number {
    this.#epoch = this.#expect = sequence;
    this.#trouble(undefined);
    return last;
  }

  /** Whether it is stored, and this may go on. */
  async #store(id: string, last: number, text: string): Promise<boolean> {
    const { log, camera, mayWrite, fenced } = this.#options;
    while (!this.#stop.signal.aborted) {
      if (!mayWrite()) {
        await this.#pause();
        continue;
      }
      try {
        const sequence = await log.store(camera, { id, last, expect: this.#expect, text });
        return this.#keep(id, sequence, text);
      } catch (error) {
        const fault = faultIn(error);
        if (fault !== 'refused') {
          this.#trouble(fault, error);
          await this.#pause();
          continue;
        }
        // Stored before, where the answer got lost; else another one owns the camera.
        const found = await this.#latest();
        if (found?.id === id) return this.#keep(id, found.sequence, text);
        if (this.#isStopped()) return false;
        this.stop();
        fenced();
        return false;
      }
    }
    return false;
  }

  #keep(id: string, sequence: number, text: string): boolean {
    this.#expect = sequence;
    this.#trouble(undefined);
    this.#options.stored?.(id, sequence, text);
    return true;
  }

  async #latest(): Promise<Awaited<ReturnType<Log['latest']>>> {
    while (!this.#stop.signal.aborted) {
      try {
        return await this.#options.log.latest(this.#options.camera);
      } catch (error) {
        this.#trouble(faultIn(error), error);
        await this.#pause();
      }
    }
    return undefined;
  }

  async #pause(): Promise<void> {
    await pause(this.#options.clock, this.#options.timing.retry, this.#stop.signal);
  }

  #trouble(fault: BrokerFault | undefined, error?: unknown): void {
    if (fault === undefined && !this.#troubled) return;
    this.#troubled = fault !== undefined;
    this.#options.trouble(fault, error instanceof Error ? error.message : '');
  }
}

/** The fault of a broker's error; all else is a fault of the program, and thrown on. */
function faultIn(error: unknown): BrokerFault {
  const fault = faultOf(error);
  if (fault === undefined) throw error instanceof Error ? error : new BrokerError('unavailable', String(error));
  return fault;
}

/** The owner that an id names: `CAMERA:LOG:OWNER:...`. */
function idOwner(id: string): string | undefined {
  return id.split(':')[2];
}
