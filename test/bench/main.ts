// `npm run bench`: runs the measurements one after the other, prints their tables and writes them as JSON. Measures
// nothing itself.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { createRandom } from '../../src/base/random.js';
import type { Goal, Measurement, Table } from './bench.js';
import { describeMachine } from './machine.js';
import { endToEnd } from './measurements/end-to-end.js';
import { gateShare } from './measurements/gate-share.js';
import { latency } from './measurements/latency.js';
import { scale } from './measurements/scale.js';
import { scoring } from './measurements/scoring.js';
import { stages } from './measurements/stages.js';
import { startUp } from './measurements/start-up.js';
import { tesseract } from './measurements/tesseract.js';
import { trainingStep } from './measurements/training-step.js';
import { readBenchOptions, type BenchOptions } from './options.js';
import { tableText } from './table.js';

const MEASUREMENTS: readonly Measurement[] = [
  endToEnd,
  scoring,
  gateShare,
  stages,
  latency,
  scale,
  tesseract,
  startUp,
  trainingStep,
];

const NAMES = MEASUREMENTS.map(({ name }) => name);

const HELP = `npm run bench -- [options]

Measures speed, memory and latency on this machine: tables on stdout, the same as JSON in a file.
Clips are made once and kept in .cache/bench.

  --only NAME[,...]  ${NAMES.join(', ')}
  --quick            fewer runs and shorter clips: to look at, not to quote
  --out FILE         the JSON file                               (default: out/bench.json)
  --seed N           order of the interleaved runs               (default: 1)
`;

async function main(): Promise<void> {
  const options = readBenchOptions(process.argv.slice(2), NAMES);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  await measure(options);
}

async function measure({ only, quick, out, seed }: BenchOptions): Promise<void> {
  const folder = path.resolve('.cache/bench/clips');
  await mkdir(folder, { recursive: true });
  const say = (text: string): unknown => process.stderr.write(`${text}\n`);
  const [machine, begun] = [describeMachine(), performance.now()];
  const results: Record<string, unknown> = {};
  const goals: Goal[] = [];
  for (const { name, run } of MEASUREMENTS) {
    if (only.length > 0 && !only.includes(name)) continue;
    const context = {
      quick,
      folder,
      random: createRandom(seed).fork(name),
      say: (text: string) => say(`${name}: ${text}`),
    };
    const findings = await run(context);
    results[name] = findings;
    goals.push(...(findings.goals ?? []));
    for (const table of findings.tables) process.stdout.write(`${tableText(table)}\n`);
  }
  process.stdout.write(tableText(goalTable(goals)));
  await mkdir(path.dirname(path.resolve(out)), { recursive: true });
  await writeFile(
    out,
    `${JSON.stringify(
      {
        format: 1,
        command: `npm run bench${process.argv
          .slice(2)
          .map((word) => ` ${word}`)
          .join('')}`,
        quick,
        seed,
        seconds: (performance.now() - begun) / 1000,
        machine,
        results,
      },
      undefined,
      2,
    )}\n`,
  );
  say(`written to ${out}`);
}

function goalTable(goals: readonly Goal[]): Table {
  const met = ({ found, better }: Goal, bound: number): boolean =>
    better === 'more' ? found >= bound : found <= bound;
  const rows = goals.map((goal) => [
    goal.what,
    goal.found,
    goal.reach,
    goal.aim,
    met(goal, goal.reach) ? (goal.aim !== undefined && met(goal, goal.aim) ? 'aim reached' : 'reached') : 'MISSED',
  ]);
  return { title: 'Numbers to reach', columns: ['', 'found', 'reach', 'aim', ''], rows };
}

try {
  await main();
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(error instanceof UserError ? `bench: ${error.message}\n` : `bench: ${(error as Error).stack}\n`);
}
