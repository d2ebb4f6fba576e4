// Tests of src/lab/checkpoint.ts: what is written is read again, and what doesn't fit is refused by name.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from '../../src/lab/checkpoint.js';
import { createNetwork } from '../../src/lab/initial.js';

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

  it('of another training, cut off or no checkpoint at all is refused', async () => {
    await writeCheckpoint(file, 'key', snapshot);
    await expect(readCheckpoint(file, 'other', shape)).rejects.toThrow(/belongs to another training/);
    await writeFile(file, (await readFile(file)).subarray(0, -4));
    await expect(readCheckpoint(file, 'key', shape)).rejects.toThrow(/holds \d+ bytes of numbers; this training has \d+/);
    for (const text of ['', 'no newline', '{"format":"other"}\n']) {
      await writeFile(file, text);
      await expect(readCheckpoint(file, 'key', shape)).rejects.toThrow(/is not a checkpoint of this version/);
    }
    await expect(readCheckpoint(file, 'key', shape)).rejects.toBeInstanceOf(UsageError);
  });
});
