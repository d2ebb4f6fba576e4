// Tests of src/pipeline.ts: how many WebAssembly memories a run makes, and that runs share none.
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePipeline } from '../../src/config.js';
import { run } from '../../src/pipeline.js';
import type { FrameSightings } from '../../src/types.js';

type Made = { readonly exports: { readonly memory?: object; readonly resample?: unknown } };
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: { Instance: new (...rest: unknown[]) => Made };
};
const { Instance } = wasm;
/** The memories of all instances of WebAssembly modules that were made in these tests. */
const memories: object[] = [];

beforeAll(() => {
  wasm.Instance = new Proxy(Instance, {
    construct(target, parameters: unknown[]) {
      const instance = new target(...parameters);
      const { memory, resample } = instance.exports;
      // The product's own, not one that Node makes for itself.
      if (memory && resample) memories.push(memory);
      return instance;
    },
  });
});

afterAll(() => {
  wasm.Instance = Instance;
});

const source = new URL('../../fixtures/adversarial/clean/page-h264.mp4', import.meta.url).pathname;
const thresholds = { ratio: 5, range: [0.5, 1.1] } as const;

/** A digit's pixels. */
type Pixels = number[];

/** Of every frame with digits what was scored, and what came out. */
interface Read {
  readonly seen: Pixels[][];
  readonly kept: Pixels[][];
}

/** Runs some frames and keeps a copy of every digit's pixels; scores come late, and accept nothing. */
async function read(pipeline: string, limit: number): Promise<Read> {
  const sightings: FrameSightings[] = [];
  const seen: Pixels[][] = [];
  const scorer = {
    async score(pixels: Float32Array, n: number) {
      await new Promise(setImmediate);
      seen.push(Array.from({ length: n }, (_, i) => [...pixels.subarray(i * 784, (i + 1) * 784)]));
      return new Float32Array(n * 10);
    },
  };
  const config = parsePipeline(pipeline, 'test.yaml');
  const publish = (frame: FrameSightings) => Promise.resolve(void sightings.push(frame));
  await lastValueFrom(run({ source, config, scorer, thresholds, publish, limit }));
  // What a sink kept is looked at when all frames have passed.
  const kept = sightings.map((frame) => frame.sightings.map(({ digit }) => [...digit.pixels]));
  return { seen, kept: kept.filter(({ length }) => length > 0) };
}

/** What was scored as a region of its own: those come first in a frame, then the parts that none was accepted of. */
const withoutParts = ({ seen, kept }: Read): Pixels[][] => seen.map((frame, k) => frame.slice(0, kept[k]!.length));

const FIXED =
  'regions: {mode: fixed, units: relative, list: [{id: a, box: [0.2, 0.2, 0.2, 0.3]}, ' +
  '{id: b, box: [0.5, 0.3, 0.1, 0.2]}]}';

const AS_IT_LIES = 'source: {rotate: 0}';

describe('a run', () => {
  it.each([
    ['regions found', ''],
    ['regions found, stretched', 'normalise: stretch'],
    ['fixed rectangles', FIXED],
    ['fixed rectangles, stretched', `${FIXED}\nnormalise: stretch`],
  ])('makes one memory: %s', async (_, pipeline) => {
    const before = memories.length;
    const { seen } = await read(pipeline, 2);
    expect(seen.flat().length).toBeGreaterThan(1);
    expect(memories.length - before).toBe(1);
  });

  it('leaves what was scored and kept as it was, while its next frames and another run are worked on', async () => {
    // As it lies: what is scored to find that out is kept by nobody.
    const alone = await read(AS_IT_LIES, 6);
    expect(alone.kept).toEqual(withoutParts(alone));
    expect(alone.kept).toHaveLength(6);
    expect(new Set(alone.kept.flat().map((pixels) => pixels.join())).size).toBeGreaterThan(4);
    const [rows, digits] = [alone.seen, alone.kept].map((frames) => frames.flat().length) as [number, number];
    expect(rows).toBeGreaterThan(digits);
    expect(rows).toBeLessThan(2 * digits);
    const before = memories.length;
    const [one, other] = await Promise.all([read(AS_IT_LIES, 6), read(FIXED, 6)]);
    expect(memories.length - before).toBe(2);
    expect(one).toEqual(alone);
    expect(other.kept).toEqual(other.seen);
  });
});
