// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.

/** Components of one labelling, as parallel arrays indexed by component, in the order of their first rows; valid until the next labelling. */
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
  /** Largest value of the map in the run. */
  peak: Uint8Array;
}

/** Labels 8-connected components of the pixels whose value is above a threshold. */
export interface Labeller {
  /** @param narrower the map is that of the call before and the threshold is no lower: only what was found then is searched; default false */
  label(map: Uint8Array, width: number, height: number, threshold: number, narrower?: boolean): Components;
}

/**
 * A labeller that keeps its buffers.
 * @param maxRuns at most this many runs are kept; the rows below are then left out (a frame of pure noise), default 1 << 18
 */
export function createLabeller(maxRuns = 1 << 18): Labeller {
  const int = () => new Int32Array(maxRuns);
  const next = int();
  const createRuns = (): Runs => ({ count: 0, y: int(), start: int(), end: int(), next, peak: new Uint8Array(maxRuns) });
  let runs = createRuns();
  let wider = createRuns();
  const [parent, sums, overlap, links, index] = [int(), int(), int(), int(), int()];
  const result: Components = {
    count: 0, left: int(), top: int(), right: int(), bottom: int(), area: int(), sum: new Float64Array(maxRuns),
    perimeter: int(), holes: int(), first: int(), runs,
  };

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

  // The whole frame as runs to search in: one a row.
  function openAll(width: number, height: number): void {
    wider.count = Math.min(height, maxRuns);
    for (let y = 0; y < wider.count; y++) {
      wider.y[y] = y;
      wider.start[y] = 0;
      wider.end[y] = width;
      wider.peak[y] = 255;
    }
  }

  // Finds the runs above the threshold within the wider ones.
  function scan(map: Uint8Array, width: number, threshold: number): void {
    const { y, start, end, peak } = runs;
    const { count: searched, y: rows, start: starts, end: ends, peak: peaks } = wider;
    let count = 0;
    for (let k = 0; k < searched && count < maxRuns; k++) {
      if (peaks[k]! <= threshold) continue;
      const row = rows[k]! * width;
      const stop = row + ends[k]!;
      for (let p = row + starts[k]!; p < stop; p++) {
        if (map[p]! <= threshold) continue;
        if (count === maxRuns) break;
        y[count] = rows[k]!;
        start[count] = p - row;
        let sum = 0;
        let most = 0;
        for (; p < stop; p++) {
          const value = map[p]!;
          if (value <= threshold) break;
          sum += value;
          if (value > most) most = value;
        }
        end[count] = p - row;
        sums[count] = sum;
        peak[count++] = most;
      }
    }
    runs.count = count;
  }

  function joinRows(): void {
    const { count, y } = runs;
    for (let run = 0; run < count; run++) parent[run] = run;
    overlap.fill(0, 0, count);
    links.fill(0, 0, count);
    for (let above = 0, here = 0; here < count;) {
      let end = here + 1;
      while (end < count && y[end] === y[here]) end++;
      if (above < here && y[above] === y[here]! - 1) join(above, here, end);
      above = here;
      here = end;
    }
  }

  // Joins the runs of a row (from `here`) with those of the row above (from `above`): both lists are sorted by x.
  function join(above: number, here: number, stop: number): void {
    const { start, end } = runs;
    for (let a = above, b = here; a < here && b < stop;) {
      const from = Math.max(start[a]!, start[b]!);
      const to = Math.min(end[a]!, end[b]!);
      if (from <= to) {
        const ra = find(a);
        const rb = find(b);
        if (ra < rb) parent[rb] = ra;
        else if (rb < ra) parent[ra] = rb;
        links[b]!++;
        overlap[b]! += to - from;
      }
      if (end[a]! <= end[b]!) a++;
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
    const { left, right, bottom, area, sum, perimeter, holes, first } = result;
    const { count, y, start, end } = runs;
    result.count = 0;
    for (let run = 0; run < count; run++) {
      const root = find(run);
      if (root === run) index[run] = begin(run);
      const c = index[root]!;
      const length = end[run]! - start[run]!;
      if (start[run]! < left[c]!) left[c] = start[run]!;
      if (end[run]! > right[c]!) right[c] = end[run]!;
      bottom[c] = y[run]! + 1;
      area[c]! += length;
      sum[c]! += sums[run]!;
      perimeter[c]! += 2 + 2 * (length - overlap[run]!);
      // Runs are nodes and touching pairs are edges of a planar graph: its independent cycles are the holes.
      holes[c]! += links[run]! - 1;
      next[run] = first[c]!;
      first[c] = run;
    }
  }

  return {
    label(map, width, height, threshold, narrower = false) {
      [runs, wider] = [wider, runs];
      result.runs = runs;
      // What was left out before is not known to be empty now.
      if (!narrower || wider.count === maxRuns) openAll(width, height);
      scan(map, width, threshold);
      joinRows();
      gather();
      return result;
    },
  };
}
