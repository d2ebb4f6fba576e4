// Timers behind an interface, so that tests move time by hand. It must not be asked what time it is.

/** Starts timers; each call returns the function that stops its timer (harmless afterwards). */
export interface Clock {
  /** Calls `run` every `ms` milliseconds. */
  every(ms: number, run: () => void): () => void;
  /** Calls `run` once, after `ms` milliseconds. */
  after(ms: number, run: () => void): () => void;
}

/** Real time. */
export const systemClock: Clock = {
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
