// What workers and gateways say when they are scraped, who may ask, and when they are ready. The fleet is simulated, the
// server is real.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FleetMetrics,
  fleetFigures,
  gatewayReadiness,
  workerFigures,
  workerReadiness,
} from '../../src/fleet/metrics.js';
import { SimulatedFleet } from '../../src/fleet/simulation/simulated-fleet.js';
import { serveStatus, type StatusServer } from '../../src/fleet/status-server.js';
import type { CameraStatus, FleetStatus } from '../../src/fleet/status.js';
import { fleetTime as clock } from '../../src/fleet/take-part.js';
import { statusRoutes } from '../../src/sinks/feed/status.js';

const now = (): number => 1_700_000_000_000;

/** Values by name and labels as they stand in the text; those of the process left out. */
async function samples(metrics: FleetMetrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => /^lq_/.test(line));
  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]));
}

function scraped(fleet: SimulatedFleet, k: number, connected = true): FleetMetrics {
  return new FleetMetrics({
    build: { version: '1.2.3', fleet: 'lq', part: 'worker' },
    figures: () => workerFigures(fleet.workers[k]!.worker.figures, connected),
    now,
  });
}

describe('a worker', () => {
  it('says which cameras are its own, and what it took over', async () => {
    const fleet = new SimulatedFleet({ seed: 11, cameras: 4, workers: 2 });
    await fleet.pass(10_000);
    const metrics = scraped(fleet, 1);
    const owned = fleet.workers[1]!.worker.cameras;
    const before = await samples(metrics);
    expect(before).toMatchObject({
      'lq_build_info{version="1.2.3",fleet="lq",part="worker"}': 1,
      lq_broker_connected: 1,
      lq_takeovers_total: 0,
      lq_fenced_total: 0,
    });
    expect(owned).toHaveLength(2);
    for (const camera of ['cam0', 'cam1', 'cam2', 'cam3'])
      // Of another one's cameras it says nothing: a fleet of n workers would tell n times of each.
      expect(before[`lq_lease_owned{camera="${camera}"}`]).toBe(owned.includes(camera) ? 1 : undefined);

    fleet.workers[0]!.machine.kill();
    await fleet.pass(20_000);
    const after = await samples(metrics);
    expect(after['lq_takeovers_total']).toBe(2);
    for (const camera of ['cam0', 'cam1', 'cam2', 'cam3']) expect(after[`lq_lease_owned{camera="${camera}"}`]).toBe(1);
  });

  it('says what waits while the broker is away, and goes on counting what was dropped', async () => {
    const fleet = new SimulatedFleet({ seed: 12, cameras: 1, workers: 1, outbox: { messages: 20, size: 1e6 } });
    await fleet.pass(10_000);
    const metrics = scraped(fleet, 0);
    const well = await samples(metrics);
    expect(well['lq_outbox_queue{camera="cam0"}']).toBeLessThan(5);
    expect(well['lq_outbox_dropped_total{camera="cam0",kind="prediction"}']).toBe(0);
    fleet.broker.up = false;
    await fleet.pass(4_000);
    const away = await samples(metrics);
    // A frame each 100 ms: some 40 messages into a place for 20; of them a fifth readings, which go last.
    expect(away['lq_outbox_queue{camera="cam0"}']).toBe(20);
    expect(away['lq_outbox_dropped_total{camera="cam0",kind="prediction"}']).toBeGreaterThan(10);
    expect(away['lq_outbox_dropped_total{camera="cam0",kind="reading"}']).toBe(0);
    // It gives up the camera, and what waited with it: the count is the worker's and stays.
    await fleet.pass(6_000);
    fleet.broker.up = true;
    fleet.broker.returned();
    await fleet.pass(10_000);
    const back = await samples(metrics);
    expect(back['lq_lease_owned{camera="cam0"}']).toBe(1);
    expect(back['lq_outbox_dropped_total{camera="cam0",kind="prediction"}']).toBeGreaterThanOrEqual(
      away['lq_outbox_dropped_total{camera="cam0",kind="prediction"}']!,
    );
  });

  it('counts what it lost to others, and says 0 where the broker is away', async () => {
    const figures = { fenced: 3, deaths: 1, takeovers: 0, cameras: [] };
    const build = { version: '1', fleet: 'lq', part: 'worker' } as const;
    const found = await samples(new FleetMetrics({ build, figures: () => workerFigures(figures, false), now }));
    expect(found).toMatchObject({ lq_fenced_total: 3, lq_broker_connected: 0 });
    expect(Object.keys(found)).not.toContain('lq_feed_clients');
  });

  it('is ready when it is connected and has joined', () => {
    expect(workerReadiness(true, true)).toEqual({ ready: true, reasons: [] });
    expect(workerReadiness(true, false)).toMatchObject({ ready: false, reasons: [expect.stringMatching(/^fleet: /)] });
    expect(workerReadiness(false, true)).toMatchObject({ ready: false, reasons: [expect.stringMatching(/^broker: /)] });
  });
});

