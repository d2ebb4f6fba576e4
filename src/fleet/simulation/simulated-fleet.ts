// A whole fleet in a simulation: workers on machines of their own, cameras, and one broker.
import { createRandom, type Random } from '../../base/random.js';
import { LOGS, type LogName } from '../core/broker.js';
import type { OutboxLimits } from '../core/outbox.js';
import { FleetWorker } from '../core/worker.js';
import { Clockwork, Machine } from './clockwork.js';
import { SimulatedBroker } from './simulated-broker.js';
import { simulatedRunner, type SimulatedRunnerOptions } from './simulated-runner.js';

/** What a simulation is made of. */
export interface SimulatedFleetOptions extends Partial<Omit<SimulatedRunnerOptions, 'clock'>> {
  readonly seed: number;
  readonly cameras: number;
  readonly workers: number;
  readonly outbox?: OutboxLimits;
  /** Whether what is stored is kept to be looked at. Default true. */
  readonly keeps?: boolean;
}

/** One worker and its machine. */
export interface SimulatedWorker {
  readonly machine: Machine;
  readonly worker: FleetWorker;
}

/** A fleet whose time is moved by hand. */
export class SimulatedFleet {
  readonly clockwork = new Clockwork();
  readonly random: Random;
  readonly broker: SimulatedBroker;
  readonly workers: SimulatedWorker[] = [];
  /** What the workers were told is stored: ids, by log. */
  readonly acknowledged: Record<LogName, Set<string>> = { predictions: new Set(), readings: new Set() };
  /** What was said to people. */
  readonly said: string[] = [];
  readonly #options: SimulatedFleetOptions;
  #instances = 0;

  constructor(options: SimulatedFleetOptions) {
    this.#options = options;
    this.random = createRandom(options.seed);
    this.broker = new SimulatedBroker(this.clockwork, this.random.fork('broker'));
    this.broker.keeps = options.keeps ?? true;
    const digits = String(options.cameras).length;
    for (let k = 0; k < options.cameras; k++) this.addCamera(`cam${String(k).padStart(digits, '0')}`);
    for (let k = 0; k < options.workers; k++) this.addWorker();
  }

  /** Adds a camera, or changes one. */
  addCamera(id: string, weight = 1): void {
    this.broker.put('cameras', id, JSON.stringify({ id, weight }));
  }

  /** Adds a worker on a machine of its own, whose wall clock is wrong by `skew` ms. */
  addWorker(capacity = 1, skew = 0): SimulatedWorker {
    const machine = new Machine(this.clockwork, skew);
    const { every = 100, readingEvery = 5, start = 500, cores, outbox, keeps = true } = this.#options;
    const clock = machine.clock;
    const worker = new FleetWorker({
      broker: this.broker.client(machine),
      clock,
      runner: simulatedRunner({ clock, every, readingEvery, start, ...(cores && { cores }) }),
      name: `w${this.workers.length}`,
      capacity,
      newInstance: () => `w${Math.floor(1e9 * this.random.next())}-${this.#instances++}`,
      say: (text) => keeps && this.said.push(`${(this.clockwork.now / 1000).toFixed(2)} ${text}`),
      ...(outbox && { outbox }),
      ...(keeps && { stored: (_: string, log: LogName, id: string) => void this.acknowledged[log].add(id) }),
    });
    const added = { machine, worker };
    this.workers.push(added);
    // Workers do not begin in the same millisecond.
    machine.clock.after(500 * this.random.next(), () => worker.start());
    return added;
  }

  /** Lets milliseconds pass. */
  async pass(ms: number): Promise<void> {
    await this.clockwork.run(this.clockwork.now + ms);
  }

  /** Those that are not dead. */
  get living(): SimulatedWorker[] {
    return this.workers.filter(({ machine }) => !machine.dead);
  }

  /** What is wrong with what is stored, a line each: lost, doubled, out of order, written by who was fenced. */
  faults(): string[] {
    return LOGS.flatMap((log) => faultsOf(log, this.broker.records[log], this.acknowledged[log]));
  }
}

/** What is wrong with the records of a log. */
export function faultsOf(
  log: LogName,
  records: readonly { readonly camera: string; readonly id: string; readonly text: string }[],
  acknowledged: ReadonlySet<string>,
): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const cameras = new Map<string, { owner: string; last: number }>();
  for (const { camera, id, text } of records) {
    if (ids.has(id)) faults.push(`${log} ${id}: doubled`);
    ids.add(id);
    const owner = id.split(':')[2] ?? '';
    const state = cameras.get(camera) ?? { owner: '', last: 0 };
    cameras.set(camera, state);
    for (const line of text.split('\n')) {
      const { type, seq } = JSON.parse(line) as { type: string; seq: number };
      if (type === 'owner') state.owner = owner;
      else {
        if (owner !== state.owner) faults.push(`${log} ${id}: written after ${state.owner} had taken over`);
        if (seq <= state.last) faults.push(`${log} ${id}: ${seq} after ${state.last}`);
        state.last = seq;
      }
    }
  }
  for (const id of acknowledged) if (!ids.has(id)) faults.push(`${log} ${id}: acknowledged and lost`);
  return faults;
}
