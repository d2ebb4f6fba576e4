// The product: frames -> regions -> normalise -> score -> gate -> steady -> publish. The only file that knows all
// stages.
import { pipe, tap, type Observable } from 'rxjs';
import { placeRegions, unionBox, type PipelineConfig } from './config.js';
import type { Counts } from './types.js';
import { count } from './pipeline/count.js';
import { createFixedReader } from './regions/fixed.js';
import { normaliseMnist, normaliseStretch } from './digits/normalise.js';
import type { Profile } from './pipeline/profile.js';
import { createRegionFinder, LONGEST, type FoundRegion } from './regions/found.js';
import { frames, type SourceMonitor, type SourceOptions } from './source/source.js';
import type { Scorer } from './scoring/scorer.js';
import { steady } from './gate/steady.js';
import { createTracker } from './regions/track.js';
import { gate, holding, normalise, publish, regions, score } from './pipeline/stages.js';
import type { Box, Frame, FrameReadings, Thresholds } from './types.js';

/** What a run of the pipeline needs. */
export interface PipelineOptions {
  /** Path of a video or image, a directory or glob of images, or `-` for stdin. */
  readonly source: string;
  readonly config: PipelineConfig;
  readonly scorer: Pick<Scorer, 'score'>;
  /** What the gate uses: the model's thresholds with the configuration's in their place. */
  readonly thresholds: Thresholds;
  /** Takes every frame's readings, in order and one at a time; the frame is held until it has settled. */
  readonly sink: (readings: FrameReadings) => Promise<void>;
  /** Decodes pictures in full detail also where the search needs less: for a sink that draws them. Default false. */
  readonly whole?: boolean;
  /** Ends after so many frames, an integer >= 1. Default: none. */
  readonly limit?: number | undefined;
  /** Ends the run as if the source had come to its end. */
  readonly signal?: AbortSignal;
  /** Filled while the run goes on. */
  readonly monitor?: SourceMonitor;
  /** Called with every frame that comes from the source. */
  readonly decoded?: (frame: Frame) => void;
  /** Times the stages; nothing else changes. */
  readonly profile?: Profile;
}

/**
 * Runs a source through the pipeline, from subscription on: the totals after every frame. Fails with SourceError when
 * the source does (after what it gave has been published), UsageError for a region outside the frame, ModelError for a
 * model that can't be run, and with whatever the sink fails with.
 */
export function run(options: PipelineOptions): Observable<Counts> {
  const { source, config, scorer, thresholds, sink, decoded = () => {}, profile } = options;
  const places = where(config);
  const timed: Pick<Profile, 'operator' | 'work' | 'engine'> = profile ?? UNTIMED;
  return frames(source, sourceOptions(options, places)).pipe(
    tap({ subscribe: () => profile?.start(), next: decoded }),
    holding(
      pipe(
        timed.operator('regions', regions(places.find)),
        timed.operator('normalise', normalise(config.normalise === 'mnist' ? mnist : stretch)),
        score({ score: timed.engine('score', (pixels, n) => scorer.score(pixels, n)) }),
        timed.operator('gate', pipe(gate(thresholds), steady({ shift: config.gate.steady }))),
        publish(timed.work('publish', sink)),
      ),
    ),
    count(),
  );
}

const UNTIMED: Pick<Profile, 'operator' | 'work' | 'engine'> = {
  operator: (_name, stage) => stage,
  work: (_name, work) => work,
  engine: (_name, work) => work,
};

function sourceOptions(
  { config: { source }, whole = false, limit, signal, monitor }: PipelineOptions,
  { crop, detail }: Places,
): SourceOptions {
  const { fps, policy, realtime } = source;
  return {
    policy,
    realtime,
    ...(fps !== undefined && { fps }),
    ...(limit !== undefined && { limit }),
    ...(signal && { signal }),
    ...(monitor && { monitor }),
    ...(crop && { crop }),
    ...(detail !== undefined && !whole && { longestSide: detail }),
  };
}

/** How the regions of a frame are found, and what part of the picture that needs. */
interface Places {
  readonly find: (frame: Frame) => readonly FoundRegion[];
  readonly crop?: (size: { readonly width: number; readonly height: number }) => Box;
  readonly detail?: number;
}

function where({ regions: asked, polarity, normalise: method }: PipelineConfig): Places {
  if (asked.mode === 'auto') {
    const [find, track] = [createRegionFinder({ ...asked, polarity }), createTracker()];
    return { find: (frame) => track(frame, find(frame)), detail: LONGEST };
  }
  // The source says its size, and asks for the crop, before it gives the first frame of that size.
  let read: (frame: Frame) => readonly FoundRegion[] = () => [];
  return {
    find: (frame) => read(frame),
    crop: ({ width, height }) => {
      const placed = placeRegions(asked, width, height);
      // `stretch` takes the rectangle as it is, faint shades and all.
      read = createFixedReader(placed, { polarity, levels: asked.levels, ...(method === 'stretch' && { floor: 0 }) });
      return unionBox(placed.map(({ box }) => box));
    },
  };
}

function mnist(_frame: Frame, { patch }: FoundRegion, out: Float32Array): boolean {
  return normaliseMnist(patch, out);
}

function stretch(_frame: Frame, { patch }: FoundRegion, out: Float32Array): boolean {
  normaliseStretch(patch, out);
  return out.some((value) => value > 0);
}
