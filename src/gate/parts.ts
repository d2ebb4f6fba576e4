// Owns the choice between a region and its parts, by what the network made of them. What are parts, the finder says.
import type { Sighting } from '../types.js';

/**
 * Keeps, of every region that came with its parts, one or the others. The whole stays where it is accepted, or any of
 * its parts is not. Where all parts are, they are digits that touch or stand close together; unless one of them is a 1:
 * that is what a stroke of a digit in pieces looks like.
 */
export function settleParts(sightings: readonly Sighting[]): readonly Sighting[] {
  const partsOf = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const { partOf } = sighting.digit.region;
    if (partOf === undefined) continue;
    const parts = partsOf.get(partOf);
    if (parts) parts.push(sighting);
    else partsOf.set(partOf, [sighting]);
  }
  if (partsOf.size === 0) return sightings;
  const split = new Set<string>();
  for (const { digit, verdict } of sightings) {
    const parts = partsOf.get(digit.region.id);
    if (parts && !verdict.accepted && areDigits(parts)) split.add(digit.region.id);
  }
  return sightings.filter(({ digit: { region } }) =>
    region.partOf === undefined ? !split.has(region.id) : split.has(region.partOf),
  );
}

function areDigits(parts: readonly Sighting[]): boolean {
  return parts.every(({ verdict }) => verdict.accepted && verdict.digit !== 1);
}
