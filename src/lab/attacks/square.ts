// Owns the Square attack: random search over square patches of noise, told by outputs alone. It must not ask for
// gradients.
import { setImmediate } from 'node:timers/promises';
import type { Random } from '../../base/random.js';
import { L_INFINITY_SWEEP, settingsOf, type Attack, type AttackContext } from './attack.js';
import { clip } from './ball.js';
import { startBest, type Best } from './best.js';
import { rankOf, TIER } from './rank.js';
import { CLASSES, PIXELS, SIDE } from '../../types.js';

/** Queries an image: as many as AutoAttack spends (Croce, Hein, 2020, arXiv 2003.01690). */
const DEFAULTS = { queries: 5000 };
/**
 * Share of the pixels that the first squares cover. The authors take 0.3 on undefended MNIST models and 0.8 on the
 * adversarially trained one; 0.8 corrupts as many or more here on either kind of network.
 */
const P_INIT = 0.8;
/**
 * The paper's schedule for 10,000 queries: after so many, p_init is halved once more. Scaled to the queries at hand.
 */
const HALVINGS = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
/** Queries between two looks at the clock's other business (an interrupt, a socket). */
const BREATH = 32;

/**
 * Square attack, L-infinity (Andriushchenko, Croce, Flammarion, Hein, 2020, arXiv 1912.00049): starts from vertical
 * stripes of +-epsilon; each query tries one square of one sign at a random place and keeps it when that helps. The
 * side of the squares follows the paper's schedule.
 *
 * It knows the gate: what it drives down is the distance to the nearest wrong class (`gateObjectiveOf`), whichever
 * class that is at the time, so the target may change on the way; what is wrong already stays wrong (`rankOf`). An
 * image is left alone only when it is accepted and wrong. The first query is the image as it is.
 */
export const square: Attack = {
  name: 'square',
  summary: 'Square attack: random search over squares of +-epsilon until accepted and wrong (arXiv 1912.00049)',
  adversarial: true,
  needs: { victim: 'outputs', gate: true },
  unit: 'L-infinity',
  sweep: L_INFINITY_SWEEP,
  typical: 0.3,
  defaults: DEFAULTS,
  prepare: (context) => ({ perturb: (pixels, labels, start) => run(context, pixels, labels, start) }),
};

/** One image that is still searched. */
interface Search {
  /** Its row in the batch. */
  readonly image: number;
  readonly label: number;
  readonly random: Random;
  /** Of what the search stands on. */
  rank: number;
  /** The square on trial. */
  left: number;
  top: number;
}

async function run(
  context: AttackContext,
  pixels: Float32Array,
  labels: Uint8Array,
  start: number,
): Promise<Float32Array> {
  const { queries } = settingsOf(DEFAULTS, context.settings);
  const search = new Searches(context, pixels, labels, start);
  for (let query = 0; query < queries && search.count > 0; query++) {
    if (query % BREATH === 0) await setImmediate();
    context.signal?.throwIfAborted();
    search.step(query, queries);
  }
  return search.best.pixels;
}

/** The side in pixels of the square tried at `query` (0, 1, ...) of `queries`. */
export function sideAt(query: number, queries: number): number {
  const scaled = Math.floor((query / queries) * 10_000);
  const halvings = HALVINGS.filter((after) => scaled > after).length;
  const side = Math.round(Math.sqrt((P_INIT / 2 ** halvings) * PIXELS));
  return Math.min(Math.max(side, 1), SIDE - 1);
}

/** The searches of a batch. Those that go on lie together in the first `count` rows, so that one query asks for all. */
class Searches {
  readonly best: Best;
  readonly #rows: Search[];
  /** `[n, 784]` by row: the image that stands, with the square on trial in it. */
  readonly #trial: Float32Array;
  /** `[n, 784]` by row: what the square on trial covers. */
  readonly #covered: Float32Array;

  constructor(
    readonly context: AttackContext,
    readonly pixels: Float32Array,
    labels: Uint8Array,
    start: number,
  ) {
    this.best = startBest(pixels);
    this.#trial = pixels.slice();
    this.#covered = new Float32Array(pixels.length);
    this.#rows = Array.from(labels, (label, image) => ({
      image,
      label,
      random: context.random.fork(`square ${start + image}`),
      rank: -Infinity,
      left: 0,
      top: 0,
    }));
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Spends one query on each image that is still searched. */
  step(query: number, queries: number): void {
    const side = query < 2 ? 0 : sideAt(query, queries);
    if (query === 1) this.#rows.forEach((row, at) => this.#stripes(row, at));
    if (query > 1) this.#rows.forEach((row, at) => this.#propose(row, at, side));
    const { victim, accepts } = this.context;
    const outputs = victim.outputs(this.#trial.subarray(0, this.count * PIXELS));
    // From the last row on: a row that leaves is replaced by the last, which has been judged.
    for (let at = this.count - 1; at >= 0; at--) {
      const row = this.#rows[at]!;
      const rank = rankOf(victim.kind, accepts, outputs, at * CLASSES, row.label);
      this.best.offer(row.image, rank, this.#trial, at);
      if (rank > TIER) this.#leave(at);
      else if (rank > row.rank || query < 2) row.rank = rank;
      else this.#takeBack(row, at, side);
    }
  }

  #stripes({ image, random }: Search, at: number): void {
    const { epsilon } = this.context;
    for (let x = 0; x < SIDE; x++) {
      const delta = random.next() < 0.5 ? -epsilon : epsilon;
      for (let p = x; p < PIXELS; p += SIDE)
        this.#trial[at * PIXELS + p] = clip(this.pixels[image * PIXELS + p]! + delta);
    }
  }

  #propose(row: Search, at: number, side: number): void {
    row.left = row.random.int(SIDE - side + 1);
    row.top = row.random.int(SIDE - side + 1);
    const delta = row.random.next() < 0.5 ? -this.context.epsilon : this.context.epsilon;
    this.#cover(row, at, side);
    // A square that is there already tells nothing: its opposite is tried.
    if (!this.#paint(row, at, side, delta)) this.#paint(row, at, side, -delta);
  }

  #cover({ left, top }: Search, at: number, side: number): void {
    for (let y = 0; y < side; y++) {
      const p = at * PIXELS + (top + y) * SIDE + left;
      this.#covered.set(this.#trial.subarray(p, p + side), p);
    }
  }

  #takeBack({ left, top }: Search, at: number, side: number): void {
    for (let y = 0; y < side; y++) {
      const p = at * PIXELS + (top + y) * SIDE + left;
      this.#trial.set(this.#covered.subarray(p, p + side), p);
    }
  }

  #paint({ image, left, top }: Search, at: number, side: number, delta: number): boolean {
    let changed = false;
    for (let y = top; y < top + side; y++) {
      for (let x = left; x < left + side; x++) {
        const p = y * SIDE + x;
        const value = clip(this.pixels[image * PIXELS + p]! + delta);
        if (Math.abs(value - this.#trial[at * PIXELS + p]!) > 1e-7) changed = true;
        this.#trial[at * PIXELS + p] = value;
      }
    }
    return changed;
  }

  #leave(at: number): void {
    const last = this.#rows.pop()!;
    if (at === this.count) return;
    this.#rows[at] = last;
    this.#trial.copyWithin(at * PIXELS, this.count * PIXELS, (this.count + 1) * PIXELS);
  }
}
