// Owns the names of what is found: which region of this frame is which of the frames before. It looks at boxes only.
import { displacement } from '../base/boxes.js';
import type { Box, Frame, Region } from '../types.js';

/** How far a region may move between two sightings, as a share of its longer side. */
const REACH = 0.6;
/** Heights of the same thing in two sightings differ by at most this factor. */
const GROWTH = 1.5;
/** Seconds for which a region that is out of sight keeps its name. */
const MEMORY = 0.5;

/** A region before it is named. */
type Nameless = Omit<Region, 'id'>;

interface Track {
  readonly id: string;
  box: Box;
  polarity: Region['polarity'];
  seen: number;
}

/**
 * Gives found regions stable ids (`r0`, `r1`, ... by first sight): a region keeps the id of the nearest one of like
 * size and polarity seen in the last half second. Images of a directory have nothing to do with each other: each starts
 * anew. Memory is bounded by the regions of half a second; time going backwards starts anew as well. Where a file is read
 * again all names are new ones.
 */
export function createTracker(): <R extends Nameless>(
  frame: Pick<Frame, 'time' | 'file' | 'pass'>,
  regions: readonly R[],
) => (R & Pick<Region, 'id'>)[] {
  let tracks: Track[] = [];
  let [next, clock, file] = [0, -Infinity, undefined as string | undefined];
  let pass: number | undefined;
  return (frame, regions) => {
    if (frame.file !== file || frame.time < clock) [tracks, next] = [[], 0];
    // What is at the beginning of a file is not what was at its end; names go on as times do.
    if (frame.pass?.number !== pass) tracks = [];
    [clock, file, pass] = [frame.time, frame.file, frame.pass?.number];
    tracks = tracks.filter((track) => frame.time - track.seen <= MEMORY);
    const mine = assign(tracks, regions);
    return regions.map((region, k) => {
      let track = mine[k];
      if (!track)
        tracks.push((track = { id: `r${next++}`, box: region.box, polarity: region.polarity, seen: frame.time }));
      [track.box, track.seen] = [region.box, frame.time];
      return { ...region, id: track.id };
    });
  };
}

// Nearest pairs first; each track and each region at most once.
function assign(tracks: readonly Track[], regions: readonly Nameless[]): (Track | undefined)[] {
  const pairs: { readonly track: Track; readonly k: number; readonly distance: number }[] = [];
  for (const track of tracks) {
    regions.forEach((region, k) => {
      const distance = region.polarity === track.polarity ? displacement(track.box, region.box) : Infinity;
      if (distance <= REACH && alike(track.box, region.box)) pairs.push({ track, k, distance });
    });
  }
  pairs.sort((a, b) => a.distance - b.distance || a.k - b.k);
  const taken = new Set<Track>();
  const mine: (Track | undefined)[] = regions.map(() => undefined);
  for (const { track, k } of pairs) {
    if (mine[k] || taken.has(track)) continue;
    mine[k] = track;
    taken.add(track);
  }
  return mine;
}

function alike(a: Box, b: Box): boolean {
  return Math.max(a[3], b[3]) <= GROWTH * Math.min(a[3], b[3]);
}
