// The table of one frame: which frame it is, what stands in it and in what order, and what is said of one not read.
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SourceError, UsageError } from '../../src/base/errors.js';
import { createExplanation, explain } from '../../src/sinks/explain.js';
import type { Finding, FrameSightings } from '../../src/types.js';
import { readSinkFlags, wantedSinks } from '../../src/sinks/options.js';
import { grayFrame, sighting, shown } from './drawing/sightings.js';
import { ending, failingOutput, published, testRun, textOf } from './runs.js';

const said = (ratio: string, refuses = false, moved = '-'): Finding[] => [
  { name: 'ratio', text: ratio, refuses },
  { name: 'moved', text: moved, refuses: false },
];

/** A frame of three regions: two words of one line, right to left, and one below that stands in no line. */
function page(index = 3): FrameSightings {
  const frame = shown(
    grayFrame(64, 48, 128, { index, time: index / 10 }),
    sighting([34, 4, 20, 28], 3, 18),
    sighting([4, 5, 20, 28], 7, 1.2, 'ratio'),
    sighting([10, 40, 5, 6], 1, 9),
  );
  const word = (...marks: number[]) => ({ marks, box: [0, 0, 1, 1] as const });
  return { ...frame, lines: [{ words: [word(1, 3), word(0)], box: [0, 0, 1, 1] }], shapes: [], truncated: true };
}

async function explained(wanted: number, frames: readonly FrameSightings[], output = new PassThrough()) {
  const run = testRun({ output, explain: () => [said('18 (5)'), said('1.2 (5)', true), said('9 (5)', false, 'off')] });
  const sink = createExplanation({ frame: wanted });
  await sink.open(run.info);
  for (const frame of published(frames)) await sink.frame(frame);
  return { sink, run, text: textOf(output) };
}

const indices = (...list: number[]): FrameSightings[] => list.map((index) => page(index));

describe('the table', () => {
  it('has a line a region, in reading order, with what refused it marked', async () => {
    const { text } = await explained(3, [page()]);
    expect(text.split('\n').slice(0, 6)).toEqual([
      'clip.mp4, frame 3, 0.300 s: 2 of 3 regions accepted, 1 line, searched in part only',
      '',
      'region  box            digit  ratio     moved  verdict',
      'r0      20x28 at 4,5   7      !1.2 (5)  -      ratio, by 1',
      'r0      20x28 at 34,4  3      18 (5)    -      accepted',
      'r0      5x6 at 10,40   1      9 (5)     off    accepted',
    ]);
  });

  it('leaves out what was measured of no region, and of a frame without regions all but its title', async () => {
    const output = new PassThrough();
    const run = testRun({ output, explain: ({ sightings }) => sightings.map(() => said('1 (5)')) });
    for (const frame of [page(0), shown(grayFrame(8, 8, 0, { index: 0 }))]) {
      const sink = createExplanation({ frame: 0 });
      await sink.open(run.info);
      for (const one of published([frame])) await sink.frame(one);
    }
    const text = textOf(output);
    expect(text).not.toContain('moved');
    expect(text).toMatch(/\nclip\.mp4, frame 0, 0\.000 s: 0 of 0 regions accepted\n$/);
  });

  it('shows no name that steers a terminal', async () => {
    const frame = { ...page(), frame: grayFrame(8, 8, 0, { file: '\x1b[2J.png' }) };
    const { text } = await explained(0, [frame]);
    expect(text).toContain('frame 0, \\x1b[2J.png: ');
  });
});

describe('the run', () => {
  it('is read up to the frame, which is the last that is looked at', async () => {
    const { run, text, sink } = await explained(3, indices(1, 2, 3, 4));
    expect([text.match(/frame \d/g), run.enough()]).toEqual([['frame 3'], 1]);
    await sink.end(ending({ enough: true }));
  });

  it.each([
    [7, indices(0, 1, 2), 0, 'frame 7 was not read: clip.mp4 gave frames 0 to 2'],
    [7, indices(0), 0, 'frame 7 was not read: clip.mp4 gave frame 0 only'],
    [7, [], 0, 'frame 7 was not read: clip.mp4 gave no frames'],
    [7, indices(0, 6, 9), 1, /^frame 7 was left out .*--fps.*: 6 and 9 were read$/],
    [7, indices(8, 9), 1, /^frame 7 was left out .*: 8 was read$/],
  ])('without frame %i fails, and says which there were', async (wanted, frames, enough, message) => {
    const { sink, run, text } = await explained(wanted, frames);
    expect([text, run.enough()]).toEqual(['', enough]);
    const failure = await sink.end(ending()).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure!.message).toMatch(message);
  });

  it('that failed or was interrupted says that, and nothing of the frame', async () => {
    await (await explained(7, indices(0))).sink.end(ending({ reason: 'failed', error: new SourceError('cut off') }));
    await (await explained(7, indices(0))).sink.end(ending({ reason: 'interrupted' }));
  });

  it('ends well where the reader has gone', async () => {
    const run = testRun({ output: failingOutput('EPIPE') });
    const sink = createExplanation({ frame: 0 });
    await sink.open(run.info);
    for (const one of published([shown(grayFrame(8, 8, 0))])) await sink.frame(one);
    await sink.end(ending());
    expect(run.enough()).toBeGreaterThan(0);
  });
});

describe('--explain', () => {
  it('comes in place of the lines', () => {
    const names = (flags: Record<string, string>) => wantedSinks(readSinkFlags(flags)).map(({ kind }) => kind.name);
    expect(names({})).toEqual(['lines', 'readings', 'summary']);
    expect(names({ explain: '12' })).toEqual(['explain', 'readings', 'summary']);
  });

  it.each(['x', '-1', '1.5', '', '1e3', '9'.repeat(16)])('refuses %j', (value) => {
    expect(() => readSinkFlags({ explain: value })).toThrow(
      new UsageError(`--explain must be the number of a frame: 0, 1, 2, ..., found "${value}"`),
    );
  });

  it('takes a number from a pipeline file', () => {
    const { schema } = explain.options['frame']!;
    expect([schema.safeParse(12).success, schema.safeParse(-1).success]).toEqual([true, false]);
  });
});
