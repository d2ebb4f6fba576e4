// Reads cameras by a process each, so that neither decoding nor scoring is ever in the way of a lease. One process more
// is kept loaded and idle: a camera that is taken over is read at once.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { printable } from '../../base/printable.js';
import { UserError } from '../../base/errors.js';
import { checkRecord, type CameraRecord } from '../fleet-file.js';
import type { CameraToRead, Run, RunEvents, Runner } from '../core/runner.js';
import type { LookHub } from '../look/look-hub.js';
import type { FromCamera, ToCamera } from './messages.js';

/** Milliseconds that a process gets to end by itself. */
const GRACE = 2_500;

const PROGRAM = fileURLToPath(new URL('./camera-process.js', import.meta.url));

/** What it needs. */
export interface ProcessRunnerOptions {
  /** Says lines to people, ending in a newline. */
  readonly say: (text: string) => void;
  /** Where `credentials: {environment: NAME}` is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Who shows cameras to those who look. Default: nobody does. */
  readonly looks?: LookHub | undefined;
  /** Processes that wait, loaded, for a camera. Default 1. */
  readonly spare?: number;
}

/** Runs as processes, and what is left to be closed. */
export interface ProcessRunner extends Runner, Disposable {}

/** Makes a runner of processes. */
export function processRunner({ say, environment, looks, spare = 1 }: ProcessRunnerOptions): ProcessRunner {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let over = false;
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
  const refill = (): void => {
    while (!over && idle.length < spare) idle.push(begin(plain));
  };
  const take = (record: CameraRecord): ChildProcess => {
    const { credentials } = record;
    if (credentials && 'environment' in credentials)
      return begin(childEnvironment(environment, credentials.environment));
    const ready = idle.shift() ?? begin(plain);
    // After the camera has begun: what is loaded for later must not slow it down.
    setTimeout(refill, 3_000).unref();
    return ready;
  };
  refill();
  return {
    start: (camera, events) => startRun(camera, events, take, say, looks),
    [Symbol.dispose]: () => {
      over = true;
      for (const child of all) child.kill('SIGKILL');
    },
  };
}

function startRun(
  camera: CameraToRead,
  events: RunEvents,
  take: (record: CameraRecord) => ChildProcess,
  say: (text: string) => void,
  looks: LookHub | undefined,
): Run {
  let child: ChildProcess;
  try {
    const record = checkRecord(camera.record, camera.id);
    child = take(record);
    const message: ToCamera = { type: 'run', camera: record, memory: camera.memory, after: camera.after };
    child.send(message);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Not before the caller has its run.
    queueMicrotask(() => events.over({ reason: error.message, final: true }));
    return { stop: async () => {}, kill: () => {} };
  }
  let killed = false;
  let stopping = false;
  let told = false;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const tell = (message: ToCamera): void => {
    if (child.connected) child.send(message, () => {});
  };
  const showing = looks?.open(camera.id, {
    look: (look) => tell({ type: 'look', look }),
    gone: (kind) => tell({ type: 'gone', kind }),
  });
  void gone.then(() => showing?.close());
  const over = (reason: string, final: boolean): void => {
    if (told || killed || stopping) return;
    told = true;
    events.over({ reason, final });
  };
  child.on('message', (message: FromCamera) => {
    if (killed) return;
    switch (message.type) {
      case 'parcel':
        events.parcel(message.log, message.parcel);
        return tell({ type: 'taken', count: 1 });
      case 'show':
        return showing?.show(message.kind, message.what);
      case 'memory':
        return events.memory(message.text);
      case 'identity':
        return events.identity(message.identity);
      case 'state':
        return events.state(message.message);
      case 'stats':
        return events.stats(message.figures, message.cores);
      case 'say':
        return say(`camera ${camera.id}: ${printable(message.text.trimEnd())}\n`);
      case 'over':
        return over(printable(message.reason).replace(/\.$/, ''), message.final);
      case 'ready':
        return;
      default:
        message satisfies never;
    }
  });
  void gone.then(() => over(`its process has died (${child.signalCode ?? `exit ${child.exitCode}`})`, false));
  const kill = (): void => {
    killed = true;
    child.kill('SIGKILL');
  };
  return {
    kill,
    async stop() {
      stopping = true;
      tell({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
      await gone;
      clearTimeout(timer);
    },
  };
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
