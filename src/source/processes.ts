// Owns the set of children that are alive, so that ending a run leaves none behind. Starts nothing.
import type { ChildProcess } from 'node:child_process';

/** The children of one run. */
export class Processes {
  readonly #alive = new Set<ChildProcess>();
  #waiting: (() => void)[] = [];

  /** Process ids of the children that have not exited. */
  get pids(): number[] {
    return [...this.#alive].flatMap((child) => child.pid ?? []);
  }

  /** Registers a child from its spawn to its exit. */
  add(child: ChildProcess): void {
    // A child that could not be started has no pid and no exit.
    if (child.pid === undefined) return;
    this.#alive.add(child);
    child.once('exit', () => {
      this.#alive.delete(child);
      if (this.#alive.size > 0) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /** Kills all, at once and for good: they hold nothing that needs saving. */
  kill(): void {
    for (const child of this.#alive) child.kill('SIGKILL');
  }

  /** Resolves when none is alive; at once if that is so. */
  async idle(): Promise<void> {
    if (this.#alive.size === 0) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
