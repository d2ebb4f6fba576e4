import { describe, expect, it } from 'vitest';
import { noCounts } from '../../src/types.js';
import {
  RATIO_CAP,
  toLine,
  toMessage,
  type PredictionMessage,
  type SightingMessage,
} from '../../src/sinks/messages.js';
import { createRandom } from '../../src/base/random.js';
import { evidence, judge } from '../../src/gate/gate.js';
import { REJECTIONS, type Sighting, type Thresholds } from '../../src/types.js';

const THRESHOLDS: Thresholds = { ratio: 6, range: [0.5, 1.25] };
const FROM = { seq: 17, frame: { index: 41, time: 41 / 30 }, model: '0123456789ab', pipeline: 'ba9876543210' };

function sighting(outputs: ArrayLike<number>, thresholds = THRESHOLDS): Sighting {
  const values = Float32Array.from(outputs);
  const region = { id: 'r3', box: [10, 20, 30, 40], polarity: 'dark-on-light' } as const;
  return { digit: { region, pixels: new Float32Array(784) }, outputs: values, verdict: judge(values, thresholds) };
}

const CLEAR = [0, 0.01, -0.02, 0, 0.03, 0, 0, 0.97, 0.05, 0];

describe('toMessage', () => {
  it('gives a prediction in the documented form, key order included', () => {
    expect(toLine(toMessage(sighting(CLEAR), FROM))).toBe(
      '{"type":"prediction","seq":17,"frame":41,"time":1.366667,"region":"r3","box":[10,20,30,40],"digit":7,' +
        '"ratio":19.4000003,"top":0.970000029,"second":0.0500000007,' +
        '"outputs":[0,0.00999999978,-0.0199999996,0,0.0299999993,0,0,0.970000029,0.0500000007,0],' +
        '"model":"0123456789ab","pipeline":"ba9876543210"}',
    );
  });

  it('says of a live picture when it came and how old it was, beside its time', () => {
    const live = { at: Date.UTC(2026, 10, 27, 21, 0, 0, 123), age: 0.2345678 };
    expect(toLine(toMessage(sighting(CLEAR), { ...FROM, live }))).toMatch(
      /"time":1\.366667,"at":"2026-11-27T21:00:00\.123Z","age":0\.235,"region"/,
    );
  });

  it('names the image of a directory', () => {
    expect(toMessage(sighting(CLEAR), { ...FROM, frame: { ...FROM.frame, file: 'a "b".png' } })).toMatchObject({
      type: 'prediction',
      file: 'a "b".png',
    });
  });

  it('gives a rejection with its reason and distance', () => {
    const message = toMessage(sighting([0.1, 0, 0, 0, 0, 0.75, 0.25, 0, 0, 0]), FROM);
    expect(message).toMatchObject({
      type: 'rejection',
      rejected: 'ratio',
      distance: 3,
      digit: 5,
      ratio: 3,
      seq: 17,
      region: 'r3',
    });
  });

  it('caps an infinite ratio, and any larger than the cap', () => {
    expect(toMessage(sighting([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), FROM)).toMatchObject({
      type: 'prediction',
      ratio: RATIO_CAP,
      second: 0,
    });
    expect(toMessage(sighting([0, 1, 1e-30, 0, 0, 0, 0, 0, 0, 0]), FROM).ratio).toBe(RATIO_CAP);
  });

  it('prints null for what is not finite', () => {
    const message = toMessage(sighting([NaN, Infinity, -Infinity, 1, 0, 0, 0, 0, 0, 0]), FROM);
    expect(message).toMatchObject({
      rejected: 'not-finite',
      outputs: [null, null, null, 1, 0, 0, 0, 0, 0, 0],
      top: null,
      second: null,
      ratio: 0,
    });
    expect(JSON.parse(toLine(message))).toEqual(message);
  });

  it('can be scored again: outputs come back as the same float32s, hence the same verdict', () => {
    const random = createRandom(5);
    const bits = new Uint32Array(10);
    for (let i = 0; i < 2_000; i++) {
      // Half any float32 at all (every bit pattern), half such outputs as a network gives.
      const outputs = new Float32Array(10);
      if (i % 2) new Uint32Array(outputs.buffer).set(bits.map(() => random.next() * 2 ** 32));
      else outputs.forEach((_, j) => (outputs[j] = (j === i % 10 ? 1 : 0.1) * random.next()));
      const line = JSON.parse(toLine(toMessage(sighting(outputs), FROM))) as SightingMessage;
      const again = Float32Array.from(line.outputs, (value) => value ?? NaN);
      outputs.forEach((value, j) => expect(again[j]).toBe(Number.isFinite(value) ? value + 0 : NaN));
      if (!outputs.every(Number.isFinite)) continue;
      expect(toMessage(sighting(again), FROM)).toEqual(line);
      expect(Number(Math.min(evidence(again).ratio, RATIO_CAP).toPrecision(9))).toBe(line.ratio);
    }
  });

  it('gives the same bytes for the same sighting, whatever the noise below a microsecond', () => {
    const a = toMessage(sighting(CLEAR), FROM) as PredictionMessage;
    const b = toMessage(sighting(CLEAR), { ...FROM, frame: { index: 41, time: 41 / 30 + 1e-12 } });
    expect(toLine(a)).toBe(toLine(b));
  });
});

it('noCounts has every reason', () => {
  const { rejected, ...totals } = noCounts();
  expect(Object.keys(rejected)).toEqual([...REJECTIONS]);
  expect([...Object.values(rejected), ...Object.values(totals)].every((count) => count === 0)).toBe(true);
});
