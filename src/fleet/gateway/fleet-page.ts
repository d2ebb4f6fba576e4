// The page of a gateway: who is connected to it, the list of all cameras, and a desk for each camera that somebody looks
// at. It keeps nothing and changes nothing.
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { parseTarget, sameSecret } from '../../sinks/feed/access.js';
import type { SocketRoute } from '../../sinks/feed/routes.js';
import { PING_EVERY_MS } from '../../sinks/feed/server.js';
import { closeAll, WatchClient } from '../../sinks/page/client.js';
import { MOST_MESSAGE } from '../../sinks/page/page-message.js';
import { WATCH_CLOSE, WATCH_PROTOCOL, type CamerasMessage, type FleetCamera } from '../../sinks/page/protocol.js';
import { receive } from '../../sinks/page/reception.js';
import type { FleetClock } from '../core/timing.js';
import type { LookLine } from '../look/look-line.js';
import type { CameraStatus, FleetStatus } from '../status.js';
import { CameraDesk } from './camera-desk.js';
import { fleetCamera } from './camera-row.js';
import type { LogReader } from './replay.js';

/** Connections of pages at once: a page has one for the list, and one for each camera that is in view. */
export const MOST_CONNECTIONS = 512;

/** Milliseconds between two looks at what has changed. */
const TICK = 1_000;

/** What is known of a fleet. */
export interface Known {
  status(): FleetStatus;
  told(camera: string): Readonly<Record<string, unknown>> | undefined;
  applied(camera: string): { readonly value: string } | undefined;
}

/** What the page of a fleet needs. */
export interface FleetPageOptions {
  readonly fleet: string;
  /** What pages must show. Default: nothing. */
  readonly token?: string | undefined;
  readonly known: Known;
  readonly line: LookLine;
  readonly readings: LogReader;
  /** Whether the broker is there. */
  readonly connected: () => boolean;
  readonly clock: FleetClock;
}

/** One connection: of the list, or of a camera. */
type Page = WatchClient & { desk?: CameraDesk };

/** The status at one moment. */
interface StatusNow {
  readonly at: number;
  readonly cameras: ReadonlyMap<string, CameraStatus>;
  readonly workers: number;
}

/** The page of one gateway. */
export class FleetPage implements AsyncDisposable {
  readonly sockets: readonly SocketRoute[] = [
    { path: '/watch', maxPayload: MOST_MESSAGE, take: (socket, request, enter) => this.#take(socket, request, enter) },
  ];
  readonly #options: FleetPageOptions;
  readonly #pages = new Set<Page>();
  readonly #desks = new Map<string, CameraDesk>();
  readonly #stops: (() => void)[];
  /** The rows as they were told last, by id. */
  #rows: ReadonlyMap<string, { readonly row: FleetCamera; readonly text: string }> = new Map();
  #head = '';
  /** The status of this second. */
  #status: StatusNow = { at: -Infinity, cameras: new Map(), workers: 0 };
  #ended = false;

  constructor(options: FleetPageOptions) {
    this.#options = options;
    const { clock } = options;
    this.#stops = [
      clock.every(TICK, () => this.#tick()),
      clock.every(PING_EVERY_MS, () => {
        for (const page of this.#pages) page.ping();
      }),
    ];
  }

  /** Connections of pages. */
  get pages(): number {
    return this.#pages.size;
  }

  /** Closes all connections. Idempotent. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const stop of this.#stops) stop();
    for (const desk of this.#desks.values()) desk.close();
    await closeAll(this.#pages, WATCH_CLOSE.restart, 'the gateway ends', this.#options.clock);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #take(socket: WebSocket, request: IncomingMessage, enter: () => void): void {
    const camera = parseTarget(request.url).query.get('camera') ?? undefined;
    const { token } = this.#options;
    receive<Page>(socket, {
      mayEnter: (given) => token === undefined || (given !== undefined && sameSecret(given, token)),
      full: () =>
        this.#ended
          ? 'the gateway ends'
          : this.#pages.size >= MOST_CONNECTIONS
            ? `all ${MOST_CONNECTIONS} places are taken`
            : undefined,
      admitted: () => {
        enter();
        return this.#admit(socket, camera);
      },
      hear: (page, message) => page.desk?.hear(page, message),
      left: (page) => this.#leave(page, camera),
    });
  }

  #admit(socket: WebSocket, camera: string | undefined): Page {
    const page: Page = new WatchClient(socket, { edit: 'Nothing can be changed here.', mark: 'Nor here.' });
    this.#pages.add(page);
    if (camera === undefined) {
      page.say({ type: 'fleet', protocol: WATCH_PROTOCOL, fleet: this.#options.fleet });
      this.#refresh();
      page.say(
        this.#cameras(
          [...this.#rows.values()].map(({ row }) => row),
          [],
          true,
        ),
      );
    } else if (this.#options.known.applied(camera)) {
      page.desk = this.#deskOf(camera);
      page.desk.join(page);
    } else page.close(WATCH_CLOSE.noCamera, 'there is no such camera in this fleet');
    return page;
  }

  #deskOf(camera: string): CameraDesk {
    const there = this.#desks.get(camera);
    if (there) return there;
    const { known, line, readings, clock } = this.#options;
    const desk = new CameraDesk({
      camera,
      line,
      readings,
      row: () => this.#statusNow().cameras.get(camera),
      told: () => known.told(camera),
      applied: () => known.applied(camera)?.value,
      now: () => clock.now(),
      wall: () => clock.wall(),
    });
    this.#desks.set(camera, desk);
    return desk;
  }

  #leave(page: Page, camera: string | undefined): void {
    this.#pages.delete(page);
    const { desk } = page;
    if (!desk || camera === undefined) return;
    desk.leave(page);
    if (desk.pages > 0) return;
    desk.close();
    this.#desks.delete(camera);
  }

  #tick(): void {
    if (this.#pages.size === 0) return;
    for (const desk of this.#desks.values()) desk.tick();
    const lists = [...this.#pages].filter(({ desk }) => !desk);
    if (lists.length === 0) return;
    const before = this.#rows;
    const head = this.#head;
    this.#refresh();
    const changed = [...this.#rows.values()].filter(({ row, text }) => before.get(row.id)?.text !== text);
    const gone = [...before.keys()].filter((id) => !this.#rows.has(id));
    if (changed.length === 0 && gone.length === 0 && head === this.#head) return;
    const message = JSON.stringify(
      this.#cameras(
        changed.map(({ row }) => row),
        gone,
        false,
      ),
    );
    for (const page of lists) page.say(message);
  }

  /** Works out what is told of each camera. */
  #refresh(): void {
    const { known, connected } = this.#options;
    const { cameras, workers } = this.#statusNow();
    this.#rows = new Map(
      [...cameras].map(([id, status]) => {
        const row = fleetCamera(status, known.applied(id)?.value);
        return [id, { row, text: JSON.stringify(row) }];
      }),
    );
    this.#head = `${workers} ${connected()}`;
  }

  #cameras(cameras: readonly FleetCamera[], gone: readonly string[], anew: boolean): CamerasMessage {
    const { workers } = this.#status;
    return { type: 'cameras', anew, workers, broker: this.#options.connected(), cameras, gone };
  }

  /** The status, asked for once a second at most: with many cameras it takes its time. */
  #statusNow(): StatusNow {
    const now = this.#options.clock.now();
    if (now - this.#status.at < TICK / 2) return this.#status;
    const { cameras, workers } = this.#options.known.status();
    const byId = new Map(cameras.map((camera) => [camera.id, camera]));
    return (this.#status = { at: now, cameras: byId, workers: workers.length });
  }
}
