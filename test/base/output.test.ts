// Tests of src/base/output: what stands under a name is replaced or written into as it is, and killed runs leave nothing
// for ever.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { abandon } from '../../src/base/output/abandon.js';
import { checkOutput, makeFolder, openOutput, writeOutput } from '../../src/base/output/file.js';
import { replaceFolder } from '../../src/base/output/folder.js';
import { UsageError } from '../../src/base/errors.js';
import type { Clock } from '../../src/base/clock.js';

const root = process.getuid?.() === 0;
let all: string;
let folder: string;
beforeAll(() => {
  all = mkdtempSync(join(tmpdir(), 'lq-output-'));
});
beforeEach(() => {
  folder = mkdtempSync(join(all, 't'));
});
afterAll(() => rmSync(all, { recursive: true, force: true }));

const at = (...names: string[]): string => join(folder, ...names);
const text = (file: string): string => readFileSync(file, 'utf8');
const mode = (file: string): string => (statSync(file).mode & 0o7777).toString(8);
/** A clock that does not wait. */
const noWait: Clock = {
  every: () => () => {},
  after: (_, run) => {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};
const HOST = hostname()
  .replace(/[^\w-]/g, '-')
  .slice(0, 32);
/** The number of a process that is over. */
const dead = spawnSync('true').pid;

describe('a regular file', () => {
  it('is replaced whole, in folders that are made for it', async () => {
    await writeOutput(at('a', 'b', 'out.json'), ['one, ', Buffer.from('two')]);
    expect(text(at('a', 'b', 'out.json'))).toBe('one, two');
    expect(readdirSync(at('a', 'b'))).toEqual(['out.json']);
  });

  it('is the old one until it is finished', async () => {
    writeFileSync(at('out'), 'old');
    const before = statSync(at('out')).ino;
    const output = await openOutput(at('out'));
    writeFileSync(output.part, 'new');
    expect(text(at('out'))).toBe('old');
    await output.finish();
    await output.discard();
    expect(text(at('out'))).toBe('new');
    expect(statSync(at('out')).ino).not.toBe(before);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('is unchanged when the new one is given up', async () => {
    writeFileSync(at('out'), 'old');
    const output = await openOutput(at('out'));
    writeFileSync(output.part, 'half');
    await output.discard();
    await output.finish();
    expect(text(at('out'))).toBe('old');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it.each(['600', '640', '755', '444'])('keeps its mode %s, which no part of it had less strictly', async (wanted) => {
    writeFileSync(at('out'), 'old');
    chmodSync(at('out'), parseInt(wanted, 8));
    const output = await openOutput(at('out'));
    expect(mode(output.part)).toBe('600');
    await output.finish();
    expect(mode(at('out'))).toBe(wanted);
  });

  it.runIf(root)('keeps its owner and its set-group bit', async () => {
    writeFileSync(at('out'), 'old');
    chownSync(at('out'), 1234, 4321);
    chmodSync(at('out'), 0o2664);
    await writeOutput(at('out'), ['new']);
    expect(statSync(at('out'))).toMatchObject({ uid: 1234, gid: 4321 });
    expect(mode(at('out'))).toBe('2664');
    expect(text(at('out'))).toBe('new');
  });

  it('has the mode that any new file has', async () => {
    writeFileSync(at('other'), '');
    await writeOutput(at('out'), ['new']);
    expect(mode(at('out'))).toBe(mode(at('other')));
  });

  it('may have the longest name that a file can have', async () => {
    const longest = at('x'.repeat(255));
    await writeOutput(longest, ['new']);
    expect(text(longest)).toBe('new');
    await expect(writeOutput(at('x'.repeat(256)), ['new'])).rejects.toThrow(/its name is too long/);
  });

  it('loses no other name that it has', async () => {
    writeFileSync(at('out'), 'old');
    linkSync(at('out'), at('copy'));
    await writeOutput(at('out'), ['new']);
    expect([text(at('out')), text(at('copy'))]).toEqual(['new', 'old']);
  });
});

describe('a symbolic link', () => {
  it('stays, and what it leads to is replaced where that is', async () => {
    mkdirSync(at('there'));
    writeFileSync(at('there', 'target'), 'old');
    symlinkSync('there/target', at('first'));
    symlinkSync(at('first'), at('second'));
    await writeOutput(at('second'), ['new']);
    expect(text(at('there', 'target'))).toBe('new');
    expect([readlinkSync(at('first')), readlinkSync(at('second'))]).toEqual(['there/target', at('first')]);
    expect(readdirSync(at('there'))).toEqual(['target']);
  });

  it('to nothing yet makes what it leads to', async () => {
    symlinkSync('later', at('link'));
    await writeOutput(at('link'), ['new']);
    expect(text(at('later'))).toBe('new');
    expect(readlinkSync(at('link'))).toBe('later');
  });

  it('in a circle is refused', async () => {
    symlinkSync('b', at('a'));
    symlinkSync('a', at('b'));
    await expect(checkOutput(at('a'))).rejects.toThrow('its symbolic links lead in a circle');
  });

  it('in the folder is followed as the system does, not by its letters', async () => {
    mkdirSync(at('far', 'away'), { recursive: true });
    symlinkSync('far/away', at('near'));
    await writeOutput(`${at('near')}/../out`, ['new']);
    expect(text(at('far', 'out'))).toBe('new');
  });
});

describe('what is no regular file', () => {
  it('a FIFO stays one, and its reader gets the bytes', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const big = Buffer.alloc(300_000, 'x');
    const read = readSlowly(at('fifo'));
    await writeOutput(at('fifo'), [big, 'end']);
    expect((await read).equals(Buffer.concat([big, Buffer.from('end')]))).toBe(true);
    expect(statSync(at('fifo')).isFIFO()).toBe(true);
  });

  it('a FIFO that nobody reads is given up after a while', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    await expect(writeOutput(at('fifo'), ['x'], { patience: 200, clock: noWait })).rejects.toThrow(
      /fifo: nobody reads the FIFO \(waited 0\.2 s\)/,
    );
  });

  it('a FIFO whose reader takes nothing is given up after a while', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    // Read and write: never blocks, and never reads here.
    const reader = openSync(at('fifo'), 'r+');
    try {
      const full = writeOutput(at('fifo'), [Buffer.alloc(1 << 20)], { patience: 50 });
      await expect(full).rejects.toThrow(/its reader took nothing for 0\.05 s/);
    } finally {
      closeSync(reader);
    }
  });

  it.runIf(root)('a device stays one', async () => {
    // A null device of our own.
    execFileSync('mknod', [at('null'), 'c', '1', '3']);
    symlinkSync('null', at('link'));
    const output = await openOutput(at('link'));
    writeFileSync(output.part, 'gone');
    await output.finish();
    await writeOutput(at('null'), ['gone']);
    expect(statSync(at('null')).isCharacterDevice()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['link', 'null']);
    // A full disk of our own.
    execFileSync('mknod', [at('full'), 'c', '1', '7']);
    await expect(writeOutput(at('full'), ['x'])).rejects.toThrow(/full: the disk is full\./);
    expect(statSync(at('full')).isCharacterDevice()).toBe(true);
  });

  it('what is written into is made in a folder that nobody else reads, and leaves nothing there', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const output = await openOutput(at('fifo'));
    const apart = join(output.part, '..');
    expect(mode(apart)).toBe('700');
    expect(apart.startsWith(folder)).toBe(false);
    writeFileSync(output.part, 'whole');
    const read = readSlowly(at('fifo'));
    await output.finish();
    expect((await read).toString()).toBe('whole');
    expect(existsSync(apart)).toBe(false);
  });

  it("a descriptor's file is added to where it stands", async () => {
    const descriptor = openSync(at('log'), 'w');
    try {
      await writeOutput(`/dev/fd/${descriptor}`, ['one ']);
      await writeOutput(`/proc/self/fd/${descriptor}`, ['two']);
    } finally {
      closeSync(descriptor);
    }
    expect(text(at('log'))).toBe('one two');
    await expect(checkOutput('/proc/self/fd/999')).rejects.toThrow('no such descriptor is open');
  });

  it('a socket and a directory are refused in words', async () => {
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(checkOutput(at('socket'))).rejects.toThrow('it is a socket');
    await new Promise((resolve) => server.close(resolve));
    await expect(checkOutput(folder)).rejects.toThrow('it is a directory');
    await expect(checkOutput(`${at('new')}/`)).rejects.toThrow('it names a directory');
    await expect(checkOutput(at('a\0b'))).rejects.toThrow('its name holds a NUL character');
  });
});

describe('where nothing can be made', () => {
  it('a missing parent that can not be made is an error, not a wait', async () => {
    await expect(writeOutput('/proc/none/out', ['x'])).rejects.toThrow(UsageError);
    await expect(makeFolder('/proc/none/deeper')).rejects.toThrow(/ENOENT|EACCES|EPERM/);
  });

  it.runIf(root)("a person's file in a folder of others is written into, and stays theirs", () => {
    // As another user: root may do all.
    mkdirSync(at('locked'));
    writeFileSync(at('locked', 'out'), 'old and longer');
    chmodSync(at('locked', 'out'), 0o666);
    chmodSync(folder, 0o755);
    chmodSync(all, 0o755);
    const code = `
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const { writeOutput } = await import(${JSON.stringify(new URL('../../dist/base/output/file.js', import.meta.url).href)});
      await writeOutput(${JSON.stringify(at('locked', 'out'))}, ['new']);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(text(at('locked', 'out'))).toBe('new');
    expect(statSync(at('locked', 'out'))).toMatchObject({ uid: 0, gid: 0 });
  });
});

describe('what killed runs left', () => {
  it('goes with the next run of that name; what others write, and other names, stay', async () => {
    const alive = process.ppid;
    const files = {
      left: `out.${HOST}.${dead}-0.part`,
      mineFromBefore: `out.${HOST}.${process.pid}-999999.part`,
      living: `out.${HOST}.${alive}-0.part`,
      elsewhere: `out.elsewhere.${dead}-0.part`,
      elsewhereLongAgo: `out.elsewhere.${dead}-1.part`,
      ofAnother: `out.mp4.${HOST}.${dead}-0.part`,
      aPersons: 'out.part',
    };
    for (const name of Object.values(files)) writeFileSync(at(name), '');
    utimesSync(at(files.elsewhereLongAgo), 1, 1);
    mkdirSync(at(`out.${HOST}.${dead}-1.part`));
    await writeOutput(at('out'), ['new']);
    expect(readdirSync(folder).sort()).toEqual(
      ['out', files.living, files.elsewhere, files.ofAnother, files.aPersons].sort(),
    );
  });

  it('two runs of one process do not take each other for leftovers', async () => {
    const first = await openOutput(at('out'));
    writeFileSync(first.part, 'first');
    await writeOutput(at('out'), ['second']);
    await first.finish();
    expect(text(at('out'))).toBe('first');
  });

  it('a process that is abandoned removes its parts at once', async () => {
    const file = await openOutput(at('out'));
    execFileSync('mkfifo', [at('fifo')]);
    const apart = await openOutput(at('fifo'));
    abandon();
    expect([existsSync(file.part), existsSync(join(apart.part, '..'))]).toEqual([false, false]);
    await file.discard();
    await apart.discard();
    expect(readdirSync(folder)).toEqual(['fifo']);
  });
});

describe('a folder', () => {
  it('is replaced whole, through a link, with its mode', async () => {
    mkdirSync(at('report'));
    chmodSync(at('report'), 0o700);
    writeFileSync(at('report', 'old'), '');
    symlinkSync('report', at('link'));
    await replaceFolder(at('link'), async (fresh) => writeFileSync(join(fresh, 'new'), ''));
    expect(readdirSync(at('report'))).toEqual(['new']);
    expect(mode(at('report'))).toBe('700');
    expect(readdirSync(folder).sort()).toEqual(['link', 'report']);
  });

  it('is unchanged when the new one fails, and clears what killed runs left', async () => {
    mkdirSync(at('report'));
    writeFileSync(at('report', 'old'), '');
    mkdirSync(at(`report.${HOST}.${dead}-0.part`));
    await expect(replaceFolder(at('report'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(at('report'))).toEqual(['old']);
    expect(readdirSync(folder).map((name) => basename(name))).toEqual(['report']);
  });
});

/** Reads to the end in another process: one thread that opens a FIFO must not wait for another of the same pool. */
async function readSlowly(fifo: string): Promise<Buffer> {
  const { spawn } = await import('node:child_process');
  const child = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
