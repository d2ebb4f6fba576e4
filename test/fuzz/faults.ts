// Faults as people get them: printed, and kept as files with the command that shows them again. It tries nothing.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CLI } from './command.js';
import type { Fault } from './step.js';

/** Where the files of faults are kept. */
export const OUT = 'out/fuzz';

/** Characters of what is wrong that are printed; its file has all. */
const SHOWN = 300;

/** The faults of one kind. Of those that read alike the first is kept, the others are counted. */
export class Faults {
  readonly #kind: string;
  readonly #say: (text: string) => void;
  readonly #counts = new Map<string, number>();

  constructor(kind: string, say: (text: string) => void) {
    this.#kind = kind;
    this.#say = say;
  }

  /** Faults so far, those that read alike each. */
  get count(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How many kinds of fault that is. */
  get kinds(): number {
    return this.#counts.size;
  }

  /**
   * Keeps a fault.
   * @param folder Has the files of its case in `case`, and those prepared in `base`.
   * @param seed Of its step.
   */
  add({ wrong, argv }: Fault, folder: string, seed: number): void {
    const likeness = wrong.replace(/\S*\//g, '').replace(/\d+/g, '#').slice(0, 70);
    const before = this.#counts.get(likeness) ?? 0;
    this.#counts.set(likeness, before + 1);
    if (before > 0) return;
    const kept = join(OUT, `${this.#kind}-${seed}-${this.#counts.size}`);
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(kept, { recursive: true });
    for (const part of ['base', 'case'])
      if (existsSync(join(folder, part))) cpSync(join(folder, part), join(kept, part), { recursive: true });
    const again = `npm run fuzz -- --only ${this.#kind} --seed ${seed} --steps 1`;
    const inside = join(kept, 'case');
    const shown = argv && `cd ${inside} && node ${relative(inside, CLI)} ${argv.map(quoted).join(' ')}`;
    const told = (what: string): string =>
      `${this.#kind}: ${what}\n  ${[...(shown ? [shown] : []), again].join('\n  ')}\n`;
    writeFileSync(join(kept, 'fault.txt'), told(wrong));
    this.#say(told(wrong.length > SHOWN ? `${wrong.slice(0, SHOWN)} ...` : wrong));
  }
}

function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
