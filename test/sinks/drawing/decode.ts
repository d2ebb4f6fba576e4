// Owns decoding of pictures and videos: the tests' independent eye (ffmpeg and ffprobe; PNG through canvas). No test in
// here.
import { execFileSync } from 'node:child_process';
import { createCanvas, loadImage } from 'canvas';

/** All frames of a file. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Colour at a pixel of a frame. */
  at(x: number, y: number, frame?: number): [r: number, g: number, b: number];
}

export async function decode(path: string): Promise<Decoded> {
  const { width, height, raw } = path.endsWith('.png') ? await decodePng(path) : decodeVideo(path);
  const size = width * height * 4;
  return {
    width,
    height,
    frames: raw.length / size,
    at: (x, y, frame = 0) =>
      [...raw.subarray(frame * size + 4 * (y * width + x)).subarray(0, 3)] as [number, number, number],
  };
}

async function decodePng(path: string): Promise<{ width: number; height: number; raw: Uint8Array }> {
  const image = await loadImage(path);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return {
    width: image.width,
    height: image.height,
    raw: Uint8Array.from(context.getImageData(0, 0, image.width, image.height).data),
  };
}

function decodeVideo(path: string): { width: number; height: number; raw: Uint8Array } {
  const [width = 0, height = 0] = probe(path, 'stream=width,height').map(Number);
  return {
    width,
    height,
    raw: execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgba', 'pipe:1'], {
      maxBuffer: 2 ** 28,
    }),
  };
}

/** The values that ffprobe prints for the first video stream. */
export function probe(path: string, entries: string): string[] {
  const out = execFileSync(
    'ffprobe',
    ['-v', 'error', '-select_streams', 'v:0', '-show_entries', entries, '-of', 'csv=p=0', path],
    { encoding: 'utf8' },
  );
  return out
    .trim()
    .split(/[\n,]+/)
    .filter((text) => text !== '');
}

/** Largest difference of a channel to `#rrggbb`. */
export function distance(colour: readonly number[], hex: string): number {
  return Math.max(...[1, 3, 5].map((i, k) => Math.abs((colour[k] ?? 0) - Number.parseInt(hex.slice(i, i + 2), 16))));
}
