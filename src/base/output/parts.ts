// Owns the names of what is being written, and clears up what killed runs have left of it. It must not write files.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { onAbandon } from './abandon.js';

/** A file or folder on its way to its name. */
export interface Part extends Disposable {
  /** Where it is made, on the same disk as `target`. Nothing is there yet. Absolute. */
  readonly path: string;
}

/** The parts of this process that are being written. */
const mine = new Set<string>();
let made = 0;

/** Of the computer's name, what can stand between dots. */
const HOST =
  hostname()
    .replace(/[^\w-]/g, '-')
    .slice(0, 32) || 'host';

/** Hours after which the part of another computer, whose processes can't be looked for, is held for a leftover. */
const OLD = 24;

/** A name may have 255 bytes; this leaves room for what is added to it. */
const STEM = 160;

/**
 * The next part of `target`, and removes what killed runs left of theirs. While it is not disposed of, a process that
 * is abandoned removes what stands there.
 * @param folder Where it is made. Default: beside the target.
 */
export async function nextPart(target: string, folder = path.dirname(target)): Promise<Part> {
  const stem = stemOf(target);
  await sweep(folder, stem);
  const place = path.join(folder, `${stem}.${HOST}.${process.pid}-${made++}.part`);
  mine.add(place);
  const undo = onAbandon(() => rmSync(place, { recursive: true, force: true }));
  return {
    path: place,
    [Symbol.dispose]() {
      mine.delete(place);
      undo[Symbol.dispose]();
    },
  };
}

function stemOf(target: string): string {
  const name = path.basename(target);
  if (Buffer.byteLength(name) <= STEM) return name;
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** Removes the parts of this name that nobody is writing any more. What can't be removed stays: it is in nobody's way. */
async function sweep(folder: string, stem: string): Promise<void> {
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${stem}.`) || !name.endsWith('.part')) continue;
    const [, host, pid] = /^(.+)\.(\d+)-\d+\.part$/.exec(name.slice(stem.length + 1)) ?? [];
    if (host === undefined || host.includes('.')) continue;
    const place = path.join(folder, name);
    if (mine.has(place) || !(await isLeft(place, host, Number(pid)))) continue;
    await fs.rm(place, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isLeft(place: string, host: string, pid: number): Promise<boolean> {
  if (host === HOST) return pid === process.pid || !isAlive(pid);
  const found = await fs.lstat(place).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > OLD * 3_600_000;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
