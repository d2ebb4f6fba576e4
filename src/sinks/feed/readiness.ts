// Whether a run does what it is there for, and why not: figures in, reasons out. It must not serve them.
import type { Stats } from '../../types.js';

/** What `/readyz` says. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, or what to know though it is: in words for people, without an end. */
  readonly reasons: readonly string[];
}

/**
 * Ready is a run whose source is live, is being connected to anew after a fault that is known, or is a file that is
 * read, and none of whose sinks was given up.
 * @param lost Names of the sinks that were.
 */
export function readinessOf(stats: Stats, lost: readonly string[]): Readiness {
  const [working, ...said] = sourceReadiness(stats);
  const reasons = [...said, ...lost.map((name) => `sink ${name} has failed and was given up`)];
  return { ready: working && lost.length === 0, reasons };
}

function sourceReadiness({ source, decoding, frames }: Stats): readonly [working: boolean, ...reasons: string[]] {
  if (!source) return (decoding?.decoded ?? frames) > 0 ? [true] : [false, 'source: no frame has been decoded yet'];
  const words = `source: ${source.state}${source.reason === undefined ? '' : `: ${source.reason}`}`;
  switch (source.state) {
    case 'live':
      return [true];
    case 'retrying':
      return [true, words];
    case 'connecting':
    case 'stale':
    case 'frozen':
    case 'black':
    case 'ended':
      return [false, words];
    default:
      return source.state satisfies never;
  }
}
