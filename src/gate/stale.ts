// Owns the rule about how a live picture came: what is too old by the time of its verdict, and pictures that are not to
// be believed (frozen, black, damaged), give no digits. It must not know sources; when a picture came stands on it.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import { ageAt, type Arrival, type FrameSightings, type Sighting } from '../types.js';

/** Options of {@link fresh}. */
export interface FreshOptions {
  /** Seconds from the arrival of a picture to the verdict on it, at most, > 0. */
  readonly maxAge: number;
  /** The clock of {@link Arrival.clock}, in milliseconds. */
  readonly now: () => number;
}

/**
 * Says how old each picture of a live source is, and rejects as `stale` what was accepted in one that is older than
 * `maxAge` or doubted. The distance is in seconds: by how much it is too old, or for how long the doubt has held.
 * Pictures of other sources pass as they are.
 */
export function fresh({ maxAge, now }: FreshOptions): MonoTypeOperatorFunction<FrameSightings> {
  return map((found) => {
    const { arrival } = found.frame;
    if (!arrival) return found;
    const age = ageAt(arrival, now() / 1000);
    const distance = staleness(arrival, age, maxAge);
    const sightings = distance === undefined ? found.sightings : found.sightings.map((one) => refused(one, distance));
    return { ...found, sightings, age };
  });
}

/** By how much a picture is not to be believed, in seconds; undefined for one that is. */
function staleness({ doubt }: Arrival, age: number, maxAge: number): number | undefined {
  return doubt?.seconds ?? (age > maxAge ? age - maxAge : undefined);
}

function refused(sighting: Sighting, distance: number): Sighting {
  const { verdict } = sighting;
  return verdict.accepted
    ? { ...sighting, verdict: { ...verdict, accepted: false, rejected: 'stale', distance } }
    : sighting;
}
