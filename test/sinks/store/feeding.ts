// What the store's tests share: frames of so many predictions, a store that is fed with them, what is in one. No test in
// here.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sink, PublishedFrame, RunInfo } from '../../../src/sinks/sink.js';
import { createPublication } from '../../../src/sinks/outgoing.js';
import type { Row } from '../../../src/sinks/store/connection.js';
import { storePlace } from '../../../src/sinks/store/open.js';
import { noCounts, type FrameSightings } from '../../../src/types.js';
import { grayFrame, sighting, shown } from '../drawing/sightings.js';
import { IDENTITY } from '../runs.js';

/** A folder for one test, and what removes it. */
export async function scratch(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** One frame: an accepted 7, and a region that the gate refused for its ratio. */
export function frameOf(index: number): FrameSightings {
  const pair = [sighting([4, 4, 20, 28], 7, 18), sighting([34, 4, 20, 28], 3, 1.2, 'ratio')];
  return shown(grayFrame(64, 48, 128, { index, time: index / 10 }), ...pair);
}

/** What publishes frames after those of the runs before, as a run does. */
export function publishing(sink: Sink): (index: number) => PublishedFrame {
  const publish = createPublication(IDENTITY, sink.past?.()?.last);
  return (index) => publish(frameOf(index));
}

/** Feeds frames `from` .. `to - 1`. */
export async function feed(sink: Sink, from: number, to: number, publish = publishing(sink)): Promise<void> {
  for (let index = from; index < to; index++) await sink.frame(publish(index));
}

/** All rows of a query. */
export async function rowsIn(place: string, sql: string): Promise<readonly Row[]> {
  const connection = await storePlace(place, 'the test').read();
  try {
    return await connection.rows(sql);
  } finally {
    await connection.close();
  }
}

/** Numbers of the predictions that are stored, in order. */
export async function storedNumbers(place: string): Promise<number[]> {
  return (await rowsIn(place, 'SELECT seq FROM lq_predictions ORDER BY seq')).map(({ seq }) => Number(seq));
}

/** Whole numbers from `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, k) => from + k);
}

/** An end of a run with nothing to say of it. */
export const DONE = { reason: 'done', enough: false, counts: noCounts() } as const;

/** Parts of a run that a store asks for. */
export const NAMED: Partial<RunInfo> = { name: 'meter' };
