// Owns drawing a picture and what was seen in it onto a canvas. It must not know where pictures come from.
import type { Box } from '../types.js';
import type { PictureHeader, SeenRegion } from '../sinks/page/protocol.js';
import type { Shown } from './connection.js';
import { ratioText, toneOf, type Tone } from './words.js';
import type { View } from './zoom.js';

/** What is drawn over a picture. */
export interface Marks {
  readonly boxes: boolean;
  readonly lines: boolean;
  readonly refused: boolean;
  /** The digit alone is said of what is accepted, without its ratio. Default false. */
  readonly brief?: boolean;
}

/** As of the program's own drawings: on a picture, whatever the scheme of the page is. */
const TONES: Readonly<Record<Tone, string>> = { good: '#19d3a2', doubt: '#f0a30a', other: '#b18cff', empty: '#a9b4c0' };
const [LINE, GROUND] = ['#5cc3ff', '#10151b'];

/** The picture of a message, decoded. */
export async function decoded({ header, bytes }: Shown): Promise<ImageBitmap> {
  const { form, width, height } = header.image;
  if (form === 'jpeg') return await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | ((bytes[i] ?? 0) * 0x010101);
  return await createImageBitmap(image);
}

/** Draws onto a canvas that is as large as its place on the page. */
export function drawShown(
  canvas: HTMLCanvasElement,
  image: ImageBitmap,
  header: PictureHeader,
  view: View,
  marks: Marks,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const dense = globalThis.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
  }
  const [left, top, across, down] = header.area;
  const scale = Math.min(width / across, height / down) * view.zoom;
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.fillStyle = GROUND;
  context.fillRect(0, 0, width, height);
  const [x, y] = [-view.x * scale, -view.y * scale];
  const [fromX, fromY] = view.zoom === 1 ? [(width - across * scale) / 2, (height - down * scale) / 2] : [x, y];
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(image, fromX, fromY, across * scale, down * scale);
  const place = ([boxX, boxY, w, h]: Box): Box => [
    fromX + (boxX - left) * scale,
    fromY + (boxY - top) * scale,
    w * scale,
    h * scale,
  ];
  if (marks.lines) drawLines(context, header, place);
  drawNumbers(context, header, place);
  if (marks.boxes) drawRegions(context, header.regions, marks, place);
}

function drawLines(context: CanvasRenderingContext2D, { lines, words }: PictureHeader, place: (box: Box) => Box): void {
  context.strokeStyle = LINE;
  context.lineWidth = 1;
  context.globalAlpha = 0.55;
  for (const box of [...lines, ...words]) context.strokeRect(...place(box));
  context.globalAlpha = 1;
}

function drawRegions(
  context: CanvasRenderingContext2D,
  regions: readonly SeenRegion[],
  { refused, brief = false }: Marks,
  place: (box: Box) => Box,
): void {
  for (const region of [...regions].sort((a, b) => Number(!a.rejected) - Number(!b.rejected))) {
    if (region.rejected && !refused) continue;
    const [x, y, w, h] = place(region.box);
    const colour = TONES[toneOf(region.rejected ?? 'accepted')];
    context.strokeStyle = colour;
    context.lineWidth = region.rejected ? 1 : 2;
    context.strokeRect(x, y, w, h);
    if (region.rejected && w < 14) continue;
    drawLabel(context, region, [x, y, w, h], colour, brief);
  }
}

function drawLabel(
  context: CanvasRenderingContext2D,
  { digit, ratio, rejected }: SeenRegion,
  [x, y, w, h]: Box,
  colour: string,
  brief: boolean,
): void {
  const reason = rejected === undefined ? ratioText(ratio) : rejected === 'ratio' ? ratioText(ratio) : rejected;
  const text = rejected === 'blank' || rejected === 'not-finite' ? rejected : brief ? `${digit}` : `${digit} ${reason}`;
  context.font = rejected ? '500 10px system-ui, sans-serif' : '600 12px system-ui, sans-serif';
  const width = context.measureText(text).width + 8;
  const height = rejected ? 14 : 17;
  const at = y - height >= 0 ? y - height : y + h;
  const from = Math.max(0, Math.min(x - 1, context.canvas.clientWidth - width));
  context.fillStyle = GROUND;
  context.globalAlpha = 0.78;
  context.fillRect(from, at, Math.max(width, rejected ? 0 : Math.min(w + 2, width)), height);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.textBaseline = 'middle';
  context.fillText(text, from + 4, at + height / 2 + 0.5);
}

function drawNumbers(context: CanvasRenderingContext2D, { numbers }: PictureHeader, place: (box: Box) => Box): void {
  context.font = '600 15px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const { shown, box } of numbers) {
    const [x, y, w, h] = place(box);
    const text = shown;
    const width = context.measureText(text).width + 14;
    const at = y + h + 4 + 24 < context.canvas.clientHeight ? y + h + 4 : Math.max(0, y - 46);
    const from = Math.max(0, Math.min(x + w + 4 - width, context.canvas.clientWidth - width));
    context.strokeStyle = LINE;
    context.lineWidth = 1.5;
    context.strokeRect(x - 4, y - 4, w + 8, h + 8);
    context.fillStyle = LINE;
    context.fillRect(from, at, width, 24);
    context.fillStyle = GROUND;
    context.fillText(text, from + 7, at + 12.5);
  }
}
