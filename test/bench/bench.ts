// The contract between the bench and its measurements: what one is given, what it gives. Measures nothing itself.
import type { Random } from '../../src/base/random.js';

/** What a measurement is given. */
export interface BenchContext {
  /** Fewer rounds and shorter clips: figures to look at, not to quote. */
  readonly quick: boolean;
  /** Orders the interleaved runs. */
  readonly random: Random;
  /** Where clips and intermediate files are kept between runs. */
  readonly folder: string;
  /** One line for people. */
  readonly say: (text: string) => void;
}

/** One figure over several runs. */
export interface Figure {
  readonly median: number;
  /** First and third quartile. */
  readonly lower: number;
  readonly upper: number;
  readonly runs: number;
}

/** A table for people; the JSON holds the same. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | Figure | undefined)[])[];
  /** What a reader must know to read it right. */
  readonly notes?: readonly string[];
}

/** A number to reach, of the project's plan. */
export interface Goal {
  readonly what: string;
  readonly found: number;
  readonly reach: number;
  readonly aim?: number;
  /** Whether more is better or less is. */
  readonly better: 'more' | 'less';
}

/** What a measurement found. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly goals?: readonly Goal[];
}

/** One of the points that the bench measures: a file in `measurements/`. */
export interface Measurement {
  /** For `--only`. */
  readonly name: string;
  readonly run: (context: BenchContext) => Promise<Findings>;
}
