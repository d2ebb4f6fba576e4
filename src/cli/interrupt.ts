// SIGINT, SIGTERM and SIGHUP -> an AbortSignal. The second signal ends the process as the system would, with nothing
// half-written left.
import { abandon } from '../base/output/abandon.js';

/** Listens until disposed of. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Milliseconds in which further signals count as the first: a terminal sends to the whole group, and npx, timeout and
 * shells pass on what they got.
 */
export const ECHO = 500;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP of this process into an abort. A later one, which says that the person does
 * not want to wait, removes what is half-written and has its default effect.
 * @param now A clock in milliseconds. Default: the monotonic one.
 */
export function interruption(now: () => number = () => performance.now()): Interruption {
  const controller = new AbortController();
  let first: number | undefined;
  const stop = (): void => {
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  const interrupt = (name: NodeJS.Signals): void => {
    first ??= now();
    controller.abort();
    if (now() - first < ECHO) return;
    stop();
    abandon();
    process.kill(process.pid, name);
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}

/**
 * Does work that the first signal may stop, and then calls `stopped`.
 * @returns Whether the work was done.
 * @throws What the work throws, unless that is its signal's reason.
 */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<void>,
  stopped: () => void,
): Promise<boolean> {
  using interrupt = interruption();
  try {
    await work(interrupt.signal);
    return true;
  } catch (error) {
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
    stopped();
    return false;
  }
}
