import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect as connectTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { lineWriter, OutputClosed, OutputError } from '../../src/sinks/line-writer.js';
import { turn } from './feed/feed.js';

/** A stream that takes nothing until told. */
function stalled(): { stream: Writable; taken: string[]; take(error?: Error): void } {
  const taken: string[] = [];
  let take: (error?: Error) => void = () => {};
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      take = (error) => {
        if (!error) taken.push(chunk.toString());
        done(error);
      };
    },
  });
  return { stream, taken, take: (error) => take(error) };
}

describe('lineWriter', () => {
  it('writes whole lines in order, and nothing for nothing', async () => {
    const stream = new PassThrough();
    const writer = lineWriter(stream);
    await writer.write(['{"a":1}', '{"b":2}']);
    await writer.write([]);
    await writer.write(['"\u00e9"']);
    await writer.end();
    expect((stream.read() as Buffer).toString()).toBe('{"a":1}\n{"b":2}\n"\u00e9"\n');
  });

  it('waits for a reader that is slow', async () => {
    const { stream, taken, take } = stalled();
    const writer = lineWriter(stream);
    let done = false;
    const written = writer.write(['one']).then(() => (done = true));
    await turn();
    expect(done).toBe(false);
    take();
    await written;
    expect(taken).toEqual(['one\n']);
  });

  it('ends when everything is handed over, refuses more, and leaves the stream open', async () => {
    const { stream, taken, take } = stalled();
    const writer = lineWriter(stream);
    const written = writer.write(['one']);
    const ended = writer.end();
    take();
    await Promise.all([written, ended, writer.end()]);
    expect(taken).toEqual(['one\n']);
    await expect(writer.write(['two'])).rejects.toThrow('write() after end()');
    expect(stream.writable).toBe(true);
  });

  it('says that the reader has gone: the write in progress, those after it, `closed`; and ends', async () => {
    const { stream, take } = stalled();
    const writer = lineWriter(stream);
    const written = writer.write(['one']);
    take(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await expect(written).rejects.toThrow(OutputClosed);
    await writer.closed;
    await expect(writer.write(['two'])).rejects.toThrow(OutputClosed);
    await writer.end();
  });

  it('gives other failures to the user, with the cause', async () => {
    const { stream, take } = stalled();
    const written = lineWriter(stream).write(['one']);
    const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    take(cause);
    const error: unknown = await written.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutputError);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ cause, message: expect.stringContaining('no space left') as string });
  });

  it('writes files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lines-'));
    try {
      const stream = createWriteStream(join(folder, 'out.ndjson'));
      const writer = lineWriter(stream);
      for (let i = 0; i < 20; i++) await writer.write([`${i}`, 'x'.repeat(30_000)]);
      await writer.end();
      const text = await readFile(join(folder, 'out.ndjson'), 'utf8');
      expect(text.split('\n')).toHaveLength(41);
      stream.end();
      await once(stream, 'close');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("notices that a pipe's reader has closed it", async () => {
    const child = spawn('head', ['-1'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8');
    const read = (async () => (await child.stdout.toArray()).join(''))();
    const writer = lineWriter(child.stdin);
    let lines = 0;
    await expect(
      (async () => {
        for (; lines < 1e6; lines++) await writer.write([`line ${lines} ${'x'.repeat(1_000)}`]);
      })(),
    ).rejects.toThrow(OutputClosed);
    await writer.closed;
    await writer.end();
    expect(await read).toMatch(/^line 0 x+\n$/);
  });

  it("notices that a socket's reader has reset it", async () => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const writer = lineWriter(socket);
    await writer.write(['one']);
    await writer.closed;
    await expect(writer.write(['two'])).rejects.toThrow(OutputClosed);
    server.close();
    await once(server, 'close');
  });

  it('works on the real stdout: `| head -1` ends the process with 0', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lines-'));
    try {
      for (const name of ['base/printable', 'base/errors', 'sinks/line-writer']) {
        const { outputText } = transpileModule(
          await readFile(new URL(`../../src/${name}.ts`, import.meta.url), 'utf8'),
          {
            compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
          },
        );
        await mkdir(join(folder, dirname(name)), { recursive: true });
        await writeFile(join(folder, `${name}.js`), outputText);
      }
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      await writeFile(join(folder, 'main.js'), PROGRAM);
      const { stdout, stderr } = await promisify(execFile)(
        'sh',
        ['-c', '( "$0" main.js; echo "status $?" >&2 ) | head -1', process.execPath],
        { cwd: folder },
      );
      expect({ stdout, stderr }).toEqual({ stdout: 'line 0\n', stderr: 'status 0\n' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Writes until its reader has gone, which is 0; 5 when that never happens. */
const PROGRAM = `
  import { lineWriter, OutputClosed } from './sinks/line-writer.js';
  const writer = lineWriter(process.stdout);
  process.exitCode = 5;
  try {
    for (let i = 0; i < 1e6; i++) await writer.write(['line ' + i]);
  } catch (error) {
    if (error instanceof OutputClosed) process.exitCode = 0;
  }
  await writer.end();
`;
