// The built program, killed with -9 while its webhook's target is down: what was stored is posted by the next run.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeConstantModel } from '../../model-folder.js';
import { turn } from '../feed/feed.js';
import { webTarget } from '../sending/servers.js';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lq-killed-'));
beforeAll(async () => {
  await writeConstantModel(join(folder, 'model'));
  const picture = 'testsrc=size=160x120:rate=30:duration=10';
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    picture,
    '-preset',
    'ultrafast',
    join(folder, 'long.mkv'),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Message {
  readonly run: string;
  readonly n: number;
}
const keyOf = ({ run, n }: Message): string => `${run} ${n}`;

it('nothing that was stored is lost, nothing is doubled by its number, and the order holds', async () => {
  await using web = await webTarget();
  const spool = join(folder, 'spool');
  const words = ['--pipeline', 'fixed', '--model', 'model', '--webhook', web.url, '--webhook-spool', spool, '--quiet'];
  const start = (...more: string[]) =>
    spawn(process.execPath, [cli, 'long.mkv', ...words, ...more], { cwd: folder, stdio: 'ignore' });
  web.answers.push({ status: 204 }, ...Array<{ status: number }>(100).fill({ status: 503 }));
  const stored = (): string[] =>
    readdirSync(spool).flatMap((name) => {
      if (!name.endsWith('.ndjson')) return [];
      const whole = readFileSync(join(spool, name), 'utf8').split('\n').slice(0, -1);
      return whole.map((line) => keyOf(JSON.parse(line) as Message));
    });
  const killed = start('--realtime');
  await web.until(2);
  while (stored().length < 50) await turn();
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const promised = stored();

  web.answers.length = 0;
  const [code] = (await once(start('--limit', '5'), 'exit')) as [number];
  expect(code).toBe(0);
  const got = web.received.flatMap(({ body }) => (JSON.parse(body) as { messages: Message[] }).messages.map(keyOf));
  const distinct = got.filter((key, i) => got.indexOf(key) === i);
  expect(distinct.slice(0, promised.length)).toEqual(promised);
  // What the second run has read follows.
  expect(distinct.length).toBeGreaterThan(promised.length);
  expect(readdirSync(spool)).toEqual([]);
});
