// Tests of src/readings/place.ts: what the looks at one place agree on, by hand.
import { describe, expect, it } from 'vitest';
import { Place, type Look, type Shown } from '../../src/readings/place.js';
import { asked } from './asked.js';

const { agree } = asked();

/** A place that was seen so, a look a second; `.` is a frame without a clear look. */
function seen(looks: string, more: Partial<typeof agree> = {}, ratio: (k: number) => number = () => 10): Place {
  const place = new Place({ ...agree, ...more });
  [...looks].forEach((one, frame) => {
    const shown: Shown = one === '_' ? 'blank' : (Number(one) as Shown);
    if (one !== '.') place.add({ shown, ratio: ratio(frame), frame, time: frame });
  });
  return place;
}

const shown = (place: Place, wheel = false): Shown | undefined => place.agreed(wheel)?.shown;

describe('a place', () => {
  it.each<[string, Shown | undefined, string]>([
    ['77', undefined, 'too few looks'],
    ['777', 7, 'three, before there were four'],
    ['7717', 7, 'three of four'],
    ['7711', undefined, 'two of four'],
    ['77711', undefined, 'the last four only'],
    ['77.1.7', 7, 'frames without a clear look are no looks'],
    ['___', 'blank', 'a window without ink'],
  ])('%s shows %s: %s', (looks, wanted) => {
    expect(shown(seen(looks))).toBe(wanted);
  });

  it('weighs looks by their ratios, up to a bound that one look can not buy', () => {
    const faint = (k: number): number => (k === 2 ? 20 : 8);
    // 3 x 8 of 44 is 0.55.
    expect(shown(seen('7717', {}, faint))).toBeUndefined();
    expect(shown(seen('7717', { share: 0.5 }, faint))).toBe(7);
    expect(shown(seen('7717', { share: 0.5 }, (k) => (k === 2 ? Infinity : 8)))).toBe(7);
  });

  it('says how many looks of how many show it, and since when', () => {
    expect(seen('1777').agreed(false)).toEqual({ shown: 7, frames: 3, of: 4, since: 1, from: 1, between: false });
  });

  it('says from which frame on it shows that, whatever a stray look said before', () => {
    // 10 looks count: 7 1 1 1 7 7 7 7 7 7; the first 7 is no reason to believe the 1s.
    expect(seen('7111777777', { frames: 7, of: 10 }).agreed(false)).toMatchObject({ since: 0, from: 4 });
    expect(seen('7777771777', { frames: 7, of: 10 }).agreed(false)).toMatchObject({ from: 0 });
  });

  it('passes over looks that come too soon after one that counts', () => {
    const place = new Place({ ...agree, seconds: 4 });
    const add = (time: number): boolean => place.add({ shown: 7, ratio: 10, frame: time * 10, time });
    for (let k = 0; k < 30; k++) add(k / 10);
    // 4 looks in 4 s: one a second of the three.
    expect(place.agreed(false)).toMatchObject({ frames: 3, of: 3 });
  });

  it('forgets looks that are old in time and in frames', () => {
    const place = seen('777', { within: 60 });
    place.dropOld(100, 59);
    expect(shown(place)).toBe(7);
    // A source that gives a frame in an hour: old in time only.
    place.dropOld(5, 3600);
    expect(shown(place)).toBe(7);
    place.dropOld(100, 62);
    expect(shown(place)).toBeUndefined();
  });

  it('counts images, which have no time, all', () => {
    const place = new Place({ ...agree, seconds: 4 });
    for (let frame = 0; frame < 3; frame++) place.add({ shown: 7, ratio: 10, frame, time: undefined } satisfies Look);
    place.dropOld(1000, undefined);
    expect(shown(place)).toBe(7);
  });

  it('is between two digits only where it is a wheel, and the two are neighbours', () => {
    expect(shown(seen('6767'))).toBeUndefined();
    expect(seen('6767').agreed(true)).toMatchObject({ shown: 6, between: true, frames: 4 });
    expect(seen('9090').agreed(true)).toMatchObject({ shown: 9, between: true });
    expect(seen('0900').agreed(true)).toMatchObject({ shown: 0, between: false });
    expect(shown(seen('6868'), true)).toBeUndefined();
    expect(shown(seen('6_6_'), true)).toBeUndefined();
  });
});
