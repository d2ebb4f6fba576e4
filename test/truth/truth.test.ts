// Tests of src/truth/truth.ts: what a truth file may say, and what is said of every mistake in one.
import { createHash } from 'node:crypto';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { createRandom } from '../../src/base/random.js';
import { damagedText } from '../base/damaged-text.js';
import { truthJson } from '../../src/fixtures/truth-json.js';
import {
  parseTruth,
  pipelineOf,
  readFixture,
  TRUTH_ATTACKS,
  TRUTH_BYTES,
  TRUTH_DIGITS,
  TRUTH_FRAMES,
  type Truth,
} from '../../src/truth/truth.js';
import { scratch } from '../source/clips.js';
import { digit, PGD, truth } from '../replay/hands.js';

/** The first digit of a truth with other values. */
const withDigit = (more: object): object => ({
  ...truth(),
  frames: [{ frame: 0, digits: [{ ...digit('d0', 3, 0), ...more }] }],
});
const withAttack = (more: object): object => ({ ...truth(), attacks: [{ ...PGD, ...more }] });

function refusal(value: unknown): string {
  try {
    parseTruth(typeof value === 'string' ? value : JSON.stringify(value), 'my.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).exitCode).toBe(2);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('parseTruth', () => {
  it('takes a truth as truthJson lays it out', () => {
    const whole = truth({
      command: 'make',
      pipeline: { normalise: 'stretch' },
      images: { clean: 'a.gz', shown: 'b.gz' },
    });
    expect(parseTruth(truthJson(whole), 'my.json')).toEqual(whole);
    expect(
      truthJson(whole)
        .split('\n')
        .filter((line) => line.includes('"frame":')),
    ).toHaveLength(2);
  });

  it.each<[string, unknown, RegExp]>([
    ['label 10', withDigit({ label: 10 }), /^my\.json: frames\[0\]\.digits\[0\]\.label must be at most 9, found 10$/],
    ['label -1', withDigit({ label: -1 }), /frames\[0\]\.digits\[0\]\.label must be at least 0, found -1$/],
    ['label 1.5', withDigit({ label: 1.5 }), /frames\[0\]\.digits\[0\]\.label must be a whole number, found 1\.5$/],
    ['a label that is a text', withDigit({ label: '3' }), /digits\[0\]\.label must be .*, found "3"$/],
    [
      'no label',
      { ...truth(), frames: [{ frame: 0, digits: [{ id: 'd0', box: [0, 0, 5, 5] }] }] },
      /digits\[0\]\.label must be .*, found nothing$/,
    ],
    [
      'an unknown attack',
      withAttack({ name: 'pgdd' }),
      /attacks\[0\]\.name must be .*pgd.*, found "pgdd"; did you mean pgd\?$/,
    ],
    ['an attack like none', withAttack({ name: 'sorcery' }), /attacks\[0\]\.name must be .*, found "sorcery"$/],
    ['a negative epsilon', withAttack({ epsilon: -0.1 }), /attacks\[0\]\.epsilon must be at least 0, found -0\.1$/],
    [
      'a hash that is none',
      withAttack({ model: { name: 'camera', hash: 'abc' } }),
      /attacks\[0\]\.model\.hash must be 64 hexadecimal digits, found "abc"$/,
    ],
    [
      'an attack beyond the list',
      withDigit({ attack: 1 }),
      /frames\[0\]\.digits\[0\]\.attack must be an index in attacks, of which there are 1, found 1$/,
    ],
    ['an unknown key', { ...truth(), heigth: 3 }, /unknown key heigth; did you mean height\?$/],
    [
      'an unknown key of a digit',
      withDigit({ lable: 3 }),
      /unknown key frames\[0\]\.digits\[0\]\.lable; did you mean frames\[0\]\.digits\[0\]\.label\?$/,
    ],
    [
      'a box beyond the right edge',
      withDigit({ box: [31, 0, 10, 10] }),
      /frames\[0\]\.digits\[0\]\.box \[31, 0, 10, 10\] is not inside the picture, which is 40x30$/,
    ],
    [
      'a box beyond the lower edge',
      withDigit({ box: [0, 21, 10, 10] }),
      /digits\[0\]\.box \[0, 21, 10, 10\] is not inside/,
    ],
    [
      'a box beyond the left edge',
      withDigit({ box: [-1, 0, 10, 10] }),
      /digits\[0\]\.box\[0\] must be at least 0, found -1$/,
    ],
    ['a box without size', withDigit({ box: [0, 0, 0, 10] }), /digits\[0\]\.box\[2\] must be at least 1, found 0$/],
    [
      'a doubled id',
      truth({ frames: [{ frame: 0, digits: [digit('d0', 3, 0), digit('d0', 4, 0)] }] }),
      /frames\[0\]\.digits\[1\]\.id "d0" is given twice in one frame$/,
    ],
    [
      'a doubled frame',
      truth({
        frames: [
          { frame: 1, digits: [digit('d0', 3)] },
          { frame: 1, digits: [digit('d1', 3)] },
        ],
      }),
      /frames\[1\]\.frame is 1, which another entry is for$/,
    ],
    [
      'a frame beyond the count',
      truth({ frames: [{ frame: 2, digits: [digit('d0', 3)] }] }),
      /frames\[0\]\.frame must be below frameCount \(2\), found 2$/,
    ],
    ['no frames', truth({ frames: [] }), /frames must be at least 1 values long, found \[\]$/],
    [
      'no digits',
      truth({ frames: [{ frame: 0, digits: [] }] }),
      /^my\.json has no digits: there is nothing to replay$/,
    ],
    ['another sha256 than one can be', truth({ sha256: 'F'.repeat(64) }), /sha256 must be 64 hexadecimal digits/],
    ['no JSON', '{"format": ', /^my\.json:1: not valid JSON: expected a value, found the end of the file$/],
    ['a list', '[]', /its format must be "lq-stream\/replay-truth\/1", found none$/],
    ['null', 'null', /found none$/],
    [
      'another format',
      { ...truth(), format: 'lq-stream/replay-truth/2' },
      /its format must be "lq-stream\/replay-truth\/1", found "lq-stream\/replay-truth\/2"$/,
    ],
  ])('refuses %s: place, rule and what was found', (_, value, message) => {
    expect(refusal(value)).toMatch(message);
  });

  it('has limits, which are looked at before what is beyond them', () => {
    const digits = Array.from({ length: TRUTH_DIGITS }, (_, i) => digit(`d${i}`, 3, 0));
    const crowd = (more: unknown[]): object => ({ ...truth(), frames: [{ frame: 0, digits: [...digits, ...more] }] });
    expect(parseTruth(JSON.stringify(crowd([])), 'my.json').frames[0]!.digits).toHaveLength(1024);
    expect(refusal(crowd([0]))).toBe('my.json: frames[0].digits must be at most 1,024 values long, found 1,025');
    expect(refusal({ ...truth(), attacks: Array(TRUTH_ATTACKS + 1).fill(0) })).toBe(
      'my.json: attacks must be at most 1,000 values long, found 1,001',
    );
    expect(refusal({ ...truth(), frames: Array(TRUTH_FRAMES + 1).fill(0) })).toBe(
      'my.json: frames must be at most 250,000 values long, found 250,001',
    );
    expect(refusal(' '.repeat(TRUTH_BYTES + 1))).toMatch(/^my\.json: is larger than 16 MiB/);
    expect(refusal('['.repeat(3000))).toBe('my.json:1: is nested more than 64 deep');
  });

  it('stops at the first frame that is wrong', () => {
    const frames = [{ frame: 0, digits: [digit('d0', 3, 0)] }, ...Array<number>(200_000).fill(0)];
    expect(refusal({ ...truth(), frames })).toBe('my.json: frames[1] must be of type object, found 0');
  });

  it.each(['clip', 'command', 'codec', 'path'])('refuses control characters in %s, and shows none', (key) => {
    for (const bad of ['a\0b', '\x1b[2J', '\u202e', '\ud800', 'a\nb']) {
      const said = refusal({ ...truth(), [key]: bad });
      expect(said).toMatch(new RegExp(`^my\\.json: ${key} must hold no control characters, found "[\\x20-\\x7e]+"$`));
    }
    expect(refusal({ ...truth(), [key]: 'k'.repeat(100_000) })).toMatch(/ characters long, found "k+ \.\.\. k+"$/);
  });

  it('refuses damaged texts with UsageError alone', () => {
    const random = createRandom(14);
    const sound = truthJson(truth({ pipeline: { gate: { ratio: 2 } }, images: { clean: 'a.gz', shown: 'b.gz' } }));
    const bits = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '0',
      '-',
      '1e9',
      '.5',
      'null',
      'true',
      '"x":',
      '\0',
      '\u202e',
    ];
    let taken = 0;
    for (let i = 0; i < 2000; i++) {
      const text = damagedText(random, sound, { bits, places: 2, cut: 4 });
      try {
        pipelineOf(parseTruth(text, 'my.json'), 'my.json');
        taken++;
      } catch (error) {
        expect(error, text).toBeInstanceOf(UsageError);
        expect((error as Error).message, text).toMatch(/^my\.json[: ].*$/);
      }
    }
    expect(taken).toBeGreaterThan(30);
  });

  it('takes what touches the edges of the picture', () => {
    expect(
      parseTruth(JSON.stringify(withDigit({ box: [30, 20, 10, 10] })), 'my.json').frames[0]!.digits[0]!.box,
    ).toEqual([30, 20, 10, 10]);
  });
});

