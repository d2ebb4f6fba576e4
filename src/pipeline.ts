// The product: frames -> regions -> normalise -> score (once more, turned, where a picture lies on its side) -> gate ->
// company -> steady -> fresh -> rules -> readings -> publish. The only file that knows all stages.
import {
  defer,
  identity,
  pipe,
  tap,
  type MonoTypeOperatorFunction,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import { unionBox } from './base/boxes.js';
import { companyRules, turnsByEvidence, type PipelineConfig } from './config.js';
import { createNormaliser } from './digits/normalise.js';
import { settled } from './gate/growing.js';
import { judgeBy, type Rule } from './gate/rule.js';
import { fresh, type FreshOptions } from './gate/stale.js';
import { steady } from './gate/steady.js';
import { createKernels, type Kernels } from './kernels/kernels.js';
import { RunObserver } from './pipeline/observer.js';
import type { Profile } from './pipeline/profile.js';
import type { ChangingSettings } from './pipeline/settings.js';
import { company, gateBy, holding, normalise, publish, regions, score, type FrameOutputs } from './pipeline/stages.js';
import { swapping } from './pipeline/swap.js';
import { upright } from './pipeline/turn.js';
import type { ReadingsMemory } from './readings/memory.js';
import { readings } from './readings/readings.js';
import { createFixedReader, fixedOptions } from './regions/fixed.js';
import { createRegionFinder, LONGEST, type FoundRegion, type Search } from './regions/found.js';
import { placeRegions } from './regions/place.js';
import { createTracker } from './regions/track.js';
import type { Scorer } from './scoring/scorer.js';
import { realTime, type LiveClock } from './source/live/clock.js';
import { credentialsOfEnvironment, readCredentials } from './base/credentials.js';
import { LIVE_DEFAULTS } from './source/live/live-run.js';
import { frames, type SourceOptions } from './source/source.js';
import type { Box, Frame, FrameSightings, Thresholds } from './types.js';

/** What a run of the pipeline needs. */
export interface PipelineOptions {
  /** Path of a video or image, a directory or glob of images, an address, a camera, or `-` for stdin. */
  readonly source: string;
  readonly config: PipelineConfig;
  readonly scorer: Pick<Scorer, 'score'>;
  /** What the gate uses: the model's thresholds with the configuration's in their place. */
  readonly thresholds: Thresholds;
  /**
   * Settings that may change while the run goes on, in the place of `config` and `thresholds` from then on; whole
   * pictures are decoded then, for windows may move. Default: nothing changes.
   */
  readonly settings?: ChangingSettings | undefined;
  /** Rules of the caller's own, after all others, in this order. Default: none. */
  readonly rules?: readonly Rule[];
  /** The last values of numbers, kept up to date. Default: nothing is known of a run before. */
  readonly memory?: ReadingsMemory | undefined;
  /** Takes every frame's sightings, in order and one at a time; the frame is held until it has settled. */
  readonly publish: (sightings: FrameSightings) => Promise<void>;
  /** Decodes pictures in full detail also where the search needs less: for who draws them. Default false. */
  readonly fullDetail?: boolean;
  /** Ends after so many frames, an integer >= 1. Default: none. */
  readonly limit?: number | undefined;
  /** Ends the run as if the source had come to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Watches the run. Default: nobody does. */
  readonly observer?: RunObserver;
  /** What a live source goes by. Default: real time. */
  readonly clock?: LiveClock;
}

export { shownSource } from './source/live/address.js';

/**
 * Runs a source through the pipeline, from subscription on: every frame's sightings, after they have been published and
 * the frame has been given back (its pixels are no longer there). Fails with SourceError when the source does (after
 * what it gave has been published), UsageError for a region outside the frame, ModelError for a model that can't be
 * run, and with whatever `publish` fails with.
 */
export function run(options: PipelineOptions): Observable<FrameSightings> {
  return defer(() => compose(options));
}

function compose(options: PipelineOptions): Observable<FrameSightings> {
  const { source, config, settings, observer = new RunObserver() } = options;
  const timed: Timed = observer.profile ?? UNTIMED;
  // Ink is cut, normalised and batched in one memory, the stages' own.
  const kernels = createKernels();
  const places = placesOf(config, kernels, settings !== undefined);
  const stages = (now: PipelineConfig) =>
    now === config
      ? judging({ ...options, observer }, now, places, kernels, timed)
      : judgingAnew({ ...options, observer }, now, timed);
  return frames(source, sourceOptions(options, places, observer)).pipe(
    tap({ subscribe: () => observer.begun(), next: (frame) => observer.arrived(frame) }),
    holding(
      pipe(
        settings ? swapping(() => settings.now.stages, stages) : stages(config),
        publish(timed.work('publish', options.publish)),
      ),
    ),
    tap((sightings) => observer.published(sightings)),
  );
}

/** A run's options, and who watches it. */
type Watched = PipelineOptions & { readonly observer: RunObserver };

/** The stages by another configuration than the run began with; their memory goes when they do. */
function judgingAnew(options: Watched, config: PipelineConfig, timed: Timed): OperatorFunction<Frame, FrameSightings> {
  const kernels = createKernels();
  return judging(options, config, placesOf(config, kernels, true), kernels, timed);
}

/** The stages from a frame to what is said of it. */
function judging(
  options: Watched,
  config: PipelineConfig,
  places: Places,
  kernels: Kernels,
  timed: Timed,
): OperatorFunction<Frame, FrameSightings> {
  const { scorer, rules = [], memory, observer, clock = realTime } = options;
  const now = (): Pick<PipelineOptions, 'thresholds'> & { readonly pipeline?: string } =>
    options.settings?.now ?? { thresholds: options.thresholds };
  const normaliser = createNormaliser(kernels, config.normalise);
  const timedScorer = { score: timed.engine('score', (pixels: Float32Array, n: number) => scorer.score(pixels, n)) };
  const read = (): OperatorFunction<Frame, FrameOutputs> =>
    pipe(
      timed.operator('regions', regions(places.finder())),
      timed.operator('normalise', normalise(normaliser)),
      score(timedScorer),
    );
  return pipe(
    turnsByEvidence(config)
      ? upright({
          read,
          scorer: timedScorer,
          thresholds: () => now().thresholds,
          found: (finding) => observer.turns.add(finding),
        })
      : read(),
    timed.operator(
      'gate',
      pipe(gateBy(now), judgeTogether(config), fresh(agesOf(config, clock)), judgeBy(rules), numbers(config, memory)),
    ),
  );
}

/** The rules that see more than one region of one frame: what stands around, and what was there before. */
function judgeTogether(config: PipelineConfig): MonoTypeOperatorFunction<FrameSightings> {
  const rules = companyRules(config);
  return pipe(company(rules), rules.growing ? settled() : identity, steady({ shift: config.gate.steady }));
}

/** What is made of numbers, where some are asked for. */
function numbers(
  { readings: asked }: PipelineConfig,
  memory: ReadingsMemory | undefined,
): MonoTypeOperatorFunction<FrameSightings> {
  return asked ? readings({ asked, ...(memory && { memory }) }) : identity;
}

/** What times the stages. */
type Timed = Pick<Profile, 'operator' | 'work' | 'engine'>;

const UNTIMED: Timed = {
  operator: (_name, stage) => stage,
  work: (_name, work) => work,
  engine: (_name, work) => work,
};

function agesOf({ source: { maxAge = LIVE_DEFAULTS.maxAge } }: PipelineConfig, { now }: LiveClock): FreshOptions {
  return { maxAge, now };
}

function sourceOptions(
  { config: { source }, settings, fullDetail = settings !== undefined, limit, signal, clock }: PipelineOptions,
  { crop, longestSide }: Places,
  observer: RunObserver,
): SourceOptions {
  const { fps, policy, realtime, repeat, stream, rotate } = source;
  const { live, every, listen, transport, device, credentials, require, stall, maxAge, frozen } = source;
  return {
    realtime,
    monitor: observer.source,
    watch: { require, stall, maxAge, frozen },
    asked: {
      live,
      every,
      listen,
      transport,
      device,
      credentials: credentials === undefined ? credentialsOfEnvironment(process.env) : readCredentials(credentials),
    },
    ...(clock && { clock }),
    ...(repeat && { repeat }),
    ...(policy !== undefined && { policy }),
    ...(fps !== undefined && { fps }),
    ...(stream !== undefined && { stream }),
    ...(rotate !== undefined && rotate !== 'auto' && { rotate }),
    ...(limit !== undefined && { limit }),
    ...(signal && { signal }),
    ...(crop && { crop }),
    ...(longestSide !== undefined && !fullDetail && { longestSide }),
  };
}

// Parts know their whole by its name.
function named(regions: readonly FoundRegion[]): FoundRegion[] {
  return regions.map(({ part, ...region }) => (part === undefined ? region : { ...region, partOf: regions[part]!.id }));
}

/** How the regions of a frame are found, and what part of the picture that needs. */
interface Places {
  /** A function that finds them in frames of one clip and one orientation, or of images: names are its own. */
  readonly finder: () => (frame: Frame) => Search<FoundRegion>;
  readonly crop?: (size: { readonly width: number; readonly height: number }) => Box;
  readonly longestSide?: number;
}

/** @param whole Frames are whole pictures, and of a size that is seen when they come. */
function placesOf(
  { regions: asked, polarity, normalise: form }: PipelineConfig,
  kernels: Kernels,
  whole: boolean,
): Places {
  if (asked.mode === 'auto') {
    const find = createRegionFinder(kernels, { ...asked, polarity });
    return {
      finder: () => {
        const track = createTracker();
        return (frame) => {
          const found = find(frame);
          return { ...found, regions: named(track(frame, found.regions)) };
        };
      },
      longestSide: LONGEST,
    };
  }
  const { reader, place } = fixedPlaces(asked, polarity, form, kernels);
  const seen = (frame: Frame) => ({ regions: reader.read(frame), shapes: [], truncated: false });
  if (!whole)
    return {
      finder: () => seen,
      // The source says its size, and asks for the crop, before it gives the first frame of that size.
      crop: ({ width, height }) => place(width, height),
    };
  let placed: { readonly width: number; readonly height: number } | undefined;
  return {
    finder: () => (frame) => {
      const { width, height } = frame;
      if (placed?.width !== width || placed.height !== height) {
        place(width, height);
        placed = { width, height };
      }
      return seen(frame);
    },
  };
}

function fixedPlaces(
  asked: Extract<PipelineConfig['regions'], { mode: 'fixed' }>,
  polarity: PipelineConfig['polarity'],
  form: PipelineConfig['normalise'],
  kernels: Kernels,
) {
  const reader = createFixedReader(kernels, fixedOptions({ polarity, normalise: form, levels: asked.levels }));
  const place = (width: number, height: number): Box => {
    const placed = placeRegions(asked, width, height);
    reader.place(placed);
    return unionBox(placed.map(({ box }) => box));
  };
  return { reader, place };
}
