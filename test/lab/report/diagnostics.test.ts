// Tests of the masking checks on counts that are known: what fails, what is chance, and what a failure marks.
import { describe, expect, it } from 'vitest';
import {
  atLeast,
  diagnosticsSection,
  littleMore,
  markedName,
  maskedModels,
  type Diagnosis,
} from '../../../src/lab/report/diagnostics.js';
import { shareOf } from '../../../src/lab/report/shares.js';

describe('the checks', () => {
  it.each([
    // Two digits are chance, three are not; of many digits it is 2 %.
    [8, 10, 20, true],
    [7, 10, 20, false],
    [80, 100, 1000, true],
    [79, 100, 1000, false],
    [100, 10, 1000, true],
  ])('a stronger attack with %i against %i of %i: holds %s', (strong, weak, of, holds) => {
    expect(atLeast('n', 's', shareOf(strong, of), 'w', shareOf(weak, of)).holds).toBe(holds);
  });

  it.each([
    [12, 10, 20, true],
    [13, 10, 20, false],
    [150, 100, 1000, true],
    [151, 100, 1000, false],
    [90, 100, 1000, true],
  ])('twice the work with %i against %i of %i: holds %s', (more, less, of, holds) => {
    expect(littleMore('n', 'm', shareOf(more, of), 'l', shareOf(less, of)).holds).toBe(holds);
  });

  it('say both rates', () => {
    expect(atLeast('n', 'PGD', shareOf(50, 100), 'FGSM', shareOf(25, 100)).found).toBe('PGD 50.0 %, FGSM 25.0 %');
  });
});

describe('a model that fails a check', () => {
  const diagnosis = (model: string, holds: boolean): Diagnosis => ({
    model,
    epsilon: 0.2,
    images: 10,
    checks: [{ name: 'more steps', found: 'PGD 1.0 %', holds }],
  });
  const diagnoses = [diagnosis('sound', true), diagnosis('masked', false)];

  it('is marked by name', () => {
    const masked = maskedModels(diagnoses);
    expect([...masked]).toEqual(['masked']);
    expect(markedName('masked', masked)).toEqual({ text: 'masked\nmasked gradients?', mark: 'bad' });
    expect(markedName('sound', masked)).toBe('sound');
    expect(markedName('masked', masked, 'masked: leak')).toMatchObject({ text: 'masked: leak\nmasked gradients?' });
  });

  it('is warned of in the section', () => {
    const warnings = diagnosticsSection(diagnoses).blocks.flatMap((block) =>
      block.kind === 'warning' ? [block.text] : [],
    );
    expect(warnings).toEqual([
      'masked fails: more steps (PGD 1.0 %). Do not believe its robustness to gradient attacks.',
    ]);
  });
});
