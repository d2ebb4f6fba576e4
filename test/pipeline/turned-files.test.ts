// Turned pictures all the way: files in, lines, remarks and the annotated picture out.
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { RunObserver } from '../../src/pipeline/observer.js';
import { readDigits } from '../../src/read-digits.js';
import { annotate } from '../../src/sinks/annotate.js';
import type { PredictionMessage } from '../../src/sinks/messages.js';
import { play, scratch } from '../source/clips.js';
import { lying, png } from '../source/pictures.js';
import { sheet } from './sheet.js';

const at = scratch();
const page = sheet(['3472', '9565', '2743']);

beforeAll(async () => {
  await writeFile(at('upright.png'), png(page));
  await writeFile(at('side.png'), png(lying(page, 8)));
});

async function read(name: string, pipeline: Parameters<typeof readDigits>[1] = {}) {
  const observer = new RunObserver();
  const lines: PredictionMessage[] = [];
  for await (const line of readDigits(at(name), { ...pipeline, observer })) lines.push(line);
  return { lines, remarks: observer.remarks };
}

describe('a picture on its side', () => {
  it('is read as the upright one, and its lines and the summary say that it was turned', async () => {
    const [upright, side] = [await read('upright.png'), await read('side.png')];
    expect(
      upright.lines
        .map(({ digit }) => digit)
        .sort()
        .join(''),
    ).toBe('223344556779');
    expect(upright.remarks).toEqual([]);
    expect(side.lines).toEqual(upright.lines.map((line) => ({ ...line, turned: 270 })));
    expect(side.remarks).toEqual([expect.stringMatching(/^turned by 270 degrees: 12 digits stand there then, /)]);
  });

  it('is turned as it is asked for, without a look', async () => {
    const asked = await read('side.png', { pipeline: { source: { rotate: 270 } } });
    expect(asked.lines).toHaveLength(12);
    expect(asked.lines.every((line) => line.turned === undefined)).toBe(true);
    const left = await read('side.png', { pipeline: { source: { rotate: 0 } } });
    expect(left.lines.length).toBeLessThan(6);
    expect([...asked.remarks, ...left.remarks]).toEqual([]);
  });

  it('is annotated as it was read', async () => {
    const sink = await annotate.create({ file: at('annotated.png') });
    await read('side.png', { sinks: { annotate: sink } });
    const { shots } = await play(at('annotated.png'));
    const [{ width, height }] = shots as [(typeof shots)[number]];
    expect(Math.sign(width - height)).toBe(Math.sign(page.width - page.height));
    expect(page.width).not.toBe(page.height);
  });
});
