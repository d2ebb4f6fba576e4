// Owns a page lying flat: its gray levels, what is drawn on it, and where each mark's ink is. It must not know a camera.
import type { Random } from '../../base/random.js';
import { shapeOf } from '../data/camera/shape.js';
import { strokeGlyph, type Glyph, type Label } from './glyph.js';

/** What a pen leaves. */
export interface Ink {
  /** Gray level of full ink, 0 to 255. */
  readonly level: number;
  /** How much of the ground full ink hides, [0, 1]. */
  readonly strength: number;
  /** How uneven it is, [0, 1]: 0 a display, 1 a pencil on rough paper. */
  readonly grain: number;
}

/** Where a mark is put: the pen's place on the base line. */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** Default 1. */
  readonly scale?: number;
  /** Radians, clockwise, around the pen's place. Default 0. */
  readonly angle?: number;
}

/** A mark that stands on a page. */
export interface Mark {
  readonly label: Exclude<Label, undefined>;
  /** Points inside its ink as x, y pairs in pixels of the page: enough to find its box wherever they are carried. */
  readonly points: Float32Array;
}

/** Coverage from which a pixel counts as ink where a mark's box is taken. */
const INKED = 0.35;

/** A page. */
export class Page {
  /** `[height, width]` row-major, 0 to 255, not rounded. */
  readonly gray: Float32Array;
  readonly marks: Mark[] = [];

  constructor(
    readonly width: number,
    readonly height: number,
    gray: Float32Array | number,
  ) {
    this.gray = typeof gray === 'number' ? new Float32Array(width * height).fill(gray) : gray;
  }

  /** Draws a mark, and keeps it where it has a label. A digit that the page's border cuts off is none any more. */
  put(glyph: Glyph, place: Place, ink: Ink, random: Random): void {
    const points = this.#draw(glyph, place, ink, random);
    if (glyph.label === undefined || points.length === 0) return;
    const label = this.#holds(glyph, place) ? glyph.label : null;
    this.marks.push({ label, points: Float32Array.from(points) });
  }

  /** Draws a straight line that nobody reads. */
  line(from: readonly [number, number], to: readonly [number, number], pen: number, ink: Ink, random: Random): void {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.max(1, Math.hypot(dx, dy));
    const bar = strokeGlyph(
      shapeOf([
        {
          at: [
            [0, 1],
            [1, 1],
          ],
        },
      ]),
      { scale: length, pen },
    );
    this.put(bar, { x: from[0], y: from[1], angle: Math.atan2(dy, dx) }, ink, random);
  }

  #holds(glyph: Glyph, place: Place): boolean {
    const { xs, ys } = cornersOf(glyph, place);
    return Math.min(...xs, ...ys) >= 0 && Math.max(...xs) <= this.width && Math.max(...ys) <= this.height;
  }

  #draw(glyph: Glyph, { x, y, scale = 1, angle = 0 }: Place, ink: Ink, random: Random): number[] {
    const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
    const { xs, ys } = cornersOf(glyph, { x, y, scale, angle });
    const points: number[] = [];
    const end = {
      x: Math.min(this.width, Math.ceil(Math.max(...xs)) + 1),
      y: Math.min(this.height, Math.ceil(Math.max(...ys)) + 1),
    };
    for (let row = Math.max(0, Math.floor(Math.min(...ys)) - 1); row < end.y; row++) {
      for (let column = Math.max(0, Math.floor(Math.min(...xs)) - 1); column < end.x; column++) {
        const cover = coverOf(glyph, column + 0.5 - x, row + 0.5 - y, cos / scale ** 2, sin / scale ** 2, scale);
        if (cover <= 0.004) continue;
        if (cover >= INKED) points.push(column + 0.5, row + 0.5);
        const opaque = cover * ink.strength * (1 - 0.7 * ink.grain * random.next());
        const p = row * this.width + column;
        this.gray[p] = this.gray[p]! * (1 - opaque) + ink.level * opaque;
      }
    }
    return points;
  }
}

/** Where the corners of a mark's mask come to lie. */
function cornersOf(
  { left, top, width, height }: Glyph,
  { x, y, scale = 1, angle = 0 }: Place,
): { xs: number[]; ys: number[] } {
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const corners = [left, left + width].flatMap((u) => [top, top + height].map((v) => [u, v] as const));
  return { xs: corners.map(([u, v]) => x + cos * u - sin * v), ys: corners.map(([u, v]) => y + sin * u + cos * v) };
}

/** Mean coverage of the mask under a pixel of the page, whose middle lies at dx, dy from the pen's place. */
function coverOf(glyph: Glyph, dx: number, dy: number, cos: number, sin: number, scale: number): number {
  const samples = scale >= 0.9 ? 1 : Math.min(6, Math.ceil(1 / scale));
  let sum = 0;
  for (let j = 0; j < samples; j++) {
    for (let i = 0; i < samples; i++) {
      const [sx, sy] = [dx + (i + 0.5) / samples - 0.5, dy + (j + 0.5) / samples - 0.5];
      sum += sampled(glyph, cos * sx + sin * sy - glyph.left, cos * sy - sin * sx - glyph.top);
    }
  }
  return sum / (samples * samples);
}

/** The mask at a place in it, between the middles of its pixels; 0 outside. */
function sampled({ coverage, width, height }: Glyph, x: number, y: number): number {
  const [u, v] = [x - 0.5, y - 0.5];
  const [column, row] = [Math.floor(u), Math.floor(v)];
  if (column < -1 || row < -1 || column >= width || row >= height) return 0;
  const at = (c: number, r: number): number =>
    c >= 0 && r >= 0 && c < width && r < height ? coverage[r * width + c]! : 0;
  const [right, low] = [u - column, v - row];
  return (
    (1 - low) * ((1 - right) * at(column, row) + right * at(column + 1, row)) +
    low * ((1 - right) * at(column, row + 1) + right * at(column + 1, row + 1))
  );
}
