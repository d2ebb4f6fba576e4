// Tests of src/replay/images.ts: reading the images of a truth, and what a model says of them, against the gate alone.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { parsePipeline } from '../../src/config.js';
import { UsageError } from '../../src/base/errors.js';
import { imagesFile } from '../../src/lab/data/dataset.js';
import { createRandom } from '../../src/base/random.js';
import { scoreDirectly, ImageOutputs, readImages } from '../../src/replay/images.js';
import type { Fixture, Truth } from '../../src/truth/truth.js';
import { judge } from '../../src/gate/gate.js';
import { scratch } from '../source/clips.js';
import { digit, showing, truth } from './hands.js';

const at = scratch();
const random = createRandom(3);
const pixels = Uint8Array.from({ length: 300 * 784 }, () => random.int(256));

const fixture = (shown: string, more: Partial<Truth> = {}): Fixture => ({
  file: at('my.json'),
  clip: at('clip.mkv'),
  config: parsePipeline('', 'defaults'),
  truth: truth({ images: { clean: 'clean.gz', shown }, ...more }),
});
const frameWith = (image: number): Truth['frames'] => [{ frame: 0, digits: [{ ...digit('d0', 3), image }] }];

beforeAll(async () => {
  await writeFile(at('clean.gz'), gzipSync(imagesFile(pixels.subarray(0, 5 * 784))));
  await writeFile(at('shown.gz'), gzipSync(imagesFile(pixels.subarray(784, 4 * 784))));
  await writeFile(at('cut.gz'), gzipSync(imagesFile(pixels.subarray(0, 5 * 784)).subarray(0, 1000)));
  await writeFile(at('plain.gz'), imagesFile(pixels.subarray(0, 784)));
});

