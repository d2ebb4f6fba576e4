// One camera in the hands of one worker: owner's records first, then a run whose messages go through an outbox into both
// logs, until it is handed on or lost. It must not know how the camera came here, nor how it is read.
import { z } from 'zod';
import { LOGS, faultOf, type Broker, type BrokerFault, type LogName } from './broker.js';
import { Channel } from './channel.js';
import { Outbox, type OutboxLimits } from './outbox.js';
import { recordIn } from './records.js';
import type { PreparedRun, Run, Runner, RunEvents } from './runner.js';
import { pause, type FleetClock, type Timing } from './timing.js';

/** What a hold needs. */
export interface HoldOptions {
  readonly broker: Pick<Broker, 'logs' | 'memory' | 'tell'>;
  readonly clock: FleetClock;
  readonly timing: Timing;
  readonly runner: Runner;
  readonly camera: string;
  /** The camera's record. */
  readonly record: string;
  /** A run of this record that was opened while another one still had the camera. Default: one is opened now. */
  readonly prepared?: PreparedRun | undefined;
  /** Names this hold; no other has the same. */
  readonly owner: string;
  /** What is told with its figures: worker, takeovers. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly mayWrite: () => boolean;
  readonly owned: () => Promise<boolean>;
  /** Told, once, when it is over and not by a `release` or `abandon`: another one owns the camera. */
  readonly lost: (why: string) => void;
  /** Told what reading it costs, in cores, whenever that was measured. */
  readonly cost: (cores: number) => void;
  /** Told what its lines are read with, whenever a run says so. */
  readonly identified?: ((identity: Readonly<Record<string, unknown>>) => void) | undefined;
  readonly say: (text: string) => void;
  readonly outbox?: OutboxLimits | undefined;
  /** Told of messages that were dropped. */
  readonly dropped?: ((log: LogName, messages: number) => void) | undefined;
  /** Told of each record that the broker has. */
  readonly stored?: ((log: LogName, id: string, sequence: number, text: string) => void) | undefined;
}

/** What is told of the last number: the rest is in the log. */
const readingSchema = z.object({ id: z.string(), value: z.string(), at: z.string().optional() });

/** What troubles of the broker are called. */
const TROUBLES: Readonly<Record<BrokerFault, string>> = {
  unavailable: 'the broker does not answer',
  refused: 'the broker refuses',
  full: 'the broker has no room',
  missing: 'the stream is gone (lq-stream fleet apply makes it again)',
  denied: 'these credentials may not write',
};

/** One camera, from being taken to being let go. */
export class Hold {
  readonly #options: HoldOptions;
  readonly #outbox: Outbox;
  readonly #channels: Readonly<Record<LogName, Channel>>;
  readonly #numbers: Record<LogName, number> = { predictions: 0, readings: 0 };
  readonly #stop = new AbortController();
  #record: string;
  #memory: { text: string; revision: number | undefined } | undefined;
  #keeping: Promise<void> | undefined;
  #prepared: PreparedRun | undefined;
  #run: Run | undefined;
  #restarts = 0;
  #state: Readonly<Record<string, unknown>> | undefined;
  #identity: Readonly<Record<string, unknown>> | undefined;
  #lastReading: string | undefined;
  /** Why it is not read just now. */
  #failing: string | undefined;
  #toldBySource = false;
  #trouble: string | undefined;
  #refused: string | undefined;
  #saidDropping = false;
  #writing: Promise<unknown> = Promise.resolve();
  #ready = false;
  #changing = false;
  #over = false;

  constructor(options: HoldOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#prepared = options.prepared;
    this.#outbox = new Outbox(options.outbox, options.dropped);
    const channel = (name: LogName): Channel =>
      new Channel({
        name,
        log: options.broker.logs[name],
        camera: options.camera,
        owner: options.owner,
        about: options.about,
        outbox: this.#outbox,
        clock: options.clock,
        timing: options.timing,
        mayWrite: options.mayWrite,
        owned: options.owned,
        fenced: () => this.#lose('another worker has it'),
        trouble: (fault, message) => this.#troubled(fault, message),
        stored: (id, sequence, text) => {
          if (name === 'readings') this.#lastReading = text;
          options.stored?.(name, id, sequence, text);
        },
      });
    this.#channels = { predictions: channel('predictions'), readings: channel('readings') };
  }

