// Owns the contact sheet: a picture of the normalised crops with what was said of them. Decides no verdict.

import type { CanvasRenderingContext2D } from 'canvas';
import { CLASSES, REJECTIONS, SIDE, type FrameSightings, type Sighting } from '../../types.js';
import { writeOutput, type FinishOptions } from '../../base/output/file.js';
import { ratioText } from './labels.js';
import { drawText } from './lettering.js';
import { PALETTE, verdictColour } from './palette.js';
import { drawSurroundings, STRIP, surroundingsOf, type Surroundings } from './surroundings.js';

/** Options of `createSheet`. */
export interface SheetOptions {
  /** Most crops on the sheet, >= 1. Default 400. */
  readonly max?: number;
}

/** Takes sightings, and draws when closed. */
export interface Sheet {
  /** Notes the frame's crops; copies what it keeps. */
  frame(sightings: FrameSightings): Promise<void>;
  /** Draws the sheet and writes it whole. Without a crop it says so. Idempotent. */
  close(options?: FinishOptions): Promise<void>;
  /** Writes nothing, then or later. Idempotent. */
  abort(): Promise<void>;
}

/** Magnification of a crop (nearest neighbour). */
const ZOOM = 3;

/** Measures in pixels. */
const TILE = { width: 96, height: 128, crop: SIDE * ZOOM } as const;
/** Where crops stand in company, the strip that shows it takes so much more below each. */
const STRIP_ROOM = STRIP.height + 10;
const COLUMNS = 12;
const MARGIN = 20;
const HEADING = 40;

/** One kept crop. `[28, 28]` bytes. */
interface Crop {
  readonly pixels: Uint8Array;
  readonly digit: number;
  readonly ratio: number;
  readonly caption: string;
  /** Where it stood; only where it was judged by its company. */
  readonly around?: Surroundings;
  /** Place in the source, to sort by. */
  readonly order: number;
  /** A hash of `order`: the crops with the smallest make a fair sample, the same each time. */
  readonly lot: number;
}

/** Crops of one verdict: an accepted class, or a reason. */
interface Group {
  readonly name: string;
  readonly colour: string;
  /** All that there were, and those kept. */
  seen: number;
  crops: Crop[];
}

/**
 * Makes a contact sheet at `path` (.png): accepted crops by digit, then rejected ones by reason, in the order of the
 * source. Memory is bounded: each group keeps at most `max` crops in a run (an even sample, drawn by a hash of the
 * crop's place in the source, so that the same input gives the same sheet); at the end the places are shared out evenly
 * among the groups, and what a small group does not need goes to the others.
 */
export function createSheet(path: string, { max = 400 }: SheetOptions = {}): Sheet {
  const groups: Group[] = [
    ...Array.from({ length: CLASSES }, (_, digit) => ({
      name: `accepted ${digit}`,
      colour: verdictColour(undefined),
      seen: 0,
      crops: [],
    })),
    ...REJECTIONS.map((reason) => ({ name: `rejected: ${reason}`, colour: verdictColour(reason), seen: 0, crops: [] })),
  ];
  let order = 0;
  let ended: Promise<void> | undefined;
  return {
    async frame(published) {
      for (const [k, sighting] of published.sightings.entries())
        add(groups[groupOf(sighting)]!, cropOf(published, k, order++), max);
    },
    close: (options) => (ended ??= render(groups, max).then((png) => writeOutput(path, [png], options))),
    // Whoever called `close` hears of its failure.
    abort: () => (ended ??= Promise.resolve()).catch(() => undefined),
  };
}

function groupOf({ verdict }: Sighting): number {
  return verdict.accepted ? verdict.digit : CLASSES + REJECTIONS.indexOf(verdict.rejected);
}

function cropOf(published: FrameSightings, k: number, order: number): Crop {
  const { file, time } = published.frame;
  const { digit, verdict } = published.sightings[k]!;
  const around = surroundingsOf(published, k);
  return {
    pixels: Uint8Array.from(digit.pixels, (value) => 255 * Math.min(1, Math.max(0, value)) + 0.5),
    digit: verdict.digit,
    ratio: verdict.ratio,
    caption: file ?? `${time.toFixed(3)} s`,
    ...(around && { around }),
    order,
    lot: lotOf(order),
  };
}

function add(group: Group, crop: Crop, max: number): void {
  group.seen++;
  group.crops.push(crop);
  // Thinned out now and then, not each time: the cost stays small and the memory bounded.
  if (group.crops.length >= 2 * max) group.crops = fewest(group.crops, max);
}

/** The `count` crops with the smallest lots: a fair sample of all that were seen. */
function fewest(crops: readonly Crop[], count: number): Crop[] {
  return [...crops].sort((a, b) => a.lot - b.lot || a.order - b.order).slice(0, count);
}

