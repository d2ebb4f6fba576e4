// How the work of a fleet grows: one of a given size is started, left alone, loses a machine and gets one, and what the
// broker had to do is counted. It measures; it judges nothing.
import { SimulatedFleet } from './simulated-fleet.js';
import type { BrokerLoad } from './simulated-broker.js';

/** What happened in one part of a simulation. */
export interface ScalePart {
  /** Milliseconds until it had come about; undefined where it did not within the time. */
  readonly took: number | undefined;
  /** Milliseconds over which the load was counted. */
  readonly over: number;
  readonly load: BrokerLoad;
}

/** What was measured of a fleet. */
export interface Scale {
  readonly cameras: number;
  readonly machines: number;
  /** Until every camera is owned. */
  readonly start: ScalePart;
  /** Nothing happens: all that is sent keeps leases. */
  readonly quiet: ScalePart;
  /** One machine is killed: until every camera is owned again. */
  readonly killed: ScalePart;
  /** One machine joins: until it has its part. */
  readonly joined: ScalePart;
  /** Least and most cameras of a machine in the end. */
  readonly spread: readonly [least: number, most: number];
}

/** Milliseconds between two looks. */
const LOOK = 50;

/** Measures a fleet whose cameras give one frame a minute. @param seed Of all chance. */
export async function scaleOf(cameras: number, machines: number, seed = 1): Promise<Scale> {
  const fleet = new SimulatedFleet({ seed, cameras, workers: machines, keeps: false, every: 60_000, start: 500 });
  const counts = (): number[] => fleet.living.map(({ worker }) => worker.count);
  const owned = (): number => counts().reduce((sum, count) => sum + count, 0);
  const until = async (holds: () => boolean, most: number, settle: number): Promise<ScalePart> => {
    fleet.broker.load();
    const begun = fleet.clockwork.now;
    while (!holds() && fleet.clockwork.now - begun < most) await fleet.pass(LOOK);
    const took = holds() ? fleet.clockwork.now - begun : undefined;
    await fleet.pass(settle);
    return { took, over: fleet.clockwork.now - begun, load: fleet.broker.load() };
  };
  const start = await until(() => owned() === cameras, 120_000, 10_000);
  const quiet = await until(() => true, 0, 30_000);
  fleet.workers[0]!.machine.kill();
  const killed = await until(() => owned() === cameras, 120_000, 5_000);
  const { worker } = fleet.addWorker();
  // Cameras do not go back to even out what costs less than a move.
  const part = 0.9 * (cameras / machines);
  const joined = await until(() => worker.count >= part, 120_000, 5_000);
  const last = counts();
  return { cameras, machines, start, quiet, killed, joined, spread: [Math.min(...last), Math.max(...last)] };
}
