// Which ffmpeg is taken: scripts in its place say what versions say, or what no ffmpeg would.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SourceError } from '../../src/base/errors.js';
import { ffmpegProgram, ffprobeProgram } from '../../src/base/programs.js';
import { Processes } from '../../src/source/processes.js';
import { checkFfmpeg } from '../../src/source/version.js';
import { makeAll, moving, play, scratch } from './clips.js';

const at = scratch();
const LIBRARIES = { old: 'libavutil      56. 24.101 / 56. 24.101', new: 'libavutil      58.  2.100 / 58.  2.100' };
let count = 0;

/** A program of a name of its own that runs shell commands. */
async function program(...commands: readonly string[]): Promise<string> {
  const file = at(`program-${(count += 1)}`);
  await writeFile(file, ['#!/bin/sh', ...commands].join('\n'));
  await chmod(file, 0o755);
  return file;
}

const banner = (version: string, ...more: readonly string[]): string[] =>
  [`ffmpeg version ${version} Copyright (c) 2000-2022 the FFmpeg developers`, 'built with gcc', ...more].map(
    (line) => `echo '${line}'`,
  );

async function checked(file: string, patience?: number): Promise<string> {
  const processes = new Processes();
  const answer = await checkFfmpeg(file, { processes, ...(patience !== undefined && { patience }) }).catch(
    (error: unknown) => {
      expect(error).toBeInstanceOf(SourceError);
      return (error as SourceError).message;
    },
  );
  await processes.idle();
  return answer;
}

beforeAll(async () => {
  await makeAll([...moving('s=64x48:r=10:d=0.5'), '-pix_fmt', 'yuv420p', at('clip.mp4')]);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the version of ffmpeg', () => {
  test.each([
    ['5.1', []],
    ['5.1.9-0+deb12u1', []],
    ['n6.1', []],
    ['7.0.2-static', []],
    ['10.0', []],
    ['N-12345-gabcdef0', []],
    ['N-12345-gabcdef0', [LIBRARIES.new]],
    ['2024-01-01-git-0123abcd-full_build-www.gyan.dev', [LIBRARIES.new]],
    ['git-2023-05-01-0123abcd', []],
  ])('%s %j will do', async (version, more) => {
    expect(await checked(await program(...banner(version, ...more)))).toBe(version);
  });

  test.each([
    ['4.4.2-0ubuntu0.22.04.1', []],
    ['n5.0.1', []],
    ['5.0', []],
    ['2.8.17', []],
    ['N-47683-g0e8eb07980-static', [LIBRARIES.old]],
    ['2019-01-01-git-0123abcd', [LIBRARIES.old]],
  ])('%s %j is too old', async (version, more) => {
    const file = await program(...banner(version, ...more));
    expect(await checked(file)).toBe(
      `${file} is too old: it is ffmpeg ${version}, and 5.1 or newer is needed. Install a newer one, or set ` +
        'FFMPEG_PATH to one.',
    );
  });

  test.each([
    ['nothing', [':'], 'nothing'],
    ['something else', ['echo "ffplay version 7.0"; exit 1'], '"ffplay version 7.0"'],
    ['what steers a terminal', ["printf 'a\\033[2Jb'"], '"a\\x1b[2Jb"'],
    ['without end', ['yes'], '"y"'],
  ])('a program that says %s is none', async (_name, commands, answer) => {
    const file = await program(...commands);
    expect(await checked(file)).toBe(
      `${file} is not ffmpeg: asked for its version, it said ${answer}. Set FFMPEG_PATH to an ffmpeg, or unset it to ` +
        'take the one on the path.',
    );
  });

  test('a program that never answers is given up', async () => {
    expect(await checked(await program('exec sleep 600'), 20)).toContain('it said nothing in time');
    // What it started itself holds its outputs open.
    expect(await checked(await program('sleep 2 &', 'exec sleep 600'), 20)).toContain('it said nothing in time');
  });

  test('is asked once', async () => {
    const file = await program(`echo asked >> ${at('asked')}`, ...banner('7.1'));
    expect([await checked(file), await checked(file)]).toEqual(['7.1', '7.1']);
    expect(await readFile(at('asked'), 'utf8')).toBe('asked\n');
  });

  test('matters for no option: all are spelled as every one takes them, from the oldest on', async () => {
    // Since 7.0 a value behind an option that has none is the name of a file.
    const file = await program(`echo "$@" >> ${at('arguments')}`, 'exec ffmpeg "$@"');
    const { shots } = await play(at('clip.mp4'), { ffmpeg: file });
    expect(shots).toHaveLength(5);
    expect(await readFile(at('arguments'), 'utf8')).toMatch(/ -fps_mode passthrough -noautoscale pipe:1\n$/);
  });

  test('is that of the program that decodes, not of ffprobe', async () => {
    const { shots, error } = await play(at('clip.mp4'), { ffmpeg: await program(...banner('4.4.2')) });
    expect(shots).toEqual([]);
    expect(error?.message).toContain('is too old: it is ffmpeg 4.4.2');
  });
});

describe('ffprobe', () => {
  test.each([
    ['nothing', [':'], 'nothing'],
    ['nothing, and fails', ['exit 1'], 'nothing'],
    ['no JSON', ['echo hello'], 'something else'],
    ['other JSON', ['echo "[]"'], 'something else'],
  ])('that says %s is none', async (_name, commands, answer) => {
    const ffprobe = await program(...commands);
    const { shots, error } = await play(at('clip.mp4'), { ffprobe });
    expect(shots).toEqual([]);
    expect(error).toBeInstanceOf(SourceError);
    expect(error?.message).toBe(
      `${ffprobe} is not ffprobe: asked what ${at('clip.mp4')} is, it said ${answer}. Set FFPROBE_PATH to an ` +
        'ffprobe, or unset it to take the one on the path.',
    );
  });

  test('that is killed is told so', async () => {
    const { error } = await play(at('clip.mp4'), { ffprobe: await program('kill -9 $$') });
    expect(error?.message).toMatch(
      /^ffprobe was killed \(SIGKILL\) while it looked at .*clip\.mp4, or took too long\.$/,
    );
  });
});

describe('the environment', () => {
  test('names other programs; empty is unset', () => {
    vi.stubEnv('FFMPEG_PATH', '/opt/ffmpeg');
    vi.stubEnv('FFPROBE_PATH', '/opt/ffprobe');
    expect([ffmpegProgram(), ffprobeProgram()]).toEqual(['/opt/ffmpeg', '/opt/ffprobe']);
    for (const empty of ['', undefined]) {
      vi.stubEnv('FFMPEG_PATH', empty);
      vi.stubEnv('FFPROBE_PATH', empty);
      expect([ffmpegProgram(), ffprobeProgram()]).toEqual(['ffmpeg', 'ffprobe']);
    }
  });
});