describe('readFixture', () => {
  const at = scratch();
  const clip = Buffer.from('these bytes stand for a clip');
  const sha256 = createHash('sha256').update(clip).digest('hex');
  const write = async (name: string, value: Truth): Promise<string> => {
    await writeFile(at(name), truthJson(value));
    return at(name);
  };
  beforeAll(async () => {
    await mkdir(at('sub'));
    await writeFile(at('clip.mkv'), clip);
    await mkdir(at('sub/deep'));
    await writeFile(at('sub/clip.mkv'), clip);
    await symlink('clip.mkv', at('sub/link.mkv'));
    await symlink('../clip.mkv', at('sub/leads-out.mkv'));
    await symlink('..', at('sub/up'));
    await symlink('sub', at('linked'));
  });

  it('finds the clip beside the truth, and fills in the pipeline', async () => {
    const file = await write(
      'right.json',
      truth({ sha256, clip: './sub/../clip.mkv', pipeline: { normalise: 'stretch' } }),
    );
    await expect(readFixture(file)).resolves.toMatchObject({
      file,
      clip: at('clip.mkv'),
      config: { normalise: 'stretch', regions: { mode: 'auto' }, gate: { steady: 0.25 } },
    });
    const plain = await readFixture(await write('plain.json', truth({ sha256 })));
    expect(plain.config).toMatchObject({ normalise: 'mnist' });
  });

  it.each<[string, Partial<Truth>, RegExp]>([
    [
      'a clip with another sha256',
      {},
      /wrong\.json: its clip .*clip\.mkv has another sha256 \([0-9a-f]{12}\.{3}\) than the truth .* \(0{12}\.{3}\)/,
    ],
    ['a clip that is missing', { clip: 'gone.mkv' }, /wrong\.json: its clip .*gone\.mkv can't be read \(ENOENT\)/],
    ['a clip that is a folder', { clip: 'sub' }, /wrong\.json: its clip .*sub is no regular file$/],
    [
      'a pipeline with a wrong value',
      { sha256, pipeline: { normalise: 'shrink' } },
      /wrong\.json: pipeline: normalise must be mnist or stretch, found "shrink"$/,
    ],
    [
      'a pipeline with an unknown key',
      { sha256, pipeline: { gate: { ration: 3 } } },
      /wrong\.json: pipeline: unknown key gate\.ration; did you mean gate\.ratio\?$/,
    ],
    ['a pipeline that is none', { sha256, pipeline: null }, /wrong\.json: pipeline: /],
  ])('refuses %s', async (_, more, message) => {
    const failure = readFixture(await write('wrong.json', truth(more)));
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
  });

  it.each([
    ['../clip.mkv', 'is outside of its folder; a truth file names files in its own folder'],
    ['/clip.mkv', 'is outside of its folder; a truth file names files in its own folder'],
    ['../../../../../../../dev/zero', 'is outside of its folder; a truth file names files in its own folder'],
    ['leads-out.mkv', 'is outside of its folder; a truth file names files in its own folder'],
    ['up/clip.mkv', 'is outside of its folder; a truth file names files in its own folder'],
    ['deep', 'is no regular file'],
    ['.', 'is outside of its folder; a truth file names files in its own folder'],
    ['http://127.0.0.1/clip.mkv', "can't be read (ENOENT)"],
  ])('refuses the clip %s', async (name, message) => {
    const file = await write('sub/outside.json', truth({ sha256, clip: name }));
    await expect(readFixture(file)).rejects.toBeInstanceOf(UsageError);
    await expect(readFixture(file)).rejects.toThrow(message);
  });

  it('finds the clip also where the folder, or the clip within it, is a link', async () => {
    await write('sub/inside.json', truth({ sha256, clip: 'link.mkv' }));
    for (const folder of ['sub', 'linked']) {
      const { clip: found } = await readFixture(at(`${folder}/inside.json`));
      expect(found).toBe(at(`${folder}/link.mkv`));
    }
  });

  it.each(['/etc', '../model', './model', 'a/b', 'C:\\model', '..', ''])(
    'refuses a pipeline with the model %j: a truth file names no folder',
    async (model) => {
      const failure = readFixture(await write('wrong.json', truth({ sha256, pipeline: { model } })));
      await expect(failure).rejects.toThrow(/wrong\.json: pipeline: model must be /);
    },
  );

  it('refuses a pipeline that is larger than a pipeline file may be', async () => {
    const pipeline = { regions: { mode: 'fixed', units: 'pixels', list: Array<number>(200_000).fill(0) } };
    await expect(readFixture(await write('wrong.json', truth({ sha256, pipeline })))).rejects.toThrow(
      /wrong\.json: pipeline: is larger than 256 KiB/,
    );
  });

  it('refuses what is no file, or too large a one, without reading it', async () => {
    await expect(readFixture('/dev/zero')).rejects.toThrow(
      new UsageError('/dev/zero: is no file to read but a device'),
    );
    await writeFile(at('huge.json'), '{}');
    await truncate(at('huge.json'), 2 ** 40);
    await expect(readFixture(at('huge.json'))).rejects.toThrow(/huge\.json: is larger than 16 MiB/);
  });

  it("refuses a truth file that can't be read", async () => {
    await expect(readFixture(at('missing.json'))).rejects.toThrow(
      new UsageError(`${at('missing.json')}: can't be read (ENOENT)`),
    );
  });
});
