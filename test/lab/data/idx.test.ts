// Tests of src/lab/data/idx.ts: files of bytes, plain and gzipped; no more is unpacked than a header says.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { SourceError } from '../../../src/base/errors.js';
import { createRandom } from '../../../src/base/random.js';
import { readIdx, unpackIdx, type IdxForm } from '../../../src/lab/data/idx.js';
import { scratch } from '../../source/clips.js';

const at = scratch();
const form: IdxForm = { axes: 3, what: 'images, here', most: 100_000 };

/** An IDX file whose header says `count` images of 28x28; `body` bytes follow. */
function idx(count: number, body: number, fill = 7): Buffer {
  const header = Buffer.alloc(16);
  [0x0803, count, 28, 28].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  return Buffer.concat([header, Buffer.alloc(body, fill)]);
}

const sound = idx(3, 3 * 784);

beforeAll(() => {
  writeFileSync(at('plain'), sound);
  writeFileSync(at('packed.gz'), gzipSync(sound));
  symlinkSync(at('packed.gz'), at('link.gz'));
  mkdirSync(at('folder'));
  execFileSync('mkfifo', [at('pipe')]);
});

describe('readIdx', () => {
  it('reads a file as it is, or unpacks it', async () => {
    expect(Buffer.compare(await readIdx(at('plain'), { ...form, packed: false }), sound)).toBe(0);
    for (const name of ['packed.gz', 'link.gz'])
      expect(Buffer.compare(await readIdx(at(name), { ...form, packed: true }), sound)).toBe(0);
  });

  it.each(['folder', 'pipe', '/dev/zero'])('refuses %s, which is no file, without a wait', async (name) => {
    const file = name.startsWith('/') ? name : at(name);
    await expect(readIdx(file, { ...form, packed: false })).rejects.toThrow('The file of images, here is no regular');
  });

  it('leaves what the system says as it is', async () => {
    await expect(readIdx(at('gone'), { ...form, packed: true })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readIdx(at('plain'), { ...form, packed: true })).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });
});

describe('unpackIdx', () => {
  it.each<[string, Buffer, RegExp]>([
    ['zeros without end', Buffer.alloc(50_000_000), /starts with 0x00000000; an IDX file of bytes with 3 axes starts/],
    ['more than the header says', idx(3, 50_000_000), /has more than the 2368 bytes that its header says/],
    ['one byte more', idx(3, 3 * 784 + 1), /has more than the 2368 bytes that its header says/],
    ['one byte less', idx(3, 3 * 784 - 1), /has 2367 bytes; its header says 2368\. Is it cut off\?/],
    ['a header that promises all', idx(0xffffffff, 784), /has 3367254359296 bytes by its header; at most 97\.7 KiB/],
    ['nothing', Buffer.alloc(0), /ends within its header, after 0 bytes/],
    ['half a header', sound.subarray(0, 9), /ends within its header, after 9 bytes/],
  ])('refuses %s', async (_, bytes, message) => {
    const failure = unpackIdx(gzipSync(bytes, { level: 1 }), form);
    await expect(failure).rejects.toBeInstanceOf(SourceError);
    await expect(failure).rejects.toThrow(message);
  });

  it('says the same of any damage whether it is packed or not', async () => {
    const random = createRandom(14);
    for (let i = 0; i < 100; i++) {
      const damaged = Buffer.from(sound.subarray(0, random.int(4) ? sound.length : random.int(sound.length)));
      if (damaged.length > 0) damaged[random.int(Math.min(20, damaged.length))] = random.int(4) * 3;
      writeFileSync(at('damaged'), damaged);
      const said = await Promise.allSettled([
        unpackIdx(gzipSync(damaged), form),
        readIdx(at('damaged'), { ...form, packed: false }),
      ]);
      expect(said[0]).toEqual(said[1]);
    }
  });
});
