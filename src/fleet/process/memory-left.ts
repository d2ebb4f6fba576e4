// How much memory there is for processes that wait for a camera. Linux says what it could give; elsewhere what is free.
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/** Bytes that a process takes which waits, loaded with an engine; measured at 150 MB. */
const WAITING = 160 * 2 ** 20;

/** Bytes that are left to all else. */
const LEFT = 512 * 2 ** 20;

/** Whether there is memory for so many more processes that wait. */
export function roomFor(processes: number, available = availableBytes()): boolean {
  return available - LEFT >= processes * WAITING;
}

function availableBytes(): number {
  try {
    const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1')) ?? [];
    return kilobytes === undefined ? freemem() : 1024 * Number(kilobytes);
  } catch {
    return freemem();
  }
}
