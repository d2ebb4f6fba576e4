// `npm run fuzz`: every kind in a process of its own, one after the other; what was found, and a summary. Tries nothing
// itself.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../src/base/errors.js';
import { Faults, OUT } from './faults.js';
import type { Kind } from './kind.js';
import { KINDS } from './list.js';
import { readFuzzOptions, type FuzzOptions } from './options.js';
import { MOST_MEMORY, MOST_SECONDS } from './promise.js';
import type { Order, Report } from './worker.js';

const NAMES = KINDS.map(({ name }) => name);

const HELP = `npm run fuzz -- [options]

Gives lq-stream damaged and strange input that follows from a seed, and checks what it promises of any
input: an exit code that the documentation has, one line for people, whole lines on stdout, no process
left behind, less than ${MOST_MEMORY} MB of resident memory in its own process, ${MOST_SECONDS} s a case.
A fault is printed and kept in ${OUT}/ with the command that shows it again; exit code 1.

  --only NAME[,...]  ${NAMES.join(', ')}
  --seconds N        seconds in all, shared by the kinds          (default: 60)
  --steps N          steps of each kind, in place of --seconds: the same cases wherever it runs
  --seed N           what the cases follow from                   (default: 1)
`;

/** What came of a kind. */
interface Tally {
  readonly kind: Kind;
  cases: number;
  readonly faults: Faults;
}

const say = (text: string): unknown => process.stdout.write(text);

async function main(): Promise<number> {
  const options = readFuzzOptions(process.argv.slice(2), NAMES);
  if (options.help) {
    say(HELP);
    return 0;
  }
  const chosen = KINDS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const tallies: Tally[] = [];
  for (const kind of chosen) tallies.push(await tryKind(kind, options, chosen.length));
  for (const { kind, cases, faults } of tallies) say(line(kind.name, cases, faults.count, faults.kinds, kind.about));
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((all, tally) => all + of(tally), 0);
  const faults = sum((tally) => tally.faults.count);
  say(
    line(
      'total',
      sum(({ cases }) => cases),
      faults,
      sum((tally) => tally.faults.kinds),
      `seed ${options.seed}`,
    ),
  );
  return faults > 0 ? 1 : 0;
}

function line(name: string, cases: number, faults: number, kinds: number, about: string): string {
  const which = faults === 0 ? '' : ` (${kinds} that read differently)`;
  return `${name.padEnd(10)} ${String(cases).padStart(8)} cases  ${faults} faults${which}  ${about}\n`;
}

async function tryKind(kind: Kind, { seconds, steps, seed }: FuzzOptions, sharers: number): Promise<Tally> {
  const tally: Tally = { kind, cases: 0, faults: new Faults(kind.name, say) };
  const until = performance.now() + (steps === undefined ? (seconds * 1_000) / sharers : Infinity);
  const to = steps ?? Number.MAX_SAFE_INTEGER;
  // A process that ended before its time is followed by another, at the next step.
  for (let from = 0; from < to && performance.now() < until;) {
    const folder = mkdtempSync(join(tmpdir(), `lq-fuzz-${kind.name}-`));
    const milliseconds = steps === undefined ? until - performance.now() : Number.MAX_SAFE_INTEGER;
    try {
      from = (await runWorker({ kind: kind.name, folder, seed, from, to, milliseconds }, tally)) + 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return tally;
}

/** Runs a worker to its end, however that comes; the last step that it began. */
async function runWorker(order: Order, tally: Tally): Promise<number> {
  const worker = fork(fileURLToPath(new URL('worker.js', import.meta.url)), [JSON.stringify(order)], {
    execArgv: [`--max-old-space-size=${MOST_MEMORY}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let [step, seed, ended, late, words] = [order.from, order.seed, false, false, ''];
  worker.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4_000)));
  const kill = (): void => {
    late = true;
    worker.kill('SIGKILL');
  };
  // Preparations, a run of the command line with its own limit, and a search for a smaller case come between two signs.
  let limit = setTimeout(kill, 3_000 * MOST_SECONDS);
  worker.on('message', (report: Report) => {
    clearTimeout(limit);
    limit = setTimeout(kill, 2_000 * MOST_SECONDS);
    if (report.type === 'begun') ({ step, seed } = report);
    if (report.type === 'fault') tally.faults.add(report.fault, order.folder, report.seed);
    if (report.type === 'tried') tally.cases += report.cases;
    if (report.type === 'end') ended = true;
  });
  const code = await new Promise<number | null>((resolve) => worker.once('close', resolve));
  clearTimeout(limit);
  const wrong = late ? `did not come back in ${2 * MOST_SECONDS} s` : `ended its process (${code}): ${words.trim()}`;
  if (!ended) tally.faults.add({ wrong, argv: undefined }, order.folder, seed);
  return step;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`fuzz: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
