// The stage that reads turned pictures upright, on written sheets with the real finder and model: a sheet laid on its
// side must give, to the bit, what it gives upright.
import { from, lastValueFrom, pipe, tap, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNormaliser } from '../../src/digits/normalise.js';
import { createKernels } from '../../src/kernels/kernels.js';
import { readModel } from '../../src/model/folder.js';
import { gate, holding, normalise, regions, score } from '../../src/pipeline/stages.js';
import { upright } from '../../src/pipeline/turn.js';
import type { TurnFinding } from '../../src/pipeline/turns.js';
import { createRegionFinder } from '../../src/regions/found.js';
import { createTracker } from '../../src/regions/track.js';
import { openScorer, type Scorer } from '../../src/scoring/scorer.js';
import { FramePool, PooledFrame } from '../../src/source/pool.js';
import type { Frame, FrameSightings, Thresholds } from '../../src/types.js';
import { lying, type Gray, type Orientation } from '../source/pictures.js';
import { sheet } from './sheet.js';

const page = sheet(['3472', '9565', '2743']);
const blank = sheet(['']);

let scorer: Scorer;
let thresholds: Thresholds;
/** Rows of each batch that was scored. */
const scored: number[] = [];
let scoring: (n: number) => Promise<void>;

beforeAll(async () => {
  const model = await readModel('one');
  thresholds = model.thresholds;
  scorer = await openScorer(model);
}, 60_000);
afterAll(() => scorer.close());

type Picture = Gray & { readonly file?: string };

const pool = new FramePool(2);

/** Frames of pictures; each waits for a buffer, as the source does. */
async function* frames(pictures: readonly Picture[]): AsyncGenerator<Frame> {
  for (const [index, { width, height, pixels, file }] of pictures.entries()) {
    let buffer = pool.take(pixels.length);
    for (; !buffer; buffer = pool.take(pixels.length)) await new Promise(setImmediate);
    buffer.set(pixels);
    const stamp = { index, time: index / 10, width, height, left: 0, top: 0, scale: 1, file };
    yield PooledFrame.over(buffer, stamp, pool);
  }
}

interface Seen {
  readonly turned: number | undefined;
  readonly size: readonly number[];
  readonly sightings: unknown[];
  readonly digits: string;
}

const seen = ({ frame, sightings }: FrameSightings): Seen => ({
  turned: frame.turned,
  size: [frame.width, frame.height],
  sightings: sightings.map(({ digit: { region, pixels }, outputs, verdict }) => ({
    ...region,
    patch: undefined,
    pixels: [...pixels],
    outputs: [...outputs],
    verdict,
  })),
  digits: sightings
    .flatMap(({ verdict }) => (verdict.accepted ? [verdict.digit] : []))
    .sort()
    .join(''),
});

const found: TurnFinding[] = [];

function reading(pictures: readonly Picture[], each = (_: FrameSightings): void => {}): Observable<FrameSightings> {
  [found.length, scored.length, scoring] = [0, 0, () => Promise.resolve()];
  const kernels = createKernels();
  const [find, form] = [createRegionFinder(kernels), createNormaliser(kernels, 'mnist')];
  const watched: Pick<Scorer, 'score'> = {
    async score(pixels, n) {
      scored.push(n);
      await scoring(n);
      return await scorer.score(pixels, n);
    },
  };
  const read = () => {
    const track = createTracker();
    return pipe(
      regions((frame: Frame) => {
        const search = find(frame);
        return { ...search, regions: track(frame, search.regions) };
      }),
      normalise(form),
      score(watched),
    );
  };
  const stages = pipe(
    upright({ read, scorer: watched, thresholds: () => thresholds, found: (finding) => found.push(finding) }),
    gate(thresholds),
    // Where sinks look at it: the frame is held until then.
    tap(each),
  );
  return from(frames(pictures)).pipe(holding(stages));
}

/** What is seen of every frame. */
async function readAll(pictures: readonly Picture[]): Promise<Seen[]> {
  const all: Seen[] = [];
  await lastValueFrom(reading(pictures, (sightings) => all.push(seen(sightings))));
  expect(pool.out).toBe(0);
  return all;
}

const TURNS: readonly (readonly [90 | 180 | 270, Orientation])[] = [
  [90, 6],
  [180, 3],
  [270, 8],
];

