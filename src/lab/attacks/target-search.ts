// Owns the search over all wrong classes for an image that a gate accepts: what `gate-aware`, `apgd` and `transfer`
// share. It must not know where the models come from.
import type { Random } from '../../base/random.js';
import type { Accepts, Victim } from './attack.js';
import { startBest, type Best } from './best.js';
import { gateObjectiveOf, type GateObjective } from './objectives.js';
import { descend, shrinkingSteps, type Descent } from './descent.js';
import { rankOf, TIER } from './rank.js';
import { startOf } from './starts.js';
import { CLASSES, PIXELS } from '../../types.js';
import { WRONG_CLASSES, wrongClasses } from './wrong-classes.js';

/** What is searched with, and how long. */
export interface TargetSearch {
  /** The model whose gradients are followed. */
  readonly guide: Victim;
  /** The model to deceive; it may be the guide. Otherwise it is asked once a descent. */
  readonly victim: Victim;
  /** The gate in front of the victim. */
  readonly accepts: Accepts;
  readonly epsilon: number;
  readonly steps: number;
  readonly restarts: number;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  /** How one descent goes. Default: steps that shrink along half a cosine. */
  readonly descend?: ((descent: TargetDescent) => Promise<void>) | undefined;
  /** What the descents of a restart make small. Default: `gateObjectiveOf`. */
  readonly objectiveOf?: ((restart: number) => GateObjective) | undefined;
}

/** One descent towards a target for each image. */
export interface TargetDescent extends Omit<Descent, 'lengthOf' | 'cost'> {
  readonly objective: GateObjective;
  readonly targetOf: (image: number) => number;
}

const shrinking = ({ objective, targetOf, ...descent }: TargetDescent): Promise<void> => {
  const lengthOf = shrinkingSteps(descent.epsilon, descent.steps);
  return descend({ ...descent, lengthOf: (step) => -lengthOf(step), cost: objective.gradient(targetOf) });
};

/**
 * For every image the worst that was found inside its ball: accepted and wrong first, then wrong, each by the smallest
 * distance to the target (`rankOf`). The image itself is a candidate too. For each restart and each wrong class, the
 * guide's likeliest first, a descent of a distance (`gateObjectiveOf`, `startOf`) goes all its steps, past any flip,
 * and every point of the way is a candidate. An image that has been accepted and wrong is not taken to further classes:
 * its outcome can't get worse.
 * @param origin `[n, 784]`. @param labels `[n]`. @param start Index of the first image in the whole set.
 * @returns `[n, 784]`.
 */
export async function searchTargets(
  search: TargetSearch,
  origin: Float32Array,
  labels: Uint8Array,
  start: number,
): Promise<Float32Array> {
  const { guide, victim } = search;
  const best = startBest(origin);
  rankAll(
    search,
    best,
    origin,
    victim.outputs(origin),
    Uint32Array.from(labels, (_, i) => i),
    labels,
  );
  const orders = targetOrders(guide.outputs(origin), labels);
  for (let restart = 0; restart < search.restarts; restart++) {
    for (let turn = 0; turn < WRONG_CLASSES; turn++) {
      const open = Uint32Array.from(labels.keys()).filter((image) => best.ranks[image]! < TIER);
      if (open.length === 0) return best.pixels;
      await searchOnce(search, best, {
        origin,
        labels,
        open,
        targets: open.map((image) => orders[image]![turn]!),
        start,
        restart,
      });
    }
  }
  return best.pixels;
}

/** One descent: the open images, one target each. */
interface Turn {
  readonly origin: Float32Array;
  readonly labels: Uint8Array;
  /** Indices of the images that take part. */
  readonly open: Uint32Array;
  /** The class that each of them is driven to. */
  readonly targets: Uint32Array;
  readonly start: number;
  readonly restart: number;
}

async function searchOnce(
  search: TargetSearch,
  best: Best,
  { origin, labels, open, targets, start, restart }: Turn,
): Promise<void> {
  const { guide, victim, epsilon, steps, random, signal } = search;
  const some = rowsOf(origin, open);
  const own = guide === victim;
  const nearest = startBest(some);
  const setOut = startOf(restart);
  const objective = search.objectiveOf?.(restart) ?? gateObjectiveOf(guide.kind, restart);
  await (search.descend ?? shrinking)({
    victim: guide,
    origin: some,
    epsilon,
    steps,
    signal,
    slope: setOut.slope,
    pixels: setOut.from(some, epsilon, (i) =>
      random.fork(`image ${start + open[i]!} target ${targets[i]} restart ${restart}`),
    ),
    objective,
    targetOf: (i) => targets[i]!,
    visit: (pixels, outputs) => {
      if (own) rankAll(search, best, pixels, outputs, open, labels);
      else targets.forEach((target, i) => nearest.offer(i, -objective.value(outputs, i * CLASSES, target), pixels, i));
      return undefined;
    },
  });
  if (!own) rankAll(search, best, nearest.pixels, victim.outputs(nearest.pixels), open, labels);
}

/** Offers candidates `[m, 784]` with the victim's outputs for the images of the indices `images`. */
function rankAll(
  { victim, accepts }: TargetSearch,
  best: Best,
  pixels: Float32Array,
  outputs: Float32Array,
  images: Uint32Array,
  labels: Uint8Array,
): void {
  images.forEach((image, i) =>
    best.offer(image, rankOf(victim.kind, accepts, outputs, i * CLASSES, labels[image]!), pixels, i),
  );
}

/** For each image its wrong classes, the largest output first. */
function targetOrders(outputs: Float32Array, labels: Uint8Array): number[][] {
  return Array.from(labels, (label, i) => {
    return wrongClasses(label).sort((a, b) => outputs[i * CLASSES + b]! - outputs[i * CLASSES + a]!);
  });
}

function rowsOf(pixels: Float32Array, images: Uint32Array): Float32Array {
  const rows = new Float32Array(images.length * PIXELS);
  images.forEach((image, i) => rows.set(pixels.subarray(image * PIXELS, (image + 1) * PIXELS), i * PIXELS));
  return rows;
}
