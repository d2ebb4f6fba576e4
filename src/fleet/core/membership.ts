// Who takes part: this worker's lease, kept up, and whether the others live. A worker looks after the next one of the
// ring only, so that the work grows with the number of workers and no faster. It must not know what a camera is.
import { z } from 'zod';
import { faultOf, type Broker, type BrokerFault, type Entry } from './broker.js';
import { recordIn } from './records.js';
import type { FleetClock, Timing } from './timing.js';

const memberSchema = z.object({
  name: z.string(),
  capacity: z.number().positive(),
  leaving: z.boolean(),
  since: z.string(),
});

/** What a worker says of itself. */
export type Member = z.infer<typeof memberSchema>;

/** A member's record; undefined for one that is none. */
export function memberIn({ value }: Pick<Entry, 'value'>): Member | undefined {
  return recordIn(memberSchema, value);
}

/** What a membership needs. */
export interface MembershipOptions {
  readonly broker: Pick<Broker, 'leases' | 'members' | 'onReturn'>;
  readonly clock: FleetClock;
  readonly timing: Timing;
  /** Names this life of the worker; no other has the same. */
  readonly instance: string;
  readonly member: Member;
  /** Told when the members have changed. */
  readonly changed: () => void;
  /** Told, once, when the others have to take this worker for dead: it must stop all that it does. */
  readonly lost: (why: string) => void;
  /** Told when the broker does not answer, and with undefined when it does again. */
  readonly trouble: (fault: BrokerFault | undefined, message: string) => void;
}

/** A renewal that comes so much too late, in milliseconds, breaks the quiet after which others are judged. */
const LATE = 1_000;

