// Tests of labels.json: its counting on hand-made frames, and what is said of a wrong one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { countFile, readLabels, type Accepted, type Label } from '../../../src/lab/pages/labels.js';

const label = (label: Partial<Label>): Label => ({ digits: '', kind: 'video', clear_from: 0, ...label });
const frame = (time: number, ...digits: number[]): Accepted => ({ time, digits });

describe('digits shown at once', () => {
  it('are matched as a multiset: what is left over is wrong', () => {
    const counts = countFile(label({ digits: '2202' }), [frame(0, 2, 2, 7), frame(0.1, 2, 0, 2, 2, 2)]);
    expect(counts).toEqual({ accepted: 8, right: 6, false: 0, there: 8, found: 6 });
  });

  it('are to be read from clear_from on, and right before it too', () => {
    const counts = countFile(label({ digits: '5', clear_from: 1 }), [frame(0.5, 5), frame(1, 5), frame(1.5)]);
    expect(counts).toEqual({ accepted: 2, right: 2, false: 0, there: 2, found: 1 });
  });

  it('are none in a stretch without digits', () => {
    const counts = countFile(label({ digits: '5', clear_from: 2, no_digit_span: [0, 1] }), [
      frame(0.5, 5),
      frame(2, 5),
    ]);
    expect(counts).toEqual({ accepted: 1, right: 1, false: 1, there: 1, found: 1 });
  });
});

it('digits shown one after the other are found by window', () => {
  const windows = [
    { digit: '0', t0: 1, t1: 2 },
    { digit: '1', t0: 3, t1: 4 },
  ];
  const frames = [frame(1.2, 0), frame(1.8, 0, 8), frame(2.5, 9), frame(3.5, 7), frame(5, 4)];
  expect(countFile(label({ windows, reject_windows: [[4.5, 6]] }), frames)).toEqual({
    accepted: 4,
    right: 2,
    false: 1,
    there: 2,
    found: 1,
  });
});

it('in a negative everything is false', () => {
  const counts = countFile(label({ kind: 'negative' }), [frame(0, 1, 1), frame(1, 0)]);
  expect(counts).toEqual({ accepted: 0, right: 0, false: 3, there: 0, found: 0 });
});

describe('labels.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labels-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = async (text: string) => {
    writeFileSync(join(folder, 'labels.json'), text);
    return await readLabels(folder);
  };

  it('may say more than is asked, and leave out what has a default', async () => {
    expect(await read('{"a.jpg": {"digits": "12", "note": "blue pen"}}')).toEqual({
      'a.jpg': { digits: '12', kind: '', clear_from: 0 },
    });
  });

  it.each(['{"a.jpg": {"digits": 12}}', '{"a.jpg": {"digits": "1x"}}', '{"a.jpg": {"clear_from": "now"}}', '[', '[]'])(
    'is refused as %s',
    async (text) => {
      await expect(read(text)).rejects.toThrow(UsageError);
      await expect(read(text)).rejects.toThrow('labels.json');
    },
  );
});
