// Tests of src/base/bounded-file.ts: what is read of files, pipes and devices, and what is refused without waiting.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesInWords, readBounded, readBoundedText, type FileLimits } from '../../src/base/bounded-file.js';
import { DocumentError } from '../../src/base/document-error.js';
import { scratch } from '../source/clips.js';

const at = scratch();
/** No wait at all: a pipe has something, or is refused. */
const patience = { nobody: 0, silent: 0 };

function refusal(file: string, limits: FileLimits): string {
  try {
    readBounded(file, limits);
  } catch (error) {
    expect(error).toBeInstanceOf(DocumentError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

beforeAll(() => {
  writeFileSync(at('hundred'), 'é'.repeat(50));
  symlinkSync(at('hundred'), at('link'));
  symlinkSync(at('gone'), at('broken'));
  execFileSync('mkfifo', [at('pipe')]);
});

describe('readBounded', () => {
  it('reads a regular file, and through a link, up to the limit', () => {
    for (const name of ['hundred', 'link'])
      for (const from of ['file', 'stream'] as const)
        expect(readBoundedText(at(name), { most: 100, from })).toBe('é'.repeat(50));
    expect(refusal(at('hundred'), { most: 99 })).toBe('is larger than 99 bytes, which is the most that is read');
  });

  it('reads files whose size the system states as 0', () => {
    expect(readBoundedText('/proc/self/status', { most: 100_000 })).toContain('VmRSS');
    expect(refusal('/proc/self/status', { most: 100 })).toContain('is larger than 100 bytes');
  });

  it.each([
    ['gone', "can't be read (ENOENT)"],
    ['broken', "can't be read (ENOENT)"],
    ['a\0b', "can't be read (its name has a NUL in it)"],
    ['', 'is no file to read but a folder'],
  ])('refuses %j', (name, message) => {
    expect(refusal(at(name), { most: 9, from: 'stream' })).toBe(message);
  });

  it('takes pipes and devices only where a stream may be given', () => {
    expect(refusal(at('pipe'), { most: 9 })).toBe('is no file to read but a pipe');
    expect(refusal('/dev/zero', { most: 9 })).toBe('is no file to read but a device');
    expect(readBounded('/dev/null', { most: 9, from: 'stream' })).toHaveLength(0);
  });

  it('ends at the limit of a device that never ends', () => {
    expect(refusal('/dev/zero', { most: 1_000_000, from: 'stream' })).toContain('is larger than 976.6 KiB');
  });

  it('reads a pipe to its end, however it comes', async () => {
    const writer = spawn('sh', ['-c', `(printf one; printf ' two') > '${at('pipe')}'`]);
    expect(readBoundedText(at('pipe'), { most: 100, from: 'stream' })).toBe('one two');
    await once(writer, 'close');
  });

  it('does not wait for ever for a pipe to which nobody writes, or somebody nothing', () => {
    const limits = { most: 9, from: 'stream', patience } as const;
    expect(refusal(at('pipe'), limits)).toBe("can't be read: nobody writes to it");
    const both = openSync(at('pipe'), constants.O_RDWR | constants.O_NONBLOCK);
    try {
      expect(refusal(at('pipe'), limits)).toBe("can't be read: nothing comes out of it");
      writeSync(both, 'half');
      expect(refusal(at('pipe'), limits)).toBe("can't be read: nothing comes out of it");
    } finally {
      closeSync(both);
    }
  });
});

it('bytes have units', () => {
  expect([3, 1536, 262_144, 33_554_432].map(bytesInWords)).toEqual(['3 bytes', '1.5 KiB', '256 KiB', '32 MiB']);
});
