// Owns playing one clip with a truth through the real pipeline: what was read of every digit comes out. It must not
// count.
import { lastValueFrom, tap } from 'rxjs';
import { UsageError } from '../base/errors.js';
import { run } from '../pipeline.js';
import type { Scorer } from '../scoring/scorer.js';
import { RunObserver } from '../pipeline/observer.js';
import type { SourceMonitor } from '../source/monitor.js';
import type { Box, Counts, FrameSightings, Outputs, Sighting, Thresholds, Verdict } from '../types.js';
import { match } from '../truth/match.js';
import { SurvivalMeter, type Images, type Survival } from './survival.js';
import type { Fixture, TruthDigit } from '../truth/truth.js';

/** What the pipeline said of one region. */
export interface Seen {
  readonly box: Box;
  readonly outputs: Outputs;
  readonly verdict: Verdict;
  /** `[784]`, what was scored; only of the first leaks of a clip ({@link PICTURES}). */
  readonly pixels?: Float32Array;
}

/** One digit of the truth in one frame, and what was read there. */
export interface Showing {
  readonly frame: number;
  /** Presentation time in seconds. */
  readonly time: number;
  readonly digit: TruthDigit;
  /** Empty where no region was found. */
  readonly sightings: readonly Seen[];
}

/** What came of a clip. */
export interface Played {
  readonly showings: readonly Showing[];
  /** Read where the truth has nothing. */
  readonly stray: readonly Seen[];
  readonly counts: Counts;
  /** Undefined when the truth has no images, or no digit was seen in both states. */
  readonly survival: Survival | undefined;
}

/** What a clip is played with. */
export interface PlayOptions {
  readonly scorer: Pick<Scorer, 'score'>;
  readonly thresholds: Thresholds;
  /** The images that the truth names. */
  readonly images?: Images | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFrame?: ((done: number) => void) | undefined;
}

/** Leaks of a clip of which the pixels are kept, at most. */
export const PICTURES = 60;

/**
 * Plays the clip of a fixture through the pipeline that its truth names.
 * @throws UsageError when the clip has another size or number of frames than its truth; SourceError when it can't be
 *   decoded;
 *   `signal`'s reason when stopped.
 */
export async function play(
  { file, clip, truth, config }: Fixture,
  { scorer, thresholds, images, signal, onFrame }: PlayOptions,
): Promise<Played> {
  const byFrame = new Map(truth.frames.map(({ frame, digits }) => [frame, digits]));
  const observer = new RunObserver();
  const survival = images && new SurvivalMeter(images);
  const [showings, stray]: [Showing[], Seen[]] = [[], []];
  // What is never attacked has no perturbation to compare; its pixels would only be held.
  const attacked = new Set(
    truth.frames.flatMap(({ digits }) => digits.filter(({ attack }) => attack !== undefined).map(({ id }) => id)),
  );
  let pictures = 0;
  const publish = async ({ frame, sightings }: FrameSightings): Promise<void> => {
    checkSize(observer.source, file, clip, truth);
    const matched = match(
      byFrame.get(frame.index) ?? [],
      sightings.map((sighting) => ({ box: sighting.digit.region.box, sighting })),
    );
    for (const { digit, sightings: own } of matched.digits) {
      // What is no digit and is under no attack is part of the scene.
      if (digit.label === null && digit.attack === undefined) {
        stray.push(...own.map(({ sighting }) => seen(sighting, false)));
        continue;
      }
      const keep = (sighting: Sighting): boolean =>
        sighting.verdict.accepted && sighting.verdict.digit !== digit.label && pictures++ < PICTURES;
      showings.push({
        frame: frame.index,
        time: frame.time,
        digit,
        sightings: own.map(({ sighting }) => seen(sighting, keep(sighting))),
      });
      const [only] = own;
      if (digit.image !== undefined && attacked.has(digit.id) && own.length === 1 && only)
        survival?.saw(
          digit.id,
          digit.image,
          digit.attack === undefined ? 'clear' : 'attacked',
          only.sighting.digit.pixels,
        );
    }
    stray.push(...matched.stray.map(({ sighting }) => seen(sighting, false)));
  };
  const frames = run({ source: clip, config, scorer, thresholds, observer, publish, signal }).pipe(
    tap(() => onFrame?.(observer.counts.frames)),
  );
  await lastValueFrom(frames, { defaultValue: undefined }).catch((error: unknown) => {
    // A window outside the picture, for example: the clip is another one than its truth file is for.
    throw error instanceof UsageError && !error.message.startsWith(file)
      ? new UsageError(`${file}: ${error.message}`, { cause: error })
      : error;
  });
  signal?.throwIfAborted();
  const { counts } = observer;
  checkSize(observer.source, file, clip, truth);
  if (counts.frames !== truth.frameCount)
    throw new UsageError(
      `${file}: its clip ${clip} has ${counts.frames} frames, the truth file says ${truth.frameCount}.`,
    );
  return { showings, stray, counts, survival: survival?.result() };
}

function checkSize({ info }: SourceMonitor, file: string, clip: string, { width, height }: Fixture['truth']): void {
  if (!info || (info.width === width && info.height === height)) return;
  throw new UsageError(
    `${file}: its clip ${clip} is ${info.width}x${info.height}, the truth file says ${width}x${height}.`,
  );
}

function seen({ digit: { region, pixels }, outputs, verdict }: Sighting, picture: boolean): Seen {
  return { box: region.box, outputs, verdict, ...(picture && { pixels: pixels.slice() }) };
}
