// One worker of a fleet: it takes part, works out which cameras are its own, takes them, and lets them go. One life
// after another: a worker that was taken for dead begins anew. It must not know the broker, nor how a camera is read.
import { z } from 'zod';
import { faultOf, type Broker, type BrokerFault, type Entry, type LogName, type Table } from './broker.js';
import { claimIn, claimText, type Claim, type KnownClaim } from './claim.js';
import { Hold } from './hold.js';
import { Membership } from './membership.js';
import type { OutboxLimits } from './outbox.js';
import { planFleet } from './plan.js';
import { recordIn } from './records.js';
import type { Runner } from './runner.js';
import { pause, TIMING, type FleetClock, type Timing } from './timing.js';

/** What a worker needs. */
export interface WorkerOptions {
  readonly broker: Broker;
  readonly clock: FleetClock;
  readonly runner: Runner;
  /** Its name, for people; several may have the same. */
  readonly name: string;
  /** How much it can do, > 0, compared with others. */
  readonly capacity: number;
  /** Gives a name that no other worker ever had; without colons. */
  readonly newInstance: () => string;
  /** Says lines to people, ending in a newline. */
  readonly say: (text: string) => void;
  readonly timing?: Timing;
  readonly outbox?: OutboxLimits;
  /** Told of each record that the broker has. */
  readonly stored?: (camera: string, log: LogName, id: string, sequence: number, text: string) => void;
}

/** What a camera costs in cores where nothing was measured. */
const GUESS = 0.5;

/** Costs are told in steps of this factor, so that what changes little moves nothing. */
const COST_STEP = 1.25;

/** Of the cameras of a worker, the share that is handed on at the same time to even out the load, and no fewer than 1. */
const MOVED_AT_ONCE = 0.1;

/** Milliseconds that a plan waits longer for each camera of the fleet: a quarter of a second for 10,000. */
const SETTLE_A_CAMERA = 0.025;

const weightSchema = z.object({ weight: z.number().positive() });

/** A camera of the fleet, as one worker sees it. */
export interface CameraFigures {
  readonly id: string;
  /** Whether this worker has it. */
  readonly owned: boolean;
  /** Messages that wait to be stored, where it has it. */
  readonly waiting: number | undefined;
  /** Messages that this worker has dropped, by log, since it began; undefined where it neither did nor has it. */
  readonly dropped: Readonly<Record<LogName, number>> | undefined;
}

/** What a worker has counted since it began. */
export interface WorkerFigures {
  /** Cameras that were lost to another worker. */
  readonly fenced: number;
  /** Times that this worker was taken for dead. */
  readonly deaths: number;
  /** Cameras that were taken over from a dead worker. */
  readonly takeovers: number;
  /** Every camera of the fleet, by its name. */
  readonly cameras: readonly CameraFigures[];
}

/** One worker. */
export class FleetWorker {
  readonly #options: WorkerOptions;
  #life: Life | undefined;
  #draining = false;
  #fenced = 0;
  #deaths = 0;
  #takeovers = 0;
  /** Messages that were dropped, of cameras that are in the fleet. */
  readonly #dropped = new Map<string, Record<LogName, number>>();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Begins. */
  start(): void {
    this.#live();
  }

  /** Its cameras now. */
  get cameras(): readonly string[] {
    return this.#life?.cameras ?? [];
  }

