// A queue on disk that outlives the program, killed or not. What the folder holds is told in spool-folder.ts. It must
// not know what a line says.
import fs, { type FileHandle } from 'node:fs/promises';
import { systemClock, type Clock } from '../../base/clock.js';
import { reasonOf } from '../../base/output/file.js';
import { printable } from '../../base/printable.js';
import type { SendQueue } from '../sending/queue.js';
import { SpoolFolder, type Left, type Position, type Segment } from './spool-folder.js';

/** Bytes of a file of it, after which the next is begun: what was sent goes file by file. */
const SEGMENT_BYTES = 2 ** 20;

/** Bytes that may wait to be written: a disk that does not answer holds nobody up. */
const PENDING_BYTES = 4 * 2 ** 20;

/** Bytes that are read at a time. */
const READ_BYTES = 65_536;

/** Messages, and milliseconds, after which it is kept how far it was sent: after a kill as many may be sent once more. */
const [SAVE_EVERY, SAVE_MS] = [32, 1_000];

/** What a spool needs. */
export interface SpoolOptions {
  readonly folder: string;
  /** Bytes on disk at most. What is beyond is dropped, and nothing of what is there: that was promised. */
  readonly bytes: number;
  /** Says lines to people. */
  readonly say: (text: string) => void;
  /** There is more to send. */
  readonly nudge: () => void;
  /** Default real time. */
  readonly clock?: Clock | undefined;
}

/**
 * Lines in files. What was `push`ed is on disk a moment later (`stored`), and from then on given by `first` until it is
 * `done`, by this program or the next.
 */
export class Spool implements SendQueue {
  readonly keeps = true;
  readonly bound: string;
  readonly #options: SpoolOptions;
  readonly #folder: SpoolFolder;
  readonly #segments: Segment[];
  readonly #segmentBytes: number;
  /** Where `#read` begins. */
  readonly #position: Position;
  /** Lines on disk that follow there, in one segment, and their bytes. */
  #read: { readonly text: string; readonly bytes: number }[] = [];
  #readBytes = 0;
  #pending: string[] = [];
  #pendingBytes = 0;
  #out: FileHandle | undefined;
  #writing: Promise<void> | undefined;
  #saving: Promise<void> | undefined;
  #unsaved = 0;
  #saveLater: (() => void) | undefined;
  /** Lines that are being written: neither pending nor on disk. */
  #onTheWay = 0;
  #dropped = 0;
  #stored = 0;
  /** What writing failed with last: it is said once. */
  #failure = '';
  #closed: Promise<void> | undefined;

