// Owns the numbers that the project set out to reach: each with the author's, ours, and what was tried where it is
// missed.
import { type ArticleRow, authorCorruption, bestRule, NOISE } from './article.js';
import { AUTHORS, protocolCorruption, type ProtocolStep } from './author-protocol.js';
import { AUTHOR_PROTOCOL, authorRow, protocolRow } from './author.js';
import { wrongShare, type ReportContext, type Subject } from './context.js';
import type { OtherSet } from './controls.js';
import { CLAIMS, type Claim } from './claims.js';
import { markedName } from './diagnostics.js';
import type { Block, Section, TableCell } from './page.js';
import type { PrunedPoint } from './pruning-sweep.js';
import { percent } from './shares.js';
import type { SweepPoint } from './sweeps.js';
import type { WorstCase } from './worst-case.js';
import { universal } from '../attacks/universal.js';
import { DEFAULT_COVERAGE } from '../training/recipe.js';

/** What the targets are read from; what was not measured is absent. */
export interface ReportFindings {
  readonly context: ReportContext;
  readonly article: readonly ArticleRow[];
  readonly protocol?: readonly ProtocolStep[] | undefined;
  readonly pruning?: readonly PrunedPoint[] | undefined;
  readonly sweeps?: readonly SweepPoint[] | undefined;
  readonly worst?: readonly WorstCase[] | undefined;
  readonly others?: readonly OtherSet[] | undefined;
}

/** A number to reach. */
export interface Target {
  readonly what: string;
  /** The author's, in words. */
  readonly author: string;
  /** The number to reach, in words. */
  readonly goal: string;
  /** Ours in words; undefined when it was not measured. */
  readonly ours?: string | undefined;
  readonly reached?: boolean | undefined;
  /** The model whose robustness it is; absent for what gradients have no part in. */
  readonly robustnessOf?: string;
  /** What was tried where it is not reached. */
  readonly tried?: string | undefined;
}

/** Corruption rate below which universal noise is too weak to count. */
const STRONG_ENOUGH = 0.8;

/** What was tried where a number is not reached, by the target's `what`. */
const TRIED: Readonly<Record<string, string>> = {
  'cnn-lq: corrupted that pass at 90 % kept':
    'the protocol that his 5 % rests on, which has a row of its own: noise of a softmax network, not of this one. ' +
    "Own noise as weak as the author's, which corrupts about 45 %: fitted in 7 steps ours corrupts 43 % and " +
    '40 % of these pass the gate of the card, in 15 steps 79 % and 40 % (1,000 test digits). What ' +
    'passes does not fall with the strength. Weights held down ten times as hard (L2 of 0.001, no ' +
    "augmentation, 3 epochs): 97.87 % right, 90 % corrupted, of which 66 % pass. The author's 100,000 " +
    'steps, fifty times as many as here, were not tried.',
  "cnn-lq: corrupted that pass, by the author's protocol":
    'weaker noise, for his corrupts less. The six vectors fitted in 2 steps corrupt 41.5 %, of which 4.3 % pass at ' +
    'his share kept; in 12 steps 50.4 %, of which 9.8 % pass (10,000 training digits, a cnn-lq of 3 epochs).',
  "cnn-lq-pruned: corrupted that pass, by the author's protocol":
    'weaker noise, for his corrupts less. The six vectors fitted in 2 steps corrupt 39.0 %, of which 5.9 % pass at ' +
    'his share kept; in 12 steps 48.5 %, of which 11.6 % pass (5,000 training digits).',
  'fc-lq-pruned: corrupted that pass at 90 % kept':
    "noise as strong as the author's. His corrupts about 72 % of the digits; fitted in 12 steps ours " +
    'corrupts 75.1 %, and 24.1 % of these pass the softmax confidence, 25.4 % the residual; in 6 steps ' +
    '65.1 %, of which 22.8 % pass (10,000 test digits, vectors of fc-lq). Pruned by whole units first, ' +
    'as fc-lq-small is, more passes: 40.5 % of 84.4 %.',
};

