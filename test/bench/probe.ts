// Loaded into a measured Node program before it: when that ends, writes what it cost. Changes nothing of what it does.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env['LQ_BENCH_COST'];
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(
      file,
      JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6 + childrenCpu(), memory: peakMemory() }),
    );
  });
}

/**
 * Peak resident memory in MB. Linux hands `maxRSS` on from the process that started this one; VmHWM is this program's
 * own.
 */
function peakMemory(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

/** Seconds of processor of the children that have ended; 0 where the system does not tell. */
function childrenCpu(): number {
  try {
    // Fields 16 and 17 of proc(5) stat, in ticks of 1/100 s; the second field may hold spaces, but ends in a bracket.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}
