// One worker's process: opens what a worker needs, takes part until it is told to stop, hands its cameras on, closes.
// It reads no arguments and ends no process.
import { randomBytes } from 'node:crypto';
import { systemClock } from '../base/clock.js';
import { UsageError } from '../base/errors.js';
import { packageJson } from '../base/package-json.js';
import { appliedCameras, applyDifference, difference, isSame } from './apply.js';
import type { Broker } from './core/broker.js';
import type { Runner } from './core/runner.js';
import { aborted, type FleetClock } from './core/timing.js';
import { FleetWorker } from './core/worker.js';
import type { ListenAddress } from '../sinks/feed/listen.js';
import type { FleetFile } from './fleet-file.js';
import type { LookHub } from './look/look-hub.js';
import { natsBroker } from './nats/broker.js';
import { openConnection, type Connection, type NatsAccess } from './nats/connection.js';
import { isLaidOut, layOut } from './nats/layout.js';
import { natsLookLine } from './nats/look-line.js';
import { namesOf, type FleetNames } from './names.js';
import type { StatusServer } from './status-server.js';

/** Real time. */
export const fleetTime: FleetClock = { ...systemClock, now: () => performance.now(), wall: () => Date.now() };

/** What taking part needs. */
export interface TakePartOptions {
  readonly access: NatsAccess;
  readonly fleet: string;
  /** Applied where the fleet is not there yet. */
  readonly file?: FleetFile | undefined;
  readonly capacity: number;
  readonly name: string;
  readonly require: boolean;
  readonly say: (text: string) => void;
  /** Ends it: cameras are handed on first. */
  readonly interrupted: AbortSignal;
  /** What reads cameras. */
  readonly runner: Runner;
  /** What shows its cameras to those who look. Default: nothing does. */
  readonly looks?: LookHub | undefined;
  /** Where its metrics are served. Default: nowhere. */
  readonly metrics?: (ListenAddress & { readonly token: string | undefined }) | undefined;
}

/**
 * Takes part until it is interrupted.
 * @throws UsageError where the fleet is not there and can't be made, or the broker can't carry one.
 */
export async function takePart(options: TakePartOptions): Promise<void> {
  const { access, fleet, name, require, say, interrupted, capacity, runner } = options;
  const clock = fleetTime;
  const signal = interrupted;
  const connection = await openConnection({ access, name: `lq-stream ${name}`, clock, require, say, signal });
  if (!connection) return;
  const names = namesOf(fleet);
  const broker = natsBroker(connection, names, clock);
  await prepareFleet(connection, names, broker, options);
  const instance = (): string => `${name.replace(/[^A-Za-z0-9_-]/g, '_')}-${randomBytes(4).toString('hex')}`;
  const worker = new FleetWorker({ broker, clock, runner, name, capacity, newInstance: instance, say });
  options.looks?.attach(natsLookLine(connection, names));
  await using status = await serveMetrics(worker, connection, options);
  worker.start();
  if (status) say(`metrics: ${status.url}/metrics\n`);
  say(`fleet: ${name} takes part in ${fleet}, NATS ${connection.version}\n`);
  await aborted(interrupted);
  say(`fleet: ${name} hands on ${worker.cameras.length} cameras\n`);
  await worker.drain();
  await connection.close();
}

async function prepareFleet(
  connection: Connection,
  names: FleetNames,
  broker: Broker,
  { file, say, fleet }: TakePartOptions,
): Promise<void> {
  if (!(await isLaidOut(connection, names))) {
    if (!file)
      throw new UsageError(`There is no fleet "${fleet}" at this broker: lq-stream fleet apply FLEET.yaml makes it.`);
    await layOut(connection, names, file);
    await applyDifference(broker.cameras, difference(file.cameras, await appliedCameras(broker.cameras)));
    say(`fleet: ${fleet} was not there and is made of the file: ${file.cameras.length} cameras\n`);
    return;
  }
  if (!file) return;
  const now = difference(file.cameras, await appliedCameras(broker.cameras));
  if (!isSame(now)) say('fleet: the file differs from what is applied, which counts: see lq-stream fleet apply\n');
}

/** Loads what metrics need only where they are asked for. */
async function serveMetrics(
  worker: FleetWorker,
  connection: Connection,
  { metrics: where, fleet }: TakePartOptions,
): Promise<StatusServer | undefined> {
  if (!where) return undefined;
  const [{ FleetMetrics, workerFigures, workerReadiness }, { serveStatus }, { statusRoutes }] = await Promise.all([
    import('./metrics.js'),
    import('./status-server.js'),
    import('../sinks/feed/status.js'),
  ]);
  const metrics = new FleetMetrics({
    build: { version: packageJson().version, fleet, part: 'worker' },
    figures: () => workerFigures(worker.figures, connection.connected),
    now: Date.now,
  });
  const readiness = () => workerReadiness(connection.connected, worker.joined);
  return await serveStatus({ ...where, routes: statusRoutes({ metrics, readiness }), clock: fleetTime });
}
