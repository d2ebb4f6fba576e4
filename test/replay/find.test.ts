// Tests of src/replay/find.ts: which truth files are meant by what a person names.
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { findTruths } from '../../src/replay/find.js';
import { scratch } from '../source/clips.js';

const at = scratch();

beforeAll(async () => {
  for (const folder of ['set/b', 'set/a/deep', 'empty/deep', 'other']) await mkdir(at(folder), { recursive: true });
  for (const file of [
    'set/b/2.json',
    'set/b/1.json',
    'set/b/1.mkv',
    'set/a/deep/3.json',
    'set/z.json',
    'empty/deep/clip.mkv',
  ])
    await writeFile(at(file), '{ "format": "lq-stream/replay-truth/1" }');
  for (const file of ['set/a/camera.json', 'other/camera.json'])
    await writeFile(at(file), '{ "format": "lq-stream/camera-truth/1" }');
});

describe('findTruths', () => {
  it('gives every truth file under a folder in the order of their paths', async () => {
    expect(await findTruths([at('set')])).toEqual(
      ['set/a/deep/3.json', 'set/b/1.json', 'set/b/2.json', 'set/z.json'].map(at),
    );
  });

  it('gives files as they are named, in that order, each once', async () => {
    expect(await findTruths([at('set/z.json'), at('set/b/2.json'), at('set/b'), at('set/z.json')])).toEqual(
      ['set/z.json', 'set/b/2.json', 'set/b/1.json'].map(at),
    );
  });

  it('knows a file by its place, however it is written', async () => {
    expect(
      await findTruths([`${at('set')}/a/../b/1.json`, path.relative('', at('set/b/1.json')), at('set/b')]),
    ).toEqual(['set/b/1.json', 'set/b/2.json'].map(at));
  });

  it('passes by what is no file, leads nowhere or was seen, and looks at no more than a truth file may be', async () => {
    await mkdir(at('odd/loop'), { recursive: true });
    execFileSync('mkfifo', [at('odd/pipe.json')]);
    await symlink('/dev/zero', at('odd/zero.json'));
    await symlink(at('gone'), at('odd/gone.json'));
    await symlink(at('odd'), at('odd/loop/again'));
    await writeFile(at('odd/huge.json'), '{}');
    await truncate(at('odd/huge.json'), 2 ** 40);
    await writeFile(at('odd/truth.json'), '{ "format": "lq-stream/replay-truth/1" }');
    await symlink(at('odd/truth.json'), at('odd/twice.json'));
    expect(await findTruths([at('odd')])).toHaveLength(1);
    expect(await findTruths([at('odd/truth.json'), at('odd/twice.json')])).toHaveLength(1);
  });

  it.each([
    ['what is not there', 'nowhere', /nowhere is not there: give a truth file/],
    ['a folder without truth files', 'empty', /empty is an empty set: no truth file/],
    [
      'a folder whose .json files are something else',
      'other',
      /other is an empty set: none of its 1 \.json files says/,
    ],
    ['what is no .json', 'set/b/1.mkv', /1\.mkv is not a truth file: give the \.json/],
  ])('refuses %s', async (_, name, message) => {
    const failure = findTruths([at('set'), at(name)]);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
  });
});
