// A camera that looks at a counter, for trying the page: five handwritten digits on cards, which count on, as MJPEG over
// HTTP. Plain Node; made of the clean digits of fixtures/adversarial/.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const clean = fileURLToPath(new URL('../../fixtures/adversarial/clean', import.meta.url));

/** Width and height of a frame, and frames a second. */
export const COUNTER = { width: 960, height: 540, fps: 15, cells: 5 };

const SIDE = 28;
/** Enlargement of a digit, and the sides of its card. */
const SCALE = 4;
const CARD = { width: 136, height: 168 };
const LEFT = Math.round((COUNTER.width - COUNTER.cells * CARD.width) / 2);
const TOP = 176;

/** Boxes of the cards, `[x, y, width, height]`, from left to right. */
export const CELLS = Array.from({ length: COUNTER.cells }, (_, k) => [
  LEFT + k * CARD.width,
  TOP,
  CARD.width,
  CARD.height,
]);

/** Which of the clean digits of a class is shown: one that reads well. */
const VARIANT = [12, 3, 7, 8, 20, 25, 13, 9, 4, 3];

/** The clean digits by class: 784 bytes each, light on dark. */
function digitsByClass() {
  const images = gunzipSync(readFileSync(join(clean, 'images.idx.gz')));
  const truth = JSON.parse(readFileSync(join(clean, 'windows-ffv1.json'), 'utf8'));
  /** @type {Uint8Array[][]} */
  const classes = Array.from({ length: 10 }, () => []);
  for (const { digits } of truth.frames)
    for (const { label, image } of digits)
      if (image !== undefined && label !== null)
        classes[label]?.push(images.subarray(16 + image * SIDE * SIDE, 16 + (image + 1) * SIDE * SIDE));
  return classes;
}

/**
 * The counter without digits, with some noise.
 * @param {number} seed of the noise
 */
function emptyCounter(seed) {
  const { width, height } = COUNTER;
  const gray = Buffer.alloc(width * height);
  let state = seed * 7919 + 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const away = Math.hypot(x / width - 0.45, y / height - 0.4);
      gray[y * width + x] = 118 - 70 * away + (state >>> 28) / 3;
    }
  fill(gray, [LEFT - 34, TOP - 34, COUNTER.width - 2 * LEFT + 68, CARD.height + 68], 46);
  CELLS.forEach((cell, k) => fill(gray, cell, 214 - 7 * (k % 2)));
  return gray;
}

/** What makes gray pictures of the counter, each `[540, 960]`. */
export function counterPainter() {
  const classes = digitsByClass();
  const empty = [0, 1, 2, 3].map(emptyCounter);
  /**
   * @param {string} value Five characters: digits, or `-` for a card that is covered.
   * @param {number} k Number of the picture: its noise.
   */
  return (value, k) => {
    const gray = Buffer.from(empty[k % empty.length] ?? []);
    // No two pictures of a camera are the same: those that are count as frozen.
    let state = (k * 40503 + 1) >>> 0;
    for (let at = 0; at < 60 * COUNTER.width; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      gray[at] = (gray[at] ?? 0) + (state >>> 29);
    }
    CELLS.forEach((cell, place) => {
      const [x = 0, y = 0, w = 0, h = 0] = cell;
      const shown = classes[Number(value[place])]?.[VARIANT[Number(value[place])] ?? 0];
      if (shown) drawDigit(gray, cell, shown);
      else fill(gray, [x - 6, y - 20, w + 12, h + 60], 138);
    });
    return gray;
  };
}

/**
 * @param {Buffer} gray
 * @param {number[]} box
 * @param {number} level
 */
function fill(gray, [x = 0, y = 0, w = 0, h = 0], level) {
  for (let row = y; row < y + h; row++) gray.fill(level, row * COUNTER.width + x, row * COUNTER.width + x + w);
}

/**
 * @param {Buffer} gray
 * @param {number[]} cell
 * @param {Uint8Array} pixels
 */
function drawDigit(gray, [x = 0, y = 0, w = 0, h = 0], pixels) {
  const size = SIDE * SCALE;
  const [left, top] = [x + Math.round((w - size) / 2), y + Math.round((h - size) / 2)];
  for (let j = 0; j < size; j++)
    for (let i = 0; i < size; i++) {
      // Between the four nearest pixels, so that strokes are smooth.
      const [u, v] = [Math.max(0, (i + 0.5) / SCALE - 0.5), Math.max(0, (j + 0.5) / SCALE - 0.5)];
      const [a, b] = [Math.floor(u), Math.floor(v)];
      const at = (/** @type {number} */ c, /** @type {number} */ d) =>
        pixels[Math.min(SIDE - 1, d) * SIDE + Math.min(SIDE - 1, c)] ?? 0;
      const ink =
        (at(a, b) * (1 - u + a) + at(a + 1, b) * (u - a)) * (1 - v + b) +
        (at(a, b + 1) * (1 - u + a) + at(a + 1, b + 1) * (u - a)) * (v - b);
      const place = (top + j) * COUNTER.width + left + i;
      gray[place] = (gray[place] ?? 0) * (1 - (ink / 255) * 0.82);
    }
}

/**
 * Starts a camera that looks at the counter.
 * @param {{ value?: () => string, port?: number }} options What it shows, by default a number that counts on each
 *   second; where it listens, by default a free port.
 */
export async function startCounter({ value = counting(), port = 0 } = {}) {
  const { createCanvas, createImageData } = await import('canvas');
  const { width, height, fps } = COUNTER;
  const [canvas, image] = [createCanvas(width, height), createImageData(width, height)];
  const pixels = new Uint32Array(image.data.buffer);
  const paint = counterPainter();
  /** @type {Set<import('node:http').ServerResponse>} */
  const watchers = new Set();
  let k = 0;
  const show = () => {
    if (watchers.size === 0) return;
    paint(value(), k++).forEach((gray, at) => (pixels[at] = 0xff000000 | (gray * 0x010101)));
    canvas.getContext('2d').putImageData(image, 0, 0);
    const jpeg = canvas.toBuffer('image/jpeg', { quality: 0.9 });
    const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
    for (const watcher of watchers) watcher.write(Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]));
  };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
    watchers.add(response);
    response.once('close', () => watchers.delete(response));
  });
  /** @param {number} at */
  const listen = (at) => new Promise((resolve) => server.listen(at, '127.0.0.1', () => resolve(undefined)));
  await listen(port);
  const { port: own } = /** @type {import('node:net').AddressInfo} */ (server.address());
  let timer = setInterval(show, 1000 / fps);
  return {
    url: `http://127.0.0.1:${own}/cam`,
    /** Cuts everybody off and refuses all who come. */
    async die() {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    /** Is there again, where it was. */
    async live() {
      await listen(own);
      timer = setInterval(show, 1000 / fps);
    },
  };
}

/** A number that counts on each second. */
function counting() {
  const begun = performance.now();
  return () => String(4168 + Math.floor((performance.now() - begun) / 1000)).padStart(COUNTER.cells, '0');
}
