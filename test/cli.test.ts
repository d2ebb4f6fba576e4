// The built command line as a user meets it, for what needs a process: pipes, signals, exit codes, what is loaded. What
// does not is in test/cli/read.test.ts.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

beforeAll(async () => {
  await writeConstantModel(at('model'));
  const long = ['-preset', 'ultrafast', at('long.mkv')];
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10:duration=60', '-t', '2', at('clip.mp4'), ...long);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly lines: Record<string, unknown>[];
}

/** Starts the program. */
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

/** Read through three fixed windows, which a test picture always fills. */
const fixed = ['--pipeline', 'fixed', '--model', 'model'];
const lq = (...args: string[]): Promise<Result> => finish(start(args));
const read = (source: string, ...args: string[]): Promise<Result> => lq(source, ...fixed, ...args);

describe('a run', () => {
  let first: Result;
  beforeAll(async () => {
    first = await read('clip.mp4');
  });

  it('prints one line a digit and nothing else on stdout, and a summary on stderr', () => {
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
  });

  it('says nothing on stderr with --quiet, and prints the same bytes again', async () => {
    const { lines: _, ...quiet } = await read('clip.mp4', '--quiet');
    expect(quiet).toEqual({ code: 0, err: '', out: first.out });
  });

  it('loads neither TensorFlow.js nor what draws, serves or trains, nor anything of fleets and brokers', async () => {
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
        .filter((url) =>
          /@tensorflow|@nats-io|node_modules\/(canvas|ws|mqtt|pg|prom-client)\/|dist\/(lab|fixtures|fleet|sinks\/drawing)\//.test(
            url,
          ),
        ),
    ).toEqual([]);
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

describe('an error', () => {
  it.each<[code: number, args: string[], message: RegExp]>([
    [2, ['clip.mp4', '--anotate', 'x'], /^lq-stream: unknown option --anotate; did you mean --annotate\?.*\n$/],
    [3, ['none.mp4', '--model', 'model'], /^lq-stream: none\.mp4: no such file.*\n$/],
    [4, ['clip.mp4', '--model', 'camra'], /^lq-stream: Unknown model "camra".*\n$/],
  ])('ends the process with %i, and is one line on stderr', async (code, args, message) => {
    const result = await lq(...args);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(message);
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
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s: 130, whole lines, no ffmpeg left, files finished',
    async (signal) => {
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
    },
  );

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
