// Owns how a page lying flat becomes a picture: the camera's place, light, shadow, blur, noise; and where each mark's
// box is then. It must not know what is written.
import { uniform, type Random } from '../../base/random.js';
import { invert, project, type Matrix } from '../../fixtures/timeline.js';
import type { Box } from '../../types.js';
import { bell, blurPass } from '../image/blur.js';
import { gridNoise } from '../image/value-noise.js';
import type { Mark, Page } from './page.js';

/** Something in a picture: a digit, or what is none (null). */
export interface Thing {
  readonly label: Mark['label'];
  /** Its ink, in pixels of the picture. */
  readonly box: Box;
}

/** A picture as it is coded. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  /** `[height, width]` row-major. */
  readonly gray: Uint8Array;
  readonly things: readonly Thing[];
}

/** How a picture is taken. */
export interface Look {
  /** How far the corners of the page stray from those of the picture, as a share of its sides. */
  readonly tilt: number;
  /** Share of the picture's sides that shows what the page lies on; below 0 the page's own edge is not seen. */
  readonly margin: number;
  /** Radians by which the page is turned. */
  readonly turn: number;
  /** How much darker the darkest corner is, [0, 1]. */
  readonly shade: number;
  /** What a shadow's edge takes of the light, [0, 1]; 0: there is none. */
  readonly shadow: number;
  /** Standard deviations of the blur, in pixels, and of the noise, in gray levels. */
  readonly blur: number;
  readonly noise: number;
}

/** A look as pictures of pages have it: mostly good, seldom perfect. */
export function anyLook(random: Random): Look {
  const handHeld = random.next() < 0.65;
  return {
    tilt: handHeld ? uniform(random, 0, 0.03) : 0,
    margin: handHeld ? (random.next() < 0.35 ? uniform(random, 0.02, 0.06) : -0.01) : 0,
    turn: handHeld ? 0.035 * random.normal() : 0,
    shade: handHeld ? uniform(random, 0, 0.35) : 0,
    shadow: handHeld && random.next() < 0.2 ? uniform(random, 0.15, 0.5) : 0,
    blur: handHeld ? uniform(random, 0.3, 1.1) : uniform(random, 0, 0.6),
    noise: handHeld ? uniform(random, 0.6, 5) : uniform(random, 0, 1),
  };
}

/** A display's picture, or a scan: as it lies. */
export const FLAT: Look = { tilt: 0, margin: 0, turn: 0, shade: 0, shadow: 0, blur: 0, noise: 0 };

/** Share of its ink that a digit needs inside the picture; of one with less only a piece is there. */
const SEEN = 0.98;

/** Draws of noise that a picture is made with; a power of two. */
const NOISES = 16_384;

/** Photographs a page: the picture has its size. */
export function photograph(page: Page, look: Look, random: Random): Photo {
  const { width, height } = page;
  const toPage = placeCamera(page, look, random);
  const seen = warped(page, toPage, random);
  light(seen, page, look, random);
  const gray = developed(seen, page, look, random);
  const toPicture = invert(toPage);
  return { width, height, gray, things: page.marks.flatMap((mark) => thingOf(mark, toPicture, width, height)) };
}

/** Picture to page: its four corners lie near those of the page. */
function placeCamera({ width, height }: Page, { tilt, margin, turn }: Look, random: Random): Matrix {
  const stray = (): number => tilt * (2 * random.next() - 1);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([u = 0, v = 0]) => {
    // The page's corner as the picture has it, turned in pixels: a wide picture is not skewed by it.
    const [x, y] = [(u * (1 + 2 * margin + stray()) * width) / 2, (v * (1 + 2 * margin + stray()) * height) / 2];
    return [width / 2 + cos * x - sin * y, height / 2 + sin * x + cos * y] as const;
  });
  return squareTo(corners, width, height);
}

/** The projection of a picture's corners to four points (Heckbert, "Fundamentals of texture mapping", 1989). */
function squareTo(corners: readonly (readonly [number, number])[], width: number, height: number): Matrix {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ];
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const all = dx1 * dy2 - dx2 * dy1;
  const [g, h] = [(sx * dy2 - dx2 * sy) / all, (dx1 * sy - sx * dy1) / all];
  const [a, b] = [x1 - x0 + g * x1, x3 - x0 + h * x3];
  const [d, e] = [y1 - y0 + g * y1, y3 - y0 + h * y3];
  return [a / width, b / height, x0, d / width, e / height, y0, g / width, h / height, 1];
}

