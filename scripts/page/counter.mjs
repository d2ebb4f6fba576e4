// A clip of a counter for trying the page: five handwritten digits on cards, which count on. Plain Node; made of the
// clean digits of fixtures/adversarial/.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const clean = fileURLToPath(new URL('../../fixtures/adversarial/clean', import.meta.url));

/** Width and height of a frame, and frames a second. */
export const COUNTER = { width: 960, height: 540, fps: 15, cells: 5 };

const SIDE = 28;
/** Enlargement of a digit, and of its card's sides. */
const [SCALE, CARD, GAP] = [4, [124, 168], 12];
const LEFT = Math.round((COUNTER.width - COUNTER.cells * CARD[0] - (COUNTER.cells - 1) * GAP) / 2);
const TOP = 176;

/** Boxes of the cards, `[x, y, width, height]`, from left to right. */
export const CELLS = Array.from({ length: COUNTER.cells }, (_, k) => [LEFT + k * (CARD[0] + GAP), TOP, CARD[0], CARD[1]]);

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
 * One gray frame that shows a number; `null` in the place of a digit that is covered.
 * @param {readonly (number | null)[]} digits
 * @param {number} seed of the noise
 */
function frameOf(digits, seed, classes = digitsByClass()) {
  const { width, height } = COUNTER;
  const gray = Buffer.alloc(width * height);
  let state = seed * 7919 + 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const away = Math.hypot(x / width - 0.45, y / height - 0.4);
      gray[y * width + x] = 96 - 58 * away + (state >>> 28) / 3;
    }
  const housing = [LEFT - 34, TOP - 34, COUNTER.width - 2 * LEFT + 68, CARD[1] + 68];
  fill(gray, housing, 44);
  CELLS.forEach((cell, k) => {
    fill(gray, cell, 214 - 4 * k);
    const digit = digits[k];
    const shown = digit === null || digit === undefined ? undefined : classes[digit]?.[(k * 3) % 7];
    if (shown) drawDigit(gray, cell, shown);
    else fill(gray, [cell[0] - 4, cell[1] + 30, cell[2] + 12, cell[3] - 20], 120);
  });
  return gray;
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
 * Makes the clip.
 * @param {string} file
 * @param {{ seconds?: number, first?: number, every?: number, coveredAt?: (second: number) => boolean }} options
 */
export function makeCounter(file, { seconds = 20, first = 4168, every = 4, coveredAt = () => false } = {}) {
  const classes = digitsByClass();
  const { width, height, fps } = COUNTER;
  /** @type {Buffer[]} */
  const frames = [];
  for (let k = 0; k < seconds * fps; k++) {
    const second = k / fps;
    const value = String(first + Math.floor(second / every)).padStart(COUNTER.cells, '0');
    const digits = [...value].map(Number);
    frames.push(frameOf(coveredAt(second) ? [...digits.slice(0, 3), null, null] : digits, k % 5, classes));
  }
  const words = ['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${width}x${height}`, '-r', `${fps}`];
  const { status, stderr } = spawnSync(
    'ffmpeg',
    [...words, '-i', '-', '-c:v', 'libx264', '-crf', '20', '-pix_fmt', 'yuv420p', file],
    { input: Buffer.concat(frames), maxBuffer: 2 ** 30 },
  );
  if (status !== 0) throw new Error(`ffmpeg could not make ${file}: ${stderr}`);
}
