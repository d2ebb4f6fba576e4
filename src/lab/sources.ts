// Owns where a training's examples come from: the names that a recipe may use. It must not make examples itself.
import type { Digits } from './dataset.js';
import { epochsOf } from './mnist-examples.js';
import type { TrainingPlan } from './recipe.js';
import type { Examples } from './train.js';

/**
 * Opens the examples that a plan asks for.
 * @param digits What may be trained on.
 * @param seed All chance in the examples follows from it.
 * @param position Examples to pass over, when a training goes on.
 */
export function openExamples(plan: TrainingPlan, digits: Digits, seed: number, position: number): Examples {
  switch (plan.examples) {
    case 'mnist':
      return epochsOf(digits, { seed, position, augmentation: plan.augmentation });
  }
}
