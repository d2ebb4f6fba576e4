// Messages on their way out: numbered as the protocol says, made once and serialised once for all sinks.
import { describe, expect, it } from 'vitest';
import { createPublication } from '../../src/sinks/outgoing.js';
import type { Frame, FrameSightings, Sighting, Rejection } from '../../src/types.js';
import { grayFrame, sighting, shown } from './drawing/sightings.js';
import { IDENTITY, published } from './runs.js';

/** A frame whose regions were accepted (`.`) or refused (`x`), by this pattern. */
function frameOf(index: number, pattern: string): FrameSightings {
  const outcome = (refused: boolean): Rejection | undefined => (refused ? 'ratio' : undefined);
  const sightings = [...pattern].map((mark) => sighting([0, 0, 9, 9], 4, 8, outcome(mark === 'x')));
  return shown(grayFrame(16, 16, 0, { index, time: index / 25 }), ...sightings);
}

describe('the numbers of messages', () => {
  // `seq`: predictions accepted in this run up to and including this line; a prediction's own number, from 1.
  it.each([
    [
      ['..', '.'],
      [1, 2, 3],
    ],
    [
      ['x', '.x', 'x.'],
      [0, 1, 1, 1, 2],
    ],
    [
      ['', 'xx', '', '.'],
      [0, 0, 1],
    ],
    [[], []],
  ])('of frames %j are %j', (patterns, seqs) => {
    const frames = published(patterns.map((pattern, i) => frameOf(i, pattern)));
    expect(frames.flatMap(({ outgoing }) => outgoing.map(({ message }) => message.seq))).toEqual(seqs);
  });

  it('do not depend on the order in which sinks ask', () => {
    const frames = published(['.x', 'x.', '..'].map((pattern, i) => frameOf(i, pattern)));
    const backwards = frames.flatMap(({ outgoing }) => outgoing).reverse();
    expect(backwards.map(({ message }) => message.seq)).toEqual([4, 3, 2, 1, 1, 1]);
  });

  it('begin anew with every run', () => {
    for (let run = 0; run < 2; run++) expect(published([frameOf(0, '.')])[0]!.outgoing[0]!.message.seq).toBe(1);
  });
});

describe('a message on its way out', () => {
  it('stands beside its sighting, and says where it comes from', () => {
    const given = frameOf(3, '.x');
    const [one] = published([given]);
    expect(one!.frame).toBe(given.frame);
    expect(one!.sightings).toBe(given.sightings);
    expect(
      one!.outgoing.map(({ message: { type, frame, time, model, pipeline } }) => [type, frame, time, model, pipeline]),
    ).toEqual([
      ['prediction', 3, 0.12, IDENTITY.model, IDENTITY.pipeline],
      ['rejection', 3, 0.12, IDENTITY.model, IDENTITY.pipeline],
    ]);
  });

  it('is made when the first sink asks, once, and serialised once, however many ask', () => {
    let made = 0;
    const counted: Sighting = {
      ...sighting([0, 0, 9, 9], 4, 8),
      get outputs() {
        made++;
        return new Float32Array(10);
      },
    };
    const [frame] = published([shown(grayFrame(16, 16, 0), counted)]);
    const [one] = frame!.outgoing;
    const before = made;
    const readers = Array.from({ length: 3 }, () => ({ bytes: one!.bytes, line: one!.line, message: one!.message }));
    expect([before, made]).toEqual([0, 1]);
    expect(new Set(readers.map(({ message }) => message)).size).toBe(1);
    expect(new Set(readers.map(({ bytes }) => bytes)).size).toBe(1);
    expect(JSON.parse(one!.line)).toEqual(one!.message);
    expect(one!.bytes.toString('utf8')).toBe(one!.line);
  });

  it('is serialised from the message that was made: a toJSON of it is called once', () => {
    const [frame] = published([frameOf(0, '.')]);
    const [one] = frame!.outgoing;
    let serialised = 0;
    Object.defineProperty(one!.message, 'toJSON', { value: () => ({ serialised: ++serialised }) });
    expect([one!.line, one!.line, one!.bytes.toString()]).toEqual(new Array(3).fill('{"serialised":1}'));
  });

  it('says the same when the frame has been given back and used for another', () => {
    const frame = { ...grayFrame(16, 16, 0, { index: 5, time: 0.2, file: 'a.png' }) } as {
      -readonly [K in keyof Frame]: Frame[K];
    };
    const { outgoing } = createPublication(IDENTITY)(shown(frame, sighting([0, 0, 9, 9], 4, 8)));
    Object.assign(frame, { index: 9, time: 7, file: 'z.png', gray: new Uint8Array(0) });
    expect(JSON.parse(outgoing[0]!.line)).toMatchObject({ frame: 5, time: 0.2, file: 'a.png' });
  });
});
