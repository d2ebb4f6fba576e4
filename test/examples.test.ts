// Tests of examples/: each runs, against the package as it is packed, and does what it says.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lq-examples-'));
/** Part of the fixture: digits on paper, under a camera in a hand. */
const clip = join(folder, 'clip.mp4');
const FRAMES = 12;

beforeAll(() => {
  const cut = [
    '-ss',
    '6',
    '-frames:v',
    `${FRAMES}`,
    '-vf',
    'crop=720:540:280:60',
    '-crf',
    '12',
    '-preset',
    'ultrafast',
  ];
  execFileSync('ffmpeg', ['-v', 'error', '-i', join(root, 'fixtures/camera.mp4'), ...cut, clip]);
  const words = ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', folder];
  const [packed] = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8' })) as [{ filename: string }];
  const installed = join(folder, 'node_modules/lq-stream');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', installed]);
  // What npm would install beside it is here already.
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
  cpSync(join(root, 'examples'), folder, { recursive: true });
  const reading = [join(root, 'dist/cli.js'), clip, '--quiet', '--limit', `${FRAMES}`];
  const printed = execFileSync(process.execPath, reading, { encoding: 'utf8' });
  lines = printed
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as (typeof lines)[number]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (program: string, ...words: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...words], { cwd: folder });
  return stdout.trimEnd().split('\n');
};

/** The lines of the command line on the same frames: the truth that the examples are held to. */
let lines: readonly { digit: number; time: number; ratio: number; frame: number; region: string }[] = [];

describe('examples', () => {
  it('are all run here', () => {
    const programs = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' });
    expect(programs.filter((name) => name.endsWith('.mjs')).sort()).toEqual([
      'live-page/serve.mjs',
      'read-a-file.mjs',
      'rule-of-your-own.mjs',
      'sink-of-your-own.mjs',
    ]);
  });

  it('read-a-file prints the digits that the command line prints', async () => {
    const expected = lines.map(
      ({ time, region, digit, ratio }) =>
        `${time.toFixed(2)} s  ${region.padEnd(4)} ${digit}  ratio ${ratio.toFixed(1)}`,
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(await run('read-a-file.mjs', clip, `${FRAMES}`)).toEqual(expected);
  });

  it('rule-of-your-own believes what was accepted in three frames running', async () => {
    const seen = new Map<string, { frame: number; digit: number; times: number }>();
    let believed = 0;
    for (const { frame, region, digit } of lines) {
      const last = seen.get(region);
      const times = last?.digit === digit && last.frame === frame - 1 ? last.times + 1 : 1;
      seen.set(region, { frame, digit, times });
      if (times >= 3) believed++;
    }
    expect(believed).toBeGreaterThan(0);
    expect(await run('rule-of-your-own.mjs', clip, `${FRAMES}`)).toEqual([
      `${believed} believed, ${lines.length - believed} not yet`,
    ]);
  });

  it('sink-of-your-own writes how often each digit was read', async () => {
    const said = await run('sink-of-your-own.mjs', clip, 'table.csv', `${FRAMES}`);
    expect(said).toEqual(['table.csv written, the run is done', `${lines.length} digits in ${FRAMES} frames`]);
    const rows = Array.from(
      { length: 10 },
      (_, digit) => `${digit},${lines.filter((line) => line.digit === digit).length}`,
    );
    expect(readFileSync(join(folder, 'table.csv'), 'utf8')).toBe(`digit,times\n${rows.join('\n')}\n`);
  });

  it('live-page serves a page whose feed sends predictions, and ends when it is stopped', async () => {
    const child = spawn(process.execPath, ['live-page/serve.mjs', clip, '0'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [address] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const page = await (await fetch(address)).text();
      const feed = /new WebSocket\('([^']+)'\)/.exec(page)?.[1] ?? '';
      const socket = new WebSocket(feed, { origin: new URL(address).origin });
      const types = new Set<string>();
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('message', (data: Buffer) => {
          types.add((JSON.parse(data.toString()) as { type: string }).type);
          if (types.has('prediction')) resolve();
        });
      });
      socket.terminate();
      expect([...types][0]).toBe('hello');
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});