  /** What it has counted. */
  get figures(): WorkerFigures {
    const cameras = [...(this.#life?.known ?? [])].sort().map((id) => {
      const hold = this.#life?.holdOf(id);
      const dropped = this.#dropped.get(id) ?? (hold && { predictions: 0, readings: 0 });
      return { id, owned: hold !== undefined, waiting: hold?.waiting, dropped };
    });
    return { fenced: this.#fenced, deaths: this.#deaths, takeovers: this.#takeovers, cameras };
  }

  /** Whether the broker knows this worker. */
  get joined(): boolean {
    return this.#life?.joined ?? false;
  }

  /** Hands all cameras on and ends. Idempotent as to its effect. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#life?.drain();
    this.#life = undefined;
  }

  #live(): void {
    if (this.#draining) return;
    const { say, clock, timing = TIMING } = this.#options;
    const life: Life = new Life(this.#options, this.#options.newInstance(), {
      fenced: () => this.#fenced++,
      tookOver: () => this.#takeovers++,
      dropped: (camera, log, messages) => this.#count(camera, log, messages),
      lost: (why) => {
        this.#deaths++;
        const lost = life.abandon();
        const gone = lost > 0 ? `; ${lost} messages that were not stored are gone` : '';
        say(`fleet: gave up all cameras, as ${why}${gone}; it begins anew\n`);
        void pause(clock, timing.retry).then(() => this.#life === life && this.#live());
      },
    });
    this.#life = life;
    life.start();
  }

  #count(camera: string, log: LogName, messages: number): void {
    let counted = this.#dropped.get(camera);
    if (!counted) {
      // Those that were taken out of the fleet are forgotten, or this would grow with all that ever were in it.
      const known = new Set(this.#life?.known);
      for (const id of this.#dropped.keys()) if (!known.has(id)) this.#dropped.delete(id);
      this.#dropped.set(camera, (counted = { predictions: 0, readings: 0 }));
    }
    counted[log] += messages;
  }
}

/** A camera as it was applied. */
interface KnownCamera {
  readonly record: string;
  readonly weight: number;
}

interface LifeEvents {
  readonly fenced: () => void;
  /** A camera was taken from a worker that had died. */
  readonly tookOver: () => void;
  readonly dropped: (camera: string, log: LogName, messages: number) => void;
  readonly lost: (why: string) => void;
}

/** From joining to the end, or to being taken for dead. */
class Life {
  readonly #options: WorkerOptions;
  readonly #events: LifeEvents;
  readonly #timing: Timing;
  readonly #instance: string;
  readonly #membership: Membership;
  readonly #cameras = new Map<string, KnownCamera>();
  readonly #claims = new Map<string, KnownClaim>();
  readonly #holds = new Map<string, Hold>();
  /** Cameras about which the broker is being asked, or that are being let go. */
  readonly #busy = new Set<string>();
  readonly #stops: (() => void)[] = [];
  /** The tables whose first values are still to come. */
  readonly #awaited = new Set(['cameras', 'claims', 'members']);
  #planned: (() => void) | undefined;
  /** The plan, as long as nothing has changed. */
  #known: ReadonlyMap<string, string> | undefined;
  #leaving = false;
  #over = false;
  #holdsMade = 0;
  #trouble: BrokerFault | undefined;

  constructor(options: WorkerOptions, instance: string, events: LifeEvents) {
    this.#options = options;
    this.#events = events;
    this.#timing = options.timing ?? TIMING;
    this.#instance = instance;
    const { broker, clock, name, capacity } = options;
    this.#membership = new Membership({
      broker,
      clock,
      timing: this.#timing,
      instance,
      member: { name, capacity, leaving: false, since: new Date(clock.wall()).toISOString() },
      changed: () => {
        this.#awaited.delete('members');
        this.#replan();
      },
      lost: (why) => events.lost(why),
      trouble: (fault, message) => this.#troubled(fault, message),
    });
  }

