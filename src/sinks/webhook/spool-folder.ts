// Owns what a spool's folder holds: numbered files of lines, how far they were sent, and who has it. It must not keep a
// queue.
import fs from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../../base/errors.js';
import { makeFolder, reasonOf } from '../../base/output/file.js';
import { printable } from '../../base/printable.js';

/** A file of lines. */
export interface Segment {
  readonly number: number;
  /** Those that are whole lines. */
  bytes: number;
  /** Lines that are still to be sent. */
  lines: number;
}

/** A segment, and a byte in it. */
export interface Position {
  segment: number;
  offset: number;
}

/** What an earlier run has left. */
export interface Left {
  /** In order. */
  readonly segments: Segment[];
  /** All before was sent. */
  readonly position: Position;
}

const SEGMENT = /^(\d{10})\.ndjson$/;
const POSITION = 'position.json';
const LOCK = 'lock';

/** Folders that this process has. */
const held = new Set<string>();

/** A folder that is ours until it is released. */
export class SpoolFolder {
  private constructor(readonly path: string) {}

  /**
   * Takes a folder, which is made where there is none.
   * @throws UsageError where it can't be written, or another program has it.
   */
  static async take(folder: string): Promise<{ readonly folder: SpoolFolder; readonly left: Left }> {
    try {
      await makeFolder(folder);
      await lock(folder);
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw new UsageError(`--webhook-spool ${printable(folder)} can't be used: ${reasonOf(cause)}.`, { cause });
    }
    const made = new SpoolFolder(folder);
    try {
      return { folder: made, left: await made.#left() };
    } catch (cause) {
      await made.release();
      throw new UsageError(`--webhook-spool ${printable(folder)} can't be read: ${reasonOf(cause)}.`, { cause });
    }
  }

  /** The path of a segment. */
  file(number: number): string {
    return path.join(this.path, `${String(number).padStart(10, '0')}.ndjson`);
  }

  /** Removes a segment. */
  async forget(number: number): Promise<void> {
    await fs.rm(this.file(number), { force: true });
  }

  /** Keeps how far it was sent: the whole of it, or what was kept before. */
  async save(position: Position): Promise<void> {
    const file = path.join(this.path, POSITION);
    await fs.writeFile(`${file}.part`, `${JSON.stringify(position)}\n`, { mode: 0o600 });
    await fs.rename(`${file}.part`, file);
  }

  /** Removes how far it was sent: there is nothing left. */
  async clear(): Promise<void> {
    await fs.rm(path.join(this.path, POSITION), { force: true });
  }

  /** Another program may have it. Idempotent. */
  async release(): Promise<void> {
    held.delete(path.resolve(this.path));
    await fs.rm(path.join(this.path, LOCK), { force: true }).catch(() => undefined);
  }

  async #left(): Promise<Left> {
    const numbers = (await fs.readdir(this.path)).flatMap((name) => {
      const number = SEGMENT.exec(name)?.[1];
      return number === undefined ? [] : [Number(number)];
    });
    const saved = await this.#saved();
    const segments: Segment[] = [];
    for (const number of numbers.sort((a, b) => a - b)) {
      if (saved && number < saved.segment) {
        await this.forget(number);
        continue;
      }
      const bytes = await fs.readFile(this.file(number));
      // Half a line at the end, of a program that was killed, does not count.
      const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
      const from = saved?.segment === number && saved.offset <= whole.length ? saved.offset : 0;
      let lines = 0;
      for (let at = whole.indexOf(10, from); at >= 0; at = whole.indexOf(10, at + 1)) lines += 1;
      segments.push({ number, bytes: whole.length, lines });
    }
    const first = segments[0];
    const isKnown = saved && saved.segment === first?.number && saved.offset <= first.bytes;
    return { segments, position: isKnown ? saved : { segment: first?.number ?? 1, offset: 0 } };
  }

  async #saved(): Promise<Position | undefined> {
    const text = await fs.readFile(path.join(this.path, POSITION), 'utf8').catch(() => '');
    const [, segment, offset] = /^\{"segment":(\d{1,10}),"offset":(\d{1,12})\}\n$/.exec(text) ?? [];
    return segment === undefined ? undefined : { segment: Number(segment), offset: Number(offset) };
  }
}

/** Two programs in one folder would send, and forget, what is the other's. */
async function lock(folder: string): Promise<void> {
  const [file, key] = [path.join(folder, LOCK), path.resolve(folder)];
  for (let tries = 0; tries < 3; tries++) {
    try {
      await fs.writeFile(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
      held.add(key);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number((await fs.readFile(file, 'utf8').catch(() => '')).trim());
    // In a container the killed program before may have had the same number.
    if (held.has(key) || (pid !== process.pid && isAlive(pid)))
      throw new UsageError(
        `--webhook-spool ${printable(folder)} is in use by process ${pid}: give each program a folder of its own.`,
      );
    await fs.rm(file, { force: true });
  }
  throw new UsageError(`--webhook-spool ${printable(folder)} is taken by another program again and again.`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
