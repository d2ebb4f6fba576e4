// The one list of kinds, in the order of tables.
import { CLIP_KINDS } from './clips.js';
import { DIGIT_KINDS } from './digits.js';
import { FORM_KINDS } from './forms.js';
import { PAPER_KINDS } from './papers.js';
import type { ClipKind, StillKind } from './kind.js';
import { SCENE_KINDS } from './scenes.js';
import { LETTER_KINDS, TEXT_KINDS } from './texts.js';
import { turned } from './turned.js';

/** All kinds: those with digits, those without, clips. */
export const KINDS: readonly (StillKind | ClipKind)[] = [
  ...DIGIT_KINDS,
  ...TEXT_KINDS,
  ...FORM_KINDS,
  ...PAPER_KINDS,
  turned,
  ...LETTER_KINDS,
  ...SCENE_KINDS,
  ...CLIP_KINDS,
];
