// Who reads what, gathered from the tables and from what workers tell, and how it is shown. It changes nothing.
import { z } from 'zod';
import type { Connection } from './nats/connection.js';
import type { Broker, Entry, Table, Told } from './core/broker.js';
import { claimIn } from './core/claim.js';
import { memberIn } from './core/membership.js';
import { recordIn } from './core/records.js';
import { pause, type FleetClock } from './core/timing.js';
import type { FleetNames } from './names.js';

const statsSchema = z.object({
  camera: z.string(),
  frames: z.number().optional(),
  fps: z.number().optional(),
  lag: z.number().optional(),
  source: z.object({ state: z.string(), reason: z.string().optional() }).optional(),
  reading: z.object({ id: z.string(), value: z.string(), at: z.string().optional() }).optional(),
  outbox: z
    .object({ waiting: z.number(), dropped: z.object({ predictions: z.number(), readings: z.number() }) })
    .optional(),
  trouble: z.string().optional(),
  refused: z.string().optional(),
  model: z.string().optional(),
});

const doubtSchema = z.object({ camera: z.string(), type: z.literal('reading-doubt') });

const stateSchema = z.object({ camera: z.string(), type: z.literal('source') });

function parsed(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

function identityOf(text: string): Record<string, unknown> {
  const { model, pipeline, thresholds } = parsed(text);
  return { model, pipeline, thresholds };
}

/** What a worker tells of a camera, every second. */
export type CameraStats = z.infer<typeof statsSchema>;

/** What a worker told; undefined for what is nothing of that kind. */
export function statsIn(text: string): CameraStats | undefined {
  return recordIn(statsSchema, text);
}

/** A camera's row. */
export interface CameraStatus extends Omit<CameraStats, 'camera'> {
  readonly id: string;
  /** Name of the worker that has it; undefined: nobody. */
  readonly worker: string | undefined;
  /**
   * `reading`, what a live source does, `starting`, `failing`, `refused`, `unowned`, or `silent`: it is owned, and
   * nothing is told of it.
   */
  readonly state: string;
  readonly takeovers: number;
}

/** A fleet at one moment. */
export interface FleetStatus {
  readonly fleet: string;
  readonly workers: readonly {
    readonly name: string;
    readonly instance: string;
    readonly capacity: number;
    readonly leaving: boolean;
    readonly cameras: number;
    /** Cores that its cameras take, where that was measured. */
    readonly cores: number | undefined;
  }[];
  readonly cameras: readonly CameraStatus[];
}

/** Keeps what a fleet is like, up to date. */
export class StatusBoard implements Disposable {
  readonly #names: FleetNames;
  readonly #tables = {
    cameras: new Map<string, Entry>(),
    claims: new Map<string, Entry>(),
    members: new Map<string, Entry>(),
  };
  readonly #stats = new Map<string, { readonly stats: CameraStats; readonly at: number; readonly text: string }>();
  readonly #clock: FleetClock;
  readonly #stops: (() => void)[] = [];
  readonly #ready: Promise<unknown>;

  constructor(connection: Connection, names: FleetNames, broker: Broker, clock: FleetClock) {
    this.#names = names;
    this.#clock = clock;
    this.#ready = Promise.all(
      (['cameras', 'claims', 'members'] as const).map((name) => this.#follow(broker[name], this.#tables[name])),
    );
    const hear = (kind: Told, heard: (text: string) => void): void => {
      const subscription = connection.nats.subscribe(names.subject(kind, '*'), {
        callback: (error, message) => {
          if (!error) heard(message.string());
        },
      });
      this.#stops.push(() => subscription.unsubscribe());
    };
    hear('stats', (text) => {
      const stats = statsIn(text);
      if (!stats || !this.knows(stats.camera)) return;
      const before = this.#stats.get(stats.camera)?.text;
      // Of a camera that begins anew it is not told at once what reads it.
      const kept =
        stats.model === undefined && before !== undefined ? { ...identityOf(before), ...parsed(text) } : parsed(text);
      this.#stats.set(stats.camera, { stats, at: clock.now(), text: JSON.stringify(kept) });
      this.onTold(stats.camera, text);
    });
    hear('states', (text) => {
      const state = recordIn(stateSchema, text);
      if (state && this.knows(state.camera)) this.onTold(state.camera, text);
    });
    hear('doubts', (text) => {
      const doubt = recordIn(doubtSchema, text);
      if (doubt && this.knows(doubt.camera)) this.onTold(doubt.camera, text);
    });
  }

  /** Called with each message that is told of a camera. Default: nobody hears. */
  onTold: (camera: string, message: string) => void = () => {};

  /** Whether the camera is one of the fleet. */
  knows(camera: string): boolean {
    return this.#tables.cameras.has(camera);
  }

  /**
   * The last figures that were told of a camera, however old, with what reads it; of one of which nothing was told since
   * this began, what it was read with last, where it ever was.
   */
  told(camera: string): Readonly<Record<string, unknown>> | undefined {
    const entry = this.#tables.claims.get(camera);
    const known = entry && claimIn(entry)?.identity;
    const text = this.#stats.get(camera)?.text;
    return text === undefined ? known : { ...known, ...parsed(text) };
  }

  /** A camera as it was applied; undefined for one that is none of the fleet. */
  applied(camera: string): Entry | undefined {
    return this.#tables.cameras.get(camera);
  }

  /** Resolves when it is known which cameras there are, and who has them. */
  async known(): Promise<void> {
    await this.#ready;
  }

  /** Waits until the tables are known, and each worker has had the time to tell something. */
  async settled(): Promise<void> {
    await this.known();
    await pause(this.#clock, TELLS_EVERY);
  }

  /** The fleet now. */
  status(): FleetStatus {
    const members = new Map(
      [...this.#tables.members].flatMap(([key, entry]) => {
        const member = memberIn(entry);
        return member ? [[key, member] as const] : [];
      }),
    );
    const load = new Map<string, { cameras: number; cores: number | undefined }>();
    const cameras = [...this.#tables.cameras.keys()].sort().map((id) => {
      const entry = this.#tables.claims.get(id);
      const claim = entry && claimIn(entry);
      const owner = claim?.held ? members.get(claim.instance) : undefined;
      if (claim && owner) {
        const { cameras: n, cores } = load.get(claim.instance) ?? { cameras: 0, cores: undefined };
        load.set(claim.instance, {
          cameras: n + 1,
          cores: claim.cost === undefined ? cores : (cores ?? 0) + claim.cost,
        });
      }
      return this.#row(id, owner?.name, claim?.takeovers ?? 0);
    });
    const workers = [...members].map(([instance, { name, capacity, leaving }]) => ({
      name,
      instance,
      capacity,
      leaving,
      cameras: load.get(instance)?.cameras ?? 0,
      cores: load.get(instance)?.cores,
    }));
    return { fleet: this.#names.fleet, workers: workers.sort((a, b) => (a.instance < b.instance ? -1 : 1)), cameras };
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #row(id: string, worker: string | undefined, takeovers: number): CameraStatus {
    const told = this.#stats.get(id);
    const fresh = told && this.#clock.now() - told.at < OLD ? told.stats : undefined;
    const { camera: _, ...stats } = fresh ?? { camera: id };
    const state =
      worker === undefined
        ? 'unowned'
        : !fresh
          ? 'silent'
          : fresh.refused !== undefined
            ? 'refused'
            : (fresh.source?.state ?? stateWithout(fresh));
    return { id, worker, state, takeovers, ...stats };
  }

  async #follow(table: Table, map: Map<string, Entry>): Promise<void> {
    await new Promise<void>((resolve) => {
      const watching = table.watch({
        put: (entry) => void map.set(entry.key, entry),
        removed: (key) => void map.delete(key),
        ready: (keys) => {
          for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
          for (const key of this.#stats.keys()) if (!this.knows(key)) this.#stats.delete(key);
          resolve();
        },
      });
      this.#stops.push(() => watching.stop());
    });
  }
}

