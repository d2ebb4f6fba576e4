// What a kind of input is to the fuzzer: where its cases come from, and how one is tried. It must not know when or how
// often.
import type fc from 'fast-check';

/** Files of a case by their names in its folder. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** A kind whose preparations have been made. `Case` is what fast-check makes and shrinks. */
export interface Trial<Case> {
  readonly cases: fc.Arbitrary<Case>;
  /** What is written before a case is tried. */
  files(one: Case): Files;
  /**
   * Tries a case in this process. What is wrong, in a line; undefined when nothing is. Default: it can't be tried so.
   * @param folder Where its files are.
   */
  inside?(folder: string, one: Case): Promise<string | undefined>;
  /**
   * Arguments of the command line that reads the case, started in its folder; the prepared files are in `../base`.
   * Default: none does.
   */
  argv?(one: Case): readonly string[];
  /** Whether that command line says how it gets on, for it has no `--quiet`. Default false. */
  readonly talks?: boolean;
  /** Ends what the preparations began. */
  close?(): Promise<void>;
}

/** A kind of input. */
export interface Kind {
  readonly name: string;
  /** What its cases are, in a line. */
  readonly about: string;
  /** Cases tried in one step in this process, and by the command line: a second or a few together. */
  readonly step: { readonly inside: number; readonly outside: number };
  /**
   * Makes what its cases are made from.
   * @param base An empty folder for files that cases may name.
   */
  open(base: string): Promise<Trial<unknown>>;
}

/** A kind whose trial knows the type of its cases. */
export function kind<Case>(of: Omit<Kind, 'open'> & { readonly open: (base: string) => Promise<Trial<Case>> }): Kind {
  return of;
}
