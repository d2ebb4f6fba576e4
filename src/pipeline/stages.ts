// The stages as rxjs operators: each takes what the one before gives, for one frame, and adds its own. It composes
// nothing and knows no formats; what a stage computes is in the file of its name.
import {
  catchError,
  concatMap,
  concatWith,
  defer,
  EMPTY,
  finalize,
  map,
  tap,
  throwError,
  type MonoTypeOperatorFunction,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import {
  CLASSES,
  PIXELS,
  type CompanyRules,
  type Digit,
  type Frame,
  type FrameSightings,
  type FrameSearch,
  type Sighting,
  type Region,
  type Thresholds,
} from '../types.js';
import { judgeCompany } from '../gate/company.js';
import { judge } from '../gate/gate.js';
import { settleParts } from '../gate/parts.js';
import type { Scorer } from '../scoring/scorer.js';

/** A frame and where its digits may be, in order. */
export interface FrameRegions<R extends Region = Region> extends FrameSearch {
  readonly frame: Frame;
  readonly regions: readonly R[];
}

/** A frame and its digits in one batch. */
export interface FrameDigits extends FrameSearch {
  readonly frame: Frame;
  /** Each digit's pixels are a view of its row of `batch`. */
  readonly digits: readonly Digit[];
  /** Whether the digit at the same index holds no ink. */
  readonly blank: readonly boolean[];
  /** `[n, 784]`, row-major. */
  readonly batch: Float32Array;
}

/** A frame, its digits and what the network said of them. */
export interface FrameOutputs extends FrameDigits {
  /** `[n, 10]`, row-major. */
  readonly outputs: Float32Array;
}

/** Finds the regions of every frame with `find`. */
export function regions<R extends Region>(
  find: (frame: Frame) => Omit<FrameRegions<R>, 'frame'>,
): OperatorFunction<Frame, FrameRegions<R>> {
  return map((frame) => ({ frame, ...find(frame) }));
}

/** A region with what its digit is made of. */
export type PatchedRegion<P> = Region & { readonly patch: P };

/**
 * Brings every region to the form of MNIST: `form` takes the patches of a frame and gives one row of a batch for each.
 */
export function normalise<P>(
  form: (patches: readonly P[]) => Pick<FrameDigits, 'batch' | 'blank'>,
): OperatorFunction<FrameRegions<PatchedRegion<P>>, FrameDigits> {
  return map(({ regions: found, ...frame }) => {
    const { batch, blank } = form(found.map(({ patch }) => patch));
    const digits = found.map((region, i) => ({ region, pixels: batch.subarray(i * PIXELS, (i + 1) * PIXELS) }));
    return { ...frame, digits, blank, batch };
  });
}

/** Scores every frame's digits as one batch, frame after frame. A frame without digits costs nothing. */
export function score(scorer: Pick<Scorer, 'score'>): OperatorFunction<FrameDigits, FrameOutputs> {
  return concatMap(async (found) => {
    const n = found.digits.length;
    return { ...found, outputs: n === 0 ? new Float32Array(0) : await scorer.score(found.batch, n) };
  });
}

/** Judges every digit: one outcome per region per frame, where a region is a whole or its parts. */
export function gate(thresholds: Thresholds): OperatorFunction<FrameOutputs, FrameSightings> {
  return gateBy(() => ({ thresholds }));
}

/** As {@link gate}, by what holds when a frame is judged; where there is a hash of it the frame says so. */
export function gateBy(
  now: () => { readonly thresholds: Thresholds; readonly pipeline?: string },
): OperatorFunction<FrameOutputs, FrameSightings> {
  return map((found) => {
    const { thresholds, pipeline } = now();
    const frame = sightingsOf(found, thresholds);
    return { ...frame, sightings: settleParts(frame.sightings), ...(pipeline !== undefined && { pipeline }) };
  });
}

/** The sightings of one frame, as the gate judges each by itself. */
export function sightingsOf(
  { frame, shapes, truncated, digits, blank, outputs }: FrameOutputs,
  thresholds: Thresholds,
): FrameSightings {
  const sightings = digits.map((digit, i): Sighting => {
    const own = outputs.subarray(i * CLASSES, (i + 1) * CLASSES);
    return { digit, outputs: own, verdict: judge(own, thresholds, { blank: blank[i] === true }) };
  });
  return { frame, shapes, truncated, sightings };
}

/** Judges the digits of every frame by what stands around them. */
export function company(rules: CompanyRules): MonoTypeOperatorFunction<FrameSightings> {
  if (!rules.text && !rules.clutter) return (source) => source;
  return map((frame) => ({ ...frame, ...judgeCompany(frame, rules) }));
}

/** Hands every frame to `sink`, one at a time and in order; the next waits until the sink has settled. */
export function publish(sink: (sightings: FrameSightings) => Promise<void>): MonoTypeOperatorFunction<FrameSightings> {
  return concatMap(async (sightings) => {
    await sink(sightings);
    return sightings;
  });
}

/**
 * Runs `stages` and owns the frames within: each is released when it comes out, and those still inside when the stages
 * complete, fail or are unsubscribed from. Frames come out in the order in which they went in, each once; one that was
 * turned on its way is another, which releases the one that it was. When the source fails, the frames before the
 * failure come out first.
 */
export function holding<T extends { readonly frame: Frame }>(
  stages: OperatorFunction<Frame, T>,
): OperatorFunction<Frame, T> {
  return (source) =>
    defer(() => {
      const held: Frame[] = [];
      let failure: Observable<never> = EMPTY;
      return source.pipe(
        // Errors overtake what still waits in a stage, so the source's own waits outside.
        catchError((error: unknown) => {
          failure = throwError(() => error);
          return EMPTY;
        }),
        tap((frame) => held.push(frame)),
        stages,
        tap(({ frame }) => {
          held.shift();
          frame.release();
        }),
        concatWith(defer(() => failure)),
        finalize(() => {
          for (const frame of held) frame.release();
        }),
      );
    });
}
