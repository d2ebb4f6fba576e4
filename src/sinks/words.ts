// How places and counts are told to people, wherever a run is told of. Pure.
import { printable } from '../base/printable.js';
import type { Box, Frame } from '../types.js';

/** Characters of a file's name that are shown of a place. */
const NAME = 40;

/** `66x74 at 532,118`, in source pixels. */
export function boxText([x, y, width, height]: Box): string {
  return `${width}x${height} at ${x},${y}`;
}

/** The image's name where the source has several, else the time: `scan 3.png`, `0.400 s`. */
export function placeText({ file, time }: Pick<Frame, 'file' | 'time'>): string {
  return file === undefined ? `${time.toFixed(3)} s` : printable(file, NAME);
}

/** `1 region`, `2 regions`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
