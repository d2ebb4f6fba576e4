// Owns looking at single windows of one picture as the run would: the same ink, form, network and thresholds. It must
// not judge over time, nor change what the run does.
import type { PipelineConfig } from '../config.js';
import { createNormaliser } from '../digits/normalise.js';
import { judge } from '../gate/gate.js';
import { createKernels } from '../kernels/kernels.js';
import { createFixedReader, fixedOptions } from '../regions/fixed.js';
import { placeRegions, type FixedRegion } from '../regions/place.js';
import type { Scorer } from '../scoring/scorer.js';
import { CLASSES, PIXELS, type Frame, type Sighting, type Thresholds } from '../types.js';

/** Windows that are looked at together, at most. */
export const MOST_PROBED = 64;

/** A whole picture that is held by the caller until the function returns. */
export type ProbedFrame = Pick<Frame, 'gray' | 'width' | 'height'>;

/** Looks at windows, in source pixels, of a picture; `by`: how it judges. Throws UsageError for one that is not inside. */
export type Prober = (
  frame: ProbedFrame,
  windows: readonly FixedRegion[],
  by: ProbedBy,
) => Promise<readonly Sighting[]>;

/** What windows are looked at with. */
export interface ProbedBy {
  readonly config: PipelineConfig;
  readonly thresholds: Thresholds;
}

/** A prober with a memory of its own. */
export function createProber(scorer: Pick<Scorer, 'score'>): Prober {
  let made: { readonly key: string; readonly look: ReturnType<typeof lookAs> } | undefined;
  return async (frame, windows, { config, thresholds }) => {
    const key = JSON.stringify([config.polarity, config.normalise, levelsOf(config)]);
    if (made?.key !== key) made = { key, look: lookAs(config) };
    // All of the picture is read here, before anything is waited for.
    const { regions, batch, blank } = made.look(frame, windows);
    const outputs = await scorer.score(batch, regions.length);
    return regions.map(({ id, box, polarity }, i) => {
      const own = outputs.subarray(i * CLASSES, (i + 1) * CLASSES);
      const digit = { region: { id, box, polarity }, pixels: batch.subarray(i * PIXELS, (i + 1) * PIXELS) };
      return { digit, outputs: own, verdict: judge(own, thresholds, { blank: blank[i] === true }) };
    });
  };
}

function levelsOf({ regions }: PipelineConfig) {
  return regions.mode === 'fixed' ? regions.levels : undefined;
}

function lookAs(config: PipelineConfig) {
  const { polarity, normalise } = config;
  const kernels = createKernels();
  const reader = createFixedReader(kernels, fixedOptions({ polarity, normalise, levels: levelsOf(config) }));
  const form = createNormaliser(kernels, normalise);
  return ({ gray, width, height }: ProbedFrame, windows: readonly FixedRegion[]) => {
    reader.place(placeRegions({ units: 'pixels', list: windows }, width, height));
    const regions = reader.read({ ...NOWHERE, gray, width, height });
    return { regions, ...form(regions.map(({ patch }) => patch)) };
  };
}

/** What a reader of windows never asks of a frame. */
const NOWHERE: Omit<Frame, 'gray' | 'width' | 'height'> = {
  index: 0,
  time: 0,
  left: 0,
  top: 0,
  scale: 1,
  retain: () => {
    throw new Error('a probed picture is not held');
  },
  release: () => undefined,
};
