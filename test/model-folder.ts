// A model for tests that are not about models: it says `digit` of everything, clearly.
import { writeModel } from '../src/model/folder.js';

/**
 * Writes the model's folder; its outputs do not depend on the pixels: 0.9 for `digit`, 0.07 and less for the others.
 */
export async function writeConstantModel(dir: string, digit = 7): Promise<void> {
  const bias = Float32Array.from({ length: 10 }, (_, j) => (j === digit ? 0.9 : 0.01 * (j % 8)));
  const layer = {
    kind: 'dense',
    inputs: 784,
    units: 10,
    weights: new Float32Array(7840),
    bias,
    activation: 'linear',
  } as const;
  await writeModel(
    dir,
    { layers: [layer] },
    {
      name: 'constant',
      kind: 'lq',
      seed: 0,
      recipe: {},
      data: {},
      pruning: null,
      figures: { mnistTestAccuracy: 0.1 },
      thresholds: { ratio: 5, range: [0.5, 1.1], coverage: 0.9, calibratedOn: 'nothing', examples: 1 },
    },
  );
}
