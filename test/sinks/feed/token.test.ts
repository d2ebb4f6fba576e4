import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { createFeed, feed } from '../../../src/sinks/feed.js';
import {
  LONGEST_TOKEN,
  readTokenFile,
  SHORTEST_TOKEN,
  tokenOfEnvironment,
  wrongWithToken,
} from '../../../src/sinks/feed/token.js';
import { ending, testRun } from '../runs.js';
import { handshake } from './feed.js';

const TOKEN = 'p4ss-w0rd.of~many+characters=';
const folder = mkdtempSync(join(tmpdir(), 'lq-token-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A new file of the folder that holds this. */
function file(content: string | Buffer, mode = 0o600): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'token');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(UsageError);
  return (error as Error).message;
}

/** What is wrong with values that are no tokens, by what a message says of it. */
const WRONG: readonly [string, string][] = [
  ['', 'is empty'],
  ['\n', 'is empty'],
  ['two words', 'has a space'],
  ['two\nlines of it', 'has a space'],
  ['newlines\n\n', 'has a space'],
  ['\u0000'.repeat(20), 'a control character'],
  ['\u001b[31msecret', 'a control character'],
  ['\ufeffa-byte-order-mark', 'beyond ASCII'],
  ['na\u00efve-secret', 'beyond ASCII'],
  ['s'.repeat(SHORTEST_TOKEN - 1), 'has fewer than 8'],
  ['s'.repeat(LONGEST_TOKEN + 1), 'has more than 4096'],
  ['s'.repeat(1_000_000), 'has more than 4096'],
];

describe('a token file', () => {
  it.each(['', '\n', '\r\n'])('holds the token, and at its end %j', async (end) => {
    for (const token of [TOKEN, 's'.repeat(SHORTEST_TOKEN), 's'.repeat(LONGEST_TOKEN)])
      expect(await readTokenFile(file(token + end))).toEqual({ token, warning: undefined });
  });

  it.each(WRONG)('that holds %j is refused, and its content is not shown', async (content, why) => {
    const message = await refusal(readTokenFile(file(content)));
    expect(message).toContain(`--token-file ${join(folder, 'token')} must hold a token and nothing else`);
    expect(message).toContain(why);
    for (const word of content.match(/[a-z0-9]{6,}/gi) ?? []) expect(message).not.toContain(word);
  });

  it('may be a link to one', async () => {
    const link = join(folder, 'link');
    symlinkSync(file(TOKEN), link);
    expect((await readTokenFile(link)).token).toBe(TOKEN);
  });

  it('is a regular file: what else may never end, or never begin', async () => {
    file('');
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of [fifo, folder, '/dev/zero', '/dev/null'])
      expect(await refusal(readTokenFile(path))).toBe(
        `--token-file ${path} is not a regular file: a token is read from no other.`,
      );
  });

  it.each([
    ['none', 'there is no such file'],
    ['token/x', 'a part of its path is a file'],
    ['nul\0', 'its name has a NUL character'],
    ['n'.repeat(300), 'its name is too long'],
  ])('that is not there is said', async (name, why) => {
    file(TOKEN);
    const message = await refusal(readTokenFile(join(folder, name)));
    expect(message.endsWith(` can't be read: ${why}.`)).toBe(true);
    expect(message.length).toBeLessThan(300);
  });

  it('that every user may read is taken, with a warning; one that a group may read without', async () => {
    expect((await readTokenFile(file(TOKEN, 0o640))).warning).toBeUndefined();
    expect(await readTokenFile(file(TOKEN, 0o644))).toEqual({
      token: TOKEN,
      warning: `feed: ${join(folder, 'token')} can be read by every user of this machine; chmod 600 keeps it yours`,
    });
  });
});

describe('LQ_TOKEN', () => {
  it('is the token', () => {
    expect(tokenOfEnvironment({ LQ_TOKEN: TOKEN })).toBe(TOKEN);
    expect(tokenOfEnvironment({ LQ_TOKEN: `${TOKEN}\n` })).toBe(TOKEN);
    expect(tokenOfEnvironment({ OTHER: TOKEN })).toBeUndefined();
  });

  it.each(WRONG)('that is %j is refused, and not shown', async (text, why) => {
    const message = await refusal(Promise.resolve().then(() => tokenOfEnvironment({ LQ_TOKEN: text })));
    expect(message).toContain('LQ_TOKEN must hold a token and nothing else');
    expect(message).toContain(why);
  });
});

it('what a person types may be short, but not what no header can carry', () => {
  expect(wrongWithToken('x')).toBeUndefined();
  for (const [text, why] of WRONG.filter(([, why]) => !why.includes('fewer')))
    expect(wrongWithToken(text.replace(/^\n$/, ''))).toContain(why);
});

describe('the sink', () => {
  /** Opens a feed and asks it with this token; the answer's status, and what was said to people. */
  async function ask(
    options: { token?: string; tokenFile?: string },
    shown: string,
  ): Promise<{ status: number; said: string[] }> {
    const { info, said } = testRun();
    await using sink = await feed.create({ serve: 0, ...options });
    await sink.open(info);
    const url = /ws:\S+/.exec(said.join(''))?.[0] ?? '';
    const { status } = await handshake(`${url}?token=${encodeURIComponent(shown)}`);
    await sink.end(ending());
    return { status, said };
  }

  it('takes the token of a file, and says what is wrong with its mode', async () => {
    const { status, said } = await ask({ tokenFile: file(`${TOKEN}\n`, 0o644) }, TOKEN);
    expect(status).toBe(101);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^feed: .*token can be read by every user .*\n$/);
    expect(said.join('')).not.toContain(TOKEN);
    expect((await ask({ tokenFile: file(TOKEN) }, `${TOKEN}x`)).status).toBe(401);
  });

  it('takes the token of the environment, unless an option gives one', async () => {
    process.env['LQ_TOKEN'] = TOKEN;
    try {
      expect((await ask({}, TOKEN)).status).toBe(101);
      expect((await ask({}, 'another')).status).toBe(401);
      expect((await ask({ token: 'typed' }, 'typed')).status).toBe(101);
      expect((await ask({ token: 'typed' }, TOKEN)).status).toBe(401);
      expect((await ask({ tokenFile: file('of-the-file') }, 'of-the-file')).status).toBe(101);
      process.env['LQ_TOKEN'] = '';
      expect(await refusal(feed.create({ serve: 0 }))).toContain('LQ_TOKEN must hold');
      expect((await ask({ token: 'typed' }, 'typed')).status).toBe(101);
    } finally {
      delete process.env['LQ_TOKEN'];
    }
  });

  it('refuses two tokens, naming both options and showing neither', async () => {
    await using sink = createFeed({ token: TOKEN, tokenFile: file(TOKEN) });
    expect(await refusal(sink.open(testRun().info))).toBe(
      "The feed's token is given twice: keep one of --token and --token-file.",
    );
  });
});
