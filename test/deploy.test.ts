// What is given for running it for months: alert rules and a dashboard name metrics that there are, and docs name all.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../src/sinks/feed/metrics.js';
import { noCounts } from '../src/types.js';
import { serverProgram } from './live-parts/servers.js';

const at = (name: string): string => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const read = (name: string): string => readFileSync(at(name), 'utf8');

/** Names of all metrics, as /metrics declares them, and those of a histogram's series. */
async function declared(): Promise<Set<string>> {
  const build = { version: '1', model: 'm', pipeline: 'p' };
  const stats = () => ({ ...noCounts(), fps: 0, lag: 0 });
  const metrics = new Metrics({ name: 'a', build: () => build, stats, clients: () => 0, lost: () => [], now: () => 0 });
  const names = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(names.flatMap(([, name = '', type]) => (type === 'histogram' ? [name, `${name}_bucket`] : [name])));
}

const used = (text: string): string[] => [...new Set(text.match(/\b(?:lq|process)_[a-z_]+\b/g))];

describe('metrics', () => {
  it.each(['alerts.yml', 'grafana.json'])('that docs/%s asks for are there', async (name) => {
    const names = await declared();
    const asked = used(read(name));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((one) => !names.has(one))).toEqual([]);
  });

  it('are all in docs/metrics.md, and no others', async () => {
    const names = [...(await declared())].filter((name) => !name.endsWith('_bucket'));
    expect(used(read('metrics.md')).sort()).toEqual(names.sort());
  });
});

it('the dashboard is one: no two panels in one place', () => {
  const { panels } = JSON.parse(read('grafana.json')) as {
    panels: { title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, k) => `${x + (k % w)},${y + Math.floor(k / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

it('each alert says for whom it is and what it is about', () => {
  const { groups } = parse(read('alerts.yml')) as {
    groups: { rules: { alert: string; labels: { severity: string }; annotations: { summary: string } }[] }[];
  };
  for (const { labels, annotations } of groups.flatMap(({ rules }) => rules)) {
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\$labels\.(camera|instance)/);
  }
});

const promtool = serverProgram('promtool', "the check of docs/alerts.yml by Prometheus' own program");
it.skipIf(promtool === undefined)("the rules pass Prometheus' own check", () => {
  expect(execFileSync(promtool!, ['check', 'rules', at('alerts.yml')]).toString()).toContain('SUCCESS: 9 rules');
});