  /** Takes the camera and reads it. */
  async start(): Promise<void> {
    const memory = this.#readMemory().then(() => {
      // Opening takes longer than taking: both at once.
      if (!this.#stop.signal.aborted) this.#prepared ??= this.#prepare();
    });
    const taken = await Promise.all(LOGS.map((log) => this.#channels[log].take()));
    await memory;
    if (this.#stop.signal.aborted) return;
    for (const [k, log] of LOGS.entries()) {
      const last = taken[k];
      if (last === undefined) return this.#lose('another worker has it');
      this.#numbers[log] = last;
    }
    this.#ready = true;
    this.#writing = Promise.all(LOGS.map((log) => this.#channels[log].run()));
    this.#begin();
  }

  /** The camera's record has changed: it is read anew. */
  async change(record: string): Promise<void> {
    if (record === this.#record) return;
    this.#record = record;
    this.#prepared?.kill();
    this.#prepared = undefined;
    this.#refused = undefined;
    this.#restarts = 0;
    if (!this.#ready || this.#changing) return;
    this.#changing = true;
    for (let read: string | undefined; read !== this.#record;) {
      read = this.#record;
      // A camera may have room for one reader only.
      await this.#run?.stop();
      await this.#run?.closed;
      this.#begin();
    }
    this.#changing = false;
  }

  /** Stops reading, stores what was read, and writes no more. Whether all was stored. */
  async release(): Promise<boolean> {
    const { clock, timing } = this.#options;
    this.#stop.abort();
    await this.#run?.stop();
    const until = clock.now() + timing.flush;
    while (this.#ready && !this.#outbox.empty && clock.now() < until) await pause(clock, 10);
    await this.#keeping;
    const all = this.#outbox.empty;
    this.abandon();
    await this.#writing;
    return all;
  }

  /** Lets go at once: what is not stored is lost. Idempotent. The number of messages that were. */
  abandon(): number {
    this.#stop.abort();
    this.#over = true;
    for (const log of LOGS) this.#channels[log].stop();
    this.#run?.kill();
    this.#prepared?.kill();
    const { waiting } = this.#outbox.figures;
    this.#outbox.clear();
    return waiting;
  }

  #lose(why: string): void {
    if (this.#stop.signal.aborted) return;
    const lost = this.abandon();
    this.#options.lost(lost > 0 ? `${why}; ${lost} messages that were not stored are gone` : why);
  }

  #begin(): void {
    if (this.#stop.signal.aborted) return;
    const prepared = this.#prepared ?? this.#prepare();
    this.#prepared = undefined;
    const start = { after: { ...this.#numbers }, memory: this.#memory?.text };
    const run: Run = prepared.begin(
      start,
      this.#events(() => run === this.#run),
    );
    this.#run = run;
  }

  #prepare(): PreparedRun {
    const { runner, camera } = this.#options;
    return runner.prepare({ id: camera, record: this.#record, memory: this.#memory?.text }, () => {});
  }

  /** @param current Whether the run that tells is still the one that counts. */
  #events(current: () => boolean): RunEvents {
    const { camera, broker, about } = this.#options;
    return {
      parcel: (log, parcel) => {
        if (!current() || this.#over) return;
        this.#numbers[log] = parcel.last;
        this.#dropping(this.#outbox.push(log, parcel));
        this.#channels[log].wake();
      },
      doubt: (message) => broker.tell('doubts', camera, JSON.stringify({ ...message, camera })),
      memory: (text) => this.#keepMemory(text),
      identity: (identity) => {
        this.#identity = identity;
        this.#options.identified?.(identity);
      },
      state: (message) => {
        this.#state = message;
        broker.tell('states', camera, JSON.stringify({ ...message, camera, ...about }));
      },
      stats: (figures, cores) => {
        this.#restarts = 0;
        this.#failing = undefined;
        this.#toldBySource = true;
        if (cores !== undefined) this.#options.cost(cores);
        this.tell(figures);
      },
      over: ({ reason, final }) => {
        if (current()) void this.#ended(reason, final);
      },
    };
  }

  /** Some time has passed: a camera that gives no figures is told of all the same. */
  tick(): void {
    if (!this.#toldBySource) this.tell();
    this.#toldBySource = false;
  }

  /** Tells what this camera does, also where it has no figures. */
  tell(figures: Readonly<Record<string, unknown>> = {}): void {
    const { broker, camera, about } = this.#options;
    const said = {
      ...this.#identity,
      ...about,
      outbox: this.#outbox.figures,
      trouble: this.#trouble ?? this.#failing,
      refused: this.#refused,
    };
    const source = figures['source'] ?? this.#state;
    const reading = recordIn(readingSchema, this.#lastReading ?? '');
    broker.tell('stats', camera, JSON.stringify({ type: 'stats', camera, ...figures, source, reading, ...said }));
  }

  /** Messages that wait to be stored. */
  get waiting(): number {
    return this.#outbox.figures.waiting;
  }

  /** Whether the camera can't be read as it is; it says so in place of figures. */
  get refused(): string | undefined {
    return this.#refused;
  }

  async #ended(reason: string, final: boolean): Promise<void> {
    const { camera, say, clock, timing } = this.#options;
    this.#run = undefined;
    if (this.#stop.signal.aborted) return;
    if (final) {
      this.#refused = reason;
      say(`camera ${camera} is not read until it is changed: ${reason}\n`);
      return this.tell();
    }
    const [first, most] = timing.restart;
    const wait = Math.min(most, first * 2 ** this.#restarts++);
    this.#failing = reason;
    say(`camera ${camera}: ${reason}; again in ${wait / 1000} s\n`);
    this.tell();
    await pause(clock, wait, this.#stop.signal);
    if (this.#isIdle()) this.#begin();
  }

  /** Whether nothing reads it: a change may have begun a run while this one's restart was waited for. */
  #isIdle(): boolean {
    return !this.#run && !this.#changing;
  }

  #dropping(dropped: boolean): void {
    if (dropped && !this.#saidDropping)
      this.#options.say(`camera ${this.#options.camera}: the outbox is full, the oldest messages are dropped\n`);
    this.#saidDropping = dropped;
  }

  #troubled(fault: BrokerFault | undefined, message: string): void {
    const { camera, say } = this.#options;
    const before = this.#trouble;
    this.#trouble = fault && TROUBLES[fault];
    if (this.#trouble === before) return;
    if (fault === undefined) {
      const { predictions, readings } = this.#outbox.figures.dropped;
      const lost = predictions + readings;
      say(`camera ${camera}: stored again${lost > 0 ? `; ${lost} messages were dropped so far` : ''}\n`);
    } else if (fault !== 'unavailable') say(`camera ${camera}: ${TROUBLES[fault]}: ${message}\n`);
  }

  async #readMemory(): Promise<void> {
    const { broker, camera, clock, timing } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        const found = await broker.memory.get(camera);
        this.#memory = found && { text: found.value, revision: found.revision };
        return;
      } catch (error) {
        if (faultOf(error) === undefined) throw error;
        await pause(clock, timing.retry, this.#stop.signal);
      }
    }
  }

  /** One at a time, the newest last. */
  #keepMemory(text: string): void {
    this.#memory = { text, revision: this.#memory?.revision };
    this.#keeping ??= this.#keepMemoryNow().finally(() => (this.#keeping = undefined));
  }

  async #keepMemoryNow(): Promise<void> {
    const { broker, camera, clock, timing, mayWrite } = this.#options;
    for (let kept: string | undefined; this.#memory && this.#memory.text !== kept;) {
      const { text, revision } = this.#memory;
      try {
        if (!mayWrite()) throw new Error('not now');
        const put =
          revision === undefined
            ? await broker.memory.create(camera, text)
            : await broker.memory.update(camera, text, revision);
        const now = put ?? (await broker.memory.get(camera))?.revision;
        this.#memory = { text: this.#memory.text, revision: now };
        if (put !== undefined) kept = text;
        else if (this.#stop.signal.aborted) return;
      } catch {
        if (this.#stop.signal.aborted) return;
        await pause(clock, timing.retry, this.#stop.signal);
      }
    }
  }
}
