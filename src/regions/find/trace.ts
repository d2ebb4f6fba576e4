// Owns the tracing of straight thin lines, nearly upright or nearly level, through a plane of ink. It knows no pages.

/** Ink of a thing by itself. */
export interface Plane {
  /** `[height, stride]`, row-major; 0 is ground. */
  readonly ink: Uint8Array;
  /** Bytes of a row. */
  readonly stride: number;
  /** Where the plane's first column and row lie: lines are told in the same pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** How strong the ink is, `[height, strengthStride]`, row-major. */
  readonly strength: Uint8Array;
  readonly strengthStride: number;
}

/** One step of a line: at `along` it covers `from` to `to` (exclusive) across its direction. */
export interface Run {
  readonly along: number;
  readonly from: number;
  readonly to: number;
  /** Sum of the ink's strength over it: the same for a line wherever it lies between pixels. */
  readonly mass: number;
}

/** A line that was traced. */
export interface Line {
  /** Whether it runs from top to bottom. */
  readonly down: boolean;
  /** Its mean place across its direction: a row, or of a line that runs down a column. */
  readonly middle: number;
  /** Its ends along its direction, the second one exclusive. */
  readonly start: number;
  readonly end: number;
  /** Medians of its runs: their width in pixels and their mass. */
  readonly width: number;
  readonly mass: number;
  /** Where it can be seen alone. */
  readonly runs: readonly Run[];
  /** What it goes on as beyond its ends, where that is as thin: a stroke that bends, of which it is a part. */
  readonly further: readonly Run[];
}

/** Widest line, pixels. */
const WIDEST = 7;
/** A line's next run is at most this much wider than its runs are on average, as a factor and in pixels. */
const WIDER = 1.7;
/** How far a run may lie from where the line is expected, pixels. */
const ASTRAY = 1.5;
/** Steepest line, pixels across a pixel along: 11 degrees. */
const STEEPEST = 0.2;
/** Longest piece that is hidden by what crosses or touches the line, and longest gap in it, pixels. */
const HIDDEN = 40;
const GAP = 5;
/** A run is the line alone up to so many times its median width, and its median mass. */
const BROADER = 1.5;
export const STRONGER = 1.5;
/** How far aside of a line's end what goes on may lie, pixels. */
const ASIDE = 2;
/** Least share of a line that is seen alone. */
const SEEN = 0.5;
/** Runs that the slope of a line is judged by. */
const RECENT = 24;

/** A line that is being traced. */
interface Track {
  readonly runs: Run[];
  /** Sum of the widths of its runs. */
  total: number;
  /** Steps since its last run in which something hides it, and in which there is nothing. */
  hidden: number;
  gap: number;
}

/**
 * The lines of a plane that are at least so long, pixels, across and down. A line is followed through what crosses it,
 * step by step, from its beginning (after the tracking of staff lines: Randriamahefa et al., 1993).
 */
export function traceLines(plane: Plane, { across, down }: { across: number; down: number }): Line[] {
  return [
    ...(plane.width >= across ? trace(plane, false, across) : []),
    ...(plane.height >= down ? trace(plane, true, down) : []),
  ];
}

