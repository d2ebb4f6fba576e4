// Owns one annotated picture: the gray frame, a box and a label per region, a header line above. Writes no files, keeps
// no time.

import type { Canvas, CanvasRenderingContext2D, ImageData } from 'canvas';
import { REJECTIONS, type Frame, type FrameSightings, type Sighting, type Rejection } from '../../types.js';
import { drawCompany } from './company.js';
import { drawText, textWidth } from './lettering.js';
import { placeLabel, ratioText, rejectionText, toRect, type Rect, type View } from './labels.js';
import { drawNumbers } from './numbers.js';
import { PALETTE, verdictColour } from './palette.js';

type CanvasModule = typeof import('canvas');

/**
 * Frames smaller than this (shorter side, pixels) are magnified by a whole number, so that a label is legible on a
 * 28x28 crop.
 */
const SMALLEST = 240;

/**
 * The label of a refused region may hide so much of other labels and boxes, as a multiple of its area. On a page of
 * letters each has a box, but only some a label: which rule it was is seen by the colour.
 */
const MOST_HIDDEN = 0.05;

/** How the picture is laid out; all in pixels. */
export interface Layout {
  /** Size of the whole picture, both even (H.264 with 4:2:0 needs that). */
  readonly width: number;
  readonly height: number;
  /** Where frames go: below the header, as large as the first frame. */
  readonly image: Rect;
  /** Height of a capital of small text; everything scales with it. */
  readonly unit: number;
}

/** Layout for a first frame of a size. Further frames are scaled into `image`. */
export function layoutFor(width: number, height: number): Layout {
  const zoom = Math.max(1, Math.min(16, Math.ceil(SMALLEST / Math.min(width, height))));
  const unit = Math.max(9, Math.round((Math.min(width * 0.66, height) * zoom) / 40));
  const header = 2 * unit;
  const image = { x: 0, y: header, width: width * zoom, height: height * zoom };
  return { width: even(Math.max(image.width, 30 * unit)), height: even(image.height + header), image, unit };
}

/** Draws pictures one after another onto one canvas. */
export class Picture {
  readonly #module: CanvasModule;
  readonly #layout: Layout;
  readonly #canvas: Canvas;
  /** The last frame in its own size, and its pixels; kept for the next frame of that size. */
  #source: { readonly canvas: Canvas; readonly image: ImageData } | undefined;

  constructor(module: CanvasModule, layout: Layout) {
    this.#module = module;
    this.#layout = layout;
    this.#canvas = module.createCanvas(layout.width, layout.height);
  }