/** What the picture shows of the page, and around it of the table. */
function warped({ width, height, gray }: Page, toPage: Matrix, random: Random): Float32Array {
  // Seen straight from above: nothing is moved, and nothing softened.
  if (toPage.every((value, k) => value === (k % 4 === 0 ? 1 : 0))) return gray.slice();
  const out = new Float32Array(width * height);
  const table = uniform(random, 40, 130);
  const wood = gridNoise(random, width, height, 60, 5);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const [u, v] = project(toPage, x + 0.5, y + 0.5);
      out[p] = u >= 0 && v >= 0 && u < width && v < height ? sampled(gray, width, height, u, v) : table + 8 * wood[p]!;
    }
  }
  return out;
}

function sampled(gray: Float32Array, width: number, height: number, x: number, y: number): number {
  const [u, v] = [Math.min(width - 1.001, Math.max(0, x - 0.5)), Math.min(height - 1.001, Math.max(0, y - 0.5))];
  const [column, row] = [Math.floor(u), Math.floor(v)];
  const [right, low] = [u - column, v - row];
  const p = row * width + column;
  return (
    (1 - low) * ((1 - right) * gray[p]! + right * gray[p + 1]!) +
    low * ((1 - right) * gray[p + width]! + right * gray[p + width + 1]!)
  );
}

/** Uneven light, and the soft edge of a shadow across the picture. */
function light(gray: Float32Array, { width, height }: Page, { shade, shadow }: Look, random: Random): void {
  if (shade === 0 && shadow === 0) return;
  const [angle, edge] = [uniform(random, 0, 6.28), uniform(random, 0, 6.28)];
  const [gx, gy] = [Math.cos(angle) / width, Math.sin(angle) / height];
  const [ex, ey] = [Math.cos(edge), Math.sin(edge)];
  const [at, soft] = [uniform(random, -0.25, 0.25) * height, uniform(random, 0.01, 0.06) * height];
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const [dx, dy] = [x - width / 2, y - height / 2];
      const lit = 1 - shade * Math.min(1, Math.max(0, 0.5 + 0.7 * (gx * dx + gy * dy)));
      const wave = 0.04 * height * Math.sin((dx * ey - dy * ex) / (0.17 * height));
      const inside = 1 / (1 + Math.exp(-(ex * dx + ey * dy + wave - at) / soft));
      gray[p]! *= lit * (1 - shadow * inside);
    }
  }
}

function developed(gray: Float32Array, { width, height }: Page, { blur, noise }: Look, random: Random): Uint8Array {
  if (blur > 0.2) {
    const kernel = Float32Array.from(bell(blur, Math.ceil(2.6 * blur)));
    const total = kernel.reduce((sum, k) => sum + k, 0);
    const between = new Float32Array(gray.length);
    const pass = { width, height, kernel, total, outside: 'repeated' } as const;
    blurPass(gray, between, { ...pass, axis: 'x' });
    blurPass(between, gray, { ...pass, axis: 'y' });
  }
  const table = Float32Array.from({ length: NOISES }, () => noise * random.normal());
  // Begun anew at a place by lot in each row, so that no pattern shows.
  const bytes = new Uint8Array(gray.length);
  for (let y = 0, p = 0; y < height; y++) {
    const from = random.int(NOISES);
    for (let x = 0; x < width; x++, p++)
      bytes[p] = Math.max(0, Math.min(255, Math.round(gray[p]! + table[(from + x) & (NOISES - 1)]!)));
  }
  return bytes;
}

/** A mark's place in the picture; nothing of one that is outside. What the border cuts off is a digit no more. */
function thingOf({ label, points }: Mark, toPicture: Matrix, width: number, height: number): Thing[] {
  let [left, top, right, bottom, inside] = [Infinity, Infinity, -Infinity, -Infinity, 0];
  for (let k = 0; k < points.length; k += 2) {
    const [x, y] = project(toPicture, points[k]!, points[k + 1]!);
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    inside++;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  if (inside === 0) return [];
  const seen = inside >= (SEEN * points.length) / 2 ? label : null;
  const [x, y] = [Math.floor(left - 0.5), Math.floor(top - 0.5)].map((value) => Math.max(0, value)) as [number, number];
  return [
    {
      label: seen,
      box: [x, y, Math.min(width, Math.ceil(right + 0.5)) - x, Math.min(height, Math.ceil(bottom + 0.5)) - y],
    },
  ];
}

/** A picture turned clockwise by quarters, as a camera held otherwise stores it; its things stay where they were. */
export function turnedPixels(
  { width, height, gray }: Photo,
  quarters: 1 | 2 | 3,
): Pick<Photo, 'width' | 'height' | 'gray'> {
  const [w, h] = quarters === 2 ? [width, height] : [height, width];
  const out = new Uint8Array(gray.length);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const [u, v] =
        quarters === 1 ? [height - 1 - y, x] : quarters === 2 ? [width - 1 - x, height - 1 - y] : [y, width - 1 - x];
      out[v * w + u] = gray[p]!;
    }
  }
  return { width: w, height: h, gray: out };
}
