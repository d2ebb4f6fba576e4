// Owns the kind of pages that lie on their side or on their head in the picture, without a tag that says so.
import { PAPER_KINDS } from './papers.js';
import { DIGIT_KINDS } from './digits.js';
import { one } from './choices.js';
import type { StillKind } from './kind.js';
import { TEXT_KINDS } from './texts.js';

const UPRIGHT = ['rows', 'equations', 'numbers-in-text', 'ruled'];

/** Their truth is that of the picture upright. */
export const turned: StillKind = {
  name: 'turned',
  about: 'pages turned by 90, 180 or 270 degrees without a tag',
  holds: 'digits',
  draw: (tools, random) => {
    const kinds: readonly StillKind[] = [...DIGIT_KINDS, ...TEXT_KINDS, ...PAPER_KINDS];
    const kind = one(
      kinds.filter(({ name }) => UPRIGHT.includes(name)),
      random,
    );
    return { ...kind.draw(tools, random), quarters: one([1, 2, 3] as const, random) };
  },
};
