// Tests of the article's groups against a slow count, digit by digit.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { corruptionRate, formGroups, halfNoisedAccuracy } from '../../../src/lab/report/groups.js';

/** Outputs near one-hot, right with the given probability. */
function outputsOf(labels: Uint8Array, right: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const outputs = new Float32Array(labels.length * 10);
  labels.forEach((label, i) => {
    const shown = random.next() < right ? label : (label + 1 + random.int(9)) % 10;
    for (let j = 0; j < 10; j++) outputs[i * 10 + j] = (j === shown ? 1 : 0) + 0.1 * (random.next() - 0.5);
  });
  return outputs;
}

describe('formGroups', () => {
  const labels = Uint8Array.from({ length: 2000 }, (_, i) => i % 10);
  const [clean, noised] = [outputsOf(labels, 0.95, 1), outputsOf(labels, 0.3, 2)];
  const groups = formGroups(clean, noised, labels, createRandom(7));
  const argmax = (row: number[]): number => row.indexOf(Math.max(...row));

  it('puts every digit into one group, by its coin and by what it is read as', () => {
    const coins = createRandom(7);
    const expected = {
      regular: [] as number[],
      ineffective: [] as number[],
      corrupted: [] as number[],
      cleanWrong: [] as number[],
    };
    for (let i = 0; i < 2000; i++) {
      const isNoised = coins.next() < 0.5;
      const row = Array.from((isNoised ? noised : clean).slice(i * 10, i * 10 + 10));
      const right = argmax(row) === labels[i];
      expected[isNoised ? (right ? 'ineffective' : 'corrupted') : right ? 'regular' : 'cleanWrong'].push(i);
      expect(Array.from(groups.outputs.slice(i * 10, i * 10 + 10))).toEqual(row);
    }
    expect(groups).toMatchObject(expected);
  });

  it('noises about half, and counts accuracy and corruption over them', () => {
    const all = groups.regular.length + groups.cleanWrong.length + groups.corrupted.length + groups.ineffective.length;
    expect(all).toBe(2000);
    expect(groups.corrupted.length + groups.ineffective.length).toBeGreaterThan(900);
    expect(groups.corrupted.length + groups.ineffective.length).toBeLessThan(1100);
    expect(corruptionRate(groups)).toBeCloseTo(0.7, 1);
    expect(halfNoisedAccuracy(groups)).toBe((groups.regular.length + groups.ineffective.length) / 2000);
  });

  it('leaves what it is given unchanged, and follows from the seed', () => {
    expect(clean).toEqual(outputsOf(labels, 0.95, 1));
    expect(formGroups(clean, noised, labels, createRandom(7))).toEqual(groups);
    expect(formGroups(clean, noised, labels, createRandom(8)).regular).not.toEqual(groups.regular);
  });
});