describe('a page without a tag', () => {
  it('that lies upright is read as it is, for one batch more', async () => {
    const [first, second] = await readAll([page, page]);
    expect(first).toMatchObject({ turned: undefined, digits: '223344556779' });
    expect(second).toEqual(first);
    expect(scored).toEqual([12, 36, 12]);
    expect(found).toEqual([]);
  });

  it.each(TURNS)('that has to be turned by %i degrees is read as if it lay upright', async (by, orientation) => {
    const [straight] = await readAll([page]);
    const [turned] = await readAll([lying(page, orientation)]);
    expect(turned).toEqual({ ...straight, turned: by });
    expect(found).toEqual([{ by, sure: true, file: undefined, index: 0, asStored: found[0]!.asStored, turned: 12 }]);
    expect(found[0]!.asStored).toBeLessThan(9);
  });

  it('with a few digits on it says nothing, and costs nothing', async () => {
    await readAll([lying(sheet(['347']), 6)]);
    expect(scored).toEqual([3]);
    expect(found).toEqual([]);
  });

  it('of which too little speaks is left as it lies, which is said once', async () => {
    const four = lying(sheet(['3470']), 8);
    const all = await readAll([four, four, four, four]);
    expect(all.map(({ turned, size }) => [turned, ...size])).toEqual(
      all.map(() => [undefined, four.width, four.height]),
    );
    expect(new Set(all.map(({ sightings }) => JSON.stringify(sightings))).size).toBe(1);
    expect(found).toEqual([{ by: 270, sure: false, file: undefined, index: 0, asStored: 1, turned: 4 }]);
  });
});

describe('a clip', () => {
  it('is turned from the frame on that tells, and stays so', async () => {
    const stored = lying(page, 6);
    const empty = lying({ ...page, pixels: page.pixels.map(() => 210) }, 6);
    const all = await readAll([empty, empty, stored, stored, empty, lying(page, 8)]);
    expect(all.map(({ turned }) => turned)).toEqual([undefined, undefined, 90, 90, 90, 90]);
    expect(all[2]!.digits).toBe('223344556779');
    expect(all[3]).toEqual(all[2]);
    // What lies otherwise in it is turned in the same way: a camera does not turn round.
    expect(all[5]!.size).toEqual([page.width, page.height]);
    expect(all[5]!.digits).not.toBe(all[2]!.digits);
    expect(found).toMatchObject([{ by: 90, sure: true, index: 2 }]);
  });

  it('whose pictures change their size, as a camera turned to portrait does, is looked at anew', async () => {
    const all = await readAll([lying(page, 6), lying(page, 6), page, page, lying(page, 8)]);
    expect(all.map(({ turned }) => turned)).toEqual([90, 90, undefined, undefined, 270]);
    expect(all.map(({ digits }) => digits)).toEqual(all.map(() => '223344556779'));
    expect(found.map(({ by, index }) => [by, index])).toEqual([
      [90, 0],
      [270, 4],
    ]);
  });

  it('that was read upright stays so', async () => {
    const all = await readAll([page, lying(page, 3), lying(page, 3)]);
    expect(all.map(({ turned }) => turned)).toEqual([undefined, undefined, undefined]);
  });

  it('of which nothing is clear is looked at ever more rarely', async () => {
    const four = lying(sheet(['3470']), 8);
    await readAll(Array.from({ length: 140 }, () => four));
    const looks = scored.flatMap((rows, k) => (rows === 12 ? [k] : []));
    // Each look is one batch of three rows a region as it lies, and one of the turned frame.
    expect(looks.length).toBe(2 * 8);
  });
});

it('decides for each image of a directory by itself, and names those it turned', async () => {
  const named = (picture: Gray, file: string) => ({ ...picture, file });
  const all = await readAll([
    named(lying(page, 6), 'a.png'),
    named(page, 'b.png'),
    named(lying(page, 3), 'c.png'),
    named(lying(blank, 3), 'd.png'),
    named(lying(page, 8), 'e.png'),
  ]);
  expect(all.map(({ turned }) => turned)).toEqual([90, undefined, 180, undefined, 270]);
  expect(found.map(({ file, by }) => [file, by])).toEqual([
    ['a.png', 90],
    ['c.png', 180],
    ['e.png', 270],
  ]);
});

describe('buffers come back', () => {
  it('when the reader leaves while a turned frame is scored', async () => {
    let reached = (): void => {};
    const trying = new Promise<void>((resolve) => (reached = resolve));
    const subscription = reading([lying(page, 6)]).subscribe();
    // The look that follows the reading of the turned frame never ends.
    scoring = (n) => (n === 36 && scored.length > 2 ? (reached(), new Promise(() => {})) : Promise.resolve());
    await trying;
    expect(pool.out).toBe(1);
    subscription.unsubscribe();
    expect(pool.out).toBe(0);
  });

  it('when the scorer fails at the look', async () => {
    const run = lastValueFrom(reading([lying(page, 6)]));
    scoring = (n) => (n === 36 ? Promise.reject(new Error('bang')) : Promise.resolve());
    await expect(run).rejects.toThrow('bang');
    expect(pool.out).toBe(0);
  });

  it('when a sink that kept a turned frame gives it back: until then it stays as it was', async () => {
    const kept: Frame[] = [];
    const keep = ({ frame }: FrameSightings): void => {
      if (kept.length === 0) kept.push(frame.retain());
    };
    await lastValueFrom(reading([lying(page, 6), lying(blank, 6), lying(blank, 6)], keep));
    expect(pool.out).toBe(1);
    const [{ width, height, gray: plane }] = kept as [Frame];
    expect({ width, height, pixels: plane.slice(0, width * height) }).toEqual(page);
    kept[0]!.release();
    expect(pool.out).toBe(0);
  });
});
