// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.

/** Components of one labelling, as parallel arrays indexed by component; valid until the next labelling. */
export interface Components {
  count: number;
  left: Int32Array;
  top: Int32Array;
  /** Exclusive. */
  right: Int32Array;
  /** Exclusive. */
  bottom: Int32Array;
  /** Pixels. */
  area: Int32Array;
  /** Sum of the map over the component's pixels. */
  sum: Float64Array;
  /** Length of the outline in pixel edges, holes included. */
  perimeter: Int32Array;
  /** Number of holes. */
  holes: Int32Array;
  /** First run of each component; follow `next` (-1 ends). */
  first: Int32Array;
  runs: Runs;
}

/** Horizontal runs of pixels above the threshold. */
export interface Runs {
  count: number;
  y: Int32Array;
  start: Int32Array;
  /** Exclusive. */
  end: Int32Array;
  next: Int32Array;
}

/** Labels 8-connected components of the pixels whose value is above a threshold. */
export interface Labeller {
  /** @param strongest the largest value of the map in each block of {@link BLOCK} pixels of a row, from {@link blockMaxima}; default: worked out */
  label(map: Uint8Array, width: number, height: number, threshold: number, strongest?: Uint8Array): Components;
}

/** Pixels of a row that are skipped at once when none of them is above the threshold. */
export const BLOCK = 32;

/** The largest value in each block of a row: `[height, ceil(width / BLOCK)]`, written to `out` where it is long enough. */
export function blockMaxima(map: Uint8Array, width: number, height: number, out?: Uint8Array): Uint8Array {
  const columns = Math.ceil(width / BLOCK);
  const maxima = out && out.length >= columns * height ? out : new Uint8Array(columns * height);
  for (let y = 0, b = 0; y < height; y++) {
    for (let x = 0; x < width; x += BLOCK, b++) {
      const end = y * width + Math.min(width, x + BLOCK);
      let most = 0;
      for (let p = y * width + x; p < end; p++) if (map[p]! > most) most = map[p]!;
      maxima[b] = most;
    }
  }
  return maxima;
}

/**
 * A labeller that keeps its buffers.
 * @param maxRuns at most this many runs are kept; the rows below are then left out (a frame of pure noise), default 1 << 18
 */
export function createLabeller(maxRuns = 1 << 18): Labeller {
  const int = () => new Int32Array(maxRuns);
  const runs: Runs = { count: 0, y: int(), start: int(), end: int(), next: int() };
  const parent = int();
  const sums = new Float64Array(maxRuns);
  const overlap = int();
  const links = int();
  const result: Components = {
    count: 0, left: int(), top: int(), right: int(), bottom: int(), area: int(), sum: new Float64Array(maxRuns),
    perimeter: int(), holes: int(), first: int(), runs,
  };
  const index = int();

  function find(run: number): number {
    let root = run;
    while (parent[root]! !== root) root = parent[root]!;
    while (parent[run]! !== root) {
      const up = parent[run]!;
      parent[run] = root;
      run = up;
    }
    return root;
  }

  function scanRow(map: Uint8Array, width: number, y: number, threshold: number, strongest: Uint8Array): void {
    const columns = Math.ceil(width / BLOCK);
    const offset = y * width;
    const end = offset + width;
    let p = offset;
    for (let block = 0; block < columns; block++) {
      if (strongest[y * columns + block]! <= threshold) continue;
      const blockEnd = Math.min(end, offset + (block + 1) * BLOCK);
      // A run may have gone beyond the end of its block.
      p = Math.max(p, offset + block * BLOCK);
      for (;;) {
        while (p < blockEnd && map[p]! <= threshold) p++;
        if (p >= blockEnd) break;
        if (runs.count === maxRuns) return;
        const start = p;
        let sum = 0;
        while (p < end && map[p]! > threshold) sum += map[p++]!;
        open(y, start - offset, p - offset, sum);
      }
    }
  }

  function open(y: number, start: number, stop: number, sum: number): void {
    const run = runs.count++;
    runs.y[run] = y;
    runs.start[run] = start;
    runs.end[run] = stop;
    parent[run] = run;
    sums[run] = sum;
    overlap[run] = 0;
    links[run] = 0;
  }

  // Joins runs of this row (from `here`) with those of the row above (from `above`): both lists are sorted by x.
  function join(above: number, here: number): void {
    let [a, b] = [above, here];
    while (a < here && b < runs.count) {
      if (runs.start[a]! <= runs.end[b]! && runs.start[b]! <= runs.end[a]!) {
        const [ra, rb] = [find(a), find(b)];
        if (ra < rb) parent[rb] = ra;
        else if (rb < ra) parent[ra] = rb;
        links[b]!++;
        overlap[b]! += Math.max(0, Math.min(runs.end[a]!, runs.end[b]!) - Math.max(runs.start[a]!, runs.start[b]!));
      }
      if (runs.end[a]! <= runs.end[b]!) a++;
      else b++;
    }
  }

  function begin(run: number): number {
    const c = result.count++;
    result.left[c] = runs.start[run]!;
    result.top[c] = runs.y[run]!;
    result.right[c] = 0;
    result.area[c] = 0;
    result.sum[c] = 0;
    result.perimeter[c] = 0;
    result.holes[c] = 1;
    result.first[c] = -1;
    return c;
  }

  function gather(): void {
    result.count = 0;
    for (let run = 0; run < runs.count; run++) {
      const root = find(run);
      if (root === run) index[run] = begin(run);
      const c = index[root]!;
      const length = runs.end[run]! - runs.start[run]!;
      if (runs.start[run]! < result.left[c]!) result.left[c] = runs.start[run]!;
      if (runs.end[run]! > result.right[c]!) result.right[c] = runs.end[run]!;
      result.bottom[c] = runs.y[run]! + 1;
      result.area[c]! += length;
      result.sum[c]! += sums[run]!;
      result.perimeter[c]! += 2 + 2 * (length - overlap[run]!);
      // Runs are nodes and touching pairs are edges of a planar graph: its independent cycles are the holes.
      result.holes[c]! += links[run]! - 1;
      runs.next[run] = result.first[c]!;
      result.first[c] = run;
    }
  }

  return {
    label(map, width, height, threshold, strongest = blockMaxima(map, width, height)) {
      runs.count = 0;
      for (let y = 0, above = 0; y < height && runs.count < maxRuns; y++) {
        const here = runs.count;
        scanRow(map, width, y, threshold, strongest);
        if (above < here && runs.y[above]! === y - 1) join(above, here);
        above = here;
      }
      gather();
      return result;
    },
  };
}
