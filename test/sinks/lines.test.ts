// The lines of a run: which sightings they are, and what becomes of a reader that goes away or does not read.
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { createLines } from '../../src/sinks/lines.js';
import { toLine, toMessage } from '../../src/sinks/messages.js';
import type { Sink } from '../../src/sinks/sink.js';
import { grayFrame, shown } from './drawing/sightings.js';
import { turn } from './feed/feed.js';
import { ending, failingOutput, IDENTITY, published, testRun, textOf, twoFrames, type TestRun } from './runs.js';

async function opened(output: Writable, rejected?: boolean): Promise<{ lines: Sink; run: TestRun }> {
  const [lines, run] = [createLines({ rejected }), testRun({ output })];
  await lines.open(run.info);
  return { lines, run };
}

/** An output that takes nothing until told. */
function stalled(): { output: Writable; taken: string[]; take: () => void } {
  const taken: string[] = [];
  let take = (): void => {};
  const output = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      take = () => (taken.push(chunk.toString()), done());
    },
  });
  return { output, taken, take: () => take() };
}

describe('lines', () => {
  it.each([
    ['predictions only, by default', undefined, (type: string) => type === 'prediction'],
    ['predictions only, where rejections are not asked for', false, (type: string) => type === 'prediction'],
    ['every region where they are', true, () => true],
  ])('are one a sighting: %s', async (_, rejected, wanted) => {
    const output = new PassThrough();
    const { lines, run } = await opened(output, rejected);
    for (const frame of published(twoFrames())) await lines.frame(frame);
    await lines.end(ending());
    // Numbered by hand: the first region of each frame is a prediction.
    const expected = twoFrames().flatMap(({ frame, sightings }) =>
      sightings.map((one) => toMessage(one, { seq: frame.index + 1, frame, ...IDENTITY })),
    );
    expect(textOf(output)).toBe(
      expected
        .filter(({ type }) => wanted(type))
        .map((message) => `${toLine(message)}\n`)
        .join(''),
    );
    expect([run.enough(), run.said]).toEqual([0, []]);
  });

  it('of a frame without digits are none', async () => {
    const output = new PassThrough();
    const { lines } = await opened(output, true);
    for (const frame of published([shown(grayFrame(8, 8, 0))])) await lines.frame(frame);
    await lines.end(ending());
    expect(textOf(output)).toBe('');
  });

  it('hold the run up until their reader has taken them', async () => {
    const { output, taken, take } = stalled();
    const { lines } = await opened(output);
    let done = false;
    const given = lines.frame(published(twoFrames())[0]!).then(() => (done = true));
    await turn();
    expect(done).toBe(false);
    take();
    await given;
    expect(taken).toHaveLength(1);
  });

  it.each(['EPIPE', 'ECONNRESET'])('whose reader has gone (%s) are enough, and no failure', async (code) => {
    const { lines, run } = await opened(failingOutput(code));
    const frames = published(twoFrames());
    await lines.frame(frames[0]!);
    expect(run.enough()).toBeGreaterThan(0);
    await lines.frame(frames[1]!);
    await lines.end(ending({ enough: true }));
  });

  it('whose reader goes between two frames are enough at once', async () => {
    const output = new PassThrough();
    const { run } = await opened(output);
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await turn();
    expect(run.enough()).toBe(1);
  });

  it('that can not be written make the run fail, with what to do', async () => {
    const { lines, run } = await opened(failingOutput('ENOSPC'));
    const error: unknown = await lines.frame(published(twoFrames())[0]!).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode: 1, message: expect.stringMatching(/ENOSPC.*make room/) as string });
    expect(run.enough()).toBe(0);
    expect(lines.failure).toBe('ends-run');
  });

  it('end when everything is handed over, and leave the output open', async () => {
    const { output, taken, take } = stalled();
    const { lines } = await opened(output);
    const given = lines.frame(published(twoFrames())[0]!);
    let done = false;
    const ended = lines.end(ending()).then(() => (done = true));
    await turn();
    expect(done).toBe(false);
    take();
    await Promise.all([given, ended]);
    expect(taken).toHaveLength(1);
    expect(output.writable).toBe(true);
  });

  it('of an interrupted run do not wait for a reader that does not read', async () => {
    const { output, taken } = stalled();
    const { lines } = await opened(output);
    void lines.frame(published(twoFrames())[0]!);
    await lines.end(ending({ reason: 'interrupted' }));
    expect(taken).toEqual([]);
  });

  it('of many runs may go to one output: it is listened to once', async () => {
    const output = new PassThrough();
    for (let i = 0; i < 20; i++) await (await opened(output)).lines.end(ending());
    expect(output.listenerCount('error')).toBe(1);
  });
});
