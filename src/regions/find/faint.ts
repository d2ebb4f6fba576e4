// Owns when a cut at a lower threshold shows faint strokes of a digit that its best cut leaves out. It must not choose
// among things.
import type { Candidate } from './candidate.js';

/** What has at least this share of full ink is a stroke of the lower cut. */
const STROKE = 0.25;

/** Least share of the best cut's ink that the lower cut adds beyond the soft edge of it; less is noise. */
const ADDED = 0.05;

/** Lowest threshold, as {@link Candidate.offCentre}: below it (0.2 of the contrast) shadows join. */
const LOWEST = 0.9;

/** Most clutter that the lower cut may have more: there the ring holds what the better cut was told apart from. */
const MORE_CLUTTER = 0.03;

/** What joins may lengthen the box by this share of its longer side; a line that something stands on is longer. */
const GROWTH = 0.3;

/** Holes that may close: the open top of a 0, or one loop of an 8. A frame that joins closes more. */
const CLOSED = 1;

/**
 * Whether `lower` is `best` with strokes that are too faint for its threshold: an open 0 whose top was drawn lightly
 * is closed there (hysteresis, as of edges in Canny, A Computational Approach to Edge Detection, 1986: what is too weak
 * to be taken by itself is taken where it is joined to what is strong). Both are the same thing on the same level.
 * @param ink pixels of the best cut that are ink
 */
export function bringsFaintStrokes(lower: Candidate, best: Candidate, ink: number): boolean {
  return (
    lower.scale === best.scale &&
    lower.polarity === best.polarity &&
    lower.piece === best.piece &&
    lower.area > best.area &&
    lower.offCentre <= LOWEST &&
    lower.clutter <= best.clutter + MORE_CLUTTER &&
    lower.holes <= best.holes + CLOSED &&
    holdsBox(lower, best) &&
    addedInk(lower, best) > ADDED * ink
  );
}

function holdsBox(lower: Candidate, best: Candidate): boolean {
  const [width, height] = [best.right - best.left, best.bottom - best.top];
  const most = GROWTH * Math.max(width, height);
  return (
    lower.left <= best.left &&
    lower.top <= best.top &&
    lower.right >= best.right &&
    lower.bottom >= best.bottom &&
    lower.right - lower.left - width <= most &&
    lower.bottom - lower.top - height <= most
  );
}

// Pixels of strokes of the lower cut where the other one's patch, which keeps its soft edge, holds nothing.
function addedInk(lower: Candidate, best: Candidate): number {
  const { width, height, ink } = lower.patch;
  const { width: across, height: down, ink: theirs } = best.patch;
  const [dx, dy] = [lower.patchLeft - best.patchLeft, lower.patchTop - best.patchTop];
  let added = 0;
  for (let y = 0, p = 0; y < height; y++) {
    const v = y + dy;
    const row = v >= 0 && v < down ? v * across : undefined;
    for (let x = 0; x < width; x++, p++) {
      if (ink[p]! < STROKE) continue;
      const u = x + dx;
      if (row === undefined || u < 0 || u >= across || theirs[row + u] === 0) added++;
    }
  }
  return added;
}