  private constructor(options: SpoolOptions, folder: SpoolFolder, { segments, position }: Left) {
    this.#options = options;
    this.#folder = folder;
    this.#segments = segments;
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.floor(options.bytes / 4));
    this.#position = position;
    this.bound = `${Math.round(options.bytes / 1e4) / 100} MB in ${printable(options.folder)}`;
  }

  /**
   * Opens a folder, with what an earlier run has left there.
   * @throws UsageError where it can't be used.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { folder, left } = await SpoolFolder.take(options.folder);
    return new Spool(options, folder, left);
  }

  get length(): number {
    return this.#segments.reduce((sum, { lines }) => sum + lines, this.#onTheWay + this.#pending.length);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Messages written to the disk since it was opened. */
  get stored(): number {
    return this.#stored;
  }

  push(text: string): void {
    const bytes = Buffer.byteLength(text) + 1;
    // A file of which all is sent goes with the next one.
    const used = this.#segments.reduce((sum, { lines, bytes: own }) => sum + (lines > 0 ? own : 0), this.#pendingBytes);
    if (this.#closed || used + bytes > this.#options.bytes || this.#pendingBytes + bytes > PENDING_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push(text);
    this.#pendingBytes += bytes;
    this.#writing ??= this.#writeAll();
  }

  async first(most: number): Promise<readonly string[]> {
    await this.#moveOn();
    if (this.#read.length < most) await this.#readMore();
    return this.#read.slice(0, most).map(({ text }) => text);
  }

  done(count: number): void {
    if (count === 0) return;
    for (const { bytes } of this.#read.splice(0, count)) {
      this.#position.offset += bytes;
      this.#readBytes -= bytes;
      this.#unsaved += 1;
    }
    const [segment] = this.#segments;
    if (segment) segment.lines -= count;
    const save = (): void => {
      this.#saving ??= this.#save();
    };
    if (this.#unsaved >= SAVE_EVERY) save();
    else this.#saveLater ??= (this.#options.clock ?? systemClock).after(SAVE_MS, save);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#writing;
    this.#saveLater?.();
    await this.#saving;
    await this.#out?.datasync().catch(() => undefined);
    await this.#out?.close().catch(() => undefined);
    try {
      if (this.length > 0) await this.#folder.save(this.#position);
      else {
        for (const { number } of this.#segments) await this.#folder.forget(number);
        await this.#folder.clear();
      }
    } catch (error) {
      // What was sent is sent again then, and known by its number.
      this.#options.say(`webhook: ${this.#shown}: how far it was sent can't be kept: ${reasonOf(error)}\n`);
    }
    await this.#folder.release();
  }

  get #shown(): string {
    return printable(this.#options.folder);
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      await this.#writeBatch();
      this.#options.nudge();
    }
    this.#writing = undefined;
  }

  /** Never throws. */
  async #writeBatch(): Promise<void> {
    const lines = this.#pending;
    this.#pending = [];
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    this.#onTheWay = lines.length;
    try {
      const { segment, out } = await this.#segmentToWrite();
      await writeWhole(out, bytes, segment);
      segment.bytes += bytes.length;
      segment.lines += lines.length;
      this.#stored += lines.length;
      if (this.#failure !== '') this.#options.say(`webhook: ${this.#shown} can be written again\n`);
      this.#failure = '';
    } catch (error) {
      this.#lost(lines.length, error);
    }
    this.#onTheWay = 0;
    this.#pendingBytes -= bytes.length;
  }

  #lost(count: number, error: unknown): void {
    const why = reasonOf(error);
    this.#dropped += count;
    if (this.#failure !== why)
      this.#options.say(
        `webhook: can't write to ${this.#shown}: ${why}; messages are dropped until it can be written\n`,
      );
    this.#failure = why;
  }

  async #segmentToWrite(): Promise<{ readonly segment: Segment; readonly out: FileHandle }> {
    const last = this.#segments.at(-1);
    if (last && this.#out && last.bytes < this.#segmentBytes) return { segment: last, out: this.#out };
    // Of an earlier run none is written to any more: it may end in half a line.
    const segment = { number: last ? last.number + 1 : this.#position.segment, bytes: 0, lines: 0 };
    const out = await fs.open(this.#folder.file(segment.number), 'w', 0o600);
    await this.#out?.datasync();
    await this.#out?.close();
    this.#out = out;
    this.#segments.push(segment);
    return { segment, out };
  }

  /** Goes to the next segment, where this one is done, and forgets it. */
  async #moveOn(): Promise<void> {
    for (;;) {
      const [current, next] = this.#segments;
      if (!current || !next || this.#position.offset < current.bytes || this.#read.length > 0) return;
      this.#segments.shift();
      Object.assign(this.#position, { segment: next.number, offset: 0 });
      this.#saving ??= this.#save();
      await this.#folder.forget(current.number).catch(() => undefined);
    }
  }

  async #readMore(): Promise<void> {
    const [segment] = this.#segments;
    const from = this.#position.offset + this.#readBytes;
    if (!segment || from >= segment.bytes) return;
    try {
      const lines = await linesAt(this.#folder.file(segment.number), from, segment.bytes);
      this.#read.push(...lines);
      this.#readBytes += lines.reduce((sum, { bytes }) => sum + bytes, 0);
    } catch (error) {
      this.#unreadable(segment, error);
    }
  }

  /** What can't be read is given up: what comes after it must not wait for ever. */
  #unreadable(segment: Segment, error: unknown): void {
    if (this.#read.length > 0) return;
    this.#options.say(`webhook: a part of ${this.#shown} can't be read and is left out: ${reasonOf(error)}\n`);
    this.#position.offset = segment.bytes;
    this.#dropped += segment.lines;
    segment.lines = 0;
  }

  /** Keeps how far it was sent. Where that fails more is sent once more after a kill. Never throws. */
  async #save(): Promise<void> {
    this.#saveLater?.();
    this.#saveLater = undefined;
    do {
      this.#unsaved = 0;
      await this.#folder.save(this.#position).catch(() => undefined);
    } while (this.#unsaved >= SAVE_EVERY);
    this.#saving = undefined;
  }
}

/** Whole lines from a byte on: at least one. */
async function linesAt(file: string, from: number, end: number): Promise<{ text: string; bytes: number }[]> {
  const handle = await fs.open(file, 'r');
  try {
    for (let length = READ_BYTES; ; length *= 2) {
      const buffer = Buffer.alloc(Math.min(length, end - from));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
      const last = buffer.lastIndexOf(10, bytesRead - 1);
      if (last < 0 && bytesRead < length) throw new Error('it is shorter than it was');
      if (last < 0) continue;
      const lines = buffer.toString('latin1', 0, last).split('\n');
      return lines.map((line) => ({ text: Buffer.from(line, 'latin1').toString(), bytes: line.length + 1 }));
    }
  } finally {
    await handle.close();
  }
}

/** All of it, behind what the segment holds; half of it is taken away again where the rest can't be written. */
async function writeWhole(handle: FileHandle, bytes: Buffer, { bytes: at }: Segment): Promise<void> {
  try {
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, at + written);
      written += bytesWritten;
    }
  } catch (error) {
    await handle.truncate(at).catch(() => undefined);
    throw error;
  }
}
