// Tests of src/lab/judging/leaks.ts: counts on five digits, made by hand.
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/lab/judging/evaluate.js';
import { countLeaks } from '../../../src/lab/judging/leaks.js';
import { NO_DIGIT } from '../../../src/types.js';

const labels = Uint8Array.of(0, 1, 2, 3, 4);

/** One row an image: the class it says and how surely. The gate below accepts from 0.5 on. */
function rows(...said: readonly (readonly [digit: number, top: number])[]): Float32Array {
  const outputs = new Float32Array(said.length * 10);
  said.forEach(([digit, top], i) => {
    outputs[i * 10 + digit] = top;
  });
  return outputs;
}
const accepts = (outputs: Float32Array, at: number): boolean => Math.max(...outputs.subarray(at, at + 10)) >= 0.5;

function outcome(outputs: Float32Array, truth = labels): Outcome {
  return {
    attack: 'a',
    unit: 'L-infinity',
    adversarial: true,
    epsilon: 0.1,
    settings: {},
    seed: 1,
    model: { name: 'm', hash: 'h' },
    backend: 'cpu',
    labels: truth,
    outputs,
    change: { mean: 0, max: 0 },
  };
}

// Clean: 0 to 3 are right, one of them not accepted; 4 is wrong and accepted.
const clean = { labels, outputs: rows([0, 1], [1, 1], [2, 1], [3, 0.4], [9, 1]) };
// Right; wrong and accepted; wrong and rejected; wrong and accepted; wrong and accepted, but it was so before.
const first = outcome(rows([0, 1], [5, 1], [5, 0.2], [5, 0.9], [9, 1]));
// Wrong and accepted; right, rejected; right; wrong and rejected; right.
const second = outcome(rows([7, 1], [1, 0.3], [2, 1], [7, 0.2], [4, 1]));

describe('countLeaks', () => {
  it('counts one attack', () => {
    expect(countLeaks(clean, [first], accepts)).toMatchObject({
      images: 5,
      cleanAccuracy: 0.8,
      coverage: 0.75,
      corrupted: 0.75,
      robustAccuracy: 0.2,
      accepted: 0.8,
      corruptedAccepted: 2 / 3,
      leaked: 0.6,
    });
    expect(countLeaks(clean, [second], accepts)).toMatchObject({
      corrupted: 0.5,
      robustAccuracy: 0.4,
      accepted: 0.6,
      corruptedAccepted: 0.5,
      leaked: 0.2,
    });
  });

  it('takes the worst of several for each image', () => {
    const leaks = countLeaks(clean, [first, second], accepts);
    expect(leaks).toMatchObject({ corrupted: 1, robustAccuracy: 0, accepted: 1, corruptedAccepted: 0.75, leaked: 0.8 });
    // Published bounds of Clopper and Pearson for 4 of 5.
    expect(leaks.leaked95[0]).toBeCloseTo(0.2836, 4);
    expect(leaks.leaked95[1]).toBeCloseTo(0.9949, 4);
  });

  it('counts every accepted non-digit as leaked, and knows no accuracy of them', () => {
    const none = outcome(first.outputs, new Uint8Array(5).fill(NO_DIGIT));
    expect(countLeaks(clean, [none], accepts)).toMatchObject({
      corrupted: null,
      robustAccuracy: null,
      corruptedAccepted: null,
      accepted: 0.8,
      leaked: 0.8,
    });
  });
});
