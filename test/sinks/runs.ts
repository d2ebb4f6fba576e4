// What the tests of sinks share: a run to open them in, frames to give them, ways to end. No test in here.
import { PassThrough, Writable } from 'node:stream';
import { ReadingsMemory } from '../../src/readings/memory.js';
import { createPublication } from '../../src/sinks/outgoing.js';
import type { Ending, PublishedFrame, RunInfo } from '../../src/sinks/sink.js';
import { noCounts, type Counts, type FrameSightings, type Sighting } from '../../src/types.js';
import { grayFrame, sighting, shown } from './drawing/sightings.js';

export const IDENTITY = { model: 'aaaaaaaaaaaa', pipeline: 'bbbbbbbbbbbb' } as const;

/** A run as its sinks see it, and what was said and written in it. */
export interface TestRun {
  readonly info: RunInfo;
  readonly said: string[];
  /** Times that a sink had enough. */
  readonly enough: () => number;
}

export function testRun(more: Partial<RunInfo> = {}): TestRun {
  const said: string[] = [];
  let enough = 0;
  const info: RunInfo = {
    source: 'clip.mp4',
    name: 'clip',
    model: { name: 'constant' },
    pipeline: { file: 'default' },
    identity: IDENTITY,
    thresholds: { ratio: 5, range: [0.5, 1.1], overridden: [] },
    files: {},
    output: new PassThrough(),
    say: (text) => void said.push(text),
    bold: false,
    remarks: () => [],
    lost: () => [],
    past: () => undefined,
    stats: () => ({ ...noCounts(), fps: 0, lag: 0 }),
    explain: ({ sightings }) => sightings.map(() => []),
    readings: 'off',
    memory: new ReadingsMemory(),
    profile: () => undefined,
    enough: () => enough++,
    ...more,
  };
  return { info, said, enough: () => enough };
}

/** Two frames of two regions each: an accepted one, and one that the gate refused. */
export function twoFrames(): FrameSightings[] {
  return [0, 1].map((index) => shown(grayFrame(64, 48, 128, { index, time: index / 10 }), ...pair()));
}

function pair(): Sighting[] {
  return [sighting([4, 4, 20, 28], 7, 18), sighting([34, 4, 20, 28], 3, 1.2, 'ratio')];
}

/** These frames on their way out, numbered. */
export function published(frames: readonly FrameSightings[]): PublishedFrame[] {
  return frames.map(createPublication(IDENTITY));
}

/** What the totals of `twoFrames` are. */
export const TWO_FRAMES: Counts = {
  frames: 2,
  truncated: 0,
  regions: 4,
  accepted: 2,
  rejected: { ...noCounts().rejected, ratio: 2 },
};

/** The end of a run of `twoFrames`. */
export function ending(more: Partial<Ending> = {}): Ending {
  return { reason: 'done', enough: false, counts: TWO_FRAMES, ...more };
}

/** An output that nobody can write to any more: every write fails with this code. */
export function failingOutput(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: write`), { code })),
  });
}

/** Everything that was written to a stream, which is still open. */
export function textOf(stream: PassThrough): string {
  return ((stream.read() as Buffer | null) ?? '').toString();
}
