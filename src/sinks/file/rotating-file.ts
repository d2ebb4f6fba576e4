// A file that lines are added to, and that makes room by its size and age: `a.ndjson`, and before it `a.000001.ndjson`,
// ... It must not know what a line says.
import type { Stats } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, reasonOf } from '../../base/output/file.js';
import { printable } from '../../base/printable.js';
import type { Outcome, Target } from '../sending/delivery.js';

/** When a file makes room for the next, and how many stay. */
export interface Rotation {
  /** Bytes of a file at most; one line may be longer. Default: any. */
  readonly bytes?: number | undefined;
  /** Seconds from its first line on. Default: any. */
  readonly seconds?: number | undefined;
  /** Files besides the one that is written to, >= 1. */
  readonly keep: number;
}

interface Open {
  readonly handle: FileHandle;
  /** Which file it is, whatever it is called by now. */
  readonly id: string;
  bytes: number;
  /** Milliseconds since 1970: its first line. */
  readonly begun: number;
}

/** Lines that are written in one go, at most. */
const BATCH = 1_000;

/** The file as the target of a delivery. */
export class RotatingFile implements Target {
  readonly name: string;
  readonly batch = BATCH;
  readonly #file: string;
  readonly #rotation: Rotation;
  readonly #now: () => number;
  #open: Open | undefined;

  /** @param now Milliseconds since 1970. */
  constructor(file: string, rotation: Rotation, now: () => number = Date.now) {
    this.#file = file;
    this.name = printable(file);
    this.#rotation = rotation;
    this.#now = now;
  }

  /**
   * Opens it, with what it has already.
   * @throws the error of the system.
   */
  async open(): Promise<void> {
    this.#open ??= await this.#begin();
  }

  async send(lines: readonly string[]): Promise<Outcome> {
    let done = 0;
    try {
      while (done < lines.length) {
        const count = await this.#fitting(lines, done);
        await this.#write(lines.slice(done, done + count));
        done += count;
      }
      return { is: 'sent' };
    } catch (error) {
      // A file that was taken away, or a disk that came back: the next attempt opens it anew.
      await this.#shut();
      return { is: 'later', why: `can't be written: ${reasonOf(error)}`, done };
    }
  }

  async close(): Promise<void> {
    await this.#open?.handle.datasync().catch(() => undefined);
    await this.#shut();
  }

  /** How many of the lines go into the file that is open then: at least one. */
  async #fitting(lines: readonly string[], from: number): Promise<number> {
    const { bytes: most = Infinity, seconds = Infinity } = this.#rotation;
    await this.#follow();
    await this.open();
    const length = (i: number): number => Buffer.byteLength(lines[i]!) + 1;
    const isOld = this.#now() - this.#open!.begun >= seconds * 1000;
    if (this.#open!.bytes > 0 && (isOld || this.#open!.bytes + length(from) > most)) await this.#rotate();
    let [count, bytes] = [1, this.#open!.bytes + length(from)];
    while (from + count < lines.length && bytes + length(from + count) <= most) bytes += length(from + count++);
    return count;
  }

  /** A file that was moved or taken away is written to no more: what is added would be found nowhere. */
  async #follow(): Promise<void> {
    const found = this.#open && (await fs.stat(this.#file).catch(() => undefined));
    if (this.#open && (!found || idOf(found) !== this.#open.id)) await this.#shut();
  }

  async #write(lines: readonly string[]): Promise<void> {
    const { handle, bytes: before } = this.#open!;
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    try {
      await handle.writeFile(bytes);
      this.#open!.bytes += bytes.length;
    } catch (error) {
      // Half a line would make one of the next: the disk may have room for them.
      await handle.truncate(before).catch(() => undefined);
      throw error;
    }
  }

  async #begin(): Promise<Open> {
    await makeFolder(path.dirname(this.#file));
    const handle = await fs.open(this.#file, 'a+', 0o666);
    try {
      const found = await handle.stat();
      const { size, birthtimeMs } = found;
      const half = size > 0 && (await lastByte(handle, size)) !== 10;
      // A killed run may have left half a line: it stays one by itself.
      if (half) await handle.writeFile('\n');
      return {
        handle,
        id: idOf(found),
        bytes: size + (half ? 1 : 0),
        begun: size > 0 && birthtimeMs > 0 ? birthtimeMs : this.#now(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #rotate(): Promise<void> {
    await this.#shut();
    const numbers = await this.#numbers();
    await fs.rename(this.#file, this.#numbered((numbers.at(-1) ?? 0) + 1));
    const surplus = numbers.slice(0, Math.max(0, numbers.length + 1 - this.#rotation.keep));
    for (const number of surplus) await fs.rm(this.#numbered(number), { force: true });
    await this.open();
  }

  async #shut(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.handle.close().catch(() => undefined);
  }

  /** Those of the files before, from the oldest on. */
  async #numbers(): Promise<number[]> {
    const { dir, name, ext } = path.parse(this.#file);
    const numbers = (await fs.readdir(dir === '' ? '.' : dir)).flatMap((found) => {
      const middle = found.startsWith(`${name}.`) && found.endsWith(ext) ? found.slice(name.length + 1) : '';
      const number = /^\d{6,12}$/.exec(middle.slice(0, middle.length - ext.length))?.[0];
      return number === undefined ? [] : [Number(number)];
    });
    return numbers.sort((a, b) => a - b);
  }

  #numbered(number: number): string {
    const { dir, name, ext } = path.parse(this.#file);
    return path.join(dir, `${name}.${String(number).padStart(6, '0')}${ext}`);
  }
}

const idOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 ? buffer[0] : undefined;
}
