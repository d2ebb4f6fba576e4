import { describe, expect, it } from 'vitest';
import {
  acceptedIn,
  orientationsOf,
  uprightness,
  worthLook,
  type Judged,
  type Orientations,
} from '../../src/gate/upright.js';
import type { Box, Frame, Sighting, Verdict } from '../../src/types.js';

/** What is accepted, a character a region: a digit, or - for one that is refused. */
const judged = (text: string): Judged =>
  [...text].map((one) => (one === '-' ? undefined : (Number(one) as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9)));

const page = (lies: string, by90 = '', by180 = '', by270 = ''): Orientations => {
  const nothing = '-'.repeat(lies.length);
  return {
    0: judged(lies),
    90: judged(by90 || nothing),
    180: judged(by180 || nothing),
    270: judged(by270 || nothing),
  };
};

describe('uprightness', () => {
  it.each([
    ['digits that are none in any other orientation', page('1234567'), 'strong'],
    ['a line whose round digits stand on their head as well', page('100127653', '-00------', '-001-----'), 'strong'],
    ['two classes, but many', page('33773737'), 'strong'],
    ['two classes', page('337737'), 'some'],
    ['one class: a pattern repeats it', page('77777777777'), 'none'],
    ['letters, of which many look like 0 and 1', page('0101010110347910', '0-1-'), 'none'],
    ['0, 1 and 8, which are so on their head too', page('0180110881'), 'none'],
    ['three digits', page('347'), 'some'],
    ['two digits', page('34'), 'none'],
    ['a few among letters', page(`34729${'-'.repeat(8)}`), 'none'],
    ['2021 and 2019, on their head 6102 and 1202', page('20212019', '', '20212016'), 'none'],
    ['digits of which most are digits on their head', page('05221859', '', '055--816'), 'some'],
    ['more digits on their head than upright', page('2-569-', '', '2956-6'), 'none'],
  ] as const)('%s', (_, orientations, strength) => {
    expect(uprightness(orientations)).toBe(strength);
  });

  it('asks that turning gains digits', () => {
    const turned = page('1234567');
    expect(uprightness(turned, judged('-----'))).toBe('strong');
    expect(uprightness(turned, judged('11001'))).toBe('some');
    expect(uprightness(turned, judged('110010'))).toBe('none');
  });
});

describe('worthLook', () => {
  it('is the turn with the most digits that are none as it lies', () => {
    expect(worthLook(page('0------', '0-3----', '-------', '0234567'))).toBe(270);
    expect(worthLook(page('0------', '-23-5--', '-------', '0------'))).toBe(90);
    expect(worthLook(page('--5----', '', '2943---'))).toBe(180);
  });

  it('is none for a page that lies upright, or of which nothing speaks', () => {
    expect(worthLook(page('1234567', '---6---', '-5----9'))).toBeUndefined();
    expect(worthLook(page('---', '0-1', '8--', '-6-'))).toBeUndefined();
    expect(worthLook(page('34---', '--96-'))).toBeUndefined();
  });
});

describe('orientationsOf', () => {
  const yes = (digit: 3 | 5 | 7): Verdict => ({ digit, ratio: 20, top: 1, second: 0.05, accepted: true });
  const no: Verdict = {
    digit: 0,
    ratio: 1,
    top: 0.3,
    second: 0.3,
    accepted: false,
    rejected: 'range',
    distance: 0.2,
  };
  const sighting = (box: Box, verdict: Verdict): Sighting => ({
    digit: {
      region: { id: 'r', box, polarity: 'dark-on-light', ink: { contrast: 100, area: 100, stroke: 3 } },
      pixels: new Float32Array(0),
    },
    outputs: new Float32Array(10),
    verdict,
  });
  // Scaled: the plane has half the pixels that boxes count in.
  const frame = { width: 100, height: 200, scale: 2 } as Frame;

  it('says which verdict each region has when it is turned', () => {
    const boxes: Box[] = [
      [20, 20, 20, 30],
      [20, 200, 20, 30],
    ];
    const sightings = boxes.map((box) => sighting(box, no));
    const orientations = orientationsOf(
      { frame, sightings },
      { 90: [yes(3), no], 180: [no, no], 270: [yes(5), yes(7)] },
    );
    expect(orientations).toEqual({
      0: [undefined, undefined],
      90: [3, undefined],
      180: [undefined, undefined],
      270: [5, 7],
    });
  });

  it('judges turned regions in the lines that they stand in then', () => {
    // A column, a letter's height apart, in which two of twelve would be digits if it were turned: a line of letters.
    const column = Array.from({ length: 12 }, (_, k): Box => [100, 20 + 28 * k, 30, 20]);
    const shapes = [4, 8].map((k) => ({
      box: [100, 20 + 28 * k, 30, 20] as Box,
      polarity: 'dark-on-light' as const,
      ink: { contrast: 100, stroke: 3 },
    }));
    const regions = column.filter((_, k) => k !== 4 && k !== 8);
    const verdicts = regions.map((_, k) => (k === 2 || k === 6 ? yes(3) : no));
    const all = { 90: verdicts, 180: verdicts, 270: verdicts };
    const among = orientationsOf({ frame, sightings: regions.map((box) => sighting(box, no)), shapes }, all);
    expect(Object.values(among).map(acceptedIn)).toEqual([0, 0, 2, 0]);
    // By themselves they are digits in any.
    const alone = regions.filter((_, k) => k === 2 || k === 6);
    const both = [yes(3), yes(3)];
    const apart = orientationsOf(
      { frame, sightings: alone.map((box) => sighting(box, no)) },
      { 90: both, 180: both, 270: both },
    );
    expect(Object.values(apart).map(acceptedIn)).toEqual([0, 2, 2, 2]);
  });
});
