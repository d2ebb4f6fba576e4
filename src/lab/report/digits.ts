// Owns grids of digits as pictures: pixels and two lines of words in, SVG and PNG out. It must not choose the digits.
import type { Drawing, Picture } from './draw.js';
import { PIXELS, SIDE } from '../../types.js';

/** One digit of a grid. */
export interface Cell {
  /** `[784]`, [0, 1], light ink on dark ground. */
  readonly pixels: ArrayLike<number>;
  /** Lines below the digit. */
  readonly lines: readonly string[];
  /** How its frame is drawn: `wrong` is framed in vermillion, with a cross. Default: `plain`. */
  readonly state?: 'plain' | 'right' | 'wrong';
}

/** A row of digits and what it shows. */
export interface GridRow {
  readonly title: string;
  readonly cells: readonly Cell[];
}

/** Pixels: side of a digit, from one to the next, height of a line of words. */
const [SHOWN, STEP, LINE, MARGIN] = [64, 84, 15, 12];

/** Okabe and Ito; the cross says the same without colour. */
const FRAME = { plain: '#8c8c8c', right: '#009E73', wrong: '#D55E00' } as const;

const FONT = 'DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif';

/** What a grid is drawn with: a canvas, or SVG. Positions in pixels. */
interface Pen {
  text(text: string, x: number, y: number, bold: boolean, centred: boolean): void;
  digit(pixels: ArrayLike<number>, x: number, y: number): void;
  frame(colour: string, x: number, y: number): void;
  cross(colour: string, x: number, y: number): void;
}

/** Draws rows of digits. */
export function digitGrid(rows: readonly GridRow[], drawing: Drawing): Picture {
  const width = 2 * MARGIN + STEP * Math.max(...rows.map(({ cells }) => cells.length));
  const height = MARGIN + rows.reduce((sum, row) => sum + rowHeight(row), 0);
  const layout = (pen: Pen): void => {
    rows.reduce((y, row) => (drawRow(pen, row, y), y + rowHeight(row)), MARGIN);
  };
  const canvas = drawing.canvas(2 * width, 2 * height);
  layout(canvasPen(canvas, drawing));
  const parts: string[] = [];
  layout(svgPen(parts, drawing));
  const open =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 ` +
    `0 ${width} ${height}" font-family="${FONT}" font-size="11"`;
  const body = parts.join('');
  return {
    inline: `${open} fill="currentColor">${body}</svg>`,
    svg: `${open} fill="#1b222b"><rect width="100%" height="100%" fill="#fff"/>${body}</svg>`,
    png: canvas.toBuffer('image/png'),
  };
}

function rowHeight({ cells }: GridRow): number {
  return 22 + SHOWN + LINE * Math.max(0, ...cells.map(({ lines }) => lines.length)) + 14;
}

function drawRow(pen: Pen, { title, cells }: GridRow, y: number): void {
  pen.text(title, MARGIN, y + 12, true, false);
  cells.forEach(({ pixels, lines, state = 'plain' }, i) => {
    const x = MARGIN + i * STEP + (STEP - SHOWN) / 2;
    pen.digit(pixels, x, y + 22);
    pen.frame(FRAME[state], x, y + 22);
    if (state === 'wrong') pen.cross(FRAME.wrong, x + SHOWN - 13, y + 25);
    lines.forEach((line, j) => pen.text(line, x + SHOWN / 2, y + 22 + SHOWN + LINE * (j + 1), j === 0, true));
  });
}

function canvasPen(canvas: import('canvas').Canvas, drawing: Drawing): Pen {
  const context = canvas.getContext('2d');
  context.scale(2, 2);
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  return {
    text: (text, x, y, bold, centred) => {
      context.fillStyle = '#1b222b';
      context.textAlign = centred ? 'center' : 'left';
      context.font = `${bold ? 'bold ' : ''}11px ${FONT}`;
      context.fillText(text, x, y);
    },
    digit: (pixels, x, y) => context.drawImage(imageOf(pixels, drawing), x, y, SHOWN, SHOWN),
    frame: (colour, x, y) => {
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.strokeRect(x, y, SHOWN, SHOWN);
    },
    cross: (colour, x, y) => {
      context.strokeStyle = colour;
      context.lineWidth = 3;
      context.beginPath();
      for (const [dx, dy] of [
        [0, 0],
        [10, 10],
        [0, 10],
        [10, 0],
      ] as const)
        context[(dx === dy && dx === 0) || dy > dx ? 'moveTo' : 'lineTo'](x + dx, y + dy);
      context.stroke();
    },
  };
}

function svgPen(parts: string[], drawing: Drawing): Pen {
  return {
    text: (text, x, y, bold, centred) =>
      parts.push(
        `<text x="${x}" y="${y}"${bold ? ' font-weight="bold"' : ''}` +
          `${centred ? ' text-anchor="middle"' : ''}>${escape(text)}</text>`,
      ),
    digit: (pixels, x, y) =>
      parts.push(
        `<image x="${x}" y="${y}" width="${SHOWN}" height="${SHOWN}" style="image-rendering:pixelated" ` +
          `href="${imageOf(pixels, drawing).toDataURL('image/png')}"/>`,
      ),
    frame: (colour, x, y) =>
      parts.push(
        `<rect x="${x}" y="${y}" width="${SHOWN}" height="${SHOWN}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ),
    cross: (colour, x, y) =>
      parts.push(`<path d="M${x} ${y}l10 10m-10 0l10 -10" fill="none" stroke="${colour}" stroke-width="3"/>`),
  };
}

/** The digit as an image of 28 x 28 pixels. */
function imageOf(pixels: ArrayLike<number>, drawing: Drawing): import('canvas').Canvas {
  const canvas = drawing.canvas(SIDE, SIDE);
  const context = canvas.getContext('2d');
  const image = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < PIXELS; i++)
    image.data.set([0, 0, 0].fill(Math.round(255 * (pixels[i] ?? 0))).concat(255), 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
