// Which worker reads which camera: fair by cost and capacity, and nothing moves that needs not. A pure function, so that
// all workers who know the same come to the same; it takes O(n log n).

/** A camera to be read. */
export interface PlannedCamera {
  readonly id: string;
  /** What reading it costs, > 0, in the unit of all cameras. */
  readonly cost: number;
  /** Who has it, or is to get it next. Absent, or not among the workers: nobody. */
  readonly owner?: string | undefined;
}

/** A worker that takes part. */
export interface PlannedWorker {
  readonly id: string;
  /** How much it can do, > 0, compared with others. */
  readonly capacity: number;
}

/** Steps in which a plan may even out the load, at most, for each camera. */
const MOVES_A_CAMERA = 10;

/** A move has to make the fuller one of two workers emptier by this share of a worker's fair part, at least. */
const WORTH_MOVING = 0.05;

interface Load extends PlannedWorker {
  cost: number;
  /** Its cameras, the cheapest first. */
  readonly cameras: PlannedCamera[];
}

/**
 * The worker of each camera, by the camera's id; none where there are no workers. Cameras stay where they are, those of
 * nobody go to who has least to do, and then some move from who has most to who has least, as long as that is worth it.
 */
export function planFleet(
  cameras: readonly PlannedCamera[],
  workers: readonly PlannedWorker[],
): ReadonlyMap<string, string> {
  const plan = new Map<string, string>();
  if (workers.length === 0) return plan;
  const loads = new Map<string, Load>();
  for (const worker of [...workers].sort(byId)) loads.set(worker.id, { ...worker, cost: 0, cameras: [] });
  const orphans: PlannedCamera[] = [];
  for (const camera of [...cameras].sort((a, b) => a.cost - b.cost || byId(a, b))) {
    const load = camera.owner === undefined ? undefined : loads.get(camera.owner);
    if (load) give(load, camera, plan);
    else orphans.push(camera);
  }
  const emptiest = new Heap([...loads.values()], (a, b) => share(a) - share(b) || byId(a, b));
  // The dearest first: the small ones then even out what is left.
  for (const camera of orphans.reverse()) emptiest.withFirst((load) => give(load, camera, plan));
  for (const load of loads.values()) load.cameras.sort((a, b) => a.cost - b.cost || byId(a, b));
  even([...loads.values()], plan);
  return plan;
}

function give(load: Load, camera: PlannedCamera, plan: Map<string, string>): void {
  load.cost += camera.cost;
  load.cameras.push(camera);
  plan.set(camera.id, load.id);
}

/** Moves cameras from the fullest to the emptiest. */
function even(loads: readonly Load[], plan: Map<string, string>): void {
  const all = loads.reduce((sum, { cost }) => sum + cost, 0);
  const fair = all / loads.reduce((sum, { capacity }) => sum + capacity, 0);
  const worth = WORTH_MOVING * fair;
  const full = new Heap([...loads], (a, b) => share(b) - share(a) || byId(a, b));
  const empty = new Heap([...loads], (a, b) => share(a) - share(b) || b.capacity - a.capacity || byId(a, b));
  // Each move makes the fullest emptier, so there is an end; a camera that goes on from hand to hand is moved once.
  const most = MOVES_A_CAMERA * loads.reduce((sum, { cameras }) => sum + cameras.length, 0);
  for (let moves = 0; moves < most; moves++) {
    const [from, to] = [full.first, empty.first];
    if (from === to) return;
    // Whoever gets it must not be as full then as the other was.
    const room = (share(from) - share(to) - worth) * to.capacity;
    const at = dearestBelow(from.cameras, room);
    const camera = from.cameras[at];
    if (!camera) return;
    from.cameras.splice(at, 1);
    from.cost -= camera.cost;
    to.cost += camera.cost;
    to.cameras.splice(dearestBelow(to.cameras, camera.cost) + 1, 0, camera);
    plan.set(camera.id, to.id);
    for (const heap of [full, empty]) for (const load of [from, to]) heap.moved(load);
  }
}

/** Index of the dearest camera that costs less than `room`; -1: none does. They are sorted by cost. */
function dearestBelow(cameras: readonly PlannedCamera[], room: number): number {
  let [low, high] = [0, cameras.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cameras[middle]!.cost < room) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function share({ cost, capacity }: Load): number {
  return cost / capacity;
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** A binary heap whose items know their place, so that one that has changed is put right in O(log n). */
class Heap<T> {
  readonly #items: T[];
  readonly #places = new Map<T, number>();
  readonly #compare: (a: T, b: T) => number;

  constructor(items: T[], compare: (a: T, b: T) => number) {
    this.#compare = compare;
    this.#items = items.sort(compare);
    items.forEach((item, k) => this.#places.set(item, k));
  }

  /** The first by the comparison. There is one. */
  get first(): T {
    return this.#items[0]!;
  }

  /** Changes the first, and puts it where it belongs then. */
  withFirst(change: (item: T) => void): void {
    const { first } = this;
    change(first);
    this.moved(first);
  }

  /** An item has changed. */
  moved(item: T): void {
    let at = this.#places.get(item)!;
    for (let up = (at - 1) >> 1; at > 0 && this.#before(at, up); up = (at - 1) >> 1) at = this.#swap(at, up);
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = right < this.#items.length && this.#before(right, left) ? right : left;
      if (least >= this.#items.length || !this.#before(least, at)) return;
      at = this.#swap(at, least);
    }
  }

  #before(a: number, b: number): boolean {
    return this.#compare(this.#items[a]!, this.#items[b]!) < 0;
  }

  #swap(a: number, b: number): number {
    const [x, y] = [this.#items[a]!, this.#items[b]!];
    [this.#items[a], this.#items[b]] = [y, x];
    this.#places.set(x, b).set(y, a);
    return b;
  }
}