function trace(plane: Plane, down: boolean, least: number): Line[] {
  const { ink, stride, width, height, strength, strengthStride } = plane;
  const [steps, size, stepAlong, across] = down ? [height, width, stride, 1] : [width, height, 1, stride];
  const [stepOf, crossOf] = down ? [strengthStride, 1] : [1, strengthStride];
  const [first, origin] = down ? [plane.top, plane.left] : [plane.left, plane.top];
  const runAt = (step: number, from: number, to: number): Run => {
    let mass = 0;
    for (let k = from; k < to; k++) mass += strength[step * stepOf + k * crossOf]!;
    return { along: first + step, from: origin + from, to: origin + to, mass };
  };
  const lines: Line[] = [];
  let tracks: Track[] = [];
  const end = (track: Track): void => {
    const line = lineOf(track, down, least);
    if (line) lines.push({ ...line, further: beyond(line) });
  };
  // The thin runs right behind both ends of a line.
  const beyond = ({ start, end: stop, runs, width: wide }: Omit<Line, 'further'>): Run[] =>
    (
      [
        [start - 1, runs[0]!],
        [stop, runs[runs.length - 1]!],
      ] as const
    ).flatMap(([along, near]) => {
      const step = along - first;
      if (step < 0 || step >= steps) return [];
      let from = Math.max(0, near.from - origin - ASIDE);
      const last = Math.min(size, near.to - origin + ASIDE);
      while (from < last && ink[step * stepAlong + from * across] === 0) from++;
      if (from === last) return [];
      while (from > 0 && ink[step * stepAlong + (from - 1) * across]! > 0) from--;
      let to = from;
      while (to < size && ink[step * stepAlong + to * across]! > 0) to++;
      return to - from <= BROADER * wide + ASIDE ? [runAt(step, from, to)] : [];
    });
  for (let step = 0; step < steps; step++) {
    const places = tracks.map((track) => expected(track, first + step) - origin);
    const taken = new Set<number>();
    for (let from = 0; from < size;) {
      if (ink[step * stepAlong + from * across] === 0) {
        from++;
        continue;
      }
      let to = from;
      while (to < size && ink[step * stepAlong + to * across]! > 0) to++;
      const k = follow(tracks, places, taken, from, to);
      if (to - from <= WIDEST && k >= 0) {
        taken.add(k);
        const track = tracks[k]!;
        track.runs.push(runAt(step, from, to));
        track.total += to - from;
        track.hidden = track.gap = 0;
      } else {
        for (let t = 0; t < tracks.length; t++)
          if (!taken.has(t) && places[t]! >= from - 1 && places[t]! <= to) {
            taken.add(t);
            tracks[t]!.hidden++;
          }
        if (to - from <= WIDEST && k === -1)
          tracks.push({ runs: [runAt(step, from, to)], total: to - from, hidden: 0, gap: 0 });
      }
      from = to;
    }
    const going: Track[] = [];
    tracks.forEach((track, t) => {
      if (t < places.length && !taken.has(t)) track.gap++;
      if (track.gap > GAP || track.hidden > HIDDEN) end(track);
      else going.push(track);
    });
    tracks = going;
  }
  tracks.forEach(end);
  return lines;
}

const centre = ({ from, to }: { from: number; to: number }): number => (from + to) / 2;

// Where a track is expected at a step.
function expected({ runs }: Track, along: number): number {
  const last = runs[runs.length - 1]!;
  const early = runs[Math.max(0, runs.length - RECENT)]!;
  const length = last.along - early.along;
  const slope = length < RECENT / 3 ? 0 : (centre(last) - centre(early)) / length;
  return centre(last) + Math.max(-STEEPEST, Math.min(STEEPEST, slope)) * (along - last.along);
}

// The track that a run goes on with; -1 for none, -2 where it is too wide for the one that is expected there.
function follow(tracks: readonly Track[], places: readonly number[], taken: Set<number>, from: number, to: number) {
  let [best, nearest, wide] = [-1, Infinity, false];
  for (let t = 0; t < places.length; t++) {
    if (taken.has(t)) continue;
    const { total, runs } = tracks[t]!;
    const away = Math.abs((from + to) / 2 - places[t]!);
    if (away > ASTRAY || away >= nearest) continue;
    if (to - from > WIDER * (total / runs.length) + 1) wide = true;
    else [best, nearest] = [t, away];
  }
  return best < 0 && wide ? -2 : best;
}

function lineOf({ runs }: Track, down: boolean, least: number): Omit<Line, 'further'> | undefined {
  const [first, last] = [runs[0]!, runs[runs.length - 1]!];
  const length = last.along - first.along + 1;
  if (length < least || runs.length < SEEN * length) return undefined;
  // Straight: nowhere far from the line between its ends.
  const slope = (centre(last) - centre(first)) / Math.max(1, length - 1);
  const bend = Math.min(0.6 + 0.025 * length, 1.5 + 0.015 * length);
  if (Math.abs(slope) > STEEPEST) return undefined;
  if (runs.some((run) => Math.abs(centre(run) - centre(first) - slope * (run.along - first.along)) > bend))
    return undefined;
  // What is wider or stronger than the line is what crosses it, or runs along it.
  const width = medianOf(runs, ({ from, to }) => to - from);
  const mass = medianOf(runs, (run) => run.mass);
  const alone = runs.filter((run) => run.to - run.from <= BROADER * width + 0.5 && run.mass <= STRONGER * mass);
  if (alone.length < SEEN * length) return undefined;
  const middle = runs.reduce((sum, run) => sum + centre(run), 0) / runs.length;
  return { down, middle, start: first.along, end: last.along + 1, width, mass, runs: alone };
}

function medianOf(runs: readonly Run[], of: (run: Run) => number): number {
  return runs.map(of).sort((a, b) => a - b)[runs.length >> 1]!;
}