  get cameras(): readonly string[] {
    return [...this.#holds.keys()].sort();
  }

  get joined(): boolean {
    return this.#membership.joined;
  }

  /** The cameras of the fleet. */
  get known(): Iterable<string> {
    return this.#cameras.keys();
  }

  /** A camera in this worker's hands. */
  holdOf(camera: string): Pick<Hold, 'waiting'> | undefined {
    return this.#holds.get(camera);
  }

  start(): void {
    const { broker, clock } = this.#options;
    this.#watch('cameras', broker.cameras, this.#cameras, ({ value }) => ({
      record: value,
      weight: recordIn(weightSchema, value)?.weight ?? 1,
    }));
    this.#watch('claims', broker.claims, this.#claims, claimIn);
    this.#membership.start();
    // What could not be done, as the broker did not answer, is tried again.
    this.#stops.push(
      clock.every(this.#timing.renew, () => {
        this.#actSoon();
        for (const hold of this.#holds.values()) hold.tick();
      }),
    );
  }

  /** Lets everything go at once. The number of messages that are lost. */
  abandon(): number {
    this.#close();
    const lost = [...this.#holds.values()].reduce((sum, hold) => sum + hold.abandon(), 0);
    this.#holds.clear();
    return lost;
  }

  async drain(): Promise<void> {
    this.#leaving = true;
    await this.#membership.leaving();
    const plan = this.#plan();
    await Promise.all([...this.#holds.keys()].map((camera) => this.#release(camera, plan.get(camera))));
    await this.#membership.leave();
    this.abandon();
  }

  #close(): void {
    this.#over = true;
    this.#membership.stop();
    this.#planned?.();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #watch<T>(name: string, table: Table, map: Map<string, T>, read: (entry: Entry) => T | undefined): void {
    const remove = (key: string): void => {
      if (map.delete(key)) this.#replan();
    };
    const watching = table.watch({
      put: (entry) => {
        const value = read(entry);
        if (value === undefined) return remove(entry.key);
        map.set(entry.key, value);
        this.#replan();
      },
      removed: remove,
      ready: (keys) => {
        for (const key of map.keys()) if (!keys.has(key)) remove(key);
        this.#awaited.delete(name);
        this.#replan();
      },
    });
    this.#stops.push(() => watching.stop());
  }

  /** Something is known that was not: works out, in a moment, what follows from it. */
  #replan(): void {
    this.#known = undefined;
    this.#actSoon();
  }

  /** Does, in a moment, what the plan says. In a large fleet changes come by the hundred, and a plan takes its time. */
  #actSoon(): void {
    if (this.#over || this.#planned) return;
    const settle = this.#timing.settle + SETTLE_A_CAMERA * this.#cameras.size;
    this.#planned = this.#options.clock.after(settle, () => {
      this.#planned = undefined;
      this.#act();
    });
  }

  #act(): void {
    if (this.#over || this.#leaving || this.#awaited.size > 0) return;
    if (!this.#membership.mayWrite || !this.#membership.has(this.#instance)) return;
    const plan = (this.#known ??= this.#plan());
    let moving = this.#busy.size;
    const atOnce = Math.max(1, Math.floor(MOVED_AT_ONCE * this.#holds.size));
    for (const [camera, { record }] of this.#cameras) {
      if (this.#busy.has(camera)) continue;
      const claim = this.#claims.get(camera);
      const mine = claim?.held && claim.instance === this.#instance;
      const wanted = plan.get(camera);
      if (mine) {
        const hold = this.#holds.get(camera);
        if (!hold) this.#hold(camera, claim);
        else if (wanted !== this.#instance && moving < atOnce) {
          moving++;
          void this.#release(camera, wanted);
        } else void hold.change(record);
      } else if (wanted === this.#instance && !this.#ownerOf(claim)) void this.#claim(camera, claim);
    }
    for (const camera of this.#holds.keys()) if (!this.#cameras.has(camera)) void this.#drop(camera);
  }

  /** Who has the camera; undefined where nobody does that lives. */
  #ownerOf(claim: Claim | undefined): string | undefined {
    return claim?.held && this.#membership.has(claim.instance) ? claim.instance : undefined;
  }

  #plan(): ReadonlyMap<string, string> {
    const workers = [...this.#membership.members]
      .filter(([instance, { leaving }]) => !leaving && !(this.#leaving && instance === this.#instance))
      .map(([id, { capacity }]) => ({ id, capacity }));
    const unit = this.#costOfWeight();
    const cameras = [...this.#cameras].map(([id, { weight }]) => {
      const claim = this.#claims.get(id);
      const owner = this.#ownerOf(claim) ?? (claim?.held ? undefined : claim?.next);
      return { id, cost: claim?.cost ?? weight * unit, owner };
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

  async #claim(camera: string, before: KnownClaim | undefined): Promise<void> {
    const { clock, name } = this.#options;
    const died = before?.held === true;
    await this.#exclusively(camera, async () => {
      const value = claimText({
        instance: this.#instance,
        worker: name,
        held: true,
        cost: before?.cost,
        identity: before?.identity,
        takeovers: (before?.takeovers ?? 0) + (died ? 1 : 0),
        since: new Date(clock.wall()).toISOString(),
      });
      const { claims } = this.#options.broker;
      const revision = await (before ? claims.update(camera, value, before.revision) : claims.create(camera, value));
      if (revision === undefined || this.#over) return;
      const claim = claimIn({ value, revision })!;
      if ((this.#claims.get(camera)?.revision ?? 0) < revision) this.#claims.set(camera, claim);
      if (died) this.#events.tookOver();
      if (!this.#leaving) this.#hold(camera, claim);
    });
  }

  #hold(camera: string, { takeovers }: Claim): void {
    const { broker, clock, runner, name, say, outbox, stored } = this.#options;
    const known = this.#cameras.get(camera);
    if (!known || this.#holds.has(camera)) return;
    const hold: Hold = new Hold({
      broker,
      clock,
      timing: this.#timing,
      runner,
      camera,
      record: known.record,
      owner: `${this.#instance}.${++this.#holdsMade}`,
      about: { worker: name, takeovers },
      mayWrite: () => this.#membership.mayWrite,
      owned: async () => this.#isMine(await broker.claims.get(camera)),
      lost: (why) => {
        if (this.#holds.get(camera) !== hold) return;
        this.#holds.delete(camera);
        this.#events.fenced();
        say(`camera ${camera} is lost: ${why}\n`);
        this.#replan();
      },
      cost: (cores) => this.#measured(camera, cores),
      identified: (identity) => this.#identified(camera, identity),
      say,
      outbox,
      dropped: (log, messages) => this.#events.dropped(camera, log, messages),
      stored: stored && ((log, id, sequence, text) => stored(camera, log, id, sequence, text)),
    });
    this.#holds.set(camera, hold);
    void hold.start();
  }

  #isMine(entry: Entry | undefined): boolean {
    const claim = entry && claimIn(entry);
    return claim !== undefined && claim.held && claim.instance === this.#instance;
  }

  /** Lets a camera go, to `next` where there is one. */
  async #release(camera: string, next: string | undefined): Promise<void> {
    await this.#exclusively(camera, async () => {
      const hold = this.#holds.get(camera);
      await hold?.release();
      this.#holds.delete(camera);
      await this.#rewrite(camera, (claim) => ({ ...claim, held: false, next }));
    });
  }

  /** The camera was taken out of the fleet. */
  async #drop(camera: string): Promise<void> {
    if (this.#busy.has(camera)) return;
    await this.#exclusively(camera, async () => {
      await this.#holds.get(camera)?.release();
      this.#holds.delete(camera);
      const { claims, memory } = this.#options.broker;
      for (const table of [claims, memory]) {
        const entry = await table.get(camera);
        if (entry) await table.remove(camera, entry.revision);
      }
    });
  }

  /** Changes this worker's own claim, unless it is another's meanwhile. */
  async #rewrite(camera: string, change: (claim: Claim) => Claim): Promise<void> {
    const { claims } = this.#options.broker;
    for (let attempt = 0; attempt < 5; attempt++) {
      const entry = await claims.get(camera);
      const claim = entry && claimIn(entry);
      if (!claim || !this.#isMine(entry)) return;
      if ((await claims.update(camera, claimText(change(claim)), claim.revision)) !== undefined) return;
    }
  }

  #measured(camera: string, cores: number): void {
    const claim = this.#claims.get(camera);
    const cost = Number(
      (COST_STEP ** Math.round(Math.log(Math.max(cores, 0.01)) / Math.log(COST_STEP))).toPrecision(3),
    );
    // A step to and fro is no change.
    const known = claim?.cost;
    if (!claim || (known !== undefined && Math.max(cost / known, known / cost) < COST_STEP ** 1.5)) return;
    if (this.#busy.has(camera) || this.#leaving) return;
    void this.#exclusively(camera, () => this.#rewrite(camera, (own) => ({ ...own, cost })));
  }

  /** Kept for gateways: what greets a client of a camera that nobody reads just now. */
  #identified(camera: string, identity: Readonly<Record<string, unknown>>): void {
    const claim = this.#claims.get(camera);
    if (!claim || this.#leaving || JSON.stringify(claim.identity) === JSON.stringify(identity)) return;
    void this.#exclusively(camera, () => this.#rewrite(camera, (own) => ({ ...own, identity: { ...identity } })));
  }

  /** Does one thing at a time about a camera; where the broker does not do it, it is tried again with the next plan. */
  async #exclusively(camera: string, work: () => Promise<void>): Promise<void> {
    while (this.#busy.has(camera)) await pause(this.#options.clock, 10);
    this.#busy.add(camera);
    try {
      await work();
    } catch (error) {
      if (faultOf(error) === undefined) throw error;
    } finally {
      this.#busy.delete(camera);
      this.#replan();
    }
  }

  #troubled(fault: BrokerFault | undefined, message: string): void {
    const { say } = this.#options;
    if (fault === this.#trouble) return;
    this.#trouble = fault;
    if (fault === undefined) say('fleet: the broker is there again\n');
    else say(`fleet: the broker does not do what it should (${fault}: ${message}); it is tried again\n`);
  }
}
