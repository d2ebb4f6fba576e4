// Tests of which model images are transferred from.
import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../../src/lab/training/initial.js';
import { surrogateFor, type Subject } from '../../../src/lab/report/context.js';

const dense = createNetwork([{ dense: 4 }], 1);
const convolutional = createNetwork([{ conv: [5, 5, 1], stride: 4 }], 1);
const subjects = (
  [
    ['fc-lq', dense],
    ['fc-lq-pruned', dense],
    ['cnn-lq', convolutional],
    ['cnn-lq-pruned', convolutional],
    ['camera', convolutional],
    ['mine', dense],
  ] as const
).map(([name, network]) => ({ name, network }) as unknown as Subject);

describe('surrogateFor', () => {
  it.each([
    ['cnn-lq', 'camera'],
    ['cnn-lq-pruned', 'camera'],
    ['camera', 'cnn-lq'],
    ['fc-lq', 'camera'],
    ['fc-lq-pruned', 'camera'],
    ['mine', 'fc-lq'],
  ])('of %s is %s: another family, with convolutions for a model that has some', (name, surrogate) => {
    expect(
      surrogateFor(
        subjects.find((each) => each.name === name)!,
        subjects,
      )?.name,
    ).toBe(surrogate);
  });

  it('is any other model rather than none, and none where there is no other family', () => {
    const [fc, pruned] = subjects;
    expect(
      surrogateFor(
        fc!,
        subjects.filter(({ name }) => name === 'fc-lq' || name === 'mine'),
      )?.name,
    ).toBe('mine');
    expect(surrogateFor(fc!, [fc!, pruned!])).toBeUndefined();
  });
});
