// What /metrics says, read by a parser of its own and by Prometheus' own checker where that is installed; and /readyz.
import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createFeed } from '../../../src/sinks/feed.js';
import { Metrics } from '../../../src/sinks/feed/metrics.js';
import { readinessOf } from '../../../src/sinks/feed/readiness.js';
import { noCounts, noReadings, SOURCE_STATES, type SourceChange, type Stats } from '../../../src/types.js';
import { serverProgram } from '../../live-parts/servers.js';
import { published, testRun, twoFrames } from '../runs.js';

const LIVE: Stats = {
  ...noCounts(),
  frames: 40,
  regions: 90,
  accepted: 60,
  rejected: { ...noCounts().rejected, ratio: 20, stale: 10 },
  fps: 12.5,
  lag: 0.04,
  decoding: { decoded: 50, skipped: 4, overwritten: 5, outdated: 1 },
  readings: { told: 7, refused: { ...noReadings().refused, step: 3 }, doubts: 2 },
  source: { state: 'live', at: 0, reconnects: 2, overwritten: 5, outdated: 1 },
  sinks: { store: { queued: 3, sent: 57, failed: 1, dropped: 0 } },
};

function metricsOf(stats: () => Stats = () => LIVE, lost: string[] = [], pipeline = (): string => 'bbbb'): Metrics {
  const build = () => ({ version: '1.2.3', model: 'aaaa', pipeline: pipeline() });
  return new Metrics({ name: 'meter', build, stats, clients: () => 4, lost: () => lost, now: () => 1_700_000_000_000 });
}