describe('a gateway', () => {
  const row = (id: string, more: Partial<CameraStatus>): CameraStatus => ({
    id,
    worker: 'w0',
    state: 'reading',
    takeovers: 0,
    ...more,
  });
  const w0 = { name: 'w0', instance: 'w0-1', capacity: 1, leaving: false, cameras: 1, cores: undefined };
  const statusOf = (...cameras: CameraStatus[]): FleetStatus => ({ fleet: 'lq', workers: [w0], cameras });

  it('says it of the whole fleet, with its clients, and no camera that is none', async () => {
    let status = statusOf(
      row('hall', { takeovers: 2, outbox: { waiting: 7, dropped: { predictions: 5, readings: 1 } } }),
      row('yard', { worker: undefined, state: 'unowned', takeovers: 1 }),
    );
    const figures = fleetFigures();
    const metrics = new FleetMetrics({
      build: { version: '1', fleet: 'lq', part: 'gateway' },
      figures: () => figures(status, true, 4),
      now,
    });
    expect(await samples(metrics)).toEqual({
      'lq_build_info{version="1",fleet="lq",part="gateway"}': 1,
      lq_broker_connected: 1,
      'lq_lease_owned{camera="hall"}': 1,
      'lq_lease_owned{camera="yard"}': 0,
      lq_takeovers_total: 3,
      'lq_outbox_queue{camera="hall"}': 7,
      'lq_outbox_dropped_total{camera="hall",kind="prediction"}': 5,
      'lq_outbox_dropped_total{camera="hall",kind="reading"}': 1,
      lq_feed_clients: 4,
    });
    // One is taken out, the other taken over once more: what was counted stays.
    status = statusOf(row('yard', { takeovers: 2 }));
    const later = await samples(metrics);
    expect(later['lq_takeovers_total']).toBe(4);
    expect(Object.keys(later).filter((name) => name.includes('hall'))).toEqual([]);
  });

  it('is ready with the broker, and says what to know of its fleet', () => {
    const status = statusOf(row('hall', {}), row('yard', { worker: undefined }));
    expect(gatewayReadiness(status, true)).toEqual({ ready: true, reasons: ['fleet: nobody reads 1 of 2 cameras'] });
    expect(gatewayReadiness(status, false).ready).toBe(false);
    const reasons = gatewayReadiness({ ...status, workers: [] }, true).reasons;
    expect(reasons).toContain('fleet: there is no worker');
  });
});

describe("a worker's port", () => {
  let ready = true;
  let [open, guarded]: StatusServer[] = [];
  const routes = statusRoutes({
    metrics: {
      contentType: 'text/plain',
      text: () => (ready ? Promise.resolve('lq_x 1\n') : Promise.reject(new Error('secret'))),
    },
    readiness: () => ({ ready, reasons: [] }),
  });
  beforeAll(async () => {
    const at = { host: '127.0.0.1', port: 0, routes, clock };
    open = await serveStatus({ ...at, token: undefined });
    guarded = await serveStatus({ ...at, token: 'abc' });
  });
  afterAll(async () => {
    await open![Symbol.asyncDispose]();
    await guarded![Symbol.asyncDispose]();
  });

  const ask = async (
    server: StatusServer | undefined,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<[status: number, body: string]> =>
    await new Promise((resolve, reject) => {
      const asked = request(`${server!.url}${path}`, { method, headers }, (response) => {
        let body = '';
        response.on('data', (data: Buffer) => (body += data.toString()));
        response.on('end', () => resolve([response.statusCode!, body]));
      });
      asked.on('error', reject).end();
    });

  it('answers this machine without a token, and no page of another site', async () => {
    expect(await ask(open, '/metrics')).toEqual([200, 'lq_x 1\n']);
    expect((await ask(open, '/healthz'))[0]).toBe(200);
    expect((await ask(open, '/metrics', { Origin: 'https://example.com' }))[0]).toBe(403);
    expect((await ask(open, '/readyz', { Host: 'example.com' }))[0]).toBe(403);
    expect((await ask(open, '/feed'))[0]).toBe(404);
    expect((await ask(open, '/metrics', {}, 'POST'))[0]).toBe(405);
  });

  it('asks for the token where there is one, but not of supervisors', async () => {
    expect((await ask(guarded, '/metrics'))[0]).toBe(401);
    expect((await ask(guarded, '/metrics', { Authorization: 'Bearer abd' }))[0]).toBe(401);
    expect((await ask(guarded, '/metrics', { Authorization: 'Bearer abc' }))[0]).toBe(200);
    expect((await ask(guarded, '/readyz'))[0]).toBe(200);
  });

  it('says 503 when it is not ready, and 500 without the reason when it fails', async () => {
    ready = false;
    expect(await ask(open, '/readyz')).toEqual([503, '{"ready":false,"reasons":[]}\n']);
    const [status, body] = await ask(open, '/metrics');
    expect([status, body.includes('secret')]).toEqual([500, false]);
    ready = true;
  });

  it('is not opened to other machines without a token', async () => {
    await expect(serveStatus({ host: '0.0.0.0', port: 0, token: undefined, routes, clock })).rejects.toThrow(
      /^The metrics on 0\.0\.0\.0 could be reached/,
    );
  });
});
