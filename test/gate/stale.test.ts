// The rule about how a live picture came: too old, doubted, or neither.
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { fresh } from '../../src/gate/stale.js';
import type { Arrival, FrameSightings } from '../../src/types.js';
import { grayFrame, sighting, shown } from '../sinks/drawing/sightings.js';

const AT = 1_700_000_000_000;

function found(arrival?: Partial<Arrival>): FrameSightings {
  const frame = grayFrame(64, 48, 128, { index: 0, time: 0 });
  if (arrival) Object.assign(frame, { arrival: { at: AT, clock: 100, late: 0, ...arrival } });
  return shown(frame, sighting([4, 4, 20, 28], 7, 18), sighting([34, 4, 20, 28], 3, 1.2, 'ratio'));
}

async function judged(frame: FrameSightings, now: number): Promise<FrameSightings> {
  const [only] = await lastValueFrom(from([frame]).pipe(fresh({ maxAge: 1, now: () => now * 1000 }), toArray()));
  return only!;
}

const verdicts = ({ sightings }: FrameSightings): unknown[] =>
  sightings.map(({ verdict }) => (verdict.accepted ? 'accepted' : [verdict.rejected, verdict.distance]));

test('a picture of a file is not looked at', async () => {
  const frame = found();
  expect(await judged(frame, 1e9)).toBe(frame);
});

test('a live picture says how old it is, with what it came late', async () => {
  const out = await judged(found({ late: 0.25 }), 100.5);
  expect(out.age).toBeCloseTo(0.75, 9);
  expect(verdicts(out)[0]).toBe('accepted');
});

test('at its greatest age it is taken, beyond it nothing is accepted; what was refused keeps its reason', async () => {
  expect(verdicts(await judged(found(), 101))[0]).toBe('accepted');
  const [accepted, refused] = verdicts(await judged(found({ late: 0.5 }), 100.75));
  expect(accepted).toEqual(['stale', 0.25]);
  expect(refused).toEqual(verdicts(found())[1]);
});

test.each(['frozen', 'repeating', 'black', 'damaged'] as const)('nothing in a %s picture is accepted', async (kind) => {
  const out = await judged(found({ doubt: { kind, seconds: 12 } }), 100);
  expect(verdicts(out)[0]).toEqual(['stale', 12]);
});
