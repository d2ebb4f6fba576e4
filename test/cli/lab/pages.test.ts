// Tests of `lq-stream pages`: its arguments, and one small set from its making to its table.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { run } from '../../../src/cli/lab/pages.js';
import type { Tally } from '../../../src/lab/pages/tally.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

describe('lq-stream pages', () => {
  it.each([
    [[], /pages make, or lq-stream pages judge/],
    [['mke'], /found "mke"/i],
    [['make', 'here'], /"make here"/],
    [['judge', 'a', 'b'], /"judge a b"/],
    [['make', '--docs'], /--docs is for lq-stream pages judge/],
    [['judge', '--seed', '1'], /--seed is for lq-stream pages make/],
    [['make', '--seed', 'x'], /--seed must be a whole number.*"x"/],
    [['make', '--count', '0'], /--count must be a whole number.*"0"/],
    [['make', '--only', 'row'], /no kind "row".*did you mean "rows"/],
    [['judge', '/nowhere'], /holds neither truth.json nor labels.json/],
  ])('refuses %j', async (argv, message) => {
    await expect(run(argv)).rejects.toThrow(UsageError);
    await expect(run(argv)).rejects.toThrow(message);
  });

  it('makes a set and judges it', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const [set, json] = [join(folder, 'set'), join(folder, 'counts.json')];
    expect(await run(['make', '--only', 'lone,operators', '--count', '2', '--out', set])).toBe(0);
    expect(await run(['judge', set, '--json', json])).toBe(0);
    const table = out.mock.calls.map(([text]) => String(text)).join('');
    expect(table).toMatch(/^\| lone +\| +2 \| +2 \|/m);
    expect(table).toMatch(/^\| operators +\| +2 \| +0 \|/m);
    const { counts } = JSON.parse(readFileSync(json, 'utf8')) as { counts: Record<string, Tally> };
    expect(counts['lone']).toMatchObject({ pictures: 2, frames: 2, digits: 2 });
    expect(counts['operators']).toMatchObject({ pictures: 2, digits: 0, right: 0, wrong: 0 });
  });

  it('refuses a truth that is none, and says where', async () => {
    writeFileSync(
      join(folder, 'truth.json'),
      '{"format": "lq-stream/pages/1", "command": "x", "pictures": [{"file": "../x.png"}]}',
    );
    await expect(run(['judge', folder])).rejects.toThrow(/truth\.json: pictures\[0\]\.file/);
  });
});
