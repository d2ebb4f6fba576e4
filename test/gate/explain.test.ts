// What is said of each rule, against what the rules themselves decide: frames go through the rules, then are explained.
import { from, lastValueFrom, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { explain, type Asked } from '../../src/gate/explain.js';
import { judge } from '../../src/gate/gate.js';
import { settled } from '../../src/gate/growing.js';
import { steady } from '../../src/gate/steady.js';
import { company } from '../../src/pipeline/stages.js';
import type { Box, DigitClass, FrameSightings, Sighting, Shape } from '../../src/types.js';
import { grayFrame } from '../sinks/drawing/sightings.js';

const asked: Asked = {
  thresholds: { ratio: 5, range: [0.5, 1.25] },
  company: { text: true, clutter: true, growing: true },
  steady: 0.25,
};

/** A region whose outputs are `top` for its digit and `second`, negative, for the next class. */
function region(box: Box, digit: DigitClass, { top = 1, second = 0.1, id = `r${box[0]}` } = {}): Sighting {
  const outputs = new Float32Array(10);
  outputs[digit] = top;
  outputs[(digit + 1) % 10] = -second;
  const ink = { contrast: 100, area: box[2] * box[3] * 0.3, stroke: 4 };
  const pixels = Float32Array.from({ length: 784 }, (_, k) => (k * box[0] * 7) % 1);
  return {
    digit: { region: { id, box, polarity: 'dark-on-light', ink }, pixels },
    outputs,
    verdict: judge(outputs, asked.thresholds),
  };
}

const shape = (box: Box): Shape => ({ box, polarity: 'dark-on-light', ink: { contrast: 100, stroke: 4 } });

/** A frame of a video that has 10 a second. */
function frame(index: number, sightings: Sighting[], shapes: Shape[] = []): FrameSightings {
  return { frame: grayFrame(640, 480, 128, { index, time: index / 10 }), sightings, shapes };
}

/** The last of these frames after all rules, and what is said of its regions: names and texts, `!` before what refuses. */
async function explained(frames: readonly FrameSightings[], with_: Asked = asked) {
  const rules = with_.company;
  const stages = pipe(company(rules), settled(), steady({ shift: with_.steady }));
  const last = await lastValueFrom(from(frames).pipe(stages));
  const said = explain(last, with_).map((findings) =>
    Object.fromEntries(findings.map(({ name, text, refuses }) => [name, `${refuses ? '!' : ''}${text}`])),
  );
  return { last, said, refused: last.sightings.map(({ verdict }) => (verdict.accepted ? '' : verdict.rejected)) };
}

const row = (count: number, y = 100): Box[] => Array.from({ length: count }, (_, i) => [100 + 24 * i, y, 20, 30]);

describe('what the outputs say', () => {
  it('is the top one, the second with its class, and the ratio, each with its bound', async () => {
    const { said, refused } = await explained([frame(0, [region([10, 10, 20, 30], 7, { second: 0.08 })])]);
    expect(refused).toEqual(['']);
    expect(said[0]).toMatchObject({ top: '1.000 (0.5-1.25)', second: '8: -0.080', ratio: '12.50 (5)' });
  });

  it('is marked where it refuses, and the rules after it measure nothing', async () => {
    const { said, refused } = await explained([
      frame(0, [
        region([10, 10, 20, 30], 7, { second: 0.5 }),
        region([300, 10, 20, 30], 7, { top: 0.4, second: 0.01 }),
      ]),
    ]);
    expect(refused).toEqual(['ratio', 'range']);
    expect(said[0]).toMatchObject({ ratio: '!2.00 (5)', top: '1.000 (0.5-1.25)', 'refused near': '-' });
    expect(said[1]).toMatchObject({ ratio: '40.00 (5)', top: '!0.400 (0.5-1.25)', 'digits around': '-' });
  });
});

describe('what the company says', () => {
  it('is how much of what stands around are digits, beside the share that is needed: one of five is text', async () => {
    const [first, ...letters] = row(5);
    const { last, said, refused } = await explained([frame(0, [region(first!, 1)], letters.map(shape))]);
    const { distance } = last.sightings[0]!.verdict as { distance: number };
    const [, share, bound] = /^!(\d+)% \((\d+)%\)$/.exec(said[0]!['digits around']!) ?? [];
    expect(refused).toEqual(['text']);
    expect(Number(bound) - Number(share)).toBeCloseTo(100 * distance, -0.5);
  });

  it('is no text, where digits stand beside each other', async () => {
    const { said, refused } = await explained([
      frame(
        0,
        row(3).map((box) => region(box, 7)),
      ),
    ]);
    expect(refused).toEqual(['', '', '']);
    expect(said.map((own) => own['digits around'])).toEqual(Array(3).fill(expect.stringMatching(/^100% /)));
    expect(said[0]!['refused near']).toBe('0 (any)');
  });

  it('is how many refused shapes are near: some too many are clutter', async () => {
    const textOff = { ...asked, company: { ...asked.company, text: false } };
    const rough = Array.from({ length: 24 }, (_, i): Box => [60 + 20 * (i % 8), 20 + 80 * Math.floor(i / 8), 12, 34]);
    const { last, said, refused } = await explained(
      [frame(0, [region([130, 62, 6, 34], 7)], rough.map(shape))],
      textOff,
    );
    const { distance } = last.sightings[0]!.verdict as { distance: number };
    const [, near, bound] = /^!(\d+) \((\d+)\)$/.exec(said[0]!['refused near']!) ?? [];
    expect(refused).toEqual(['clutter']);
    expect(Number(near) - Number(bound)).toBe(distance);
  });

  it('is which digit holds which: the frame around one is clutter', async () => {
    const textOff = { ...asked, company: { ...asked.company, text: false } };
    const { said, refused } = await explained(
      [frame(0, [region([20, 20, 60, 80], 0), region([30, 30, 30, 40], 7), region([120, 20, 40, 60], 3)])],
      textOff,
    );
    expect(said.map(({ nested }) => nested)).toEqual(['!holds one, 50% (30%)', 'in one, 50% (30%)', '-']);
    expect(refused).toEqual(['clutter', '', '']);
  });
});

describe('what the frames before say', () => {
  const box: Box = [100, 100, 20, 30];
  const grown: Box = [100, 100, 20, 60];
  const moved: Box = [118, 100, 20, 30];

  it('is nothing of a first frame', async () => {
    const { said } = await explained([frame(0, [region(box, 7)])]);
    expect(said[0]).toMatchObject({ grew: '-', 'ink grew': '-', moved: '-' });
  });

  it('is by how much box and ink grew', async () => {
    // All of the box is ink: a part of it is still there in the whole.
    const full = (one: Box): Sighting => {
      const sighting = region(one, 7);
      return { ...sighting, digit: { ...sighting.digit, pixels: new Float32Array(784).fill(1) } };
    };
    const { said, refused } = await explained([frame(0, [full(box)]), frame(1, [full(grown)])]);
    expect(refused).toEqual(['growing']);
    expect(said[0]).toMatchObject({ grew: '!100% (10%)', 'ink grew': '!100% (25%)' });
  });

  it.each<[what: string, before: Sighting[], now: Box, said: string, refused: string]>([
    ['how far it moved', [region(box, 7)], [102, 100, 20, 30], '0.07 (0.25)', ''],
    ['that it moved too far', [region(box, 7)], moved, '!0.60 (0.25)', 'unsteady'],
    ['what was there before', [region(box, 3)], [101, 100, 20, 30], '!0.03 (0.25), was 3', 'unsteady'],
    [
      'that it was refused',
      [region(box, 7, { second: 0.9 })],
      [101, 100, 20, 30],
      '!0.03 (0.25), was refused',
      'unsteady',
    ],
    ['that nothing was there', [], box, '!new here', 'unsteady'],
    ['that the picture is the same', [region(box, 7)], box, 'repeated', ''],
  ])('is %s', async (_, before, now, text, reason) => {
    const { said, refused } = await explained([frame(0, before), frame(1, [region(now, 7, { id: 'r100' })])]);
    expect([said[0]!['moved'], refused]).toEqual([text, [reason]]);
  });
});

describe('rules that were not asked', () => {
  it('are off', async () => {
    const off = { ...asked, company: { text: false, clutter: false, growing: false }, steady: 0 };
    const { said } = await explained([frame(0, [region([10, 10, 20, 30], 7)])], off);
    expect(said[0]).toMatchObject({
      'digits around': 'off',
      'refused near': 'off',
      grew: 'off',
      moved: 'off',
    });
  });

  it('say nothing of the one that was', async () => {
    const [first, ...letters] = row(5);
    const textOff = { ...asked, company: { ...asked.company, text: false } };
    const { said } = await explained([frame(0, [region(first!, 1)], letters.map(shape))], textOff);
    expect(said[0]).toMatchObject({ 'digits around': 'off', 'refused near': expect.stringMatching(/^\d/) as unknown });
  });
});

it('what is said marks exactly what refused', async () => {
  const letters = row(6).map(shape);
  const frames = [0, 1, 2].map((index) =>
    frame(
      index,
      [
        region([100, 100, 20, 30], 1),
        region([300, 300, 20, 30 + 12 * index], 4),
        region([400 + 15 * index, 300, 20, 30], 6, { id: 'r1' }),
        region([500, 300, 20, 30], 6, { second: 0.5 }),
      ],
      letters.slice(1),
    ),
  );
  const { said, refused } = await explained(frames);
  for (const [k, findings] of said.entries())
    expect(Object.values(findings).some((text) => text.startsWith('!'))).toBe(refused[k] !== '');
  expect(refused).toContain('text');
});
