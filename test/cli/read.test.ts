// `lq-stream <source>` in this process, for what needs none of its own: what a run writes, and what bad input gets.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readArguments } from '../../src/cli/arguments.js';
import { failureOf } from '../../src/cli/failure.js';
import { read as readSource } from '../../src/cli/read.js';
import { writeConstantModel } from '../model-folder.js';

const home = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'lq-read-'));
const at = (name: string): string => join(folder, name);

function ffmpeg(...args: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);
}

beforeAll(async () => {
  process.chdir(folder);
  await writeConstantModel(at('model'));
  const half = ['-preset', 'ultrafast', at('half.mkv')];
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10:duration=6', '-t', '2', at('clip.mp4'), ...half);
  truncateSync(at('half.mkv'), Math.floor(readFileSync(at('half.mkv')).length / 2));
  const sound = ['-f', 'lavfi', '-i', 'sine=duration=1'];
  const dot = ['-f', 'lavfi', '-i', 'color=size=16x16:rate=5:duration=1'];
  const gray = ['-vf', 'format=gray,crop=1:1', '-c:v', 'ffv1'];
  ffmpeg(...sound, ...dot, '-map', '0:a', at('sound.m4a'), '-map', '1:v', ...gray, at('dot.mkv'));
  mkdirSync(at('folder'));
  writeFileSync(at('folder/notes.txt'), 'nothing to see');
  writeFileSync(at('empty.mp4'), '');
  writeFileSync(at('text.mp4'), 'this is not a film\n');
  writeFileSync(at('typo.yaml'), 'gate:\n  ration: 3\n');
  writeFileSync(at('range.yaml'), 'gate: {ratio: 0.2}\n');
  writeFileSync(
    at('counter.yaml'),
    'regions:\n  mode: fixed\n  units: relative\n  list:\n' +
      [0.2, 0.4, 0.6].map((x, k) => `    - {id: d${k}, box: [${x}, 0.3, 0.2, 0.4]}\n`).join('') +
      'readings:\n  - {id: meter, windows: [d0, d1, d2], decimals: 1, agree: {frames: 5, of: 7, seconds: 0}}\n',
  );
  writeFileSync(
    at('outside.yaml'),
    'regions: {mode: fixed, units: pixels, list: [{id: far, box: [150, 0, 20, 20]}]}\n',
  );
  mkdirSync(at('half-model'));
  copyFileSync(at('model/card.json'), at('half-model/card.json'));
  mkdirSync(at('wrong-model'));
  copyFileSync(at('model/card.json'), at('wrong-model/card.json'));
  writeFileSync(at('wrong-model/model.onnx'), Buffer.concat([readFileSync(at('model/model.onnx')), Buffer.from([0])]));
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly lines: Record<string, unknown>[];
}

const heard = process.stdout.listeners('error');
afterEach(() => {
  vi.restoreAllMocks();
  // A run listens to its stdout for good: it is the last thing that its process does.
  for (const listener of process.stdout.listeners('error'))
    if (!heard.includes(listener)) process.stdout.removeListener('error', listener as () => void);
});

/** What src/cli.ts does with arguments, with stdout and stderr caught. */
async function lq(...argv: string[]): Promise<Result> {
  let [out, err] = ['', ''];
  const caught =
    (take: (text: string) => void) =>
    (text: string | Uint8Array, ...rest: unknown[]): boolean => {
      take(String(text));
      const done = rest.at(-1);
      if (typeof done === 'function') (done as () => void)();
      return true;
    };
  vi.spyOn(process.stdout, 'write').mockImplementation(caught((text) => (out += text)));
  vi.spyOn(process.stderr, 'write').mockImplementation(caught((text) => (err += text)));
  let code: number;
  try {
    const request = readArguments(argv);
    if (request.show !== undefined) throw new Error(`${request.show} is for test/cli.test.ts`);
    code = await readSource(request.arguments);
  } catch (error) {
    const { text, exitCode } = failureOf(error, true);
    err += text;
    code = exitCode;
  }
  const lines = out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, out, err, lines };
}

