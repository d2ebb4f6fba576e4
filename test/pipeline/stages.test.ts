import {
  concat,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  NEVER,
  of,
  Subject,
  take,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { gate, holding, normalise, publish, regions, score, type FrameDigits } from '../../src/pipeline/stages.js';
import { FramePool, PooledFrame } from '../../src/source/pool.js';
import type { Frame, FrameSightings, Region } from '../../src/types.js';

const thresholds = { ratio: 5, range: [0.5, 1.1] } as const;

class FakeFrame implements Frame {
  readonly time = 0;
  readonly width = 4;
  readonly height = 4;
  readonly left = 0;
  readonly scale = 1;
  readonly top = 0;
  readonly gray = new Uint8Array(16);
  released = 0;
  constructor(readonly index: number) {}
  retain(): never {
    return expect.fail('a frame was retained');
  }
  release(): void {
    this.released++;
  }
}

const region = (id: string): Region & { patch: string } => ({
  id,
  box: [0, 0, 2, 2],
  polarity: 'dark-on-light',
  patch: id,
});

/** A digit with the region's number as its first pixel. */
function form(patches: readonly string[]): Pick<FrameDigits, 'batch' | 'blank'> {
  const blank = patches.map((patch) => patch === 'blank');
  const batch = new Float32Array(patches.length * 784);
  patches.forEach((patch, i) => (batch[i * 784] = blank[i] ? 0 : Number(patch.slice(1))));
  return { batch, blank };
}

const some = (count: number): FakeFrame[] => Array.from({ length: count }, (_, index) => new FakeFrame(index));

/** Says of every digit what its first pixel is, clearly; keeps what it was asked. */
class FakeScorer {
  readonly asked: number[] = [];
  async score(pixels: Float32Array, n: number): Promise<Float32Array> {
    this.asked.push(n);
    await Promise.resolve();
    const outputs = new Float32Array(n * 10);
    for (let i = 0; i < n; i++) outputs[i * 10 + (pixels[i * 784] ?? 0)] = 1;
    return outputs;
  }
}

/** All stages on fakes: frame i has i regions, the k-th is a k; a region with id "blank" has no ink. */
function stages(scorer: FakeScorer, sink: (sightings: FrameSightings) => Promise<void> = async () => {}) {
  return (source: Observable<Frame>): Observable<FrameSightings> =>
    source.pipe(
      regions(({ index }) => ({
        regions: Array.from({ length: index }, (_, k) => region(k === 3 ? 'blank' : `r${k}`)),
        shapes: [],
        truncated: false,
      })),
      normalise(form),
      score(scorer),
      gate(thresholds),
      publish(sink),
    );
}

describe('the stages', () => {
  it('give one outcome per region per frame, in order, from one batch per frame that has any', async () => {
    const scorer = new FakeScorer();
    const results = await lastValueFrom(from(some(6)).pipe(stages(scorer), toArray()));
    expect(results.map(({ frame }) => frame.index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(results.map(({ sightings }) => sightings.length)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(scorer.asked).toEqual([1, 2, 3, 4, 5]);
    const last = results.at(-1)?.sightings ?? [];
    expect(last.map(({ verdict }) => (verdict.accepted ? verdict.digit : verdict.rejected))).toEqual([
      0,
      1,
      2,
      'blank',
      4,
    ]);
    expect(last.map(({ digit }) => digit.pixels[0])).toEqual([0, 1, 2, 0, 4]);
    expect(last.every(({ outputs }) => outputs.length === 10)).toBe(true);
  });

  it('keep the order when scores and sinks settle late, one sink call at a time', async () => {
    const begun: number[] = [];
    let open: (() => void) | undefined;
    const gateOpen = new Promise<void>((resolve) => (open = resolve));
    const done = lastValueFrom(
      from(some(3)).pipe(
        stages(new FakeScorer(), async ({ frame }) => {
          begun.push(frame.index);
          await gateOpen;
        }),
        toArray(),
      ),
    );
    await new Promise(setImmediate);
    expect(begun).toEqual([0]);
    open?.();
    expect((await done).map(({ frame }) => frame.index)).toEqual([0, 1, 2]);
    expect(begun).toEqual([0, 1, 2]);
  });

  it('complete at once on an empty source and pass an error on', async () => {
    expect(await lastValueFrom(from(some(0)).pipe(stages(new FakeScorer()), toArray()))).toEqual([]);
    await expect(
      lastValueFrom(throwError(() => new Error('broke off')).pipe(stages(new FakeScorer()))),
    ).rejects.toThrow('broke off');
  });

  it('publish what came before the source failed', async () => {
    const seen: number[] = [];
    const failing = concat(
      from(some(3)),
      throwError(() => new Error('broke off')),
    );
    const run = lastValueFrom(
      failing.pipe(holding(stages(new FakeScorer(), async ({ frame }) => void seen.push(frame.index)))),
    );
    await expect(run).rejects.toThrow('broke off');
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('holding', () => {
  it('releases every frame once when it comes out', async () => {
    const frames = some(5);
    await lastValueFrom(from(frames).pipe(holding(stages(new FakeScorer()))));
    expect(frames.map(({ released }) => released)).toEqual([1, 1, 1, 1, 1]);
  });

  it('does not release a frame before its sink has settled', async () => {
    const [frame] = some(1) as [FakeFrame];
    const released: number[] = [];
    await lastValueFrom(
      of(frame).pipe(holding(stages(new FakeScorer(), async () => void released.push(frame.released)))),
    );
    expect(released).toEqual([0]);
  });

  it('leaves a frame that a sink retained to the sink', async () => {
    const pool = new FramePool(2);
    const stamp = { time: 0, width: 4, height: 4, left: 0, top: 0, scale: 1 };
    const frames = [0, 1].map((index) => PooledFrame.over(pool.take(16)!, { ...stamp, index }, pool));
    const kept: Frame[] = [];
    const keep = async ({ frame }: FrameSightings): Promise<void> => {
      if (frame.index === 0) kept.push(frame.retain());
    };
    await lastValueFrom(from(frames).pipe(holding(stages(new FakeScorer(), keep))));
    expect([pool.out, kept.length]).toEqual([1, 1]);
    kept[0]?.release();
    expect(pool.out).toBe(0);
  });

  it.each([
    [
      'a finder',
      () =>
        regions(() => {
          throw new Error('bang');
        }),
    ],
    [
      'a scorer',
      () => (source: Observable<Frame>) =>
        source.pipe(
          map((frame): FrameDigits => ({
            frame,
            digits: [{ region: region('a'), pixels: new Float32Array(784) }],
            blank: [false],
            batch: new Float32Array(784),
            shapes: [],
            truncated: false,
          })),
          score({ score: () => Promise.reject(new Error('bang')) }),
        ),
    ],
  ])('releases all frames when %s throws', async (_, stage) => {
    const frames = some(3);
    await expect(
      lastValueFrom(from(frames).pipe(holding(stage() as (source: Observable<Frame>) => Observable<{ frame: Frame }>))),
    ).rejects.toThrow('bang');
    expect(frames.slice(0, 1).map(({ released }) => released)).toEqual([1]);
    expect(frames.every(({ released }) => released <= 1)).toBe(true);
  });

  it('releases what is inside on an early unsubscribe, and when the source fails', async () => {
    const source = new Subject<Frame>();
    const frames = some(3);
    const subscription = source.pipe(holding(stages(new FakeScorer(), () => new Promise(() => {})))).subscribe();
    for (const frame of frames) source.next(frame);
    subscription.unsubscribe();
    expect(frames.map(({ released }) => released)).toEqual([1, 1, 1]);
    const more = some(2);
    const failing = concat(
      from(more),
      throwError(() => new Error('bang')),
    );
    const never = holding((inside: Observable<Frame>) =>
      inside.pipe(
        toArray(),
        map(() => ({ frame: more[0] as Frame })),
      ),
    );
    await expect(lastValueFrom(failing.pipe(never))).rejects.toThrow('bang');
    expect(more.map(({ released }) => released)).toEqual([1, 1]);
  });

  it('releases nothing for a source that never speaks, and stops it after take', async () => {
    NEVER.pipe(holding(stages(new FakeScorer())))
      .subscribe()
      .unsubscribe();
    const frames = some(4);
    await firstValueFrom(from(frames).pipe(holding(stages(new FakeScorer())), take(1)));
    expect(frames.every(({ released }) => released === 1)).toBe(true);
  });
});
