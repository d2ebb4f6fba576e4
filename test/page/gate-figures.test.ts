// Tests of what thresholds would accept: against judging every region again by the gate itself.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { judge } from '../../src/gate/gate.js';
import { acceptedBy, gateChange } from '../../src/page/gate-figures.js';
import { Distribution } from '../../src/sinks/page/distribution.js';
import { RATIO_BINS, ratioBin, ratioEdge, TOP_BINS, topBin, topEdge } from '../../src/sinks/page/protocol.js';
import type { Thresholds } from '../../src/types.js';

const NOW: Thresholds = { ratio: 3.074, range: [0.5787, 1.227] };

it('puts every edge into the bin that it begins, and what is just below into the one before', () => {
  for (let bin = 1; bin < RATIO_BINS; bin++)
    expect([ratioBin(ratioEdge(bin)), ratioBin(ratioEdge(bin) * (1 - 1e-9))]).toEqual([bin, bin - 1]);
  for (let bin = 1; bin < TOP_BINS; bin++)
    expect([topBin(topEdge(bin)), topBin(topEdge(bin) - 1e-9)]).toEqual([bin, bin - 1]);
  expect([ratioBin(0), ratioBin(Infinity), topBin(-9), topBin(9)]).toEqual([0, RATIO_BINS - 1, 0, TOP_BINS - 1]);
});

it('counts what thresholds at the edges of bins accept exactly, and wrong ones with it', () => {
  const random = createRandom(3);
  const seen = Array.from({ length: 4000 }, () => {
    const outputs = Float32Array.from({ length: 10 }, () => (random.next() - 0.5) * 0.5);
    outputs[Math.floor(random.next() * 10)] = random.next() * 1.4;
    return { outputs, wrong: random.next() < 0.1 };
  });
  const distribution = new Distribution(() => 0);
  for (const { outputs, wrong } of seen) distribution.add({ verdict: judge(outputs, NOW) }, wrong);
  distribution.addTruth(4000);
  const message = distribution.message(true);
  for (const [ratio, lo, hi] of [
    [3, 40, 90],
    [20, 52, 85],
    [1, 25, 120],
    [60, 50, 100],
  ] as const) {
    const then: Thresholds = { ratio: ratioEdge(ratio), range: [topEdge(lo), topEdge(hi)] };
    // The upper end itself is accepted by the gate; a value of chance does not lie on it.
    const passed = seen.filter(({ outputs }) => judge(outputs, then).accepted);
    const counted = acceptedBy(message, then);
    expect(counted.accepted).toBeCloseTo(passed.length, 6);
    expect(counted.wrong).toBeCloseTo(passed.filter(({ wrong }) => wrong).length, 6);
    expect([counted.regions, counted.truthDigits]).toEqual([4000, 4000]);
  }
});

it('leaves out what has no ratio, keeps what other rules refused as refused, and forgets after an hour', () => {
  let now = 0;
  const distribution = new Distribution(() => now);
  const evidence = { digit: 7, ratio: 50, top: 1, second: 0.02 } as const;
  distribution.add({ verdict: { ...evidence, accepted: true } });
  distribution.add({ verdict: { ...evidence, accepted: false, rejected: 'text', distance: 0 } });
  distribution.add({ verdict: { ...evidence, accepted: false, rejected: 'blank', distance: 0 } });
  expect(acceptedBy(distribution.message(false), { ratio: 1, range: [-0.5, 2] })).toEqual({
    regions: 2,
    accepted: 1,
    wrong: 0,
    truthDigits: undefined,
  });
  now = 3900;
  expect(distribution.message(false).cells).toEqual([]);
});

it("says only what differs, and null for what is the model's own", () => {
  const own: Thresholds = { ratio: 3, range: [0.5, 1.2] };
  expect(gateChange(NOW, NOW, own)).toEqual({});
  expect(gateChange(NOW, { ratio: 3, range: [0.6, 1.227] }, own)).toEqual({ ratio: null, range: [0.6, 1.227] });
});