/** Read as the number of a counter whose three windows all show a 7. */
const count = (...args: string[]): Promise<Result> =>
  lq('clip.mp4', '--pipeline', 'counter.yaml', '--model', 'model', ...args);

describe('numbers', () => {
  it('come beside the digits, in their place, or not', async () => {
    const types = async (...args: string[]): Promise<unknown[]> => [
      ...new Set((await count('--quiet', ...args)).lines.map(({ type }) => type)),
    ];
    expect(await types()).toEqual(['prediction', 'reading']);
    expect(await types('--readings', 'only')).toEqual(['reading']);
    expect(await types('--readings', 'off')).toEqual(['prediction']);
  });

  it('are told once, and what they came to at the end', async () => {
    const { code, lines, err } = await count('--readings', 'only');
    expect(code).toBe(0);
    expect(lines.map(({ id, value }) => [id, value])).toEqual([['meter', '77.7']]);
    expect(err).toContain('reading meter: 77.7, told 1 time\n');
  });

  it('are kept over a restart, and compared with what was kept', async () => {
    await count('--quiet', '--state', 'kept/state.json');
    const kept = readFileSync(at('kept/state.json'), 'utf8');
    expect((JSON.parse(kept) as { readings: unknown }).readings).toEqual({ meter: { value: '77.7', places: 3 } });
    writeFileSync(at('kept/state.json'), kept.replace('77.7', '88.8'));
    const strict = readFileSync(at('counter.yaml'), 'utf8').replace(
      'decimals: 1',
      'decimals: 1, rules: {falls: never}',
    );
    writeFileSync(at('strict.yaml'), strict);
    const again = await lq(
      ...['clip.mp4', '--pipeline', 'strict.yaml', '--model', 'model', '--state', 'kept/state.json'],
      ...['--readings', 'only', '--rejected'],
    );
    expect(again.lines.map(({ type, value, rule, last }) => [type, value, rule, last])).toEqual([
      ['reading-refused', '77.7', 'falls', '88.8'],
    ]);
    expect(again.err).toContain('reading meter: 77.7 refused (falls); 88.8 holds, at');
    expect(readFileSync(at('kept/state.json'), 'utf8')).toContain('88.8');
  });

  it('begin anew with a damaged file, which is kept aside', async () => {
    writeFileSync(at('damaged.json'), '{"form');
    const { code, err, lines } = await count('--readings', 'only', '--state', 'damaged.json');
    expect({ code, values: lines.map(({ value }) => value) }).toEqual({ code: 0, values: ['77.7'] });
    expect(err).toContain('--state damaged.json is damaged (');
    expect(readFileSync(at('damaged.json.damaged'), 'utf8')).toBe('{"form');
    expect(readFileSync(at('damaged.json'), 'utf8')).toContain('77.7');
  });

  it.each([
    [['--readings', 'yes'], '--readings must be only, also or off, found "yes"'],
    [
      ['--readings', 'off', '--state', 's.json'],
      '--state s.json keeps readings of named windows, and this pipeline has',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await count(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

/** Read through three fixed windows, which a test picture always fills. */
const read = (source: string, ...args: string[]): Promise<Result> =>
  lq(source, '--pipeline', 'fixed', '--model', 'model', ...args);

describe('a run', () => {
  it('stops after --limit frames', async () => {
    const { code, err, lines } = await read('clip.mp4', '--quiet', '--limit', '3');
    expect({ code, err, frames: lines.at(-1)?.['frame'] }).toEqual({ code: 0, err: '', frames: 2 });
  });

  it('tells the time of each stage when asked', async () => {
    const { err } = await read('clip.mp4', '--profile', '--summary', 'profile.json');
    expect(err).toMatch(
      /time per frame in ms, .* [\d.]+ s\n( {4}(waiting|source|regions|normalise|score|gate|publish) .*\n){7}/,
    );
    const { profile } = JSON.parse(readFileSync(at('profile.json'), 'utf8')) as {
      profile: { frames: number; wall: number; waiting: number; stages: Record<string, { perFrame: number }> };
    };
    expect(profile.frames).toBe(20);
    const perFrame = Object.values(profile.stages).reduce((sum, stage) => sum + stage.perFrame, profile.waiting);
    expect(perFrame * profile.frames).toBeCloseTo(profile.wall, 3);
  });

  it('explains one frame in place of the lines, and says where there is none of that number', async () => {
    const { code, out, err } = await read('clip.mp4', '--explain', '12');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^clip\.mp4, frame 12, 1\.200 s: \d of 3 regions accepted\n\nregion .* verdict\n(\w+ .*\n){3}\n/,
    );
    const missing = await read('clip.mp4', '--explain', '20');
    expect([missing.code, missing.out]).toEqual([2, '']);
    expect(missing.err).toMatch(/explain: frame 20 was not read: clip\.mp4 gave frames 0 to 19\n$/);
    expect((await read('clip.mp4', '--explain', '1', '--fps', '5')).err).toMatch(
      /frame 1 was left out .* 0 and 2 were read/,
    );
  });

  it('prints rejections when asked, and says that the thresholds are the user’s', async () => {
    const { lines, err, code } = await read('clip.mp4', '--limit', '1', '--rejected', '--ratio', '100');
    expect(code).toBe(0);
    expect(lines.map(({ type, rejected }) => [type, rejected])).toEqual([
      ['rejection', 'ratio'],
      ['rejection', 'ratio'],
      ['rejection', 'ratio'],
    ]);
    expect(err).toMatch(/\n {2}rejected: 3; .*\n {4}ratio +3 {3}\d \(\d+x\d+ at \d+,\d+\);/);
    expect(err).toContain('ratio set by you');
    expect((await read('clip.mp4', '--limit', '1', '--ratio', '100')).out).toBe('');
  });

  it('writes a summary whose counters add up, and the same one each time', async () => {
    await read('clip.mp4', '--range', '0.95:1.1', '--summary', 'a/b/one.json');
    await read('clip.mp4', '--range', '0.95:1.1', '--summary', 'one.json', '--quiet');
    const summary = JSON.parse(readFileSync(at('one.json'), 'utf8')) as Record<string, unknown>;
    expect(summary).toMatchObject({
      source: 'clip.mp4',
      end: 'done',
      model: { name: 'constant' },
      thresholds: { ratio: 5, range: [0.95, 1.1], overridden: ['range'] },
      counts: { frames: 20, regions: 60, accepted: 0, rejected: { range: 60, ratio: 0, blank: 0, 'not-finite': 0 } },
    });
    const other = JSON.parse(readFileSync(at('a/b/one.json'), 'utf8')) as Record<string, unknown>;
    expect({ ...other, files: 0 }).toEqual({ ...summary, files: 0 });
  });

  it('writes the annotated video and the contact sheet, and names them', async () => {
    const { code, err } = await read('clip.mp4', '--annotate', 'out.mp4', '--sheet', 'out.png');
    expect(code).toBe(0);
    expect(err).toContain('annotate written to out.mp4');
    const seen = execFileSync(
      'ffprobe',
      [
        '-v',
        'error',
        '-count_frames',
        '-of',
        'csv=p=0',
        '-show_entries',
        'stream=codec_name,nb_read_frames',
        at('out.mp4'),
      ],
      { encoding: 'utf8' },
    );
    expect(seen).toMatch(/^h264,\d+/);
    expect(readFileSync(at('out.png')).subarray(1, 4).toString()).toBe('PNG');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('bad input', () => {
  it.each<[name: string, args: string[], code: number, message: RegExp]>([
    ['no source', [], 2, /which source\?/],
    ['two sources', ['a', 'b'], 2, /one source at a time/],
    ['an unknown option', ['clip.mp4', '--anotate', 'x'], 2, /unknown option --anotate; did you mean --annotate\?/],
    ['a forgotten value', ['clip.mp4', '--pipeline', '--quiet'], 2, /--pipeline needs a value/],
    ['a bad ratio', ['clip.mp4', '--ratio', '0.5'], 2, /--ratio must be a number of at least 1, found "0.5"/],
    ['a bad range', ['clip.mp4', '--range', '1:0.5'], 2, /--range must be LO:HI/],
    ['a bad fps', ['clip.mp4', '--fps', '0'], 2, /--fps must be/],
    ['a bad limit', ['clip.mp4', '--limit', '1.5'], 2, /--limit must be a whole number/],
    ['a bad policy', ['clip.mp4', '--policy', 'some'], 2, /--policy must be all or latest/],
    ['a bad port', ['clip.mp4', '--serve', '70000'], 2, /--serve must be .*, found "70000"/],
    ['a feed for others without a token', ['clip.mp4', '--model', 'model', '--serve', '0.0.0.0:0'], 2, /--token/],
    ['a missing pipeline', ['clip.mp4', '--pipeline', 'none.yaml'], 2, /none\.yaml: can't be read/],
    [
      'a mistyped pipeline',
      ['clip.mp4', '--pipeline', 'shet'],
      2,
      /Unknown pipeline "shet": there is no such file, and shipped are .*fixed.* Did you mean "sheet"\?/,
    ],
    [
      'an option of a sink that is not there',
      ['clip.mp4', '--edit', 'mine.yaml'],
      2,
      /--edit does nothing without --serve \[HOST:\]PORT: add that, or leave it out/,
    ],
    [
      'an unknown key',
      ['clip.mp4', '--pipeline', 'typo.yaml'],
      2,
      /typo\.yaml:2: unknown key gate\.ration; did you mean gate\.ratio\?/,
    ],
    [
      'a value out of range',
      ['clip.mp4', '--pipeline', 'range.yaml'],
      2,
      /range\.yaml:1: gate\.ratio must be at least 1, found 0\.2/,
    ],
    [
      'a region outside the frame',
      ['clip.mp4', '--model', 'model', '--pipeline', 'outside.yaml'],
      2,
      /region far: box \[150, 0, 20, 20\] is not inside the frame, which is 160x120/,
    ],
    [
      'an output that is a directory',
      ['clip.mp4', '--model', 'model', '--summary', '.'],
      2,
      /--summary \. can't be written: it is a directory/,
    ],
    [
      'an output below a file',
      ['clip.mp4', '--model', 'model', '--sheet', 'text.mp4/x.png'],
      2,
      /--sheet text\.mp4\/x\.png can't be written/,
    ],
    [
      'an output that is the source',
      ['clip.mp4', '--model', 'model', '--annotate', './clip.mp4'],
      2,
      /also the source/,
    ],
    ['an output of another kind', ['clip.mp4', '--model', 'model', '--annotate', 'x.avi'], 2, /\.mp4/],
    ['an unknown model', ['clip.mp4', '--model', 'camra'], 4, /Unknown model "camra"/],
    ['a missing model folder', ['clip.mp4', '--model', './none'], 4, /no model folder/],
    ['a half-written model', ['clip.mp4', '--model', './half-model'], 4, /model\.onnx/],
    ['a model whose hash is another', ['clip.mp4', '--model', './wrong-model'], 4, /does not match its card/],
    ['a missing path', ['none.mp4', '--model', 'model'], 3, /none\.mp4: no such file/],
    ['a directory without images', ['folder', '--model', 'model'], 3, /no images/],
    ['an empty file', ['empty.mp4', '--model', 'model'], 3, /empty/],
    ['text named .mp4', ['text.mp4', '--model', 'model'], 3, /not a video/],
    ['sound only', ['sound.m4a', '--model', 'model'], 3, /no video: found only audio/],
  ])('%s', async (_, args, code, message) => {
    const result = await lq(...args);
    expect(result.err).toMatch(message);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(/^lq-stream: [^\n]*\n$/);
  });

  it('a video cut in half is read as far as it goes, then 3 with the count', async () => {
    const { code, err, lines } = await read('half.mkv');
    expect(code).toBe(3);
    expect(lines.length).toBeGreaterThan(20);
    expect(err).toMatch(new RegExp(`\\b${lines.length / 3} frames?\\b`));
  });

  it('a video of one pixel is read and holds nothing', async () => {
    expect(await lq('dot.mkv', '--model', 'model', '--quiet')).toMatchObject({ code: 0, out: '', err: '' });
  });

  it('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, err } = await read('clip.mp4', '--serve', `${port}`);
    server.close();
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(`port ${port} is in use`) as string });
  });
});
