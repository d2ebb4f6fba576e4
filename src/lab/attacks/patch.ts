// Owns the patch attack: one square anywhere, unbounded within it, made by gradients. Nothing outside the square may
// change.
import { setImmediate } from 'node:timers/promises';
import { shuffle, type Random } from '../../base/random.js';
import { settingsOf, type Attack, type AttackContext } from './attack.js';
import { alongSign, clip } from './ball.js';
import { startBest, type Best } from './best.js';
import { gateObjectiveOf, shortfall, type GateObjective } from './objectives.js';
import { rankOf, TIER } from './rank.js';
import { CLASSES, PIXELS, SIDE } from '../../types.js';
import { WRONG_CLASSES, wrongClasses } from './wrong-classes.js';

/** Gradient steps of one restart; the nine wrong classes where the gradient says, and once more at random places. */
const DEFAULTS = { steps: 40, restarts: 18 };
/** Size of the first step in pixel values; the last is a fortieth of the way to zero (linear). */
const FIRST_STEP = 0.3;

/**
 * A square of pixels that are free in [0, 1], laid over the image (the setting of Brown et al., 2017, arXiv 1712.09665,
 * but fitted to each image). Each restart aims at one wrong class, starts from random pixels and descends by how much the
 * outputs miss the gate's own thresholds for that class (`shortfall`; where a gate has none, `gateObjectiveOf`), by
 * signed gradients with falling steps. The first nine restarts take the place where freeing the pixels promises most to
 * first order, for each wrong class its own; those after them random places. 18 restarts of 40 steps by default:
 * 18 x 41 + 9 gradients or queries an image, fewer where an earlier restart was accepted and wrong.
 */
export const patch: Attack = {
  name: 'patch',
  summary: 'A square anywhere, unbounded within it, driven by gradients towards accepted and wrong',
  adversarial: true,
  needs: { victim: 'gradients', gate: true, patience: true },
  unit: 'patch side (share of the image)',
  sweep: [0.11, 0.18, 0.25, 0.36],
  typical: 0.25,
  defaults: DEFAULTS,
  version: 2,
  prepare: (context) => ({ perturb: (pixels, labels, start) => run(context, pixels, labels, start) }),
};

/** One image in one restart. */
interface Try {
  readonly image: number;
  readonly label: number;
  readonly target: number;
  readonly random: Random;
  left: number;
  top: number;
}

async function run(
  context: AttackContext,
  pixels: Float32Array,
  labels: Uint8Array,
  start: number,
): Promise<Float32Array> {
  const { restarts, steps } = settingsOf(DEFAULTS, context.settings);
  const side = Math.min(SIDE, Math.max(1, Math.round(context.epsilon * SIDE)));
  const best = startBest(pixels);
  const orders = Array.from(labels, (label, image) =>
    shuffledTargets(label, context.random.fork(`patch ${start + image}`)),
  );
  const { victim, thresholds } = context;
  const objective = thresholds ? shortfall(thresholds) : gateObjectiveOf(victim.kind);
  for (let restart = 0; restart < restarts; restart++) {
    const tries: Try[] = [];
    labels.forEach((label, image) => {
      if (best.ranks[image]! > TIER) return;
      const random = context.random.fork(`patch ${start + image} restart ${restart}`);
      tries.push({
        image,
        label,
        random,
        target: orders[image]![restart % WRONG_CLASSES]!,
        left: random.int(SIDE - side + 1),
        top: random.int(SIDE - side + 1),
      });
    });
    if (tries.length === 0) break;
    await descend(context, pixels, tries, { side, steps, objective, guided: restart < WRONG_CLASSES }, best);
  }
  return best.pixels;
}

function shuffledTargets(label: number, random: Random): number[] {
  return shuffle(random, wrongClasses(label));
}

interface PatchSearch {
  readonly side: number;
  readonly steps: number;
  readonly objective: GateObjective;
  readonly guided: boolean;
}

async function descend(
  context: AttackContext,
  pixels: Float32Array,
  tries: Try[],
  { side, steps, objective, guided }: PatchSearch,
  best: Best,
): Promise<void> {
  const { victim, accepts } = context;
  const batch = new Float32Array(tries.length * PIXELS);
  tries.forEach(({ image }, at) => batch.set(pixels.subarray(image * PIXELS, (image + 1) * PIXELS), at * PIXELS));
  const cost = objective.gradient((at) => tries[at]!.target);
  if (guided) {
    const { pixels: gradient } = victim.gradient(batch, cost);
    tries.forEach((each, at) => Object.assign(each, mostPromising(batch, gradient, at * PIXELS, side)));
  }
  tries.forEach((each, at) => change(each, side, at, (p) => (batch[p] = each.random.next())));
  const judge = (outputs: Float32Array): void =>
    tries.forEach(({ image, label }, at) => {
      best.offer(image, rankOf(victim.kind, accepts, outputs, at * CLASSES, label), batch, at);
    });
  for (let step = 0; step < steps; step++) {
    await setImmediate();
    context.signal?.throwIfAborted();
    const { outputs, pixels: gradient } = victim.gradient(batch, cost);
    judge(outputs);
    const size = FIRST_STEP * (1 - step / steps);
    tries.forEach((each, at) =>
      change(each, side, at, (p) => (batch[p] = clip(alongSign(batch[p]!, gradient[p]!, -size)))),
    );
  }
  judge(victim.outputs(batch));
}

/** Visits the pixels of the square of the image at row `at` of the batch. */
function change({ left, top }: Try, side: number, at: number, visit: (p: number) => void): void {
  for (let y = top; y < top + side; y++) for (let x = left; x < left + side; x++) visit(at * PIXELS + y * SIDE + x);
}

/** The square whose pixels, each free in [0, 1], lower the cost most to first order. */
function mostPromising(
  batch: Float32Array,
  gradient: Float32Array,
  offset: number,
  side: number,
): { left: number; top: number } {
  // Sums over all pixels above and to the left, so that each square costs four look-ups.
  const wide = SIDE + 1;
  const sums = new Float64Array(wide * wide);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const p = offset + y * SIDE + x;
      const gain = Math.max(gradient[p]! * batch[p]!, -gradient[p]! * (1 - batch[p]!));
      sums[(y + 1) * wide + x + 1] = gain + sums[y * wide + x + 1]! + sums[(y + 1) * wide + x]! - sums[y * wide + x]!;
    }
  }
  const most = { left: 0, top: 0, gain: -Infinity };
  for (let top = 0; top + side <= SIDE; top++) {
    for (let left = 0; left + side <= SIDE; left++) {
      const corner = (dy: number, dx: number): number => sums[(top + dy) * wide + left + dx]!;
      const gain = corner(side, side) - corner(0, side) - corner(side, 0) + corner(0, 0);
      if (gain > most.gain) Object.assign(most, { left, top, gain });
    }
  }
  return { left: most.left, top: most.top };
}
