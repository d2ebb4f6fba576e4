// The built command line as a user meets it: arguments in; exit code, stdout and stderr out.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
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
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { writeConstantModel } from './model-folder.js';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lq-cli-'));
const at = (name: string): string => join(folder, name);

function ffmpeg(...args: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);
}

const testsrc = (seconds: number, rate = 10): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc=size=160x120:rate=${rate}:duration=${seconds}`,
];

beforeAll(async () => {
  await writeConstantModel(at('model'));
  ffmpeg(...testsrc(2), at('clip.mp4'));
  ffmpeg(...testsrc(60), '-preset', 'ultrafast', at('long.mkv'));
  ffmpeg(...testsrc(6), '-preset', 'ultrafast', at('half.mkv'));
  truncateSync(at('half.mkv'), Math.floor(readFileSync(at('half.mkv')).length / 2));
  ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', at('sound.m4a'));
  ffmpeg(
    '-f',
    'lavfi',
    '-i',
    'color=size=16x16:rate=5:duration=1',
    '-vf',
    'format=gray,crop=1:1',
    '-c:v',
    'ffv1',
    at('dot.mkv'),
  );
  mkdirSync(at('folder'));
  writeFileSync(at('folder/notes.txt'), 'nothing to see');
  writeFileSync(at('empty.mp4'), '');
  writeFileSync(at('text.mp4'), 'this is not a film\n');
  writeFileSync(at('typo.yaml'), 'gate:\n  ration: 3\n');
  writeFileSync(at('range.yaml'), 'gate: {ratio: 0.2}\n');
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

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly lines: Record<string, unknown>[];
}

/** Starts the program on a source read through three fixed windows, which a test picture always fills. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(child: ChildProcess): Promise<Result> {
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = out
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  return { code, out, err, lines };
}

const fixed = ['--pipeline', 'fixed', '--model', 'model'];
const lq = (...args: string[]): Promise<Result> => finish(start(args));
const read = (source: string, ...args: string[]): Promise<Result> => lq(source, ...fixed, ...args);

describe('a run', () => {
  it('prints one line a digit and nothing else on stdout, the same bytes each time, and a summary on stderr', async () => {
    const first = await read('clip.mp4');
    expect(first.code).toBe(0);
    expect(first.lines).toHaveLength(60);
    expect(first.out.split('\n')).toHaveLength(61);
    expect(first.lines[4]).toMatchObject({
      type: 'prediction',
      seq: 5,
      frame: 1,
      time: 0.1,
      region: 'tens',
      box: [64, 36, 32, 48],
      digit: 7,
    });
    expect(first.err).toContain('clip.mp4: 60 of 60 regions accepted in 20 frames');
    expect(first.err).not.toContain('\x1b');
    expect((await read('clip.mp4')).out).toBe(first.out);
  });

  it('says nothing on stderr with --quiet, and stops after --limit frames', async () => {
    const { code, err, lines } = await read('clip.mp4', '--quiet', '--limit', '3');
    expect({ code, err, frames: lines.at(-1)?.['frame'] }).toEqual({ code: 0, err: '', frames: 2 });
  });

  it('loads neither TensorFlow.js nor what draws, serves or trains', async () => {
    writeFileSync(
      at('hooks.mjs'),
      "import { appendFileSync } from 'node:fs';\nexport const load = (url, context, next) => " +
        "(appendFileSync(process.env.LQ_LOADED, url + '\\n'), next(url, context));\n",
    );
    writeFileSync(
      at('register.mjs'),
      "import { register } from 'node:module';\nregister(new URL('./hooks.mjs', import.meta.url));\n",
    );
    const env = { LQ_LOADED: at('loaded.txt'), NODE_OPTIONS: `--import=${pathToFileURL(at('register.mjs')).href}` };
    expect((await finish(start(['clip.mp4', ...fixed, '--limit', '1'], env))).lines).toHaveLength(3);
    const loaded = readFileSync(at('loaded.txt'), 'utf8');
    expect(loaded).toContain('dist/scoring/onnx.js');
    expect(
      loaded
        .split('\n')
        .filter((url) => /@tensorflow|node_modules\/(canvas|ws)\/|dist\/(lab|view|fixtures)\//.test(url)),
    ).toEqual([]);
  });

  it('tells the time of each stage when asked', async () => {
    const { err } = await read('clip.mp4', '--profile', '--summary', 'profile.json');
    expect(err).toMatch(
      /time per frame in ms, and its share of [\d.]+ s\n {4}waiting .*\n {4}source .*\n {4}regions .*\n {4}normalise .*\n {4}score .*\n {4}gate .*\n {4}publish /,
    );
    const { profile } = JSON.parse(readFileSync(at('profile.json'), 'utf8')) as {
      profile: { frames: number; wall: number; waiting: number; stages: Record<string, { perFrame: number }> };
    };
    expect(profile.frames).toBe(20);
    const perFrame = Object.values(profile.stages).reduce((sum, stage) => sum + stage.perFrame, profile.waiting);
    expect(perFrame * profile.frames).toBeCloseTo(profile.wall, 3);
  });

  it('prints rejections when asked, and says that the thresholds are the user’s', async () => {
    const { lines, err, code } = await read('clip.mp4', '--limit', '1', '--rejected', '--ratio', '100');
    expect(code).toBe(0);
    expect(lines.map(({ type, rejected }) => [type, rejected])).toEqual([
      ['rejection', 'ratio'],
      ['rejection', 'ratio'],
      ['rejection', 'ratio'],
    ]);
    expect(err).toContain('rejected: ratio 3');
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

  it('ends quietly with 0 when the reader closes stdout', async () => {
    const child = start(['long.mkv', ...fixed]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    let err = '';
    child.stderr?.on('data', (text) => (err += String(text)));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('serves the feed until every client has had the end', async () => {
    const child = start(['clip.mp4', ...fixed, '--serve', '0', '--realtime']);
    const result = finish(child);
    const url = await new Promise<string>((resolve) => {
      createInterface({ input: child.stderr! }).on(
        'line',
        (line) => line.startsWith('feed: ') && resolve(line.slice(6)),
      );
    });
    const types: string[] = [];
    const socket = new WebSocket(`${url}?since=0`);
    socket.on('message', (data: Buffer) => types.push((JSON.parse(data.toString()) as { type: string }).type));
    await once(socket, 'close');
    expect(types[0]).toBe('hello');
    expect(types.at(-1)).toBe('end');
    expect(types.filter((type) => type === 'prediction')).toHaveLength(60);
    expect((await result).code).toBe(0);
  });
});

describe('--help and --version', () => {
  it('go to stdout', async () => {
    const help = await lq('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const option of [
      '--pipeline',
      '--model',
      '--ratio',
      '--range',
      '--fps',
      '--limit',
      '--policy',
      '--realtime',
      '--rejected',
      '--annotate',
      '--sheet',
      '--summary',
      '--serve',
      '--token',
      '--quiet',
    ]) {
      expect(help.out).toContain(option);
    }
    expect((await lq('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe.concurrent('bad input', () => {
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
    ['a bad port', ['clip.mp4', '--serve', '70000'], 2, /--serve "70000"/],
    ['a feed for others without a token', ['clip.mp4', '--model', 'model', '--serve', '0.0.0.0:0'], 2, /--token/],
    ['a missing pipeline', ['clip.mp4', '--pipeline', 'none.yaml'], 2, /none\.yaml: can't be read/],
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
    expect(result.err).not.toMatch(/\n\s+at /);
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

  it('ffmpeg missing', async () => {
    const { code, err, out } = await finish(
      start(['clip.mp4', ...fixed], { PATH: folder, FFMPEG_PATH: undefined, FFPROBE_PATH: undefined }),
    );
    expect(code).toBe(3);
    expect(out).toBe('');
    expect(err).toMatch(/Install ffmpeg/);
  });
});

/** Waits for the first line, and says which ffmpeg processes the program then has. */
async function underWay(child: ChildProcess): Promise<number[]> {
  await once(child.stdout!, 'data');
  const pids = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', `${child.pid}`], { encoding: 'utf8' });
  return pids.split('\n').flatMap((line) => (line.endsWith('ffmpeg') ? [Number.parseInt(line)] : []));
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a run that is broken off', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s: 130, whole lines, no ffmpeg left, files finished', async (signal) => {
    const child = start([
      'long.mkv',
      ...fixed,
      '--realtime',
      '--annotate',
      `${signal}.mp4`,
      '--summary',
      `${signal}.json`,
    ]);
    const result = finish(child);
    const pids = await underWay(child);
    child.kill(signal);
    const { code, out, err, lines } = await result;
    expect(code).toBe(130);
    expect(pids.length).toBeGreaterThan(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(out.endsWith('}\n')).toBe(true);
    expect(out.split('\n')).toHaveLength(lines.length + 1);
    expect(err).toContain('interrupted');
    expect(JSON.parse(readFileSync(at(`${signal}.json`), 'utf8'))).toMatchObject({
      end: 'interrupted',
      counts: { accepted: lines.length },
    });
    expect(existsSync(at(`${signal}.mp4`))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('an interrupted run ends although nobody reads its output', async () => {
    const child = start(['long.mkv', '--pipeline', 'fixed', '--model', 'model', '--rejected', '--quiet']);
    await once(child.stdout!, 'readable');
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    child.stdout?.destroy();
  });

  it('ffmpeg killed in mid-stream: what came is published, then 3', async () => {
    const child = start(['long.mkv', ...fixed, '--realtime']);
    const result = finish(child);
    for (const pid of await underWay(child)) process.kill(pid, 'SIGKILL');
    const { code, out, err, lines } = await result;
    expect(code).toBe(3);
    expect(out.endsWith('}\n')).toBe(true);
    expect(lines.length % 3).toBe(0);
    expect(err).toMatch(/SIGKILL|killed/i);
  });
});