  /** Draws one frame and its sightings; the canvas is valid until the next call. */
  draw(published: FrameSightings): Canvas {
    const { frame, sightings } = published;
    const context = this.#canvas.getContext('2d');
    context.fillStyle = PALETTE.ground;
    context.fillRect(0, 0, this.#layout.width, this.#layout.height);
    const view = this.#drawFrame(context, frame);
    drawCompany(context, this.#layout.unit, published, view);
    const boxes = sightings.map(({ digit }) => toRect(digit.region.box, view));
    drawBoxes(context, this.#layout, sightings, boxes);
    const numbers = drawNumbers(context, this.#layout, published.readings?.views ?? [], view, boxes);
    drawLabels(context, this.#layout, sightings, boxes, numbers);
    drawHeader(context, this.#layout, published);
    return this.#canvas;
  }

  /** Letterboxes the frame into the layout; returns how source pixels map to the picture's. */
  #drawFrame(context: CanvasRenderingContext2D, frame: Frame): View {
    const { image } = this.#layout;
    const scale = Math.min(image.width / frame.width, image.height / frame.height);
    const x = image.x + Math.floor((image.width - frame.width * scale) / 2),
      y = image.y + Math.floor((image.height - frame.height * scale) / 2);
    context.imageSmoothingEnabled = !Number.isInteger(scale);
    context.drawImage(this.#sourceOf(frame), x, y, frame.width * scale, frame.height * scale);
    return { left: frame.left, top: frame.top, x, y, scale };
  }

  #sourceOf({ gray, width, height }: Frame): Canvas {
    if (this.#source?.canvas.width !== width || this.#source.canvas.height !== height) {
      this.#source = {
        canvas: this.#module.createCanvas(width, height),
        image: this.#module.createImageData(width, height),
      };
    }
    const { canvas, image } = this.#source;
    const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
    // Red, green, blue are equal, so the byte order matters for alpha only: canvas runs on little-endian machines.
    for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | (gray[i]! * 0x010101);
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas;
  }
}

function drawBoxes(
  context: CanvasRenderingContext2D,
  layout: Layout,
  sightings: readonly Sighting[],
  rects: readonly Rect[],
): void {
  // Accepted last, on top of the doubtful.
  for (const accepted of [false, true]) {
    for (const [i, sighting] of sightings.entries()) {
      if (sighting.verdict.accepted === accepted) drawBox(context, layout, sighting, rects[i]!);
    }
  }
}

/** @param taken Where other labels are. */
function drawLabels(
  context: CanvasRenderingContext2D,
  layout: Layout,
  sightings: readonly Sighting[],
  rects: readonly Rect[],
  taken: readonly Rect[],
): void {
  const labels = [...taken];
  for (const i of labelOrder(sightings)) {
    const label = drawLabel(context, layout, sightings[i]!, rects[i]!, rects, labels);
    if (label) labels.push(label);
  }
}

/** In which order labels choose their places: the accepted first, then the refused that looked most like a digit. */
function labelOrder(sightings: readonly Sighting[]): number[] {
  const refused = ({ verdict }: Sighting): number => (verdict.accepted ? 0 : 1);
  return [...sightings.keys()].sort((i, j) => {
    const [a, b] = [sightings[i]!, sightings[j]!];
    if (refused(a) !== refused(b)) return refused(a) - refused(b);
    return a.verdict.accepted || a.verdict.ratio === b.verdict.ratio ? i - j : b.verdict.ratio - a.verdict.ratio;
  });
}

function drawBox(context: CanvasRenderingContext2D, { unit }: Layout, { verdict }: Sighting, rect: Rect): void {
  const width = Math.max(1, Math.round(verdict.accepted ? unit / 4.5 : unit / 10));
  // Around the region, not on its ink.
  const { x, y } = { x: rect.x - width / 2, y: rect.y - width / 2 };
  for (const [colour, line] of [
    [PALETTE.ground, width + 2],
    [verdictColour(verdict.accepted ? undefined : verdict.rejected), width],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, rect.width + width, rect.height + width);
  }
}

/** Draws a label; undefined for one of a refused region that would hide too much. */
function drawLabel(
  context: CanvasRenderingContext2D,
  { unit, image }: Layout,
  sighting: Sighting,
  rect: Rect,
  boxes: readonly Rect[],
  labels: readonly Rect[],
): Rect | undefined {
  const { verdict } = sighting;
  const colour = verdictColour(verdict.accepted ? undefined : verdict.rejected);
  const big = verdict.accepted ? `${verdict.digit}` : '',
    small = verdict.accepted ? ratioText(verdict.ratio) : rejectionText(sighting);
  const bigSize = verdict.accepted ? 1.7 * unit : 0,
    smallSize = verdict.accepted ? 0.85 * unit : 0.75 * unit;
  const margin = 0.3 * unit;
  const width = textWidth(big, bigSize) + textWidth(small, smallSize) + margin,
    height = Math.max(bigSize, smallSize) + 2 * margin;
  const place = placeLabel(rect, width, height, image, boxes, labels, 0.25 * unit);
  if (!verdict.accepted && place.hidden > MOST_HIDDEN) return undefined;
  const advance = drawText(context, big, place.x + margin, place.y + margin, bigSize, colour, PALETTE.ground);
  drawText(
    context,
    small,
    place.x + margin + advance,
    place.y + height - margin - smallSize,
    smallSize,
    verdict.accepted ? PALETTE.text : colour,
    PALETTE.ground,
  );
  return place;
}

/**
 * `4.133 s   frame 124   15 accepted   3 rejected: 2 ratio, 1 text`, cut where the picture ends. Each reason has the
 * colour of its boxes: it is the picture's legend.
 */
function drawHeader(
  context: CanvasRenderingContext2D,
  { width, unit }: Layout,
  { frame, sightings, truncated = false }: FrameSightings,
): void {
  const rejected = sightings.filter(({ verdict }) => !verdict.accepted).length;
  const parts: readonly (readonly [string, string])[] = [
    [frame.file ?? `${frame.time.toFixed(3)} s`, PALETTE.text],
    [`frame ${frame.index}`, PALETTE.dim],
    ...(truncated ? [['searched in part', PALETTE.text] as const] : []),
    [`${sightings.length - rejected} accepted`, PALETTE.accepted],
    [`${rejected} rejected${rejected > 0 ? ':' : ''}`, PALETTE.dim],
    ...reasonsOf(sightings).map(([reason, count]) => [`${count} ${reason}`, verdictColour(reason)] as const),
  ];
  let x = 0.6 * unit;
  for (const [text, colour] of parts) {
    if (x + textWidth(text, 0.85 * unit) > width) break;
    x += drawText(context, text, x, 0.58 * unit, 0.85 * unit, colour) + unit;
  }
}

/** How many sightings each reason refused; those that refused none are left out. */
function reasonsOf(sightings: readonly Sighting[]): (readonly [reason: Rejection, count: number])[] {
  return REJECTIONS.map(
    (reason) =>
      [reason, sightings.filter(({ verdict }) => !verdict.accepted && verdict.rejected === reason).length] as const,
  ).filter(([, count]) => count > 0);
}

function even(size: number): number {
  return 2 * Math.ceil(size / 2);
}
