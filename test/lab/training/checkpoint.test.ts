// Tests of src/lab/training/checkpoint.ts: what is written is read again, and what doesn't fit is refused by name.
import fs, { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError, UsageError } from '../../../src/base/errors.js';
import {
  listCheckpoints,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from '../../../src/lab/training/checkpoint.js';
import { createNetwork } from '../../../src/lab/training/initial.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-checkpoint-'));
  file = join(folder, 'deeper', 'x.checkpoint');
});
afterEach(() => rm(folder, { recursive: true }));

const hidden = [{ conv: [3, 3, 2] as [number, number, number], stride: 4 }, { dense: 5 }];
const shape = createNetwork(hidden, 1);
const snapshot = { step: 17, parts: [2, 3, 4].map((seed) => createNetwork(hidden, seed)) };

describe('a checkpoint', () => {
  it('is read as it was written, and the last one counts', async () => {
    await writeCheckpoint(file, 'key', { ...snapshot, step: 3 });
    await writeCheckpoint(file, 'key', snapshot);
    expect(await readCheckpoint(file, 'key', shape)).toEqual(snapshot);
    expect(await readdir(join(folder, 'deeper'))).toEqual(['x.checkpoint']);
  });

  it('may be missing, and is gone after removal', async () => {
    expect(await readCheckpoint(file, 'key', shape)).toBeUndefined();
    await writeCheckpoint(file, 'key', snapshot);
    await removeCheckpoint(file);
    await removeCheckpoint(file);
    expect(await readCheckpoint(file, 'key', shape)).toBeUndefined();
  });

  it('is listed by how its name begins', async () => {
    const deeper = join(folder, 'deeper');
    expect(await listCheckpoints(deeper, 'x.')).toEqual([]);
    for (const name of ['x.b.checkpoint', 'x.a.checkpoint', 'xy.a.checkpoint'])
      await writeCheckpoint(join(deeper, name), 'key', snapshot);
    await writeFile(join(deeper, 'x.a.checkpoint.new'), '');
    expect(await listCheckpoints(deeper, 'x.')).toEqual(['x.a.checkpoint', 'x.b.checkpoint']);
    await expect(listCheckpoints(join(deeper, 'x.a.checkpoint'), 'x.')).rejects.toThrow(UsageError);
  });

  it('is not replaced by one with numbers that are not finite', async () => {
    await writeCheckpoint(file, 'key', snapshot);
    for (const value of [NaN, Infinity]) {
      const broken = createNetwork(hidden, 5);
      broken.layers[1]!.bias[3] = value;
      const writing = writeCheckpoint(file, 'key', {
        step: 18,
        parts: [snapshot.parts[0]!, broken, snapshot.parts[2]!],
      });
      await expect(writing).rejects.toThrow(
        /Training broke off at step 18: .* no longer finite .* Lower training\.rate/,
      );
      await expect(writing).rejects.toBeInstanceOf(ModelError);
    }
    expect(await readCheckpoint(file, 'key', shape)).toEqual(snapshot);
  });

  it('stays whole when the disk is full while the next one is written', async () => {
    await writeCheckpoint(file, 'key', snapshot);
    const open = fs.open.bind(fs);
    vi.spyOn(fs, 'open').mockImplementation(async (...args: Parameters<typeof fs.open>) => {
      const handle = await open(...args);
      vi.spyOn(handle, 'sync').mockRejectedValue(new Error('ENOSPC: no space left on device, fsync'));
      return handle;
    });
    await expect(writeCheckpoint(file, 'key', { ...snapshot, step: 18 })).rejects.toThrow(
      /checkpoint of step 18 is not kept: Can't write .*ENOSPC.*unchanged/,
    );
    vi.restoreAllMocks();
    expect(await readCheckpoint(file, 'key', shape)).toEqual(snapshot);
    expect(await readdir(join(folder, 'deeper'))).toEqual(['x.checkpoint']);
  });

  it('of another training, cut off or no checkpoint at all is refused', async () => {
    await writeCheckpoint(file, 'key', snapshot);
    await expect(readCheckpoint(file, 'other', shape)).rejects.toThrow(/belongs to another training/);
    await writeFile(file, (await readFile(file)).subarray(0, -4));
    await expect(readCheckpoint(file, 'key', shape)).rejects.toThrow(
      /holds \d+ bytes of numbers; this training has \d+/,
    );
    for (const text of ['', 'no newline', '{"format":"other"}\n']) {
      await writeFile(file, text);
      await expect(readCheckpoint(file, 'key', shape)).rejects.toThrow(/is not a checkpoint of this version/);
    }
    await expect(readCheckpoint(file, 'key', shape)).rejects.toBeInstanceOf(UsageError);
  });
});
