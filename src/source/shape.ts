// Owns how a picture is brought upright and its pixels made square: as filters for ffmpeg, and as the size that comes
// of it. Pure. Must not know where orientations and shapes are from.
import type { Rotation } from '../types.js';
import type { Size } from './crop.js';

/**
 * How a stored picture lies, as EXIF and TIFF number it: 1 upright, 3 upside down, 6 to be turned clockwise, 8 the
 * other way; 2, 4, 5 and 7 are these seen in a mirror.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

// The first row and the first column of what is stored are these sides of the upright picture:
const UPRIGHT: Readonly<Record<Orientation, readonly string[]>> = {
  1: [], // top, left
  2: ['hflip'], // top, right
  3: ['hflip', 'vflip'], // bottom, right
  4: ['vflip'], // bottom, left
  5: ['transpose=cclock_flip'], // left, top: mirrored along the diagonal
  6: ['transpose=clock'], // right, top
  7: ['transpose=clock_flip'], // right, bottom
  8: ['transpose=cclock'], // left, bottom
};

const TURNED: Readonly<Record<Rotation, Orientation>> = { 0: 1, 90: 6, 180: 3, 270: 8 };

/** How a picture is to be looked at, by its own tags. */
export interface Look {
  readonly orientation: Orientation;
  /** Its pixels are square, whatever ffmpeg takes them for. Absent: ffmpeg is right. */
  readonly square?: true;
}

/** What is to be done to a picture as ffmpeg decodes it. */
export interface Turn {
  /** Its tags, where ffmpeg does not heed them. */
  readonly look?: Look | undefined;
  /** How far it is turned after that. */
  readonly rotate: Rotation;
}

/** Filters that turn a picture and correct the shape of its pixels; none where it stays as it is. */
export function turnFilters({ look, rotate }: Turn): readonly string[] {
  const { orientation = 1, square = false } = look ?? {};
  return [...(square ? ['setsar=1'] : []), ...UPRIGHT[orientation], ...UPRIGHT[TURNED[rotate]]];
}

/** True when a turn makes columns of rows. */
export function swapsSides(turn: Turn): boolean {
  return turnFilters(turn).filter((filter) => filter.startsWith('transpose')).length % 2 === 1;
}

/** Shapes of pixels from its inverse up to this are made square; what is beyond is no shape that cameras make. */
const LONGEST_PIXEL = 4;

/** Longest side in pixels that a picture is stretched to. */
const LONGEST_STRETCHED = 16_384;

// What changes a digit by less than this is left as it is: encoders round sizes and give the rest as a shape.
const NEARLY = 1.02;

/** True when pixels of this shape (width over height) count as square. */
export function isSquare(shape: number): boolean {
  return shape <= NEARLY && shape >= 1 / NEARLY;
}

/**
 * The size of a picture after its pixels were made square: the side that is short of pixels gets more, to an even
 * number, so that none is lost. As it is where they are square, and where their shape can't be true.
 *
 * @param shape width over height of a pixel, > 0
 */
export function squared(size: Size, shape: number): Size {
  if (isSquare(shape) || !canBeSquared(size, shape)) return size;
  const { width, height } = size;
  return shape > 1 ? { width: even(width * shape), height } : { width, height: even(height / shape) };
}

/** What is said of a picture that was to be made square and was not, as its pixels can't be so; undefined of others. */
export function shapeRemark(size: Size, shape: number): string | undefined {
  if (isSquare(shape) || canBeSquared(size, shape)) return undefined;
  return (
    `pixels that are said to be ${Number(shape.toPrecision(3))} times as wide as high were taken as square: shapes ` +
    `from 1/${LONGEST_PIXEL} to ${LONGEST_PIXEL} are believed, and sides up to ${LONGEST_STRETCHED} pixels`
  );
}

// False when the shape of a picture's pixels can't be true, or would make it too large.
function canBeSquared({ width, height }: Size, shape: number): boolean {
  const longest = shape > 1 ? width * shape : height / shape;
  return shape <= LONGEST_PIXEL && shape >= 1 / LONGEST_PIXEL && longest <= LONGEST_STRETCHED;
}

function even(length: number): number {
  return 2 * Math.round(length / 2);
}

/**
 * The filter that does what `squared` says to each picture by its own shape (`sar`; 1 where there is none). One that is
 * left as it is costs nothing.
 */
export const SQUARE_FILTER = ((): string => {
  const wide = `gt(sar,${NEARLY})*lte(sar,${LONGEST_PIXEL})*lte(iw*sar,${LONGEST_STRETCHED})`;
  const tall = `lt(sar,1/${NEARLY})*gte(sar,1/${LONGEST_PIXEL})*lte(ih/sar,${LONGEST_STRETCHED})`;
  const side = (when: string, length: string, otherwise: string): string =>
    `'if(${when},2*round(${length}/2),${otherwise})'`;
  return `scale=w=${side(wide, 'iw*sar', 'iw')}:h=${side(tall, 'ih/sar', 'ih')}:flags=bicubic+accurate_rnd`;
})();
