// One worker of a fleet: it takes part, takes the cameras that it is told to read, and lets others go. One life after
// another: a worker that was taken for dead begins anew. It must not know the broker, nor how a camera is read.
import { faultOf, type Broker, type BrokerFault, type Entry, type LogName } from './broker.js';
import { claimIn, claimText, type Claim, type KnownClaim } from './claim.js';
import { Hold } from './hold.js';
import { Membership } from './membership.js';
import type { OutboxLimits } from './outbox.js';
import { ordersIn, wordIn, wordText, type Orders } from './orders.js';
import { Planner } from './planner.js';
import type { PreparedRun, Runner } from './runner.js';
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

/** Costs are told in steps of this factor, so that what changes little moves nothing. */
const COST_STEP = 1.25;

/** Cameras of which it is remembered that messages were dropped, at most. */
const REMEMBERED = 4_096;

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
  /** Every camera that it has, is to have, or of which it has dropped messages, by its name. */
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
  /** Messages that were dropped, by camera. */
  readonly #dropped = new Map<string, Record<LogName, number>>();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** What others call it. */
  get name(): string {
    return this.#options.name;
  }

  /** Begins. */
  start(): void {
    this.#live();
  }

  /** Its cameras now. */
  get cameras(): readonly string[] {
    return this.#life?.cameras ?? [];
  }

  /** How many cameras it has now. */
  get count(): number {
    return this.#life?.count ?? 0;
  }

  /** What it has counted. */
  get figures(): WorkerFigures {
    const known = new Set([...(this.#life?.known ?? []), ...this.#dropped.keys()]);
    const cameras = [...known].sort().map((id) => {
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
      // Those that are another's now are forgotten in the end, or this would grow with all that ever were in the fleet.
      if (this.#dropped.size >= REMEMBERED)
        for (const id of this.#dropped.keys()) if (!this.#life?.known.has(id)) this.#dropped.delete(id);
      this.#dropped.set(camera, (counted = { predictions: 0, readings: 0 }));
    }
    counted[log] += messages;
  }
}

/** A camera that this worker is to have and another one still has. */
interface Awaited {
  readonly record: string;
  readonly revision: number;
  readonly holder: string;
  readonly since: number;
  readonly prepared: PreparedRun;
  reads: boolean;
}

/** A camera that this worker has and another one is to have. */
interface Leaving {
  readonly since: number;
  /** Who says that it reads it. */
  next: string | undefined;
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
  /** What this worker is to read; undefined until it was told. */
  #orders: Orders | undefined;
  readonly #holds = new Map<string, { readonly hold: Hold; revision: number }>();
  readonly #awaited = new Map<string, Awaited>();
  readonly #leavingHere = new Map<string, Leaving>();
  /** The costs of its cameras, as its claims tell them. */
  readonly #costs = new Map<string, number | undefined>();
  /** What its cameras are read with, as its claims tell it: JSON. */
  readonly #identities = new Map<string, string>();
  /** Cameras about which the broker is being asked, or that are being let go. */
  readonly #busy = new Set<string>();
  readonly #stops: (() => void)[] = [];
  readonly #begun: number;
  #planner: Planner | undefined;
  #acting: (() => void) | undefined;
  #draining = false;
  #over = false;
  #holdsMade = 0;
  #trouble: BrokerFault | undefined;

  constructor(options: WorkerOptions, instance: string, events: LifeEvents) {
    this.#options = options;
    this.#events = events;
    this.#timing = options.timing ?? TIMING;
    this.#instance = instance;
    this.#begun = options.clock.now();
    const { broker, clock, name, capacity } = options;
    this.#membership = new Membership({
      broker,
      clock,
      timing: this.#timing,
      instance,
      member: { name, capacity, leaving: false, since: new Date(clock.wall()).toISOString() },
      changed: () => {
        this.#planIfFirst();
        this.#planner?.changed();
        this.#actSoon();
      },
      lost: (why) => events.lost(why),
      trouble: (fault, message) => this.#troubled(fault, message),
    });
  }

  get cameras(): readonly string[] {
    return [...this.#holds.keys()].sort();
  }

  get count(): number {
    return this.#holds.size;
  }

  get joined(): boolean {
    return this.#membership.joined;
  }

  /** The cameras that it has or is to have. */
  get known(): ReadonlySet<string> {
    return new Set([...(this.#orders?.keys() ?? []), ...this.#holds.keys()]);
  }

  /** A camera in this worker's hands. */
  holdOf(camera: string): Pick<Hold, 'waiting'> | undefined {
    return this.#holds.get(camera)?.hold;
  }

  start(): void {
    const { broker, clock } = this.#options;
    const watching = broker.orders.watch(
      {
        put: ({ value }) => {
          this.#orders = ordersIn(value) ?? this.#orders;
          this.#actSoon();
        },
        // What was said last holds until something else is said.
        removed: () => {},
        ready: () => {},
      },
      this.#instance,
    );
    const hearing = broker.peers.hear(this.#instance, (text) => this.#heard(text));
    this.#membership.start();
    this.#stops.push(
      () => watching.stop(),
      () => hearing.stop(),
      clock.every(this.#timing.renew, () => {
        for (const { hold } of this.#holds.values()) hold.tick();
      }),
      // What could not be done, as the broker did not answer or a word got lost, is tried again.
      clock.every(this.#timing.observe, () => {
        for (const [camera, awaited] of this.#awaited) this.#sayReads(camera, awaited);
        this.#actSoon();
      }),
    );
  }

  /** Lets everything go at once. The number of messages that are lost. */
  abandon(): number {
    this.#close();
    const lost = [...this.#holds.values()].reduce((sum, { hold }) => sum + hold.abandon(), 0);
    this.#holds.clear();
    return lost;
  }

  /** Hands all cameras on, each when another one reads it, and leaves. */
  async drain(): Promise<void> {
    const { clock } = this.#options;
    this.#draining = true;
    for (const camera of this.#awaited.keys()) this.#awaitNoMore(camera);
    await this.#membership.leaving();
    const until = clock.now() + this.#timing.drain;
    const toOthers = (): boolean => [...this.#membership.members.values()].some(({ leaving }) => !leaving);
    for (const camera of this.#holds.keys()) this.#leavingHere.set(camera, this.#leaving(camera));
    while (this.#holds.size > 0 && clock.now() < until && toOthers()) await pause(clock, 20);
    await Promise.all([...this.#holds.keys()].map((camera) => this.#release(camera, undefined)));
    await this.#membership.leave();
    this.abandon();
  }

  #close(): void {
    this.#over = true;
    this.#membership.stop();
    this.#planner?.stop();
    this.#acting?.();
    for (const camera of this.#awaited.keys()) this.#awaitNoMore(camera);
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Also asked after waiting, when it may be another than before. */
  #isOver(): boolean {
    return this.#over;
  }

  /** One worker plans for all. */
  #planIfFirst(): void {
    const first = !this.#over && this.#membership.first === this.#instance;
    if (!first) {
      this.#planner?.stop();
      this.#planner = undefined;
      return;
    }
    const { broker, clock } = this.#options;
    this.#planner ??= new Planner({
      broker,
      clock,
      timing: this.#timing,
      members: () => this.#membership.members,
      notBefore: this.#begun + this.#timing.gather,
      mayWrite: () => this.#membership.mayWrite,
    });
  }

  /** Does, in a moment, what is ordered. */
  #actSoon(): void {
    if (this.#over || this.#acting) return;
    this.#acting = this.#options.clock.after(this.#timing.settle, () => {
      this.#acting = undefined;
      this.#act();
    });
  }

  #act(): void {
    if (this.#over || this.#draining || !this.#orders) return;
    if (!this.#membership.mayWrite || !this.#membership.has(this.#instance)) return;
    for (const [camera, revision] of this.#orders) {
      this.#leavingHere.delete(camera);
      const held = this.#holds.get(camera);
      if (this.#busy.has(camera) || held?.revision === revision) continue;
      void (held ? this.#change(camera, revision) : this.#take(camera, revision));
    }
    for (const camera of this.#holds.keys()) if (!this.#orders.has(camera)) this.#letGo(camera);
    for (const camera of this.#awaited.keys()) if (!this.#orders.has(camera)) this.#awaitNoMore(camera);
  }

  /** Takes a camera that nobody has; from one that lives it is waited for, and opened meanwhile. */
  async #take(camera: string, revision: number): Promise<void> {
    const { claims, cameras } = this.#options.broker;
    await this.#exclusively(camera, async () => {
      const entry = await claims.get(camera);
      const claim = entry && claimIn(entry);
      const awaited = this.#awaited.get(camera);
      const same = awaited?.revision === revision;
      const record = same ? awaited.record : (await cameras.get(camera))?.value;
      if (record === undefined || this.#over || this.#draining || !this.#orders?.has(camera)) return;
      const holder = claim?.held ? claim.instance : undefined;
      if (holder !== undefined && holder !== this.#instance && this.#membership.has(holder)) {
        if (same && awaited.holder === holder) return;
        this.#awaitNoMore(camera);
        await this.#await(camera, { record, revision, holder });
        return;
      }
      const mine = holder === this.#instance ? claim : await this.#claim(camera, claim, entry?.revision);
      if (!mine || this.#isOver()) return;
      if (!same) this.#awaitNoMore(camera);
      this.#awaited.delete(camera);
      this.#hold(camera, mine, record, revision, same ? awaited.prepared : undefined);
    });
  }

  /** Opens a camera that another worker still has. */
  async #await(camera: string, known: Pick<Awaited, 'record' | 'revision' | 'holder'>): Promise<void> {
    const { broker, runner } = this.#options;
    const memory = (await broker.memory.get(camera))?.value;
    if (this.#over || this.#draining) return;
    const prepared = runner.prepare({ id: camera, record: known.record, memory }, () => {
      awaited.reads = true;
      if (this.#awaited.get(camera) === awaited) this.#sayReads(camera, awaited);
    });
    const awaited: Awaited = { ...known, since: this.#options.clock.now(), prepared, reads: false };
    this.#awaited.set(camera, awaited);
  }

  #awaitNoMore(camera: string): void {
    this.#awaited.get(camera)?.prepared.kill();
    this.#awaited.delete(camera);
  }

  /** One that can't be read is asked for in the end, too: it may be the other one's no more. */
  #sayReads(camera: string, { reads, since, holder }: Awaited): void {
    const { broker, clock } = this.#options;
    const word = wordText({ type: 'reads', camera, from: this.#instance });
    if (reads || clock.now() - since > this.#timing.handover) broker.peers.tell(holder, word);
  }

  #heard(text: string): void {
    const word = wordIn(text);
    if (!word || this.#over) return;
    const { type, camera, from } = word;
    if (type === 'free') return this.#actNow(camera);
    const leaving = this.#leavingHere.get(camera);
    if (leaving) leaving.next = from;
    // Where it was let go before, the claim may not say so yet.
    if (leaving || !this.known.has(camera)) this.#handOver(camera, from);
  }

  /** A camera that was waited for is free. */
  #actNow(camera: string): void {
    const awaited = this.#awaited.get(camera);
    if (awaited && !this.#busy.has(camera)) void this.#take(camera, awaited.revision);
    else this.#actSoon();
  }

  /** Another worker is to have it, or it is in the fleet no more. */
  #letGo(camera: string): void {
    if (this.#busy.has(camera)) return;
    const leaving = this.#leaving(camera);
    const known = this.#leavingHere.has(camera);
    this.#leavingHere.set(camera, leaving);
    const late = this.#options.clock.now() - leaving.since > this.#timing.handover;
    if (leaving.next !== undefined || late) return this.#handOver(camera, leaving.next);
    if (!known) void this.#dropIfGone(camera);
  }

  #leaving(camera: string): Leaving {
    return this.#leavingHere.get(camera) ?? { since: this.#options.clock.now(), next: undefined };
  }

  #handOver(camera: string, next: string | undefined): void {
    if (!this.#busy.has(camera)) void this.#release(camera, next);
  }

  /** Puts its name on a camera that nobody has; undefined where another one was faster. */
  async #claim(camera: string, before: KnownClaim | undefined, revision = 0): Promise<Claim | undefined> {
    const { clock, name, broker } = this.#options;
    const died = before?.held === true;
    const claim: Claim = {
      instance: this.#instance,
      worker: name,
      held: true,
      cost: before?.cost,
      identity: before?.identity,
      takeovers: (before?.takeovers ?? 0) + (died ? 1 : 0),
      since: new Date(clock.wall()).toISOString(),
    };
    const { claims } = broker;
    const text = claimText(claim);
    const put = await (revision > 0 ? claims.update(camera, text, revision) : claims.create(camera, text));
    if (put === undefined) return undefined;
    if (died) this.#events.tookOver();
    return claim;
  }

  #hold(
    camera: string,
    { takeovers, cost, identity }: Claim,
    record: string,
    revision: number,
    prepared: PreparedRun | undefined,
  ): void {
    const { broker, clock, runner, name, say, outbox, stored } = this.#options;
    this.#costs.set(camera, cost);
    if (identity) this.#identities.set(camera, JSON.stringify(identity));
    const hold: Hold = new Hold({
      broker,
      clock,
      timing: this.#timing,
      runner,
      camera,
      record,
      prepared,
      owner: `${this.#instance}.${++this.#holdsMade}`,
      about: { worker: name, takeovers },
      mayWrite: () => this.#membership.mayWrite,
      owned: async () => this.#isMine(await broker.claims.get(camera)),
      lost: (why) => {
        if (this.#holds.get(camera)?.hold !== hold) return;
        this.#forget(camera);
        this.#events.fenced();
        say(`camera ${camera} is lost: ${why}\n`);
        this.#actSoon();
      },
      cost: (cores) => this.#measured(camera, cores),
      identified: (identity) => this.#identified(camera, identity),
      say,
      outbox,
      dropped: (log, messages) => this.#events.dropped(camera, log, messages),
      stored: stored && ((log, id, sequence, text) => stored(camera, log, id, sequence, text)),
    });
    this.#holds.set(camera, { hold, revision });
    void hold.start();
  }

  #isMine(entry: Entry | undefined): boolean {
    const claim = entry && claimIn(entry);
    return claim !== undefined && claim.held && claim.instance === this.#instance;
  }

  /** The camera's record is another. */
  async #change(camera: string, revision: number): Promise<void> {
    await this.#exclusively(camera, async () => {
      const entry = await this.#options.broker.cameras.get(camera);
      const held = this.#holds.get(camera);
      if (!entry || !held) return;
      held.revision = Math.max(revision, entry.revision);
      void held.hold.change(entry.value);
    });
  }

  /** Lets a camera go, to `next` where there is one. */
  async #release(camera: string, next: string | undefined): Promise<void> {
    await this.#exclusively(camera, async () => {
      await this.#giveUp(camera, next);
      const word = wordText({ type: 'free', camera, from: this.#instance });
      if (next !== undefined) this.#options.broker.peers.tell(next, word);
    });
  }

  /** Lets a camera go that was taken out of the fleet; what is known of it is swept up by the one that plans. */
  async #dropIfGone(camera: string): Promise<void> {
    await this.#exclusively(camera, async () => {
      if (await this.#options.broker.cameras.get(camera)) return;
      await this.#giveUp(camera, undefined);
    });
  }

  async #giveUp(camera: string, next: string | undefined): Promise<void> {
    await this.#holds.get(camera)?.hold.release();
    this.#forget(camera);
    await this.#rewrite(camera, (claim) => ({ ...claim, held: false, next }));
  }

  #forget(camera: string): void {
    this.#holds.delete(camera);
    this.#leavingHere.delete(camera);
    this.#costs.delete(camera);
    this.#identities.delete(camera);
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
    const cost = Number(
      (COST_STEP ** Math.round(Math.log(Math.max(cores, 0.01)) / Math.log(COST_STEP))).toPrecision(3),
    );
    // A step to and fro is no change.
    const known = this.#costs.get(camera);
    if (known !== undefined && Math.max(cost / known, known / cost) < COST_STEP ** 1.5) return;
    if (this.#busy.has(camera) || this.#draining || !this.#holds.has(camera)) return;
    void this.#exclusively(camera, async () => {
      await this.#rewrite(camera, (own) => ({ ...own, cost }));
      this.#costs.set(camera, cost);
    });
  }

  /** Kept for gateways: what greets a client of a camera that nobody reads just now. */
  #identified(camera: string, identity: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(identity);
    if (this.#identities.get(camera) === text || this.#draining || !this.#holds.has(camera)) return;
    void this.#exclusively(camera, async () => {
      await this.#rewrite(camera, (own) => ({ ...own, identity: { ...identity } }));
      this.#identities.set(camera, text);
    });
  }

  /** Does one thing at a time about a camera; where the broker does not do it, it is tried again. */
  async #exclusively(camera: string, work: () => Promise<void>): Promise<void> {
    while (this.#busy.has(camera)) await pause(this.#options.clock, 10);
    this.#busy.add(camera);
    try {
      await work();
    } catch (error) {
      if (faultOf(error) === undefined) throw error;
    } finally {
      this.#busy.delete(camera);
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