describe('readImages', () => {
  it('reads both files beside the truth; nothing where it names none', async () => {
    const { clean, shown } = (await readImages(fixture('shown.gz', { frames: frameWith(2) })))!;
    expect([
      Buffer.compare(clean, pixels.subarray(0, 5 * 784)),
      Buffer.compare(shown, pixels.subarray(784, 4 * 784)),
    ]).toEqual([0, 0]);
    const { images: _, ...without } = truth();
    expect(await readImages({ ...fixture('shown.gz'), truth: without })).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['missing', 'gone.gz', /my\.json: its images .*gone\.gz can't be read \(ENOENT\)/],
    ['cut off', 'cut.gz', /my\.json: its images .*cut\.gz can't be read: .*1000 bytes; its header says 3936/],
    ['not gzipped', 'plain.gz', /my\.json: its images .*plain\.gz can't be read: /],
  ])('refuses images that are %s', async (_, shown, message) => {
    const failure = readImages(fixture(shown));
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
  });

  it('finds images that a set shares up to two folders up, and no others outside of its folder', async () => {
    await mkdir(at('set/model/attack'), { recursive: true });
    await mkdir(at('set/clean'));
    for (const name of [
      'set/clean/images.idx.gz',
      'set/clean/secret.gz',
      'set/model/attack/shown.idx.gz',
      'out.idx.gz',
    ])
      await writeFile(at(name), gzipSync(imagesFile(pixels.subarray(0, 784))));
    await symlink(at('set/clean/secret.gz'), at('set/clean/link.idx.gz'));
    await symlink(at('out.idx.gz'), at('set/clean/out.idx.gz'));
    await symlink(at('set'), at('linked'));
    await symlink(at('set/model/attack'), at('attack'));
    const of = (clean: string, folder = 'set'): Promise<unknown> =>
      readImages({
        ...fixture(''),
        file: at(`${folder}/model/attack/my.json`),
        truth: truth({ images: { clean, shown: 'shown.idx.gz' } }),
      });
    for (const folder of ['set', 'linked'])
      await expect(of('../../clean/images.idx.gz', folder)).resolves.toHaveProperty('clean.length', 784);
    const { file: _, ...rest } = fixture('');
    const shared = truth({ images: { clean: '../../clean/images.idx.gz', shown: 'shown.idx.gz' } });
    await expect(readImages({ ...rest, file: at('attack/my.json'), truth: shared })).resolves.toBeDefined();
    for (const clean of [
      '../../../out.idx.gz',
      '../../clean/secret.gz',
      '../../clean/link.idx.gz',
      '../../clean/out.idx.gz',
      at('set/clean/images.idx.gz'),
    ])
      await expect(of(clean)).rejects.toThrow(
        /my\.json: its images .* is outside of its folder; .* at most 2 folders up$/,
      );
    await expect(of('../../clean/gone.idx.gz')).rejects.toThrow(/gone\.idx\.gz can't be read \(ENOENT\)/);
  });

  it('unpacks no more than a header says, nor than a limit', async () => {
    const promises = Buffer.from(imagesFile(new Uint8Array(784)));
    promises.writeUInt32BE(1_000_000, 4);
    await writeFile(at('promises.gz'), gzipSync(promises));
    await expect(readImages(fixture('promises.gz'))).rejects.toThrow(/784000016 bytes by its header; at most 64 MiB/);
    await writeFile(at('bomb.gz'), gzipSync(Buffer.alloc(30_000_000)));
    await expect(readImages(fixture('bomb.gz'))).rejects.toThrow(/bomb\.gz can't be read: .* starts with 0x00000000/);
  });

  it('refuses a digit whose image neither file, or only one, has', async () => {
    await expect(readImages(fixture('shown.gz', { frames: frameWith(3) }))).rejects.toThrow(
      new UsageError(`${at('my.json')}: a digit has the image 3, but its files of images hold 3`),
    );
  });

  it('takes a clip of many hours', async () => {
    const frames = Array.from({ length: 150_000 }, (_, frame) => ({
      frame,
      digits: [{ ...digit('d0', 3), image: frame % 3 }],
    }));
    await expect(readImages(fixture('shown.gz', { frameCount: 150_000, frames }))).resolves.toBeDefined();
  });
});

describe('scoreDirectly', () => {
  const thresholds = { ratio: 2, range: [0.3, 1.1] } as const;
  /** Class k is the mean of the image's rows 2k to 2k + 7: cheap, and different for every image. */
  const scoreOne = (image: ArrayLike<number>): number[] =>
    Array.from(
      { length: 10 },
      (_, k) =>
        Array.from({ length: 224 }, (_, p) => image[2 * k * 28 + p]!).reduce((sum, value) => sum + value, 0) / 224,
    );
  const scorer = {
    score: (batch: Float32Array, n: number) =>
      Promise.resolve(
        Float32Array.from(Array.from({ length: n }, (_, i) => scoreOne(batch.subarray(i * 784, i * 784 + 784))).flat()),
      ),
  };

  it('says what the gate says of each image alone, across batches, in the order of the showings', async () => {
    const some = Array.from({ length: 300 }, (_, i) => showing(i, { ...digit(`d${i}`, 3, 0), image: (i * 7) % 300 }));
    const said = scoreDirectly(await new ImageOutputs(scorer).of(pixels), some, thresholds);
    expect(said.map(({ digit: { id } }) => id)).toEqual(some.map(({ digit: { id } }) => id));
    for (const i of [0, 1, 255, 256, 299]) {
      const { image } = some[i]!.digit;
      const outputs = Float32Array.from(
        scoreOne(Float32Array.from(pixels.subarray(image! * 784, image! * 784 + 784), (value) => value / 255)),
      );
      expect(said[i]!.sightings).toHaveLength(1);
      expect(said[i]!.sightings[0]!.verdict).toEqual(judge(outputs, thresholds));
    }
  });

  it('leaves out digits without an image', async () => {
    expect(
      scoreDirectly(
        await new ImageOutputs(scorer).of(pixels),
        [showing(0, digit('a', 3)), showing(1, { ...digit('b', 3), image: 0 })],
        thresholds,
      ),
    ).toHaveLength(1);
  });

  it('scores the files that a group shares once', async () => {
    let scored = 0;
    const outputs = new ImageOutputs({ score: (batch, n) => ((scored += n), scorer.score(batch, n)) });
    const [clean, other] = [pixels.slice(0, 3 * 784), pixels.slice(3 * 784, 5 * 784)];
    for (const file of [other, clean, other, clean, clean.slice()]) await outputs.of(file);
    expect(scored).toBe(5);
    // A long run forgets what it has not met lately.
    for (let k = 5; k < 9; k++) await outputs.of(pixels.slice(k * 784, (k + 1) * 784));
    await outputs.of(clean);
    expect(scored).toBe(5 + 4 + 3);
  });
});
