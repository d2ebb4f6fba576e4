// Rules that a program brings along: how they refuse, in what order they are asked, and that none drops a sighting.
import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { judgeBy, refuse, type Rule } from '../../src/gate/rule.js';
import { addFrame } from '../../src/pipeline/observer.js';
import { noCounts, type FrameSightings } from '../../src/types.js';
import { grayFrame, sighting, shown } from '../sinks/drawing/sightings.js';

/** A frame of an accepted 7 and 3, and of a 5 that the gate refused. */
function threeSightings(index = 0): FrameSightings {
  return shown(
    grayFrame(64, 48, 128, { index }),
    sighting([0, 0, 9, 9], 7, 20),
    sighting([20, 0, 9, 9], 3, 8),
    sighting([40, 0, 9, 9], 5, 1.5, 'ratio'),
  );
}

/** Refuses these digits. */
const not =
  (...digits: readonly number[]): Rule =>
  ({ sightings }) =>
    sightings.map((one) => (digits.includes(one.verdict.digit) ? refuse(one) : one));

const judged = async (rules: readonly Rule[], ...frames: readonly FrameSightings[]): Promise<FrameSightings[]> =>
  await lastValueFrom(of(...frames).pipe(judgeBy(rules), toArray()));

const outcomes = ({ sightings }: FrameSightings): string[] =>
  sightings.map(({ verdict }) => (verdict.accepted ? 'accepted' : verdict.rejected));

describe('refuse', () => {
  const accepted = sighting([0, 0, 9, 9], 7, 20);

  it('turns an accepted sighting into one that a rule refused, and keeps all else', () => {
    const { accepted: _, ...evidence } = accepted.verdict;
    expect(refuse(accepted, 2.5)).toEqual({
      ...accepted,
      verdict: { ...evidence, accepted: false, rejected: 'rule', distance: 2.5 },
    });
    expect(refuse(accepted).verdict).toMatchObject({ rejected: 'rule', distance: 0 });
  });

  it('leaves the sighting that it was given as it was', () => {
    const before = structuredClone(accepted.verdict);
    refuse(accepted, 1);
    expect(accepted.verdict).toEqual(before);
  });

  it('keeps the reason of one that was refused before', () => {
    const refused = sighting([0, 0, 9, 9], 7, 1.5, 'unsteady');
    expect(refuse(refused, 3)).toBe(refused);
    const once = refuse(accepted, 1);
    expect(refuse(once, 2)).toBe(once);
  });
});

describe('judgeBy', () => {
  it('leaves everything as it is where there are no rules', async () => {
    const frames = [threeSightings(0), threeSightings(1)];
    const after = await judged([], ...frames);
    after.forEach((frame, i) => expect(frame).toBe(frames[i]));
    const source = of(threeSightings());
    expect(judgeBy([])(source)).toBe(source);
  });

  it('takes what a rule gives back, and passes the frame on', async () => {
    const given = threeSightings();
    const [after] = await judged([not(3)], given);
    expect(outcomes(after!)).toEqual(['accepted', 'rule', 'ratio']);
    expect(after!.frame).toBe(given.frame);
  });

  it('asks the rules in order, each of what those before it left', async () => {
    const seen: string[][] = [];
    const watching: Rule = (now) => {
      seen.push(outcomes(now));
      return now.sightings;
    };
    const [after] = await judged([watching, not(7), watching, not(3, 5), watching], threeSightings());
    expect(seen).toEqual([
      ['accepted', 'accepted', 'ratio'],
      ['rule', 'accepted', 'ratio'],
      ['rule', 'rule', 'ratio'],
    ]);
    expect(outcomes(after!)).toEqual(seen[2]);
  });

  it('asks of every frame once, in order, so that a rule may remember', async () => {
    const frames: number[] = [];
    // The first frame of a digit is not believed.
    const seen = new Set<number>();
    const twice: Rule = ({ frame, sightings }) => {
      frames.push(frame.index);
      return sightings.map((one) => {
        const before = seen.has(one.verdict.digit);
        seen.add(one.verdict.digit);
        return before ? one : refuse(one);
      });
    };
    const after = await judged([twice], ...[4, 5, 6].map(threeSightings));
    expect(frames).toEqual([4, 5, 6]);
    expect(after.map(outcomes)).toEqual([
      ['rule', 'rule', 'ratio'],
      ['accepted', 'accepted', 'ratio'],
      ['accepted', 'accepted', 'ratio'],
    ]);
  });

  it('counts add up: what a rule refused is in its own reason', async () => {
    const after = await judged([not(7), not(5)], threeSightings(0), threeSightings(1));
    const counts = after.reduce(addFrame, noCounts());
    expect(counts).toEqual({
      frames: 2,
      truncated: 0,
      regions: 6,
      accepted: 2,
      rejected: { ...noCounts().rejected, rule: 2, ratio: 2 },
    });
  });

  it('refuses a rule that leaves sightings out, with its name and what it should do', async () => {
    const drops: Rule = function onlySevens({ sightings }) {
      return sightings.filter(({ verdict }) => verdict.digit === 7);
    };
    const error: unknown = await judged([not(3), drops], threeSightings()).catch((caught: unknown) => caught);
    expect(error).not.toBeInstanceOf(UserError);
    expect((error as Error).message).toBe(
      'A rule (onlySevens) gave 1 sightings back of 3: it must refuse what it does not believe, not leave it out',
    );
    await expect(judged([(() => () => [])()], threeSightings())).rejects.toThrow(/^A rule gave 0 sightings back of 3/);
  });

  it('refuses a rule that adds sightings', async () => {
    const doubles: Rule = ({ sightings }) => [...sightings, ...sightings];
    await expect(judged([doubles], threeSightings())).rejects.toThrow('A rule (doubles) gave 6 sightings back of 3');
  });

  it('fails with what a rule throws', async () => {
    const broken: Rule = () => {
      throw new RangeError('off by one');
    };
    await expect(judged([broken], threeSightings())).rejects.toThrow(new RangeError('off by one'));
  });
});
