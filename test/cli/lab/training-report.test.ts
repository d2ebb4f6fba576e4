// Tests of src/cli/training-report.ts: plain lines for files, one living line for terminals.
import { describe, expect, it } from 'vitest';
import { trainingReport } from '../../../src/cli/lab/training-report.js';

function recorded(isTTY: boolean): {
  text: () => string;
  report: ReturnType<typeof trainingReport>;
  tick: (ms: number) => void;
} {
  let text = '';
  let time = 0;
  const report = trainingReport({ isTTY, write: (more) => (text += more) }, () => time);
  return { text: () => text, report, tick: (ms) => (time += ms) };
}

const at = (step: number): { step: number; steps: number; cost: number } => ({ step, steps: 100, cost: 0.0123456 });

describe('trainingReport', () => {
  it('writes stages and checks only, where there is no terminal', () => {
    const { text, report, tick } = recorded(false);
    report.stage('training');
    for (let step = 1; step <= 50; step++) {
      tick(1000);
      report.step(at(step), 128);
    }
    report.check(at(50), { accuracy: 0.98765 });
    expect(text()).toBe('training\nstep 50 of 100  cost 0.01235  held-out accuracy 98.77 %\n');
  });

  it('says of a hardened training what the network withstands, and at which epsilon', () => {
    const { text, report } = recorded(false);
    report.check(at(50), { accuracy: 0.98765, robust: { accuracy: 0.935, epsilon: 0.3 } });
    expect(text()).toBe(
      'step 50 of 100  cost 0.01235  held-out accuracy 98.77 %, under attack (PGD, epsilon 0.3) 93.5 %\n',
    );
  });

  it('shows rate and time left on a terminal, not too often', () => {
    const { text, report, tick } = recorded(true);
    for (let step = 1; step <= 40; step++) {
      tick(100);
      report.step(at(step), 128);
    }
    const lines = text().split('\r\u001b[K').slice(1);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.length).toBeLessThan(17);
    expect(lines.at(-1)).toMatch(/^step \d+ of 100 {2}cost 0\.01235 {2}1280 examples\/s {2}\d+ s left$/);
  });

  it('measures the rate anew in each stage, and states long times in minutes', () => {
    const { text, report, tick } = recorded(true);
    report.step(at(1), 10);
    tick(1000);
    report.step(at(2), 10);
    report.stage('fine-tuning');
    report.step(at(1), 10);
    tick(4000);
    report.step(at(2), 10);
    expect(text()).toMatch(/98 s left|2 min left/);
    expect(text()).toMatch(/7 min left$/);
  });
});
