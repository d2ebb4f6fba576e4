// SIGINT and SIGTERM -> an AbortSignal. The second signal ends the process as the system would. Ends nothing itself.

/** Listens until disposed of. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns the first SIGINT or SIGTERM of this process into an abort; from then on signals have their default effect
 * again.
 */
export function interruption(): Interruption {
  const controller = new AbortController();
  const stop = (): void => {
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  const interrupt = (): void => {
    stop();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}

/**
 * Does work that the first SIGINT or SIGTERM may stop, and then calls `stopped`.
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
