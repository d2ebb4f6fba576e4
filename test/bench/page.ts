// Draws a page of handwritten digits, as gray pixels. No video, no files.
import type { Digits } from '../../src/lab/data/dataset.js';
import type { Random } from '../../src/base/random.js';
import { PIXELS, SIDE, type Box } from '../../src/types.js';

/** What to draw. */
export interface PagePlan {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Digits on the page. */
  readonly count: number;
  /** Rows of digits. Default: as many as suit the page. */
  readonly rows?: number;
  /** Side of the 28x28 image of one digit on the page, in pixels: its ink is at most 20/28 of that. */
  readonly size: number;
  /** Lit evenly. Default: darker to the lower right. */
  readonly even?: boolean;
}

/** A drawn page. */
export interface Page {
  /** `[height, width]`, 0 black to 255 white. */
  readonly gray: Uint8Array;
  /** Where each digit's image lies, by row. */
  readonly boxes: readonly Box[];
  readonly labels: readonly number[];
}

const PAPER = 214;
const INK = 48;

/** Draws digits chosen by `random` on a grid that fits the page, on paper that is lit from the upper left. */
export function drawPage(
  { width, height, count, size, rows: asked, even = false }: PagePlan,
  source: Digits,
  random: Random,
): Page {
  const gray = new Uint8Array(width * height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) gray[p] = even ? PAPER : PAPER - 28 * (x / width) - 22 * (y / height);
  const columns = Math.ceil(asked === undefined ? Math.sqrt((count * width) / height) : count / asked);
  const rows = Math.ceil(count / columns);
  const [cellWidth, cellHeight] = [width / columns, height / rows];
  const chosen = Array.from({ length: count }, () => random.int(source.count));
  const boxes = chosen.map((index, k): Box => {
    const jitter = (room: number): number => Math.round(room / 2 + (random.next() - 0.5) * 0.5 * Math.min(room, size));
    const left = Math.floor((k % columns) * cellWidth) + jitter(cellWidth - size);
    const top = Math.floor(Math.floor(k / columns) * cellHeight) + jitter(cellHeight - size);
    drawDigit(gray, width, source.images.subarray(index * PIXELS, (index + 1) * PIXELS), [left, top, size, size]);
    return [left, top, size, size];
  });
  return { gray, boxes, labels: chosen.map((index) => source.labels[index]!) };
}

/** Bilinear, so that strokes have soft edges as in a photograph. */
function drawDigit(gray: Uint8Array, stride: number, image: Uint8Array, [left, top, width, height]: Box): void {
  const at = (x: number, y: number): number => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : image[y * SIDE + x]!);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [((x + 0.5) * SIDE) / width - 0.5, ((y + 0.5) * SIDE) / height - 0.5];
      const [i, j] = [Math.floor(u), Math.floor(v)];
      const [a, b] = [u - i, v - j];
      const ink =
        ((at(i, j) * (1 - a) + at(i + 1, j) * a) * (1 - b) + (at(i, j + 1) * (1 - a) + at(i + 1, j + 1) * a) * b) / 255;
      const p = (top + y) * stride + left + x;
      gray[p] = Math.round(gray[p]! * (1 - ink) + INK * ink);
    }
  }
}