/** Checks every target against what was measured. */
export function checkTargets(measured: ReportFindings): Target[] {
  const found = [
    ...accuracies(measured),
    ...noise(measured),
    ...authorsNoise(measured),
    ...camera(measured),
    ...CLAIMS.flatMap((claim) => claimed(measured, claim)),
  ];
  return found.map((target) => ({
    ...target,
    ...(target.reached === false && TRIED[target.what] !== undefined && { tried: TRIED[target.what] }),
  }));
}

function accuracies({ context, pruning }: ReportFindings): Target[] {
  const row = (name: string, author: string, goal: number, note = ''): Target => {
    const accuracy = accuracyOf(context, name);
    return {
      what: `${name}: accuracy`,
      author,
      goal: `at least ${percent(goal, 2)}`,
      ours: accuracy === undefined ? undefined : `${percent(accuracy, 2)}${note}`,
      reached: accuracy === undefined ? undefined : accuracy >= goal,
    };
  };
  const untuned = pruning?.find(
    ({ pruned, method, share }) => pruned === 'all layers' && method === 'activated' && share === 0.8,
  );
  const note = untuned
    ? ` with fine-tuning, ${percent(untuned.accuracy.share)} without (of ${untuned.accuracy.of} digits)`
    : '';
  return [
    row('fc-lq', '98.65 %', 0.9865),
    row('fc-lq-pruned', '98.28 %', 0.983, note),
    row('cnn-lq', '99.3 %', 0.993),
    row('cnn-lq-pruned', '99.1 %', 0.991),
  ];
}

function noise({ article }: ReportFindings): Target[] {
  const own = (name: string): ArticleRow | undefined => article.find(({ model }) => model === name);
  const fc = own('fc-lq');
  const strength: Target = {
    robustnessOf: 'fc-lq',
    what: 'fc-lq: corruption rate of universal noise, eps 0.35',
    author: 'about 87 %',
    goal: 'at least 80 % (else the attack is too weak to count)',
    ours: fc && percent(fc.corruption.strong),
    reached: fc && fc.corruption.strong >= STRONG_ENOUGH,
  };
  const passes = (
    [
      ['fc-lq', 0.44],
      ['fc-lq-pruned', 0.25],
      ['cnn-lq', 0.05],
    ] as const
  ).map(([name, his]): Target => {
    const row = own(name);
    // A weak attack flatters every gate: it has to corrupt as much as the author's, or what was set for fc-lq.
    const author = authorRow(name);
    const least = Math.min(STRONG_ENOUGH, author ? authorCorruption(author) : 1);
    const best = row && bestRule(row.cuts.find(({ coverage }) => coverage === DEFAULT_COVERAGE)?.rules ?? []);
    return {
      robustnessOf: name,
      what: `${name}: corrupted that pass at 90 % kept`,
      author: `${percent(his, 0)}${protocolRow(name) ? ', by another protocol' : ''}`,
      goal: `at most ${percent(his, 0)} by the best rule`,
      ours:
        best &&
        `${percent(best.passes.share)} by ${best.rule}, noise of ${row.noiseOf} that ` +
          `corrupts ${percent(row.corruption.strong)}` +
          (row.corruption.strong < least ? `: too weak to count, ${percent(least, 0)} is needed` : ''),
      reached: best && best.passes.share <= his && row.corruption.strong >= least,
    };
  });
  return [strength, ...passes];
}

/** The convolutional networks by the author's own protocol, where his figures can be compared. */
function authorsNoise({ protocol }: ReportFindings): Target[] {
  return AUTHOR_PROTOCOL.rows.map((author): Target => {
    const found = protocol?.find(({ model, step }) => model === author.model && step === AUTHORS);
    const least = protocolCorruption(author);
    return {
      robustnessOf: author.model,
      what: `${author.model}: corrupted that pass, by the author's protocol`,
      author: `${percent(author.passes, 2)} of about ${percent(least, 0)}`,
      goal: `at most ${percent(author.passes, 2)} by the 1-2 ratio, at ${percent(author.kept)} kept`,
      ours:
        found &&
        `${percent(found.sameKept.passes.share, 2)} of ${percent(found.corruption)}, noise of ${found.noiseOf}` +
          (found.corruption < least ? `: weaker than his, ${percent(least, 0)} is needed` : ''),
      reached: found && found.sameKept.passes.share <= author.passes && found.corruption >= least,
    };
  });
}

