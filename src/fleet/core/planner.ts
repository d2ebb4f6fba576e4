// Plans for the whole fleet, on the one worker that is first: it alone knows all cameras and claims, and writes to each
// worker what it is to read. Two at once do no harm: what counts are claims. It must not read a camera itself.
import { z } from 'zod';
import { faultOf, type Broker, type Entry, type Table } from './broker.js';
import { claimIn, type KnownClaim } from './claim.js';
import type { Member } from './membership.js';
import { ordersText, type Orders } from './orders.js';
import { planFleet } from './plan.js';
import { recordIn } from './records.js';
import type { FleetClock, Timing } from './timing.js';

/** What it needs. */
export interface PlannerOptions {
  readonly broker: Pick<Broker, 'cameras' | 'claims' | 'memory' | 'members' | 'orders'>;
  readonly clock: FleetClock;
  readonly timing: Timing;
  /** Those who take part now, by instance. */
  readonly members: () => ReadonlyMap<string, Member>;
  /** When it may plan, by the clock: who has just joined waits for others. */
  readonly notBefore: number;
  /** Whether this worker's lease holds. */
  readonly mayWrite: () => boolean;
}

/** What a camera costs in cores where nothing was measured. */
const GUESS = 0.5;

/** Of the cameras of a worker, the share that is handed on at the same time to even out the load, and no fewer than 2. */
const MOVED_AT_ONCE = 0.1;

/** Milliseconds that a plan waits longer for each camera of the fleet: a quarter of a second for 10,000. */
const SETTLE_A_CAMERA = 0.025;

const weightSchema = z.object({ weight: z.number().positive() });

/** A camera as it was applied. */
interface KnownCamera {
  readonly revision: number;
  readonly weight: number;
}

