// Tests of src/lab/judging/thresholds.ts: what a card's thresholds were set for, and which of its figures stay.
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/base/errors.js';
import { aimOf, figuresAfter, planFor, type CalibratedGate } from '../../../src/lab/judging/thresholds.js';
import type { Card } from '../../../src/model/card.js';
import { barData } from '../synthetic.js';

const pool = { seed: 2, size: 20, mixture: { plain: 0, penned: 1, styled: 0, signs: 0, clutter: 0 } };

function card(more: Partial<Card> = {}): Card {
  return {
    format: 1,
    name: 'bars',
    architecture: [],
    sha256: '',
    kind: 'lq',
    seed: 1,
    recipe: { calibration: { coverage: 0.9, outside: [0.1, 0], pool } },
    pruning: null,
    data: {},
    figures: { mnistTestAccuracy: 0.5, mnistTestAccepted: 0.4 },
    thresholds: { ratio: 2, range: [0.1, 5], coverage: 0.8, calibratedOn: 'bars', examples: 1 },
    ...more,
  };
}

describe('the plan for a card', () => {
  it('has the range and the pool of its recipe, and aims where it is told or where the thresholds did', () => {
    expect(planFor({ coverage: 0.7 }, card())).toEqual({ coverage: 0.7, outside: [0.1, 0], pool });
    expect(planFor(aimOf(card()), card())).toEqual({ coverage: 0.8, outside: [0.1, 0], pool });
    const strict = card({ recipe: { calibration: { coverage: 0.9, outside: [0.1, 0], nonDigits: 0.005, pool } } });
    expect(planFor({ coverage: 0.7 }, strict)).toEqual({ coverage: 0.7, outside: [0.1, 0], nonDigits: 0.005, pool });
    expect(planFor({ maxRisk: 0.1 }, strict)).toEqual({ maxRisk: 0.1, confidence: 0.95, outside: [0.1, 0], pool });
    const careful = card({
      recipe: {},
      thresholds: { ...card().thresholds, coverage: 1, maxRisk: 0.01, confidence: 0.9 },
    });
    expect(planFor(aimOf(careful), careful)).toEqual({ maxRisk: 0.01, confidence: 0.9, outside: 0.001 });
  });

  it("refuses what can't be set again", () => {
    expect(() => planFor({ coverage: 0.7 }, card({ recipe: { calibration: { outside: 2 } } }))).toThrow(
      /card of bars .* outside/,
    );
    expect(() => planFor({ coverage: 1 }, card())).toThrow(ModelError);
  });
});

describe('figuresAfter', () => {
  it(
    "takes the gate's figures on the same data, and drops those of the old thresholds on other data or " +
      'on what is not named',
    () => {
      const gate: CalibratedGate = {
        card: { figures: { mnistTestAccuracy: 0.6, mnistTestAccepted: 0.3 }, thresholds: card().thresholds },
        risk: { accepted: 1, wrong: 0, bound: 0.95, confidence: 0.95 },
      };
      const after = (data: Card['data']): unknown => figuresAfter(card({ data }), barData(), gate);
      expect(after(barData().hashes)).toEqual(gate.card.figures);
      expect(after({ bars: 'other' })).toEqual({ mnistTestAccuracy: 0.5 });
      expect(after({})).toEqual({ mnistTestAccuracy: 0.5 });
    },
  );
});
