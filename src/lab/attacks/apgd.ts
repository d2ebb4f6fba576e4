// APGD towards a gate: steps that find their own length. The search over wrong classes is in target-search.
import { setImmediate } from 'node:timers/promises';
import { L_INFINITY_SWEEP, settingsOf, type Attack } from './attack.js';
import { clip } from './ball.js';
import { gateObjectiveOf, isFirstTurn, shortfall } from './objectives.js';
import { searchTargets, type TargetDescent } from './target-search.js';
import { CLASSES, PIXELS } from '../../types.js';

const DEFAULTS = { steps: 100, restarts: 2 };

/**
 * Auto-PGD (Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of diverse
 * parameter-free attacks", arXiv 2003.01690) that wants to be accepted: as `gate-aware`, but each image's steps begin at
 * twice epsilon, carry on a little of the step before, and halve where progress stalls, going on from the best point
 * then. What is made small is by how much the outputs miss the gate's own ratio and range for a wrong class
 * (`shortfall`); every second pair of restarts, and where there are no such thresholds, the lead, which knows none.
 */
export const apgd: Attack = {
  name: 'apgd',
  summary: "as gate-aware, towards the gate's own thresholds, in steps that find their length",
  adversarial: true,
  needs: { victim: 'gradients', gate: true },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: DEFAULTS,
  prepare: ({ victim, accepts, thresholds, epsilon, random, settings, signal }) => {
    const search = {
      ...{ guide: victim, victim, accepts, epsilon, random, signal },
      ...settingsOf(DEFAULTS, settings),
      descend: descendByProgress,
      objectiveOf: (restart: number) =>
        thresholds && isFirstTurn(restart) ? shortfall(thresholds) : gateObjectiveOf(victim.kind, LEAD),
    };
    return { perturb: (pixels, labels, start) => searchTargets(search, pixels, labels, start) };
  },
};

/** A restart of `gate-aware` that takes its second distance. */
const LEAD = 2;

/** Share of a new step in each move; the rest goes on along the move before. */
const NEW = 0.75;

/** A step length is kept while at least this share of the steps since the last check made progress. */
const PROGRESS = 0.75;

/**
 * The steps after which progress is looked at: after 22 % of all, then at distances that fall by 3 % of them each time
 * down to 6 %.
 */
export function checkpointsOf(steps: number): Set<number> {
  const found = new Set<number>();
  for (let [at, gap] = [0.22, 0.22]; at < 1; gap = Math.max(gap - 0.03, 0.06), at += gap)
    found.add(Math.ceil(at * steps - 1e-9));
  return found;
}

/** One image on its way. */
interface Way {
  /** Length of its steps. */
  length: number;
  /** The smallest value so far, and the one before the last step. */
  best: number;
  last: number;
  /** Steps since the last check that made the value smaller. */
  better: number;
  /** At the last check: the smallest value, and whether the length had been halved there. */
  bestThen: number;
  halved: boolean;
}

/** Descends an objective in the ball, each image with a step length of its own. */
export async function descendByProgress({
  victim,
  origin,
  pixels,
  epsilon,
  steps,
  objective,
  targetOf,
  slope,
  visit,
  signal,
}: TargetDescent): Promise<void> {
  const count = origin.length / PIXELS;
  const checkpoints = checkpointsOf(steps);
  const cost = objective.gradient(targetOf);
  const best = pixels.slice();
  const gradientThere = new Float32Array(pixels.length);
  const before = pixels.slice();
  const ways = Array.from({ length: count }, (): Way => ({
    length: 2 * epsilon,
    best: Infinity,
    last: Infinity,
    better: 0,
    bestThen: Infinity,
    halved: false,
  }));
  const look = (outputs: Float32Array, gradient: Float32Array, step: number): void =>
    ways.forEach((way, i) => {
      const value = objective.value(outputs, i * CLASSES, targetOf(i));
      if (step > 0 && value < way.last) way.better++;
      way.last = value;
      if (!(value < way.best)) return;
      way.best = value;
      best.set(rowOf(pixels, i), i * PIXELS);
      gradientThere.set(rowOf(gradient, i), i * PIXELS);
    });
  let since = 0;
  for (let step = 0; step < steps; step++) {
    // The engine's calls block; without a pause no signal would ever be heard.
    await setImmediate();
    signal?.throwIfAborted();
    const { outputs, pixels: gradient } = victim.gradient(pixels, cost, slope);
    visit(pixels, outputs);
    look(outputs, gradient, step);
    if (checkpoints.has(step)) {
      ways.forEach((way, i) => {
        if (!stalls(way, step - since)) return;
        for (const each of [pixels, before]) each.set(rowOf(best, i), i * PIXELS);
        gradient.set(rowOf(gradientThere, i), i * PIXELS);
        way.last = way.best;
      });
      since = step;
    }
    move(pixels, before, { origin, epsilon, gradient, ways, first: step === 0 });
  }
  visit(pixels, victim.outputs(pixels));
}

function rowOf(pixels: Float32Array, image: number): Float32Array {
  return pixels.subarray(image * PIXELS, (image + 1) * PIXELS);
}

/** Whether an image's steps are too long: they are halved then, and it has to go on from its best point. */
function stalls(way: Way, steps: number): boolean {
  const few = way.better < PROGRESS * steps;
  const stuck = !way.halved && way.best >= way.bestThen;
  way.halved = few || stuck;
  if (way.halved) way.length /= 2;
  way.bestThen = way.best;
  way.better = 0;
  return way.halved;
}

/** Moves `pixels` against the gradient's sign and on along the move before, which began at `before`. */
function move(
  pixels: Float32Array,
  before: Float32Array,
  {
    origin,
    epsilon,
    gradient,
    ways,
    first,
  }: {
    readonly origin: Float32Array;
    readonly epsilon: number;
    readonly gradient: Float32Array;
    readonly ways: readonly Way[];
    readonly first: boolean;
  },
): void {
  const share = first ? 1 : NEW;
  for (let i = 0; i < pixels.length; i++) {
    const [middle, here, slope] = [origin[i]!, pixels[i]!, gradient[i]!];
    const inBall = (value: number): number => clip(Math.min(middle + epsilon, Math.max(middle - epsilon, value)));
    const { length } = ways[Math.floor(i / PIXELS)]!;
    const stepped = inBall(slope > 0 ? here - length : slope < 0 ? here + length : here);
    pixels[i] = inBall(here + share * (stepped - here) + (1 - share) * (here - before[i]!));
    before[i] = here;
  }
}