/** Values by name and labels, as they stand in the text: `name{a="b"}`, without the label that all have. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
      const own = labels.split(',').filter((label) => label !== 'camera="meter"' && label !== '');
      expect(labels).toContain('camera="meter"');
      return [own.length > 0 ? `${name}{${own.join(',')}}` : name!, Number(value)];
    }),
  );
}

const change = (state: SourceChange['state'], reconnects: number, fault?: SourceChange['fault']): SourceChange => ({
  state,
  reconnects,
  at: 0,
  ...(fault && { fault }),
});

describe('/metrics', () => {
  it('names the pipeline that holds now, and no other', async () => {
    let pipeline = 'bbbb';
    const metrics = metricsOf(undefined, [], () => pipeline);
    await samples(metrics);
    pipeline = 'cccc';
    const builds = [...(await samples(metrics)).keys()].filter((name) => name.startsWith('lq_build_info'));
    expect(builds).toEqual(['lq_build_info{version="1.2.3",model="aaaa",pipeline="cccc"}']);
  });

  it('says the figures under their names', async () => {
    const found = await samples(metricsOf());
    expect(Object.fromEntries(found)).toMatchObject({
      'lq_build_info{version="1.2.3",model="aaaa",pipeline="bbbb"}': 1,
      lq_source_up: 1,
      'lq_source_state{state="live"}': 1,
      'lq_source_state{state="frozen"}': 0,
      lq_frames_decoded_total: 50,
      'lq_frames_dropped_total{reason="skipped"}': 4,
      'lq_frames_dropped_total{reason="overwritten"}': 5,
      'lq_frames_dropped_total{reason="outdated"}': 1,
      lq_frames_total: 40,
      lq_regions_total: 90,
      lq_predictions_total: 60,
      'lq_rejections_total{reason="ratio"}': 20,
      'lq_rejections_total{reason="stale"}': 10,
      'lq_rejections_total{reason="blank"}': 0,
      lq_readings_total: 7,
      'lq_readings_refused_total{reason="step"}': 3,
      lq_reading_doubts_total: 2,
      'lq_sink_queue{sink="store"}': 3,
      'lq_sink_sent_total{sink="store"}': 57,
      'lq_sink_failures_total{sink="store"}': 1,
      lq_feed_clients: 4,
    });
    expect([...found.keys()].filter((name) => name.startsWith('lq_source_state'))).toHaveLength(SOURCE_STATES.length);
  });

  it('follows the run: the same counter is not added to what was scraped before', async () => {
    let stats = LIVE;
    const metrics = metricsOf(() => stats);
    await metrics.text();
    stats = { ...LIVE, accepted: 61, source: { ...LIVE.source!, state: 'retrying' } };
    const found = await samples(metrics);
    expect(found.get('lq_predictions_total')).toBe(61);
    expect([found.get('lq_source_state{state="live"}'), found.get('lq_source_state{state="retrying"}')]).toEqual([
      0, 1,
    ]);
    expect(found.get('lq_source_up')).toBe(0);
  });

  it('says nothing of what a run does not have', async () => {
    const { source: _, readings: _readings, sinks: _sinks, ...file } = LIVE;
    const found = await samples(metricsOf(() => file));
    const names = [...found.keys()].join('\n');
    expect(names).not.toMatch(/lq_source_state|lq_source_reconnects|lq_reading|lq_sink|lq_truth|lq_last_frame/);
    expect(found.get('lq_source_up')).toBe(1);
  });

  it('counts what a source came back after, once for each time', async () => {
    const metrics = metricsOf();
    for (const one of [
      change('connecting', 0),
      change('live', 0),
      change('retrying', 0, 'silent'),
      change('live', 1),
      change('stale', 1),
      change('live', 1),
      change('retrying', 1, 'ended'),
      change('retrying', 1, 'silent'),
      change('live', 2),
      change('retrying', 2),
      change('frozen', 3),
    ])
      metrics.state(one);
    const found = await samples(metrics);
    const reasons = Object.fromEntries([...found].filter(([name]) => name.startsWith('lq_source_reconnects_total')));
    expect(reasons).toMatchObject({
      'lq_source_reconnects_total{reason="silent"}': 2,
      'lq_source_reconnects_total{reason="ended"}': 0,
      'lq_source_reconnects_total{reason="failed"}': 1,
    });
  });

  it('keeps ages in buckets, and when something was seen last', async () => {
    const metrics = metricsOf();
    const [frame] = published(twoFrames());
    const arrival = { at: 1_699_999_990_000, clock: 0, late: 0 };
    metrics.frame({ ...frame!, frame: { ...frame!.frame, arrival }, age: 0.25 });
    const none = { told: [], refused: [], doubts: [], views: [] };
    metrics.frame({ ...frame!, frame: { ...frame!.frame, arrival }, age: 0.6, readings: none });
    let found = await samples(metrics);
    expect(found.get('lq_frame_age_seconds_bucket{le="0.2"}')).toBe(0);
    expect(found.get('lq_frame_age_seconds_bucket{le="0.3"}')).toBe(1);
    expect(found.get('lq_frame_age_seconds_count')).toBe(2);
    expect(found.get('lq_frame_age_seconds_sum')).toBeCloseTo(0.85);
    expect(found.get('lq_last_frame_timestamp_seconds')).toBe(1_699_999_990);
    expect(found.has('lq_reading_last_accepted_timestamp_seconds')).toBe(false);
    metrics.frame({ ...frame!, readings: { ...none, told: [{} as never] } });
    found = await samples(metrics);
    expect(found.get('lq_reading_last_accepted_timestamp_seconds')).toBe(1_700_000_000);
  });

  const promtool = serverProgram('promtool', "the check of /metrics by Prometheus' own program");
  it.skipIf(promtool === undefined)("passes Prometheus' own check", async () => {
    const metrics = metricsOf(() => LIVE, ['mqtt']);
    metrics.state(change('live', 1));
    const text = await metrics.text();
    const said = await new Promise<string>((resolve) => {
      const child = execFile(promtool!, ['check', 'metrics'], (error, stdout, stderr) =>
        resolve(`${error ? `exit ${error.code}` : ''}${stdout}${stderr}`),
      );
      child.stdin!.end(text);
    });
    expect(said).toBe('');
  });
});

describe('the feed as a sink', () => {
  async function serving(token: string | undefined, work: (ask: typeof fetch) => Promise<void>, stats = LIVE) {
    let url = '';
    const feed = createFeed({ token, listening: (at) => (url = at) });
    await using _ended = feed;
    await feed.open(testRun({ stats: () => stats }).info);
    for (const frame of published(twoFrames())) await feed.frame(frame);
    const at = url.replace('ws:', 'http:').replace('/feed', '');
    await work((path, init) => fetch(`${at}${path as string}`, init));
  }

  it('serves /metrics to who has the token', async () => {
    await serving('a-long-token', async (ask) => {
      expect((await ask('/metrics')).status).toBe(401);
      const answer = await ask('/metrics', { headers: { authorization: 'Bearer a-long-token' } });
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(await answer.text()).toContain('lq_predictions_total{camera="clip"} 60');
    });
  });

  it('serves /readyz without it', async () => {
    await serving('a-long-token', async (ask) => {
      const answer = await ask('/readyz');
      expect([answer.status, await answer.json()]).toEqual([200, { ready: true, reasons: [] }]);
    });
    const stale: Stats = { ...LIVE, source: { ...LIVE.source!, state: 'stale', reason: 'no new picture' } };
    const reasons = ['source: stale: no new picture'];
    await serving(
      undefined,
      async (ask) => {
        const answer = await ask('/readyz');
        expect([answer.status, await answer.json()]).toEqual([503, { ready: false, reasons }]);
      },
      stale,
    );
  });
});

describe('readinessOf', () => {
  const withState = (state: SourceChange['state'], reason?: string): Stats => ({
    ...LIVE,
    source: { ...LIVE.source!, state, ...(reason !== undefined && { reason }) },
  });

  it.each(SOURCE_STATES)('of a source that is %s', (state) => {
    expect(readinessOf(withState(state), []).ready).toBe(state === 'live' || state === 'retrying');
  });

  it('says why a retry goes on, and is ready all the same', () => {
    expect(readinessOf(withState('retrying', 'the stream has ended'), [])).toEqual({
      ready: true,
      reasons: ['source: retrying: the stream has ended'],
    });
  });

  it('of a file: from its first frame on', () => {
    const { source: _, ...file } = LIVE;
    expect(readinessOf(file, []).ready).toBe(true);
    const none = { ...file, decoding: { decoded: 0, skipped: 0, overwritten: 0, outdated: 0 } };
    expect(readinessOf(none, [])).toEqual({ ready: false, reasons: ['source: no frame has been decoded yet'] });
  });

  it('names sinks that were given up', () => {
    expect(readinessOf(LIVE, ['mqtt'])).toEqual({
      ready: false,
      reasons: ['sink mqtt has failed and was given up'],
    });
  });
});