/** Plans from being made to being stopped. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #cameras = new Map<string, KnownCamera>();
  readonly #claims = new Map<string, KnownClaim>();
  readonly #orders = new Map<string, { readonly text: string; readonly revision: number }>();
  /** The tables whose first values are still to come. */
  readonly #awaited = new Set(['cameras', 'claims', 'orders']);
  readonly #stops: (() => void)[] = [];
  #planned: (() => void) | undefined;
  #changed = true;
  #writing = false;
  #over = false;

  constructor(options: PlannerOptions) {
    this.#options = options;
    const { broker, clock, timing } = options;
    const weightOf = ({ value, revision }: Entry): KnownCamera => ({
      revision,
      weight: recordIn(weightSchema, value)?.weight ?? 1,
    });
    this.#watch('cameras', broker.cameras, this.#cameras, weightOf);
    this.#watch('claims', broker.claims, this.#claims, claimIn);
    this.#watch('orders', broker.orders, this.#orders, ({ value, revision }) => ({ text: value, revision }));
    // What could not be written, as the broker did not answer, is tried again.
    this.#stops.push(
      clock.every(timing.renew, () => this.#soon()),
      clock.every(timing.sweep, () => void this.#sweepTables()),
    );
  }

  /** Something is known that was not: plans in a moment. In a large fleet changes come by the hundred. */
  changed(): void {
    this.#changed = true;
    this.#soon();
  }

  /** Plans no more. Idempotent. */
  stop(): void {
    this.#over = true;
    this.#planned?.();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #soon(): void {
    if (this.#over || this.#planned) return;
    const { clock, timing, notBefore } = this.#options;
    const settle = Math.max(notBefore - clock.now(), timing.settle + SETTLE_A_CAMERA * this.#cameras.size);
    this.#planned = clock.after(settle, () => {
      this.#planned = undefined;
      void this.#act();
    });
  }

  #watch<T>(name: string, table: Table, map: Map<string, T>, read: (entry: Entry) => T | undefined): void {
    const remove = (key: string): void => {
      if (map.delete(key)) this.changed();
    };
    const watching = table.watch({
      put: (entry) => {
        const value = read(entry);
        if (value === undefined) return remove(entry.key);
        map.set(entry.key, value);
        this.changed();
      },
      removed: remove,
      ready: (keys) => {
        for (const key of map.keys()) if (!keys.has(key)) remove(key);
        this.#awaited.delete(name);
        this.changed();
      },
    });
    this.#stops.push(() => watching.stop());
  }

  async #act(): Promise<void> {
    const { mayWrite, members } = this.#options;
    if (this.#over || this.#awaited.size > 0 || !mayWrite()) return;
    if (this.#writing || !this.#changed) return;
    this.#writing = true;
    this.#changed = false;
    const here = members();
    const wanted = this.#wanted(here);
    const written = await Promise.all([...wanted].map(([instance, orders]) => this.#write(instance, orders)));
    const swept = await Promise.all([
      ...[...this.#orders.keys()].map((key) => here.has(key) || this.#remove('orders', key)),
      ...[...this.#claims.keys()].map((key) => this.#cameras.has(key) || this.#sweep(key)),
    ]);
    this.#changed ||= [...written, ...swept].includes(false);
    this.#writing = false;
    if (this.#changed) this.#soon();
  }

  /** What each worker is to read. */
  #wanted(members: ReadonlyMap<string, Member>): Map<string, Map<string, number>> {
    const wanted = new Map([...members.keys()].map((instance) => [instance, new Map<string, number>()]));
    const owners = new Map<string, string>();
    const owned = new Map<string, number>();
    for (const camera of this.#cameras.keys()) {
      const claim = this.#claims.get(camera);
      if (!claim?.held || !members.has(claim.instance)) continue;
      owners.set(camera, claim.instance);
      owned.set(claim.instance, (owned.get(claim.instance) ?? 0) + 1);
    }
    const plan = this.#plan(members, owners);
    const moving = new Map<string, number>();
    for (const [camera, { revision }] of this.#cameras) {
      const owner = owners.get(camera);
      let to = plan.get(camera) ?? owner;
      if (owner !== undefined && to !== owner && !members.get(owner)!.leaving) {
        // A few at a time: each is read twice until it is handed over.
        const now = moving.get(owner) ?? 0;
        if (now >= Math.max(2, Math.floor(MOVED_AT_ONCE * owned.get(owner)!))) to = owner;
        else moving.set(owner, now + 1);
      }
      if (to !== undefined) wanted.get(to)?.set(camera, revision);
    }
    return wanted;
  }

  /** @param owners By camera, those who have it and live. */
  #plan(members: ReadonlyMap<string, Member>, owners: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const workers = [...members].filter(([, { leaving }]) => !leaving).map(([id, { capacity }]) => ({ id, capacity }));
    const unit = this.#costOfWeight();
    const cameras = [...this.#cameras].map(([id, { weight }]) => {
      const claim = this.#claims.get(id);
      return {
        id,
        cost: claim?.cost ?? weight * unit,
        owner: owners.get(id) ?? (claim?.held ? undefined : claim?.next),
      };
    });
    return planFleet(cameras, workers);
  }

  /** Cores that a weight of 1 stands for, by the cameras that were measured. */
  #costOfWeight(): number {
    let [cost, weight] = [0, 0];
    for (const [camera, claim] of this.#claims) {
      const known = this.#cameras.get(camera);
      if (claim.cost === undefined || !known) continue;
      cost += claim.cost;
      weight += known.weight;
    }
    return weight > 0 ? cost / weight : GUESS;
  }

  /** Whether the broker has these orders. */
  async #write(instance: string, orders: Orders): Promise<boolean> {
    const known = this.#orders.get(instance);
    const text = ordersText(orders);
    if (known?.text === text) return true;
    return await this.#done(async () => {
      const table = this.#options.broker.orders;
      const revision = await (known ? table.update(instance, text, known.revision) : table.create(instance, text));
      if (revision === undefined) return false;
      if ((this.#orders.get(instance)?.revision ?? 0) < revision) this.#orders.set(instance, { text, revision });
      return true;
    });
  }

  async #remove(name: 'orders' | 'claims' | 'memory', key: string): Promise<boolean> {
    return await this.#done(async () => {
      const table = this.#options.broker[name];
      const entry = await table.get(key);
      return entry === undefined || (await table.remove(key, entry.revision));
    });
  }

  /** Forgets a camera that is in the fleet no more, and that nobody has. */
  async #sweep(camera: string): Promise<boolean> {
    const claim = this.#claims.get(camera);
    if (claim?.held && this.#options.members().has(claim.instance)) return true;
    return (await this.#remove('memory', camera)) && (await this.#remove('claims', camera));
  }

  /** Each life of a worker has keys of its own, of which the broker keeps that they were removed. */
  async #sweepTables(): Promise<void> {
    const { broker, timing } = this.#options;
    for (const table of [broker.members, broker.orders])
      await this.#done(async () => {
        await table.sweep(timing.sweep);
        return true;
      });
  }

  async #done(work: () => Promise<boolean>): Promise<boolean> {
    try {
      return !this.#over && (await work());
    } catch (error) {
      if (faultOf(error) === undefined) throw error;
      return false;
    }
  }
}
