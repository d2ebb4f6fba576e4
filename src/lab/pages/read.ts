// Owns running the pipeline over pictures in this process, with one scorer for all. It must not count.
import { lastValueFrom } from 'rxjs';
import { run } from '../../pipeline.js';
import type { Prepared } from '../../pipeline/prepare.js';
import type { Scorer } from '../../scoring/scorer.js';
import type { FrameSightings } from '../../types.js';

/** Who reads. */
export interface Reader {
  readonly prepared: Prepared;
  readonly scorer: Pick<Scorer, 'score'>;
}

/**
 * Reads a source to its end. `each` must have what it wants of a frame when it returns.
 * @throws as `run`; the signal's reason when stopped.
 */
export async function readSource(
  source: string,
  { prepared: { config, thresholds }, scorer }: Reader,
  each: (sightings: FrameSightings) => void,
  signal?: AbortSignal,
): Promise<void> {
  const publish = (sightings: FrameSightings): Promise<void> => {
    each(sightings);
    return Promise.resolve();
  };
  await lastValueFrom(run({ source, config, thresholds, scorer, publish, ...(signal && { signal }) }), {
    defaultValue: undefined,
  });
  signal?.throwIfAborted();
}