/** A 32-bit mix of a whole number (the finaliser of MurmurHash3, Appleby 2011). */
function lotOf(order: number): number {
  let h = order | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** How many crops of each group are shown: even shares of `max`, spare places passed on. */
export function shareOut(sizes: readonly number[], max: number): number[] {
  const shown = sizes.map(() => 0);
  for (let left = max; left > 0;) {
    const open = sizes.flatMap((size, i) => (shown[i]! < size ? [i] : []));
    if (open.length === 0) break;
    const each = Math.max(1, Math.floor(left / open.length));
    for (const i of open) {
      const more = Math.min(each, sizes[i]! - shown[i]!, left);
      shown[i]! += more;
      left -= more;
    }
  }
  return shown;
}

async function render(groups: readonly Group[], max: number): Promise<Buffer> {
  const { createCanvas, createImageData } = (await import('canvas')).default;
  const shares = shareOut(
    groups.map(({ crops }) => crops.length),
    max,
  );
  const sections = groups
    .map((group, i) => ({ ...group, crops: fewest(group.crops, shares[i]!).sort((a, b) => a.order - b.order) }))
    .filter(({ seen }) => seen > 0);
  const lines = (crops: readonly Crop[]) => Math.ceil(crops.length / COLUMNS);
  const tile = TILE.height + (sections.some(({ crops }) => crops.some(({ around }) => around)) ? STRIP_ROOM : 0);
  const height = sections.reduce((sum, { crops }) => sum + HEADING + lines(crops) * tile, 2 * MARGIN + HEADING);
  const canvas = createCanvas(2 * MARGIN + COLUMNS * TILE.width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = PALETTE.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawTitle(context, groups);
  let y = MARGIN + HEADING;
  for (const section of sections) {
    drawHeading(context, section, y, canvas.width);
    for (const [i, crop] of section.crops.entries()) {
      drawTile(
        context,
        createImageData,
        crop,
        section.colour,
        MARGIN + (i % COLUMNS) * TILE.width,
        y + HEADING + Math.floor(i / COLUMNS) * tile,
      );
    }
    y += HEADING + lines(section.crops) * tile;
  }
  return canvas.toBuffer('image/png');
}

function drawTitle(context: CanvasRenderingContext2D, groups: readonly Group[]): void {
  const total = groups.reduce((sum, { seen }) => sum + seen, 0);
  const accepted = groups.slice(0, CLASSES).reduce((sum, { seen }) => sum + seen, 0);
  const text = total === 0 ? 'no regions' : `${total} regions, ${accepted} accepted, ${total - accepted} rejected`;
  drawText(context, text, MARGIN, MARGIN, 17, PALETTE.text);
}

function drawHeading(
  context: CanvasRenderingContext2D,
  { name, colour, seen, crops }: Group,
  y: number,
  width: number,
): void {
  context.fillStyle = PALETTE.panel;
  context.fillRect(MARGIN, y + 6, width - 2 * MARGIN, HEADING - 12);
  context.fillStyle = colour;
  context.fillRect(MARGIN, y + 6, 5, HEADING - 12);
  const advance = drawText(context, name, MARGIN + 16, y + 14, 12, colour);
  drawText(
    context,
    crops.length < seen ? `${crops.length} of ${seen}` : `${seen}`,
    MARGIN + 32 + advance,
    y + 14,
    12,
    PALETTE.dim,
  );
}

/**
 * A crop with a rim in its verdict's colour; below it the top class, the ratio, when or in which file it was seen, and
 * the word that it stood in.
 */
function drawTile(
  context: CanvasRenderingContext2D,
  createImageData: typeof import('canvas').createImageData,
  crop: Crop,
  colour: string,
  x: number,
  y: number,
): void {
  const image = createImageData(TILE.crop, TILE.crop);
  for (let i = 0; i < TILE.crop * TILE.crop; i++) {
    const value = crop.pixels[Math.floor(i / TILE.crop / ZOOM) * SIDE + Math.floor((i % TILE.crop) / ZOOM)]!;
    image.data.set([value, value, value, 255], 4 * i);
  }
  context.fillStyle = colour;
  context.fillRect(x, y, TILE.crop + 4, TILE.crop + 4);
  context.putImageData(image, x + 2, y + 2);
  const advance = drawText(context, `${crop.digit}`, x + 3, y + TILE.crop + 10, 15, colour);
  drawText(context, ratioText(crop.ratio), x + 5 + advance, y + TILE.crop + 9, 9, PALETTE.text);
  drawText(context, shorten(crop.caption), x + 5 + advance, y + TILE.crop + 22, 8, PALETTE.dim);
  if (crop.around) drawSurroundings(context, createImageData, crop.around, colour, x, y + TILE.crop + 36);
}

/** The end of a long file name tells more than its start. */
function shorten(caption: string): string {
  return caption.length <= 9 ? caption : `.${caption.slice(-8)}`;
}
