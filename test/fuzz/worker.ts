// The process in which one kind is tried: steps one after the other until it is told to stop. What hangs or kills it
// is for its parent to see.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from './list.js';
import { MOST_MEMORY } from './promise.js';
import { runStep, stepSeed, type Fault } from './step.js';

/** What the worker is to do, as its only argument in JSON. */
export interface Order {
  readonly kind: string;
  readonly folder: string;
  readonly seed: number;
  /** The first step, and the one before which to stop. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds after which no further step is begun. */
  readonly milliseconds: number;
}

/** What it tells its parent. */
export type Report =
  | { readonly type: 'begun'; readonly seed: number; readonly step: number }
  | { readonly type: 'fault'; readonly fault: Fault; readonly seed: number }
  | { readonly type: 'tried'; readonly cases: number }
  | { readonly type: 'end' };

/** Milliseconds between two signs of life at least. */
const SIGN_EVERY = 500;

async function work({ kind: name, folder, seed, from, to, milliseconds }: Order): Promise<void> {
  const kind = KINDS.find((each) => each.name === name)!;
  const base = join(folder, 'base');
  mkdirSync(base, { recursive: true });
  const begun = performance.now();
  const trial = await kind.open(base);
  for (let step = from; step < to && performance.now() - begun < milliseconds; step++) {
    const own = stepSeed(seed, step);
    let last = -Infinity;
    const begin = (): void => {
      if (performance.now() - last < SIGN_EVERY) return;
      last = performance.now();
      tell({ type: 'begun', seed: own, step });
    };
    const found = (fault: Fault): void => tell({ type: 'fault', fault, seed: own });
    const { cases } = await runStep(trial, { folder, begin, found }, own, kind.step);
    tell({ type: 'tried', cases });
    const memory = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
    if (memory <= MOST_MEMORY) continue;
    found({ wrong: `${memory} MB in the process that tried the cases of a step`, argv: undefined });
    break;
  }
  await trial.close?.();
  tell({ type: 'end' });
}

function tell(report: Report): void {
  process.send?.(report);
}

await work(JSON.parse(process.argv[2] ?? '{}') as Order);
process.disconnect();
