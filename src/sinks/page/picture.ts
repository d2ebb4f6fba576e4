// Owns how a gray picture becomes the bytes that a browser shows: made smaller, and JPEG where canvas is installed. It
// must not know who looks.
import { loads } from '../../base/optional-package.js';

/** Pixels of the width of what is sent, at most; and where there is no encoder. */
export const WIDEST = { jpeg: 960, gray: 480 } as const;

/** How well JPEG keeps a picture, (0, 1]. */
const QUALITY = 0.6;

/** A gray picture, `[height, width]` row-major, one byte a pixel. */
export interface Plane {
  readonly gray: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A picture as it is sent. */
export interface EncodedPicture {
  readonly form: 'jpeg' | 'gray';
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** Encodes pictures, one at a time: call again when the last call has settled. */
export interface PictureEncoder {
  /** @param plane Not kept, and free again when the call returns. */
  encode(plane: Plane): Promise<EncodedPicture>;
}

/** The encoder that is there: JPEG, or plain gray bytes without the optional package canvas. */
export async function createEncoder(): Promise<PictureEncoder> {
  return (await loads('canvas')) ? jpegEncoder(await import('canvas')) : grayEncoder();
}

/** An encoder that is loaded with the first picture: most cameras of a fleet are never looked at. */
export function lazyEncoder(create: () => Promise<PictureEncoder> = createEncoder): PictureEncoder {
  let ready: PictureEncoder | undefined;
  return {
    encode: async (plane) => {
      if (ready) return await ready.encode(plane);
      // The pixels are free again when this returns.
      const own = { ...plane, gray: plane.gray.slice(0, plane.width * plane.height) };
      ready = await create();
      return await ready.encode(own);
    },
  };
}

/** Gray bytes as they are, at most `WIDEST.gray` pixels wide. */
export function grayEncoder(): PictureEncoder {
  return {
    encode: async (plane) => {
      const { gray, width, height } = narrowed(plane, WIDEST.gray);
      const bytes = gray.slice(0, width * height);
      return { form: 'gray', width, height, bytes };
    },
  };
}

function jpegEncoder({ createCanvas, createImageData }: typeof import('canvas')): PictureEncoder {
  const made = (width: number, height: number) => ({
    canvas: createCanvas(width, height),
    image: createImageData(width, height),
  });
  let room: ReturnType<typeof made> | undefined;
  return {
    encode: async (plane) => {
      const { gray, width, height } = narrowed(plane, WIDEST.jpeg);
      if (room?.canvas.width !== width || room.canvas.height !== height) room = made(width, height);
      const { canvas, image } = room;
      const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
      // Red, green, blue are equal, so the byte order matters for alpha only: canvas runs on little-endian machines.
      for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | (gray[i]! * 0x010101);
      canvas.getContext('2d').putImageData(image, 0, 0);
      // With a callback it is compressed in another thread.
      const bytes = await new Promise<Buffer>((resolve, reject) =>
        canvas.toBuffer((error, buffer) => (error ? reject(error) : resolve(buffer)), 'image/jpeg', {
          quality: QUALITY,
        }),
      );
      return { form: 'jpeg', width, height, bytes };
    },
  };
}

/** The picture at most `widest` pixels wide, its aspect kept; itself where it is no wider. */
export function narrowed(plane: Plane, widest: number): Plane {
  const whole = Math.floor(plane.width / widest);
  const halved = whole > 1 ? averaged(plane, whole) : plane;
  return halved.width > widest ? interpolated(halved, widest) : halved;
}

/** Blocks of `by` x `by` pixels as their mean; what is left over at the right and below is left out. */
function averaged({ gray, width, height }: Plane, by: number): Plane {
  const [across, down] = [Math.floor(width / by), Math.max(1, Math.floor(height / by))];
  const out = new Uint8Array(across * down);
  const rows = Math.min(by, height);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      let sum = 0;
      for (let j = 0; j < rows; j++) {
        const from = (y * by + j) * width + x * by;
        for (let i = 0; i < by; i++) sum += gray[from + i]!;
      }
      out[y * across + x] = sum / (rows * by);
    }
  }
  return { gray: out, width: across, height: down };
}

/** Less than halved, by linear interpolation. */
function interpolated({ gray, width, height }: Plane, across: number): Plane {
  const down = Math.max(1, Math.round((height * across) / width));
  const out = new Uint8Array(across * down);
  const columns = stepsOf(width, across);
  const rows = stepsOf(height, down);
  for (let y = 0; y < down; y++) {
    const [above, below] = [rows.first[y]! * width, rows.second[y]! * width];
    const share = rows.share[y]!;
    for (let x = 0; x < across; x++) {
      const [left, right, part] = [columns.first[x]!, columns.second[x]!, columns.share[x]!];
      const upper = gray[above + left]! * (1 - part) + gray[above + right]! * part;
      const lower = gray[below + left]! * (1 - part) + gray[below + right]! * part;
      out[y * across + x] = upper * (1 - share) + lower * share + 0.5;
    }
  }
  return { gray: out, width: across, height: down };
}

/** For each pixel of the smaller picture the two of the larger that its middle lies between, and the second's share. */
function stepsOf(from: number, to: number) {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const share = new Float32Array(to);
  for (let k = 0; k < to; k++) {
    const at = Math.max(0, ((k + 0.5) * from) / to - 0.5);
    first[k] = Math.min(from - 1, Math.floor(at));
    second[k] = Math.min(from - 1, first[k]! + 1);
    share[k] = at - first[k]!;
  }
  return { first, second, share };
}

/**
 * A header and its image as one message: the header's length in bytes (32 bits, little-endian), the header as JSON in
 * UTF-8, the image.
 */
export function pictureMessage(header: object, image: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, image]);
}
