// A fleet's figures as Prometheus scrapes them: those of one worker, or of the whole fleet as a gateway sees it; and who
// is ready. It must not serve them.
import { Gauge, Registry } from 'prom-client';
import type { Readiness } from '../sinks/feed/readiness.js';
import { ScrapedMetrics, type Sample } from '../sinks/feed/scraped.js';
import type { LogName } from './core/broker.js';
import type { WorkerFigures } from './core/worker.js';
import type { FleetStatus } from './status.js';

/** What is told of one camera. */
export interface ScrapedCamera {
  readonly id: string;
  readonly owned: boolean;
  /** Messages that wait to be stored; undefined where that is not known. */
  readonly waiting: number | undefined;
  /** Messages that were dropped, by log; undefined where that is not known. */
  readonly dropped: Readonly<Record<LogName, number>> | undefined;
}

/** What is scraped. What is undefined is left out. */
export interface FleetFigures {
  readonly connected: boolean;
  readonly takeovers: number;
  readonly fenced?: number;
  readonly clients?: number;
  readonly pages?: number | undefined;
  /** The cameras of the fleet, and no others: they bound the labels. */
  readonly cameras: readonly ScrapedCamera[];
}

/** What the metrics are made of. */
export interface FleetMetricsOptions {
  /** Labels of `lq_build_info`. */
  readonly build: { readonly version: string; readonly fleet: string; readonly part: 'worker' | 'gateway' };
  /** The figures now. */
  readonly figures: () => FleetFigures;
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
}

/** What the kinds of dropped messages are called. */
const KINDS: Readonly<Record<LogName, string>> = { predictions: 'prediction', readings: 'reading' };

/** The metrics of one worker or gateway, in a registry of their own, read off when somebody scrapes. */
export class FleetMetrics {
  readonly #registry = new Registry();
  readonly #figures: () => FleetFigures;
  /** Those of this scrape. */
  #now: FleetFigures;

  constructor({ build, figures, now }: FleetMetricsOptions) {
    this.#figures = figures;
    this.#now = figures();
    new Gauge({
      name: 'lq_build_info',
      help: 'Which version takes part in which fleet, and as what: always 1.',
      labelNames: Object.keys(build),
      registers: [this.#registry],
    }).set(build, 1);
    this.#declare(new ScrapedMetrics(this.#registry), now());
  }

  /** What `Content-Type` the text has. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    this.#now = this.#figures();
    return this.#registry.metrics();
  }

  #declare(scraped: ScrapedMetrics, now: number): void {
    const optional = (value: number | undefined): Sample[] => (value === undefined ? [] : [[value]]);
    const byCamera = (value: (camera: ScrapedCamera) => number | undefined) => (): Sample[] =>
      this.#now.cameras.flatMap((camera): Sample[] => {
        const found = value(camera);
        return found === undefined ? [] : [[found, { camera: camera.id }]];
      });
    scraped.gauge('lq_broker_connected', 'Whether the broker is there.', () => [[this.#now.connected ? 1 : 0]]);
    scraped.gauge(
      'lq_lease_owned',
      'Whether this worker has the camera; of a gateway, whether any has.',
      byCamera(({ owned }) => (owned ? 1 : 0)),
      ['camera'],
    );
    scraped.counter('lq_takeovers_total', 'Cameras that were taken over from a worker that had died.', () => [
      [this.#now.takeovers],
    ]);
    scraped.counter('lq_fenced_total', 'Cameras that this worker has lost to another one.', () =>
      optional(this.#now.fenced),
    );
    scraped.gauge(
      'lq_outbox_queue',
      'Messages that wait to be stored at the broker.',
      byCamera(({ waiting }) => waiting),
      ['camera'],
    );
    scraped.counter(
      'lq_outbox_dropped_total',
      'Messages that were read and will never be stored.',
      () =>
        this.#now.cameras.flatMap(({ id, dropped }): Sample[] =>
          dropped ? Object.entries(KINDS).map(([log, kind]) => [dropped[log as LogName], { camera: id, kind }]) : [],
        ),
      ['camera', 'kind'],
    );
    scraped.gauge('lq_feed_clients', 'Clients connected to the feed.', () => optional(this.#now.clients));
    scraped.gauge('lq_page_connections', 'Connections of pages: one for the list, one for each camera in view.', () =>
      optional(this.#now.pages),
    );
    scraped.process(now);
  }
}

/** A worker's figures. */
export function workerFigures({ takeovers, fenced, cameras }: WorkerFigures, connected: boolean): FleetFigures {
  return { connected, takeovers, fenced, cameras };
}

/**
 * Makes a gateway's figures out of the status of its fleet. Takeovers never go down: those of a camera that was taken out
 * of the fleet stay counted.
 */
export function fleetFigures(): (
  status: FleetStatus,
  connected: boolean,
  clients: number,
  pages?: number,
) => FleetFigures {
  let takeovers = 0;
  let before = new Map<string, number>();
  return (status, connected, clients, pages) => {
    for (const { id, takeovers: now } of status.cameras) takeovers += Math.max(0, now - (before.get(id) ?? 0));
    before = new Map(status.cameras.map((camera) => [camera.id, camera.takeovers]));
    const cameras = status.cameras.map(({ id, worker, outbox }) => ({
      id,
      owned: worker !== undefined,
      waiting: outbox?.waiting,
      dropped: outbox?.dropped,
    }));
    return { connected, takeovers, clients, pages, cameras };
  };
}

/** Whether a worker can do what it is there for. */
export function workerReadiness(connected: boolean, joined: boolean): Readiness {
  const reasons = connected
    ? joined
      ? []
      : ['fleet: this worker has not joined yet, or begins anew']
    : ['broker: there is no connection; what is read waits'];
  return { ready: reasons.length === 0, reasons };
}

/** Whether a gateway can: with the broker there it can, and what it says of the fleet is for people to know. */
export function gatewayReadiness({ cameras, workers }: FleetStatus, connected: boolean): Readiness {
  if (!connected) return { ready: false, reasons: ['broker: there is no connection'] };
  const unowned = cameras.filter(({ worker }) => worker === undefined).length;
  const reasons = [
    ...(workers.length === 0 ? ['fleet: there is no worker'] : []),
    ...(unowned > 0 ? [`fleet: nobody reads ${unowned} of ${cameras.length} cameras`] : []),
  ];
  return { ready: true, reasons };
}