/** One life of a worker among the others. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #all = new Map<string, { readonly member: Member; readonly revision: number }>();
  /** Revision of this worker's lease. */
  #lease: number | undefined;
  /** When the last renewal that worked was asked for, and the first one of those without a break. */
  #confirmed = -Infinity;
  #quietSince = -Infinity;
  #lastTick: number;
  #member: Member;
  #listed = false;
  #over = false;
  #renewing = false;
  #observing = false;
  #troubled = false;
  readonly #stops: (() => void)[] = [];

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#member = options.member;
    this.#lastTick = options.clock.now();
  }

  /** Begins to take part. */
  start(): void {
    const { broker, clock, timing } = this.#options;
    const watching = broker.members.watch({
      put: (entry) => this.#put(entry),
      removed: (key) => this.#removed(key),
      ready: (keys) => {
        for (const key of this.#all.keys()) if (!keys.has(key)) this.#removed(key);
        this.#options.changed();
      },
    });
    this.#stops.push(
      () => watching.stop(),
      clock.every(timing.renew, () => void this.#renew()),
      clock.every(timing.observe, () => void this.#observe()),
    );
    broker.onReturn(() => void this.#renew());
    void this.#renew();
  }

  /** Those who take part, this worker included, by instance. */
  get members(): ReadonlyMap<string, Member> {
    return new Map([...this.#all].map(([instance, { member }]) => [instance, member]));
  }

  /** Whether this one takes part, by its instance. */
  has(instance: string): boolean {
    return this.#all.has(instance);
  }

  /** The one that plans for all: of those who are to stay, the one that has been there for longest. */
  get first(): string | undefined {
    let first: string | undefined;
    let oldest = Infinity;
    for (const [instance, { member, revision }] of this.#all)
      if (!member.leaving && revision < oldest) [first, oldest] = [instance, revision];
    return first;
  }

  /** Whether the broker has listed this worker. */
  get joined(): boolean {
    return this.#listed;
  }

  /** Whether this worker's lease holds for sure, by a clock that can't be set. */
  get mayWrite(): boolean {
    const { clock, timing } = this.#options;
    return !this.#over && !this.#leapt() && clock.now() - this.#confirmed < timing.lease - timing.margin;
  }

  /** Tells the others to give this worker nothing more, and to take what it lets go. */
  async leaving(): Promise<void> {
    this.#member = { ...this.#member, leaving: true };
    const known = this.#all.get(this.#options.instance);
    if (known) await this.#quietly(this.#list(known.revision));
  }

  /** Takes part no more, and says so. */
  async leave(): Promise<void> {
    const { broker, instance } = this.#options;
    const known = this.#all.get(instance);
    this.stop();
    if (known) await this.#quietly(broker.members.remove(instance, known.revision));
    if (this.#lease !== undefined) await this.#quietly(broker.leases.remove(instance, this.#lease));
  }

  /** Does nothing from now on. Idempotent. */
  stop(): void {
    this.#over = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Whether time has passed in which this worker could do nothing, for as long as a lease. */
  #leapt(): boolean {
    const { clock, timing } = this.#options;
    return clock.now() - this.#lastTick > timing.lease;
  }

  #lose(why: string): void {
    if (this.#over) return;
    this.stop();
    this.#options.lost(why);
  }

  /** A moment at which this worker is awake; whether it goes on. */
  #tick(): boolean {
    if (this.#over) return false;
    if (this.#leapt()) {
      const { clock } = this.#options;
      this.#lose(`it stood still for ${((clock.now() - this.#lastTick) / 1000).toFixed(1)} s`);
      return false;
    }
    this.#lastTick = this.#options.clock.now();
    return true;
  }

  async #renew(): Promise<void> {
    if (!this.#tick() || this.#renewing) return;
    this.#renewing = true;
    const { clock, timing } = this.#options;
    const begun = clock.now();
    try {
      if (!(await this.#renewed())) return;
      if (begun - this.#confirmed > timing.renew + LATE) this.#quietSince = begun;
      this.#confirmed = begun;
      if (!this.#listed) await this.#list();
      this.#trouble(undefined);
    } catch (error) {
      this.#trouble(error);
    } finally {
      this.#renewing = false;
    }
  }

  /** Renews the lease, or makes it anew where it has expired: whether that worked. */
  async #renewed(): Promise<boolean> {
    const { broker, instance } = this.#options;
    const value = JSON.stringify({ name: this.#member.name });
    if (this.#lease !== undefined) {
      const renewed = await broker.leases.update(instance, value, this.#lease);
      if (renewed !== undefined) this.#lease = renewed;
      if (renewed !== undefined) return true;
    }
    this.#lease = await broker.leases.create(instance, value);
    if (this.#lease !== undefined) return true;
    // There is one: an earlier renewal came through, and its answer did not.
    this.#lease = (await broker.leases.get(instance))?.revision;
    return false;
  }

  async #list(revision?: number): Promise<void> {
    const { broker, instance } = this.#options;
    const value = JSON.stringify(this.#member);
    const listed =
      revision === undefined
        ? await broker.members.create(instance, value)
        : await broker.members.update(instance, value, revision);
    // One that is there already was listed by an attempt whose answer got lost.
    this.#listed ||= listed !== undefined || (await broker.members.get(instance)) !== undefined;
  }

  /** Looks whether the next worker of the ring lives, and strikes off those that don't. */
  async #observe(): Promise<void> {
    if (!this.#tick() || this.#observing || !this.#listed) return;
    this.#observing = true;
    try {
      for (const next of this.#following()) {
        if ((await this.#options.broker.leases.get(next)) || !this.#settled() || !this.#tick()) return;
        const known = this.#all.get(next);
        if (known) await this.#options.broker.members.remove(next, known.revision);
      }
    } catch (error) {
      this.#trouble(error);
    } finally {
      this.#observing = false;
    }
  }

  /** The others in the order of the ring, from the one after this. */
  #following(): string[] {
    const { instance } = this.#options;
    const others = [...this.#all.keys()].filter((other) => other !== instance).sort();
    const after = others.findIndex((other) => other > instance);
    return after < 0 ? others : [...others.slice(after), ...others.slice(0, after)];
  }

  /**
   * Whether the broker has been there for as long as a lease lasts: after an outage all leases have expired, and their
   * owners first get the time to come back.
   */
  #settled(): boolean {
    const { clock, timing } = this.#options;
    const now = clock.now();
    return this.mayWrite && now - this.#quietSince >= timing.lease && !this.#troubled;
  }

  #put(entry: Entry): void {
    const member = memberIn(entry);
    if (!member || this.#over) return;
    this.#all.set(entry.key, { member, revision: entry.revision });
    this.#options.changed();
  }

  #removed(key: string): void {
    const known = this.#all.delete(key);
    if (this.#over) return;
    if (known && key === this.#options.instance) return this.#lose('others have struck it off');
    if (known) this.#options.changed();
  }

  #trouble(error: unknown): void {
    const fault = error === undefined ? undefined : faultOf(error);
    if (error !== undefined && fault === undefined) throw error as Error;
    if (this.#over || (fault === undefined && !this.#troubled)) return;
    this.#troubled = fault !== undefined;
    if (fault !== undefined) this.#quietSince = this.#options.clock.now();
    this.#options.trouble(fault, error instanceof Error ? error.message : '');
  }

  async #quietly(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (faultOf(error) === undefined) throw error;
    }
  }
}