function camera({ context, others }: ReportFindings): Target[] {
  const accuracy = accuracyOf(context, 'camera');
  const other = others?.find(({ model }) => model === 'camera');
  const rules = other?.rules ?? [];
  const best = rules.reduce<(typeof rules)[number] | undefined>(
    (least, each) => (least === undefined || each.accepted.count < least.accepted.count ? each : least),
    undefined,
  );
  return [
    {
      what: 'camera: accuracy',
      author: '-',
      goal: 'at least 99.40 %',
      ours: accuracy === undefined ? undefined : percent(accuracy, 2),
      reached: accuracy === undefined ? undefined : accuracy >= 0.994,
    },
    {
      what: 'camera: Fashion-MNIST accepted at 90 % kept',
      author: '-',
      goal: 'at most 1 %',
      ours: best && `${percent(best.accepted.share, 2)} of ${other!.set} by ${best.rule}`,
      reached: best && best.accepted.share <= 0.01,
    },
  ];
}

function claimed(
  { context, sweeps, worst }: ReportFindings,
  { model: name, epsilon: claims, accuracy: least, leak: [reach, aim] }: Claim,
): Target[] {
  const accuracy = accuracyOf(context, name);
  const noise = sweeps?.find(
    ({ model, attack, epsilon }) => model === name && attack === universal.name && epsilon === NOISE.strong,
  );
  const found = worst?.find(({ model }) => model === name);
  const best = found?.rules.reduce((least, each) => (each.leaks.leaked < least.leaks.leaked ? each : least));
  return [
    {
      what: `${name}: accuracy`,
      author: '-',
      goal: `at least ${percent(least, 2)}`,
      ours: accuracy === undefined ? undefined : percent(accuracy, 2),
      reached: accuracy === undefined ? undefined : accuracy >= least,
    },
    {
      robustnessOf: name,
      what: `${name}: universal noise of eps 0.35 that passes`,
      author: '-',
      goal: '0',
      ours: noise && `${noise.leak.count} of ${noise.images}, ${percent(noise.corruption.share)} corrupted`,
      reached: noise && noise.leak.count === 0,
    },
    {
      robustnessOf: name,
      what: `${name}: leak at eps ${claims}, worst case over all L-infinity attacks`,
      author: "44 % of fc-lq's corrupted",
      goal: `at most ${percent(reach)}, aim ${percent(aim, 2)}`,
      ours:
        best &&
        found &&
        `${percent(best.leaks.leaked, 2)} by ${best.rule} of ${found.images} digits; robust ` +
          `accuracy ${percent(best.leaks.robustAccuracy ?? undefined)} (published 88-94 %)`,
      reached: best && best.leaks.leaked <= reach,
    },
  ];
}

function accuracyOf({ subjects }: ReportContext, name: string): number | undefined {
  const subject: Subject | undefined = subjects.find((each) => each.name === name);
  return subject && 1 - wrongShare(subject.test).share;
}

/** The section. `masked`: names of the models whose gradients may be masked. */
export function targetsSection(targets: readonly Target[], masked: ReadonlySet<string>): Section {
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        'On the test digits, with thresholds from the held-out digits. The best rule is the one that does ' +
        'best on these same test digits, so it flatters a little: the tables below have every rule.',
    },
    {
      kind: 'table',
      caption: 'What was to be reached, and what is',
      head: ['what', 'author', 'to reach', 'ours', ''],
      rows: targets.map(({ what, author, goal, ours, reached, tried, robustnessOf = '' }): TableCell[] => [
        markedName(robustnessOf, masked, what),
        { text: author, mark: 'author' },
        goal,
        ours ?? '-',
        reached === undefined
          ? 'not measured'
          : reached
            ? { text: 'reached', mark: 'good' }
            : { text: `not reached${tried === undefined ? '' : `\nTried: ${tried}`}`, mark: 'bad' },
      ]),
    },
  ];
  return { id: 'targets', title: 'Numbers to reach', blocks, numbers: { targets } };
}
