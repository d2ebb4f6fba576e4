// Tests of a fleet's file: what is taken, what is refused and in which words, and what is different from what is applied.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { difference, differenceText } from '../../src/fleet/apply.js';
import { checkRecord, fleetJsonSchema, parseFleet, recordText } from '../../src/fleet/fleet-file.js';
import { accessOf, fleetName } from '../../src/cli/fleet-access.js';
import { checkVersion } from '../../src/fleet/nats/connection.js';

const folder = mkdtempSync(join(tmpdir(), 'lq-fleet-file-'));
writeFileSync(join(folder, 'sinks.yaml'), 'sinks: {file: {file: out.ndjson}}\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fleet = (text: string) => parseFleet(text, join(folder, 'fleet.yaml'));

describe('a fleet file', () => {
  it('has defaults for all but the cameras', () => {
    const { name, retention, replicas, cameras } = fleet('cameras: [{id: a, source: a.mp4}]');
    expect({ name, retention, replicas }).toEqual({
      name: 'lq',
      retention: { predictions: { days: 2, megabytes: 4096 }, readings: { days: 365, megabytes: 1024 } },
      replicas: 1,
    });
    expect(cameras).toEqual([{ id: 'a', source: 'a.mp4', weight: 1, pipeline: 'default' }]);
  });

  it('takes the text of a pipeline beside it along, which workers do not have', () => {
    writeFileSync(join(folder, 'mine.yaml'), 'polarity: dark-on-light\n');
    const [camera] = fleet('cameras: [{id: a, source: a.mp4, pipeline: mine.yaml}]').cameras;
    expect(camera?.pipeline).toMatchObject({ polarity: 'dark-on-light' });
    const back = checkRecord(recordText(camera!), 'a');
    expect(back).toEqual(camera);
  });

  it.each([
    ['cameras: [{id: a b, source: a.mp4}]', /fleet\.yaml:1: cameras\[0\]\.id must be 1 to 64 letters/],
    ['cameras: [{id: a, source: a.mp4}, {id: a, source: b.mp4}]', /must have ids that differ/],
    ['cameras: [{id: a, source: "rtsp://me:secret@host/1"}]', /must hold no password/],
    ['cameras: [{id: a, source: a.mp4, wieght: 2}]', /wieght.*weight/],
    ['cameras: [{id: a, source: a.mp4, pipeline: {polarity: blue}}]', /pipeline/],
    ['cameras: [{id: a, source: a.mp4, pipeline: none.yaml}]', /none\.yaml/],
    ['cameras: [{id: a, source: a.mp4, credentials: {environment: "A-B"}}]', /credentials/],
    [
      'cameras: [{id: a, source: a.mp4, pipeline: {sinks: {mqtt: {url: "mqtt://h"}}}}]',
      /^camera a: pipeline\.sinks: a fleet opens no sinks, found mqtt; take them out, and read the fleet's gateway/,
    ],
    [
      'cameras: [{id: b, source: a.mp4, pipeline: sinks.yaml}]',
      /^camera b: sinks\.yaml: sinks: a fleet opens no sinks/,
    ],
    ['name: a.b', /name must be 1 to 64 letters/],
    ['replicas: 2', /replicas/],
  ])('refuses %s', (text, message) => {
    expect(() => fleet(text)).toThrow(message);
    expect(() => fleet(text)).not.toThrow(/secret/);
  });

  it('has its schema in pipelines/fleet-schema.json', () => {
    const kept = readFileSync(new URL('../../pipelines/fleet-schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(kept)).toEqual(JSON.parse(JSON.stringify(fleetJsonSchema())));
  });

  it('is shown by what is different', () => {
    const { cameras } = fleet('cameras: [{id: a, source: a.mp4}, {id: b, source: b.mp4}, {id: c, source: c.mp4}]');
    const applied = new Map([
      ['a', { value: recordText(cameras[0]!), revision: 1 }],
      ['b', { value: recordText({ ...cameras[1]!, source: 'old.mp4', weight: 3 }), revision: 2 }],
      ['z', { value: 'no json', revision: 3 }],
    ]);
    expect(differenceText(difference(cameras, applied))).toBe('+ c: c.mp4\n~ b: source, weight\n- z\n');
  });
});

describe('what commands of a fleet are given', () => {
  it.each([
    [{ nats: 'http://x' }, {}, /--nats expected nats:\/\/HOST:PORT/],
    [{ nats: 'nats://me:secret@host' }, {}, /holds a password/],
    [{ creds: 'a', nkey: 'b' }, {}, /one of --creds and --nkey/],
    [{ 'tls-cert': 'a' }, {}, /--tls-cert and --tls-key belong together: --tls-key is missing/],
    [{ 'tls-ca': 'none.pem' }, {}, /--tls-ca none\.pem can't be read \(ENOENT\)/],
    [{ 'tls-ca': 'package.json' }, {}, /--tls-ca package\.json must hold certificates in PEM/],
    [{ 'tls-cert': 'package.json', 'tls-key': 'package.json' }, {}, /--tls-cert package\.json must hold a certificate/],
    [{}, { LQ_NATS_PASSWORD: 'x' }, /LQ_NATS_USER is not/],
  ])('refuses %j', (values, environment, message) => {
    expect(() => accessOf(values, environment)).toThrow(message);
  });

  it('is read', () => {
    expect(accessOf({ nats: 'nats://a:1, tls://[::1]:2' }, {}).servers).toEqual(['nats://a:1', 'tls://[::1]:2']);
    expect(accessOf({}, { LQ_NATS: 'nats://b' }).servers).toEqual(['nats://b']);
    expect(fleetName({}, 'own')).toBe('own');
    expect(() => fleetName({ fleet: 'a.b' })).toThrow(/--fleet must be/);
  });

  it.each(['2.8.4', '1.4.1', '0'])('refuses a server of version %s, and says what it lacks', (version) => {
    expect(() => checkVersion(version, 'nats://a')).toThrow(/needs 2\.9 or newer.*next_by_subj/);
  });

  it.each(['2.9.10', '2.11.0', '3.0.0-beta'])('takes a server of version %s', (version) => {
    expect(() => checkVersion(version, 'nats://a')).not.toThrow();
  });
});
