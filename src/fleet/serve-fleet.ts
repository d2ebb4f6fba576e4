// One gateway's process: opens what a gateway needs, serves until it is told to stop, closes. It reads no arguments.
import { UsageError } from '../base/errors.js';
import { packageJson } from '../base/package-json.js';
import type { ListenAddress } from '../sinks/feed/listen.js';
import { statusRoutes } from '../sinks/feed/status.js';
import { pageRoutes } from '../sinks/page/files.js';
import { aborted } from './core/timing.js';
import { FleetPage } from './gateway/fleet-page.js';
import { openGateway } from './gateway/gateway.js';
import { FleetMetrics, fleetFigures, gatewayReadiness } from './metrics.js';
import { natsBroker } from './nats/broker.js';
import { openConnection, type NatsAccess } from './nats/connection.js';
import { isLaidOut } from './nats/layout.js';
import { natsLookLine } from './nats/look-line.js';
import { natsReader } from './nats/reader.js';
import { namesOf } from './names.js';
import { StatusBoard } from './status.js';
import { fleetTime } from './take-part.js';

/** What serving needs. */
export interface ServeFleetOptions {
  readonly access: NatsAccess;
  readonly fleet: string;
  readonly listen: ListenAddress;
  readonly token: string | undefined;
  readonly require: boolean;
  readonly say: (text: string) => void;
  readonly interrupted: AbortSignal;
}

/** Serves a fleet's feed until it is interrupted. @throws UsageError where there is no such fleet, or no port. */
export async function serveFleet(options: ServeFleetOptions): Promise<void> {
  const { access, fleet, listen, token, require, say, interrupted: signal } = options;
  const clock = fleetTime;
  const connection = await openConnection({ access, name: 'lq-stream gateway', clock, require, say, signal });
  if (!connection) return;
  try {
    const names = namesOf(fleet);
    if (!(await isLaidOut(connection, names)))
      throw new UsageError(`There is no fleet "${fleet}" at this broker: lq-stream fleet apply FLEET.yaml makes it.`);
    using board = new StatusBoard(connection, names, natsBroker(connection, names, clock), clock);
    await Promise.race([board.known(), aborted(signal)]);
    const readers = {
      predictions: natsReader(connection, names, 'predictions', clock),
      readings: natsReader(connection, names, 'readings', clock),
    };
    await using page = new FleetPage({
      fleet,
      token,
      known: board,
      line: natsLookLine(connection, names),
      readings: readers.readings,
      connected: () => connection.connected,
      clock,
    });
    const files = await pageRoutes();
    const figures = fleetFigures();
    const routes = (clients: () => number) => [
      ...statusRoutes({
        metrics: new FleetMetrics({
          build: { version: packageJson().version, fleet, part: 'gateway' },
          figures: () => figures(board.status(), connection.connected, clients(), page.pages),
          now: Date.now,
        }),
        readiness: () => gatewayReadiness(board.status(), connection.connected),
      }),
      ...files,
    ];
    await using gateway = await openGateway({
      ...listen,
      routes,
      sockets: page.sockets,
      token,
      readers,
      status: () => board.status(),
      knows: (camera) => board.knows(camera),
      figures: (camera) => board.told(camera),
      connected: () => connection.connected,
      clock,
    });
    board.onTold = (camera, message) => gateway.tell(camera, message);
    say(`feed: ${gateway.url}?camera=ID\npage: ${gateway.url.replace(/^ws(.*)feed$/, 'http$1')}\n`);
    await aborted(signal);
    // Listening ends when the last connection has.
    await page.end();
  } finally {
    await connection.close();
  }
}
