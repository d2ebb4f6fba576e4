// Tests of src/lab/training/checkpoint.ts: what is written is read again, and what doesn't fit is refused by name.
import fs, { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError, UsageError } from '../../../src/base/errors.js';
import {
  listCheckpoints,
  parseCheckpoint,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
  type Resumed,
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
/** Weights, means of gradients, and of their squares. */
const snapshot = { step: 17, parts: [2, 3, 4].map((seed) => createNetwork(hidden, seed)) };
for (const { weights, bias } of snapshot.parts[2]!.layers)
  for (const array of [weights, bias]) array.forEach((value, i) => (array[i] = value * value));
const training: Resumed = { key: 'key', shape, steps: 40, parts: 3 };

describe('a checkpoint', () => {
  it('is read as it was written, and the last one counts', async () => {
    await writeCheckpoint(file, 'key', { ...snapshot, step: 3 });
    await writeCheckpoint(file, 'key', snapshot);
    expect(readCheckpoint(file, training)).toEqual(snapshot);
    expect(await readdir(join(folder, 'deeper'))).toEqual(['x.checkpoint']);
  });

  it('may be missing, and is gone after removal', async () => {
    expect(readCheckpoint(file, training)).toBeUndefined();
    await writeCheckpoint(file, 'key', snapshot);
    await removeCheckpoint(file);
    await removeCheckpoint(file);
    expect(readCheckpoint(file, training)).toBeUndefined();
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
    expect(readCheckpoint(file, training)).toEqual(snapshot);
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
    expect(readCheckpoint(file, training)).toEqual(snapshot);
    expect(await readdir(join(folder, 'deeper'))).toEqual(['x.checkpoint']);
  });

  it('of another training, cut off or no checkpoint at all is refused', async () => {
    await writeCheckpoint(file, 'key', snapshot);
    expect(() => readCheckpoint(file, { ...training, key: 'other' })).toThrow(/belongs to another training/);
    const whole = await readFile(file);
    for (const bytes of [whole.subarray(0, -4), Buffer.concat([whole, Buffer.alloc(4)])]) {
      await writeFile(file, bytes);
      expect(() => readCheckpoint(file, training)).toThrow(/holds \d+ bytes of numbers; this training has \d+/);
    }
    for (const text of ['', 'no newline', '{"format":"other"}\n', 'null\n', '[]\n', `${'['.repeat(200)}\n`]) {
      await writeFile(file, text);
      expect(() => readCheckpoint(file, training)).toThrow(/is not a checkpoint of this version/);
    }
    expect(() => readCheckpoint(file, training)).toThrow(UsageError);
  });

  it('is read no further than a checkpoint can be long, and from a regular file only', async () => {
    await writeCheckpoint(file, 'key', snapshot);
    await truncate(file, 1e9);
    expect(() => readCheckpoint(file, training)).toThrow(
      /x\.checkpoint is larger than .*\. Delete it, or train without/,
    );
    await rm(file);
    await symlink('/dev/zero', file);
    expect(() => readCheckpoint(file, training)).toThrow(/is no file to read but a device/);
  });
});

describe('the header of a checkpoint', () => {
  const where = 'The checkpoint x';
  let whole: Buffer;
  beforeEach(async () => {
    await writeCheckpoint(file, 'key', snapshot);
    whole = await readFile(file);
  });

  /** The file with another first line. */
  const headed = (line: string): Buffer =>
    Buffer.concat([Buffer.from(`${line}\n`), whole.subarray(whole.indexOf(10) + 1)]);
  const said = (change: Record<string, unknown>): string =>
    JSON.stringify({ format: 'lq-stream checkpoint 1', key: 'key', step: 17, parts: 3, ...change });

  it('is read as it was written', () => {
    expect(parseCheckpoint(headed(said({})), training, where)).toEqual(snapshot);
    expect(parseCheckpoint(headed(said({ step: 40 })), training, where).step).toBe(40);
  });

  it.each<[unknown, RegExp]>([
    ['x', /damaged: its step is "x"; it must be a whole number from 1 to 40\. Delete it/],
    [-5, /its step is -5/],
    [0, /its step is 0/],
    [17.5, /its step is 17\.5/],
    [41, /its step is 41/],
    [1e300, /its step is 1e\+300/],
    [null, /its step is null/],
    [undefined, /its step is nothing/],
    [[17], /its step is \[17\]/],
    ['\u001b[2J', /its step is "\\\\?u001b\[2J"/],
  ])('with the step %j is refused', (step, message) => {
    expect(() => parseCheckpoint(headed(said({ step })), training, where)).toThrow(message);
    expect(() => parseCheckpoint(headed(said({ step })), training, where)).toThrow(UsageError);
  });

  it.each([0, 1, 2, 4, -3, 2.5, 1e300, '3', null, undefined, {}])('with %j parts is refused', (parts) => {
    expect(() => parseCheckpoint(headed(said({ parts })), training, where)).toThrow(
      /says that it has .* parts; this training has 3/,
    );
  });

  it.each([
    said({ more: 1 }),
    said({}).replace('"step":17', '"step":1,"step":17'),
    said({}).replace('17', '1.7e1'),
    said({}).replace('"key"', '"__proto__":{},"key"'),
    ` ${said({})}`,
  ])('%s is refused: nobody wrote it', (line) => {
    expect(() => parseCheckpoint(headed(line), training, where)).toThrow(/damaged: its first line says more/);
  });

  it('is looked for no further than it can be long', () => {
    const long = headed(said({ key: 'k'.repeat(1000) }));
    expect(() => parseCheckpoint(long, training, where)).toThrow(/is not a checkpoint of this version/);
    const infinite = headed(said({}).replace('17', '1e999'));
    expect(() => parseCheckpoint(infinite, training, where)).toThrow(/its step is Infinity/);
  });
});

describe('the numbers of a checkpoint', () => {
  /** What reading gives of a file with one number of one part changed; writing would refuse some. */
  async function readWith(part: number, layer: number, value: number, masks?: Float32Array[]): Promise<unknown> {
    const arrays = snapshot.parts[part]!.layers[layer]!;
    const kept = arrays.weights[1]!;
    try {
      await writeCheckpoint(file, 'key', snapshot);
      const bytes = await readFile(file);
      arrays.weights[1] = value;
      const numbers = snapshot.parts.flatMap(({ layers }) => layers.flatMap(({ weights, bias }) => [weights, bias]));
      const line = bytes.subarray(0, bytes.indexOf(10) + 1);
      const body = numbers.map((array) => new Uint8Array(array.slice().buffer));
      return parseCheckpoint(Buffer.concat([line, ...body]), { ...training, masks }, 'x');
    } finally {
      arrays.weights[1] = kept;
    }
  }

  it.each([NaN, Infinity, -Infinity])('must be finite: %d', async (value) => {
    for (const part of [0, 1, 2])
      await expect(readWith(part, 1, value)).rejects.toThrow(/damaged: not all of its numbers are finite/);
  });

  it('must be squares where they are means of squares', async () => {
    await expect(readWith(1, 0, -1e-9)).resolves.toMatchObject({ step: 17 });
    await expect(readWith(2, 0, -1e-9)).rejects.toThrow(/some of its mean squares are below 0/);
  });

  it('must be 0 where they were pruned', async () => {
    const masks = snapshot.parts[0]!.layers.map(({ weights }) => new Float32Array(weights.length).fill(1));
    masks[1]![1] = 0;
    await expect(readWith(0, 1, -0, masks)).resolves.toMatchObject({ step: 17 });
    await expect(readWith(0, 1, 0.5, masks)).rejects.toThrow(/some weights that were pruned are not 0/);
  });
});
