// Tests of src/sinks/drawing/encoder.ts: what ffmpeg and ffprobe find in the files, and that nothing is left of a
// failed one.
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../src/base/clock.js';
import { UsageError } from '../../../src/base/errors.js';
import { createRandom } from '../../../src/base/random.js';
import { startEncoder, type EncoderOptions } from '../../../src/sinks/drawing/encoder.js';
import { scratch } from '../../source/clips.js';
import { probe } from './decode.js';

const at = scratch();
afterEach(() => vi.unstubAllEnvs());
const [WIDTH, HEIGHT, FRAMES] = [30, 22, 4];
const random = createRandom(2);
/** Noise: nothing that is lossy keeps it. */
const frames = Array.from({ length: FRAMES }, () => Uint8Array.from({ length: WIDTH * HEIGHT }, () => random.int(256)));
const FFV1: EncoderOptions = {
  width: WIDTH,
  height: HEIGHT,
  fps: 5,
  pixelFormat: 'gray',
  codec: 'ffv1',
  deterministic: true,
};

async function encode(
  name: string,
  options: EncoderOptions,
  pictures: readonly Uint8Array[] = frames,
): Promise<string> {
  const encoder = await startEncoder(at(name), options);
  for (const picture of pictures) await encoder.write(picture);
  await encoder.close();
  return at(name);
}

describe('startEncoder', () => {
  it('writes FFV1 from which the very bytes come back, every frame a key frame', async () => {
    const clip = await encode('noise.mkv', FFV1);
    expect(probe(clip, 'stream=codec_name,width,height,pix_fmt,r_frame_rate')).toEqual([
      'ffv1',
      `${WIDTH}`,
      `${HEIGHT}`,
      'gray',
      '5/1',
    ]);
    expect(probe(clip, 'packet=flags').filter((flags) => flags.startsWith('K'))).toHaveLength(FRAMES);
    expect(
      Buffer.compare(
        execFileSync('ffmpeg', ['-v', 'error', '-i', clip, '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1']),
        Buffer.concat(frames),
      ),
    ).toBe(0);
  });

  it('writes the same bytes each time where it shall be deterministic, in either codec', async () => {
    const h264: EncoderOptions = {
      ...FFV1,
      codec: 'h264',
      pixelFormat: 'yuv420p',
      crf: 23,
      preset: 'medium',
      extra: ['-color_range', 'pc'],
    };
    const pictures = frames.map((luma) => Buffer.concat([luma, new Uint8Array(luma.length / 2).fill(128)]));
    for (const [name, options, shown] of [
      ['a.mkv', FFV1, frames],
      ['a.mp4', h264, pictures],
    ] as const) {
      const [first, second] = [
        await readFile(await encode(name, options, shown)),
        await readFile(await encode(`again-${name}`, options, shown)),
      ];
      expect(Buffer.compare(first, second), name).toBe(0);
    }
    expect(probe(at('a.mp4'), 'stream=codec_name,color_range')).toEqual(['h264', 'pc']);
  });

  it('has no file under its name before it is closed, and none at all when it is aborted', async () => {
    const encoder = await startEncoder(at('aborted/clip.mkv'), FFV1);
    await encoder.write(frames[0]!);
    expect(await readdir(at('aborted'))).not.toContain('clip.mkv');
    await encoder.abort();
    await encoder.abort();
    expect(await readdir(at('aborted'))).toEqual([]);
  });

  it('keeps the file when it is aborted after it was closed', async () => {
    const encoder = await startEncoder(at('kept/clip.mkv'), FFV1);
    await encoder.write(frames[0]!);
    await encoder.close();
    await encoder.abort();
    expect(await readdir(at('kept'))).toEqual(['clip.mkv']);
  });

  it('says when ffmpeg refuses, with its reason, and leaves nothing', async () => {
    const failure = encode('refused/clip.mkv', { ...FFV1, extra: ['-vf', 'nosuchfilter'] });
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(/Can't write .*clip\.mkv: ffmpeg ended with/);
    expect(await readdir(at('refused'))).toEqual([]);
  });

  it('says when the folder can not be made', async () => {
    await writeFile(at('file'), '');
    await expect(startEncoder(at('file/clip.mkv'), FFV1)).rejects.toThrow(
      /Can't write .*clip\.mkv: a part of its path is a file/,
    );
  });

  it.each(['tcp:127.0.0.1:9.mkv', 'tee:x.mkv', 'file:x.mkv', '-o.mkv', '%d.mkv', 'a:b|c.mkv', 'data:,.mkv'])(
    'takes %s for the name of a file',
    async (name) => {
      const clip = await encode(`names/${name}`, FFV1);
      expect(probe(`file:${clip}`, 'stream=codec_name')).toEqual(['ffv1']);
      expect(await readdir(at('names'))).toContain(name);
    },
  );

  it('writes into a FIFO what its reader can play', async () => {
    await mkdir(at('fifo'));
    execFileSync('mkfifo', [at('fifo/clip.mkv')]);
    const read = promisify(execFile)('sh', ['-c', 'cat "$0" > "$0.copy"', at('fifo/clip.mkv')]);
    await encode('fifo/clip.mkv', FFV1);
    await read;
    expect(probe(at('fifo/clip.mkv.copy'), 'packet=flags')).toHaveLength(FRAMES);
    expect((await readdir(at('fifo'))).sort()).toEqual(['clip.mkv', 'clip.mkv.copy']);
  });

  it('names the signal that ended ffmpeg, and leaves nothing', async () => {
    vi.stubEnv('FFMPEG_PATH', await script('killed.sh', 'kill -KILL $$'));
    const encoder = await startEncoder(at('killed/clip.mkv'), FFV1);
    await expect(encoder.close()).rejects.toThrow(/clip\.mkv: ffmpeg was ended by SIGKILL/);
    expect(await readdir(at('killed'))).toEqual([]);
  });

  it.each(['write', 'close'] as const)('ends an ffmpeg that hangs in %s', async (where) => {
    vi.stubEnv('FFMPEG_PATH', await script(`hangs-${where}`, 'exec sleep 1000'));
    const ticks: (() => void)[] = [];
    const clock: Clock = {
      every: (_, run) => {
        ticks.push(run);
        return () => {};
      },
      after: () => () => {},
    };
    const encoder = await startEncoder(at(`hangs/${where}.mkv`), { ...FFV1, clock });
    const work = where === 'close' ? encoder.close() : encoder.write(new Uint8Array(1 << 22));
    const state = { over: false };
    const ended = expect(work.finally(() => (state.over = true))).rejects.toThrow(
      /ffmpeg did nothing for 10 s and was ended/,
    );
    while (!state.over) {
      ticks.forEach((tick) => tick());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    await encoder.abort();
    expect(await readdir(at('hangs'))).toEqual([]);
  });
});

/** A program in the place of ffmpeg. */
async function script(name: string, body: string): Promise<string> {
  await writeFile(at(name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return at(name);
}