/** What a camera does whose source says nothing of itself. */
function stateWithout({ frames, trouble }: CameraStats): 'reading' | 'starting' | 'failing' {
  if (frames !== undefined && frames > 0) return 'reading';
  return trouble === undefined ? 'starting' : 'failing';
}

/** Milliseconds in which each worker tells something of each camera, and after which that is old. */
const [TELLS_EVERY, OLD] = [1_300, 4_000];

/** The fleet as a table for people. */
export function statusText({ fleet, workers, cameras }: FleetStatus): string {
  const rows = cameras.map(({ id, worker, state, fps, lag, reading, takeovers, outbox, trouble, refused }) => {
    const dropped = outbox ? outbox.dropped.predictions + outbox.dropped.readings : 0;
    const remarks = [refused, trouble, dropped > 0 ? `${dropped} messages dropped` : undefined];
    return [
      id,
      worker ?? '-',
      state,
      fps === undefined ? '-' : fps.toFixed(1),
      lag === undefined ? '-' : `${lag.toFixed(2)} s`,
      reading ? `${reading.id} ${reading.value}` : '-',
      String(takeovers),
      remarks.filter((text) => text !== undefined).join('; '),
    ];
  });
  const head = ['camera', 'worker', 'state', 'fps', 'lag', 'last reading', 'takeovers', ''];
  const people = workers.map(({ name, instance, capacity, leaving, cameras: n, cores }) => [
    name,
    instance,
    `${n} cameras`,
    cores === undefined ? '' : `${cores.toFixed(2)} cores`,
    `capacity ${capacity}${leaving ? ', leaving' : ''}`,
  ]);
  return `fleet ${fleet}: ${workers.length} workers, ${cameras.length} cameras\n\n${columns(people)}\n${columns([head, ...rows])}`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, k) => (widths[k] = Math.max(widths[k] ?? 0, cell.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, k) => cell.padEnd(widths[k]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
