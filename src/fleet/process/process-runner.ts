// Reads cameras by a process each, so that neither decoding nor scoring is ever in the way of a lease. A few processes
// more are kept loaded and idle: a camera that is taken over is read at once.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { printable } from '../../base/printable.js';
import { UserError } from '../../base/errors.js';
import { checkRecord, type CameraRecord } from '../fleet-file.js';
import type { PreparedRun, Run, RunEnd, RunEvents, Runner } from '../core/runner.js';
import type { LookHub, Showing } from '../look/look-hub.js';
import { roomFor } from './memory-left.js';
import type { FromCamera, ToCamera } from './messages.js';

/** Milliseconds that a process gets to end by itself. */
const GRACE = 2_500;

/** Milliseconds after a process was taken until another one is loaded: the camera has begun, and is not slowed down. */
const REFILL = 3_000;

/** Processes that wait, loaded, unless it is said how many. */
export const SPARE = 2;

const PROGRAM = fileURLToPath(new URL('./camera-process.js', import.meta.url));

/** What it needs. */
export interface ProcessRunnerOptions {
  /** Says lines to people, ending in a newline. */
  readonly say: (text: string) => void;
  /** Where `credentials: {environment: NAME}` is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Who shows cameras to those who look. Default: nobody does. */
  readonly looks?: LookHub | undefined;
  /** Processes that wait, loaded, for a camera: as many as memory has room for. Default {@link SPARE}. */
  readonly spare?: number;
}

/** Runs as processes, and what is left to be closed. */
export interface ProcessRunner extends Runner, AsyncDisposable {}

