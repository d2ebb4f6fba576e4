// Writes small gray pictures by their formats' own rules, with the tags that a test wants. Holds no tests.
import { crc32, deflateSync } from 'node:zlib';

/** Gray pixels, row by row, 0 to 255. */
export interface Gray {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A picture whose pixels are what a function says. */
export function gray(width: number, height: number, of: (x: number, y: number) => number): Gray {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => of(i % width, Math.floor(i / width)));
  return { width, height, pixels };
}

// The sides of the upright picture at which the first row and the first column of the stored one lie: EXIF 2.32, tag
// 274.
const SIDES = {
  1: ['top', 'left'],
  2: ['top', 'right'],
  3: ['bottom', 'right'],
  4: ['bottom', 'left'],
  5: ['left', 'top'],
  6: ['right', 'top'],
  7: ['right', 'bottom'],
  8: ['left', 'bottom'],
} as const;

/** An orientation of EXIF. */
export type Orientation = keyof typeof SIDES;

/** All of them. */
export const ORIENTATIONS: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** What is stored of an upright picture under an orientation. */
export function lying({ width, height, pixels }: Gray, orientation: Orientation): Gray {
  const [rows, columns] = SIDES[orientation];
  const across = rows === 'top' || rows === 'bottom';
  const place = (side: string, k: number): number =>
    side === 'top' || side === 'left' ? k : (side === 'bottom' ? height : width) - 1 - k;
  return gray(across ? width : height, across ? height : width, (column, row) => {
    const [y, x] = across ? [place(rows, row), place(columns, column)] : [place(columns, column), place(rows, row)];
    return pixels[y * width + x] as number;
  });
}

/** A structure of TIFF that holds an orientation alone, as EXIF does. */
export function exif(orientation: number, little = false): Buffer {
  const [mark, short, long] = little
    ? (['II', 'writeUInt16LE', 'writeUInt32LE'] as const)
    : (['MM', 'writeUInt16BE', 'writeUInt32BE'] as const);
  const block = Buffer.alloc(26);
  block.write(mark, 'latin1');
  block[short](42, 2);
  block[long](8, 4);
  block[short](1, 8);
  block[short](274, 10);
  block[short](3, 12);
  block[long](1, 14);
  block[short](orientation, 18);
  return block;
}

/** A PNG. `chunks` stand before its pixels, `after` behind them. */
export function png(
  { width, height, pixels }: Gray,
  {
    chunks = {},
    after = {},
  }: { chunks?: Readonly<Record<string, Buffer>>; after?: Readonly<Record<string, Buffer>> } = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits, gray.
  header.writeUInt8(8, 8);
  const rows = Array.from({ length: height }, (_, y) => [Buffer.of(0), pixels.subarray(y * width, (y + 1) * width)]);
  const named = (all: Readonly<Record<string, Buffer>>): Buffer[] =>
    Object.entries(all).map(([name, data]) => chunk(name, data));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...named(chunks),
    chunk('IDAT', deflateSync(Buffer.concat(rows.flat()))),
    ...named(after),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG's statement of pixels a metre along each side; of unit 0, of the sides of a pixel. */
export function density(x: number, y: number, unit: 0 | 1 = 1): Buffer {
  const data = Buffer.alloc(9);
  data.writeUInt32BE(x, 0);
  data.writeUInt32BE(y, 4);
  data.writeUInt8(unit, 8);
  return data;
}

/** A still WebP as an encoder writes it, with a block of EXIF behind its pixels. */
export function webpWithExif(still: Buffer, { width, height }: Gray, block: Buffer): Buffer {
  const extended = Buffer.alloc(18);
  extended.write('VP8X', 'latin1');
  extended.writeUInt32LE(10, 4);
  // There is EXIF.
  extended.writeUInt8(8, 8);
  extended.writeUIntLE(width - 1, 12, 3);
  extended.writeUIntLE(height - 1, 15, 3);
  const mark = Buffer.alloc(8);
  mark.write('EXIF', 'latin1');
  mark.writeUInt32LE(block.length, 4);
  const body = Buffer.concat([Buffer.from('WEBP'), extended, still.subarray(12), mark, block]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from('RIFF'), size, body]);
}

/** How a TIFF is written. */
export interface TiffForm {
  readonly little?: boolean;
  /** BigTIFF. Default false. */
  readonly big?: boolean;
}

/** A page of a TIFF. */
export interface TiffPage extends Gray {
  readonly orientation?: number;
  /** Tag 254: 1 a small copy, 4 a mask. Default 0. */
  readonly kind?: number;
}

/**
 * A TIFF of uncompressed pages in strips of two rows, and the place of the link behind each page's directory.
 */
export function tiff(
  pages: readonly TiffPage[],
  { little = true, big = false }: TiffForm = {},
): { file: Buffer; links: number[] } {
  const whole = (value: number, size: number): Buffer => {
    const bytes = Buffer.alloc(size);
    if (size === 8) bytes[little ? 'writeBigUInt64LE' : 'writeBigUInt64BE'](BigInt(value));
    else bytes[little ? 'writeUIntLE' : 'writeUIntBE'](value, 0, size);
    return bytes;
  };
  const wide = big ? 8 : 4;
  const parts: Uint8Array[] = [];
  let size = 0;
  /** Writes on, and says where. */
  const put = (...bytes: readonly Uint8Array[]): number => {
    const start = size;
    for (const part of bytes) size += parts[parts.push(part) - 1]!.length;
    return start;
  };
  put(Buffer.from(little ? 'II' : 'MM'), whole(big ? 43 : 42, 2), ...(big ? [whole(8, 2), whole(0, 2)] : []));
  let link = Buffer.alloc(wide);
  put(link);
  const links: number[] = [];
  for (const { width, height, pixels, orientation, kind = 0 } of pages) {
    const strips = Array.from({ length: Math.ceil(height / 2) }, (_, i) =>
      pixels.subarray(2 * i * width, 2 * (i + 1) * width),
    );
    const list = (values: readonly number[]): Buffer => Buffer.concat(values.map((value) => whole(value, wide)));
    const long = big ? 16 : 4;
    const entries: [tag: number, type: number, values: Buffer, count: number][] = [
      [254, 4, whole(kind, 4), 1],
      [256, 4, whole(width, 4), 1],
      [257, 4, whole(height, 4), 1],
      [258, 3, whole(8, 2), 1],
      [259, 3, whole(1, 2), 1],
      [262, 3, whole(1, 2), 1],
      [273, long, list(strips.map((strip) => put(strip))), strips.length],
      ...(orientation === undefined ? [] : [[274, 3, whole(orientation, 2), 1] as [number, number, Buffer, number]]),
      [278, 4, whole(2, 4), 1],
      [279, long, list(strips.map(({ length }) => length)), strips.length],
    ];
    const written = entries.map(([tag, type, values, count]) => {
      const place = values.length > wide ? whole(put(values), wide) : values;
      return Buffer.concat([
        whole(tag, 2),
        whole(type, 2),
        whole(count, wide),
        place,
        Buffer.alloc(wide - place.length),
      ]);
    });
    whole(put(whole(entries.length, big ? 8 : 2), ...written), wide).copy(link);
    link = Buffer.alloc(wide);
    links.push(put(link));
  }
  return { file: Buffer.concat(parts), links };
}
