// The contract of a kind of picture: chance in, a page and how it is photographed out. It knows no kind.
import type { Random } from '../../../base/random.js';
import type { Digits } from '../../data/dataset.js';
import type { Look, Photo } from '../camera.js';
import type { Fonts } from '../fonts.js';
import type { Page } from '../page.js';

/** The package that draws. */
export type Canvas = typeof import('canvas');

/** What pictures are made with. */
export interface Tools {
  readonly canvas: Canvas;
  readonly fonts: Fonts;
  /** MNIST's held-out digits: for choosing, and never trained on. */
  readonly digits: Digits;
}

/** What a kind makes of one draw. */
export interface Sight {
  readonly page: Page;
  readonly look: Look;
  /** Quarters by which the picture is stored turned clockwise. Default 0. */
  readonly quarters?: 1 | 2 | 3;
}

/** One frame of a clip; its things as they stand in it. */
export type ClipFrame = Photo;

/** A kind of picture. */
export interface Kind {
  /** In file names, options and tables: lower case, with hyphens. */
  readonly name: string;
  /** What it shows, in a line. */
  readonly about: string;
  /** `digits`: digits are there to be read; `none`: nothing is, whatever it looks like. */
  readonly holds: 'digits' | 'none';
}

/** A kind of stills. */
export interface StillKind extends Kind {
  readonly draw: (tools: Tools, random: Random) => Sight;
}

/** A kind of clips. */
export interface ClipKind extends Kind {
  /** Frames per second. */
  readonly fps: number;
  readonly film: (tools: Tools, random: Random) => Iterable<ClipFrame>;
}

/** Whether a kind is one of clips. */
export function isClip(kind: StillKind | ClipKind): kind is ClipKind {
  return 'film' in kind;
}