/** Makes a runner of processes. */
export function processRunner({ say, environment, looks, spare = SPARE }: ProcessRunnerOptions): ProcessRunner {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let over = false;
  let refilling: NodeJS.Timeout | undefined;
  const begin = (env: NodeJS.ProcessEnv): ChildProcess => {
    const child = fork(PROGRAM, [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
    all.add(child);
    // A channel that breaks shows in the exit.
    child.on('error', () => {});
    child.once('exit', () => {
      all.delete(child);
      const at = idle.indexOf(child);
      if (at >= 0) idle.splice(at, 1);
    });
    return child;
  };
  const plain = childEnvironment(environment, undefined);
  /** One after another: what is loaded for later must not slow down what is read now. */
  const refill = (): void => {
    refilling = undefined;
    if (over || idle.length >= spare || !roomFor(1)) return;
    const child = begin(plain);
    idle.push(child);
    child.once('message', () => refill());
  };
  const take = (record: CameraRecord): ChildProcess => {
    const { credentials } = record;
    if (credentials && 'environment' in credentials)
      return begin(childEnvironment(environment, credentials.environment));
    clearTimeout(refilling);
    refilling = setTimeout(refill, REFILL).unref();
    return idle.shift() ?? begin(plain);
  };
  refill();
  return {
    prepare({ id, record, memory }, reads) {
      try {
        const checked = checkRecord(record, id);
        const child = take(checked);
        child.send({ type: 'prepare', camera: checked, memory } satisfies ToCamera);
        return new CameraRun(id, child, { reads, say, looks });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return unreadable(error.message);
      }
    },
    async [Symbol.asyncDispose]() {
      over = true;
      clearTimeout(refilling);
      for (const child of idle) child.kill('SIGKILL');
      // The others close what they have open: their decoders, and what those hold.
      const closing = [...all].filter((child) => child.exitCode === null && child.signalCode === null);
      for (const child of closing) if (child.connected) child.send({ type: 'stop' } satisfies ToCamera, () => {});
      const timer = setTimeout(() => closing.forEach((child) => child.kill('SIGKILL')), GRACE);
      await Promise.all(closing.map((child) => once(child, 'exit')));
      clearTimeout(timer);
    },
  };
}

/** A run of what can't be read. */
function unreadable(reason: string): PreparedRun {
  return {
    begin(_, events) {
      // Not before the caller has its run.
      queueMicrotask(() => events.over({ reason, final: true }));
      return { stop: async () => {}, kill: () => {}, closed: Promise.resolve() };
    },
    kill: () => {},
  };
}

interface CameraRunOptions {
  /** Told when it reads. */
  readonly reads: () => void;
  readonly say: (text: string) => void;
  readonly looks: LookHub | undefined;
}

/** One process that reads a camera: prepared first, then begun. */
class CameraRun implements PreparedRun {
  readonly #id: string;
  readonly #child: ChildProcess;
  readonly #reads: () => void;
  readonly #say: (text: string) => void;
  readonly #looks: LookHub | undefined;
  readonly #prepared = performance.now();
  #events: RunEvents | undefined;
  /** The way to those who look at the camera, from when it has begun. */
  #showing: Showing | undefined;
  /** What was told before it began, and counts then: the last of each. */
  readonly #early: { identity?: FromCamera; state?: FromCamera; over?: RunEnd } = {};
  #trace: { readonly engine: number; readonly picture: number } | undefined;
  #begun = 0;
  #spoken = false;
  #killed = false;
  #stopping = false;
  #told = false;
  #done: () => void = () => {};
  readonly #silent = new Promise<void>((resolve) => (this.#done = resolve));
  readonly #closed: Promise<void>;

  constructor(id: string, child: ChildProcess, { reads, say, looks }: CameraRunOptions) {
    this.#id = id;
    this.#child = child;
    this.#reads = reads;
    this.#say = say;
    this.#looks = looks;
    this.#closed = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('message', (message: FromCamera) => this.#heard(message));
    void this.#closed.then(() => {
      this.#showing?.close();
      this.#done();
      this.#over(`its process has died (${child.signalCode ?? `exit ${child.exitCode}`})`, false);
    });
  }

  begin({ after, memory }: Parameters<PreparedRun['begin']>[0], events: RunEvents): Run {
    this.#events = events;
    this.#begun = performance.now();
    this.#tell({ type: 'begin', after, memory });
    this.#showing = this.#looks?.open(this.#id, {
      look: (look) => this.#tell({ type: 'look', look }),
      gone: (kind) => this.#tell({ type: 'gone', kind }),
    });
    // Not before the caller has its run.
    queueMicrotask(() => {
      const { identity, state, over } = this.#early;
      for (const message of [identity, state]) if (message) this.#heard(message);
      if (over && !this.#killed) events.over(over);
    });
    return { stop: () => this.#stop(), kill: () => this.#kill(), closed: this.#closed };
  }

  kill(): void {
    if (!this.#events) this.#kill();
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#tell({ type: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE);
    void this.#closed.then(() => clearTimeout(timer));
    await this.#silent;
  }

  #kill(): void {
    this.#killed = true;
    // One that was told to stop closes what it has open, and has a limit of its own.
    if (!this.#stopping) this.#child.kill('SIGKILL');
  }

  #heard(message: FromCamera): void {
    if (this.#killed) return;
    const events = this.#events;
    switch (message.type) {
      case 'parcel':
        this.#speaks();
        events?.parcel(message.log, message.parcel);
        return this.#tell({ type: 'taken', count: 1 });
      case 'show':
        return this.#showing?.show(message.kind, message.what);
      case 'doubt':
        return events?.doubt(message.message);
      case 'memory':
        return events?.memory(message.text);
      case 'identity':
        this.#early.identity = message;
        return events?.identity(message.identity);
      case 'state':
        this.#early.state = message;
        return events?.state(message.message);
      case 'stats':
        return events?.stats(message.figures, message.cores);
      case 'say':
        return this.#say(`camera ${this.#id}: ${printable(message.text.trimEnd())}\n`);
      case 'done':
        return this.#done();
      case 'over':
        return this.#over(printable(message.reason).replace(/\.$/, ''), message.final);
      case 'reads':
        this.#trace = message;
        return this.#reads();
      case 'ready':
        return;
      default:
        message satisfies never;
    }
  }

  /** Says how long it took until there was something to tell, and where that time went. */
  #speaks(): void {
    if (this.#spoken) return;
    this.#spoken = true;
    const s = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    const now = performance.now();
    const { engine = 0, picture = 0 } = this.#trace ?? {};
    this.#say(
      `camera ${this.#id}: first digit ${s(now - this.#begun)} after it was taken; opened ${s(now - this.#prepared)} ` +
        `ago, engine after ${s(engine)}, picture after ${s(picture)}\n`,
    );
  }

  #over(reason: string, final: boolean): void {
    if (this.#told || this.#killed || this.#stopping) return;
    this.#told = true;
    this.#early.over = { reason, final };
    this.#events?.over({ reason, final });
  }

  #tell(message: ToCamera): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

/**
 * What the process of a camera gets of the environment: nothing of NATS, and a user and a password where its camera's
 * record names a variable that holds them.
 */
function childEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  variable: string | undefined,
): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('LQ_NATS')));
  if (variable === undefined) return kept;
  const [, user, password] = /^([^:]+):(.*)$/s.exec(environment[variable] ?? '') ?? [];
  if (user === undefined || password === undefined)
    throw new MissingCredentials(`credentials.environment: ${variable} does not hold USER:PASSWORD on this worker`);
  return { ...kept, LQ_SOURCE_USER: user, LQ_SOURCE_PASSWORD: password };
}

class MissingCredentials extends UserError {
  readonly exitCode = 2;
}
