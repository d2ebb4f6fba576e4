// The pages of TIFF files: each comes out as a file of its own, read here by TIFF's own rules; files that go round in
// circles or claim more than they have come to an end.
import { describe, expect, test } from 'vitest';
import { heldBytes } from '../../src/source/bytes.js';
import { MOST_PAGES, tiffPages, type TiffPage } from '../../src/source/tiff-pages.js';
import { gray, ORIENTATIONS, tiff, type Gray } from './pictures.js';

const first = gray(5, 7, (x, y) => 10 * x + y);
const second = gray(3, 4, (x, y) => 200 - 10 * x - y);
const FORMS = [true, false].flatMap((little) => [true, false].map((big) => ({ little, big })));

/** A page as the file that it is made into. */
function fileOf({ head, pixels }: TiffPage, from: Buffer): Buffer {
  return Buffer.concat([head, ...pixels.map(({ start, length }) => from.subarray(start, start + length))]);
}

/** Reads a TIFF of one uncompressed gray page: no BigTIFF. */
function picture(file: Buffer): Gray {
  const little = file.toString('latin1', 0, 2) === 'II';
  const number = (at: number, size: number): number => (little ? file.readUIntLE(at, size) : file.readUIntBE(at, size));
  expect(number(2, 2)).toBe(42);
  const start = number(4, 4);
  const count = number(start, 2);
  expect(number(start + 2 + 12 * count, 4)).toBe(0);
  const values = new Map<number, number[]>();
  for (let i = 0; i < count; i += 1) {
    const at = start + 2 + 12 * i;
    const size = number(at + 2, 2) === 3 ? 2 : 4;
    const many = number(at + 4, 4);
    const place = many * size > 4 ? number(at + 8, 4) : at + 8;
    values.set(
      number(at, 2),
      Array.from({ length: many }, (_, k) => number(place + k * size, size)),
    );
  }
  const strips = (values.get(273) as number[]).map((at, i) => file.subarray(at, at + values.get(279)![i]!));
  return { width: values.get(256)![0]!, height: values.get(257)![0]!, pixels: Uint8Array.from(Buffer.concat(strips)) };
}

async function pagesOf(file: Buffer): Promise<NonNullable<Awaited<ReturnType<typeof tiffPages>>>> {
  return (await tiffPages(heldBytes(file)))!;
}

describe('pages', () => {
  test.each(FORMS)('all, in order, each whole and with its own orientation: %o', async (form) => {
    const { file } = tiff([first, { ...second, orientation: 6 }, first], form);
    const { big, pages, faults } = await pagesOf(file);
    expect([big, faults]).toEqual([form.big, []]);
    expect(pages.map(({ number, orientation }) => [number, orientation])).toEqual([
      [1, 1],
      [2, 6],
      [3, 1],
    ]);
    for (const [i, wanted] of [first, second, first].entries()) {
      const own = fileOf(pages[i]!, file);
      expect(own).toHaveLength(pages[i]!.size);
      expect(picture(own)).toEqual(wanted);
    }
  });

  test('small copies and masks are none, unless there is nothing else', async () => {
    const { file } = tiff([{ ...second, kind: 1 }, first, { ...first, kind: 4 }, { ...second, kind: 2 }]);
    const { pages, faults } = await pagesOf(file);
    expect(faults).toEqual([]);
    expect(pages.map((page) => picture(fileOf(page, file)))).toEqual([first, second]);
    const preview = tiff([{ ...second, kind: 1 }]).file;
    expect((await pagesOf(preview)).pages.map((page) => picture(fileOf(page, preview)))).toEqual([second]);
  });

  test(`at most ${MOST_PAGES}`, async () => {
    const dot = gray(1, 1, () => 7);
    const { pages, faults } = await pagesOf(tiff(Array.from({ length: MOST_PAGES + 1 }, () => dot)).file);
    expect(pages).toHaveLength(MOST_PAGES);
    expect(faults).toEqual([`it has more than ${MOST_PAGES} pages, which is the most`]);
  });
});

describe('what is wrong', () => {
  test('a chain that goes round in a circle ends, with its pages', async () => {
    const { file, links } = tiff([first, second]);
    file.writeUInt32LE(file.readUInt32LE(4), links[1]);
    const { pages, faults } = await pagesOf(file);
    expect([pages.length, faults]).toEqual([2, ['after page 2 its pages begin again']]);
  });

  test('a file that was cut off gives the pages before', async () => {
    const { file } = tiff([first, second]);
    const { pages, faults } = await pagesOf(file.subarray(0, file.length - 100));
    expect([pages.length, faults]).toEqual([1, ['page 2 is not whole']]);
  });

  test('a page whose pixels lie beyond the end is left out', async () => {
    const far = tiff([first, second, first]);
    // The places of the second page's strips, two numbers behind its other values.
    const place = far.file.readUInt32LE(entry(far.file, far.links[1]!, 273) + 8);
    far.file.writeUInt32LE(far.file.length, place);
    const { pages, faults } = await pagesOf(far.file);
    expect([pages.map(({ number }) => number), faults]).toEqual([
      [1, 3],
      ['page 2 is cut off: its pixels lie beyond the end'],
    ]);
  });

  test('pages that share their pixels give no more than twice the file', async () => {
    const { file, links } = tiff(Array.from({ length: 6 }, () => gray(40, 2, () => 1)));
    // Each has but one strip: all of the file.
    for (const link of links) {
      file.writeUInt32LE(0, entry(file, link, 273) + 8);
      file.writeUInt32LE(file.length, entry(file, link, 279) + 8);
    }
    const { pages, faults } = await pagesOf(file);
    expect(pages).toHaveLength(2);
    expect(faults).toHaveLength(4);
    expect(faults[0]).toBe('page 3 has more pixels than the file has bytes');
  });

  test('values that no page has room for are refused before they are read', async () => {
    const { file, links } = tiff([first, second]);
    file.writeUInt32LE(0xffff_ffff, entry(file, links[1]!, 258) + 4);
    const { pages, faults } = await pagesOf(file);
    expect([pages.length, faults]).toEqual([1, ['page 2 has more than 16 MB beside its pixels']]);
  });

  test('no directory: it is left to ffmpeg to say so', async () => {
    for (const text of ['II*\0', 'II*\0\xff\xff\xff\xff', 'II*\0\x08\0\0\0\0\0', 'nothing of the kind'])
      expect(await tiffPages(heldBytes(Buffer.from(text, 'latin1')))).toBeUndefined();
  });

  test.each(FORMS)('any byte: it comes to an end, %o', async (form) => {
    const { file } = tiff(
      ORIENTATIONS.slice(0, 3).map((orientation) => ({ ...second, orientation })),
      form,
    );
    for (let at = 0; at < file.length; at += 3) {
      const broken = Buffer.from(file);
      broken.writeUInt8(255 - broken.readUInt8(at), at);
      const { pages = [] } = (await tiffPages(heldBytes(broken))) ?? {};
      for (const page of pages) expect(fileOf(page, broken)).toHaveLength(page.size);
    }
  });
});

/** Where the entry of a tag stands in the directory before a link, of a TIFF in Intel's order. */
function entry(file: Buffer, link: number, tag: number): number {
  for (let at = link - 12; ; at -= 12) if (file.readUInt16LE(at) === tag) return at;
}
