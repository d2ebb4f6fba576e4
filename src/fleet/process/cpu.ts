// How much processor time a camera takes: of its own process and of the programs that it has started.
import { readFileSync } from 'node:fs';

/** Ticks a second of the times in /proc: fixed for programs, whatever the kernel counts in. */
const TICKS = 100;

/** Seconds of processor time so far, of this process and of these; those that can't be asked count as none. */
export function cpuSeconds(pids: readonly number[]): number {
  const { user, system } = process.cpuUsage();
  return pids.reduce((sum, pid) => sum + secondsOf(pid), (user + system) / 1e6);
}

function secondsOf(pid: number): number {
  try {
    // The name of the program may hold anything but ends with the last bracket; utime and stime are 14th and 15th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS || 0;
  } catch {
    return 0;
  }
}
