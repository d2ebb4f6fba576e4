// Owns the colours of verdicts, for every picture that the product draws. Must not draw.

import type { Rejection } from '../../types.js';

/**
 * `#rrggbb`. Verdicts differ in lightness and line width too, so that no one has to tell hues apart (after Okabe and
 * Ito 2008).
 */
export const PALETTE = {
  accepted: '#19d3a2',
  doubtful: '#f0a30a',
  company: '#b18cff',
  empty: '#a9b4c0',
  /** Lines and words, which are no verdict. */
  line: '#5cc3ff',
  /** Behind and around text. */
  ground: '#10151b',
  panel: '#1b222b',
  text: '#eef3f7',
  dim: '#95a2af',
} as const;

/**
 * The colour of a verdict: a digit that was seen but not trusted is amber, what its surroundings say is no digit
 * violet, a region that held nothing readable grey.
 */
export function verdictColour(rejected: Rejection | undefined): string {
  switch (rejected) {
    case undefined:
      return PALETTE.accepted;
    case 'text':
    case 'clutter':
      return PALETTE.company;
    case 'ratio':
    case 'range':
    case 'growing':
    case 'unsteady':
    case 'stale':
    case 'rule':
      return PALETTE.doubtful;
    case 'blank':
    case 'not-finite':
      return PALETTE.empty;
  }
}
