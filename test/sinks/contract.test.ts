// What every sink promises, asked of every kind there is: a new one is tested by being in the list.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SourceError, UserError } from '../../src/base/errors.js';
import { SINK_KINDS } from '../../src/sinks/list.js';
import type { Sink, SinkKind } from '../../src/sinks/sink.js';
import { noCounts } from '../../src/types.js';
import type { Fixture } from '../../src/truth/truth.js';
import { digit, truth } from '../replay/hands.js';
import { broker, webTarget, type Broker, type WebTarget } from './sending/servers.js';
import { ending, failingOutput, published, testRun, twoFrames, type TestRun } from './runs.js';
import { wholeFile } from './whole-file.js';

const FIGURES = { ...noCounts(), fps: 25, lag: 0.04 };

let web: WebTarget;
let mqtt: Broker;
beforeAll(async () => {
  [web, mqtt] = [await webTarget(), await broker()];
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await mqtt[Symbol.asyncDispose]();
});

let folder: string;
let inside: string;
/** What is kept over runs, and stays when a run is given up. */
let kept: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sink-'));
  inside = join(folder, 'inside');
  await mkdir(inside);
  kept = await mkdtemp(join(tmpdir(), 'kept-'));
});
afterEach(async () => {
  for (const one of [folder, kept]) await rm(one, { recursive: true, force: true });
});

/** Options that say what another one of their sink says, too, or that need a file which is there. */
const LEFT_OUT = new Set(['tokenFile', 'secretFile', 'credentials', 'ca', 'cert', 'key', 'spool']);

/** Values of options that are neither files nor numbers, by flag. */
const VALUES: Readonly<Record<string, () => string>> = {
  readings: () => 'also',
  mqtt: () => mqtt.url,
  'mqtt-version': () => '3.1.1',
  'mqtt-device-class': () => 'water',
  'mqtt-expire': () => '1h',
  webhook: () => web.url,
  'webhook-spool-size': () => '1MB',
  'webhook-batch': () => '1',
  influx: () => `${web.url}/?db=lq`,
  'file-size': () => '1MB',
  'file-age': () => '1d',
  'file-keep': () => '1',
  store: () => join(kept, 'lq.db'),
  'store-keep': () => '1d',
  'store-rows': () => '1',
  'store-size': () => '1MB',
};

/** A value for every option of a kind: files in the folder, switches on, addresses any free port. */
function optionsOf({ options }: SinkKind): Record<string, unknown> {
  const together = Object.entries(options).filter(([key]) => !LEFT_OUT.has(key));
  return Object.fromEntries(
    together.map(([key, { flag, value, file = false, schema }]) => {
      const wanted = value === undefined ? true : file ? join(inside, value) : (VALUES[flag]?.() ?? '0');
      return [key, schema.parse(wanted)];
    }),
  );
}

/** The lines, and what comes in their place. */
function writesStdout({ name, replaces }: SinkKind): boolean {
  return name === 'lines' || replaces === 'lines';
}

/** Names of the files that these options have a sink write. */
function filesOf({ options }: SinkKind): string[] {
  return Object.values(options).flatMap(({ value, file = false }) => (file && value !== undefined ? [value] : []));
}

/** Those that are added to, and keep what they have. */
function growingOf({ options }: SinkKind): string[] {
  return Object.values(options).flatMap(({ value, file = false, grows = false }) => (file && grows ? [value!] : []));
}

const FIXTURE = {
  truth: truth({ frames: [{ frame: 0, digits: [digit('d0', 7, undefined, [0, 0, 30, 40])] }], attacks: [] }),
} as unknown as Fixture;

async function opened(
  kind: SinkKind,
  output = new PassThrough() as TestRun['info']['output'],
): Promise<{ sink: Sink; run: TestRun }> {
  const run = testRun({ truth: FIXTURE, output });
  const made = await kind.create(optionsOf(kind));
  await made.open(run.info);
  return { sink: made, run };
}

async function feedAll(sink: Sink): Promise<void> {
  for (const frame of published(twoFrames())) await sink.frame(frame);
  await sink.stats(FIGURES);
}

/** The user's error that work fails with; undefined when it does not fail. */
async function failureOf(work: () => Promise<unknown>): Promise<UserError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
}

describe.each(SINK_KINDS)('the sink $name', (kind) => {
  const files = filesOf(kind).sort();
  const growing = growingOf(kind);

  it('ends once: its files are there whole, and giving up afterwards takes nothing away', async () => {
    const { sink, run } = await opened(kind);
    await feedAll(sink);
    await sink.end(ending());
    const said = run.said.length;
    for (const again of [() => sink.end(ending()), () => sink.abort(), () => sink[Symbol.asyncDispose]()])
      await again();
    expect((await readdir(inside)).sort()).toEqual(files);
    for (const name of files)
      expect(wholeFile(await readFile(join(inside, name))), name).toBe(name.replace(/.*\./, ''));
    expect(await readdir(folder)).toEqual(['inside']);
    expect(run.said).toHaveLength(said);
  });

  it('is given up once: it leaves nothing but what grows, and ending afterwards brings nothing back', async () => {
    const { sink } = await opened(kind);
    await feedAll(sink);
    await sink.abort();
    for (const again of [() => sink.abort(), () => sink[Symbol.asyncDispose]()]) await again();
    expect(await readdir(inside)).toEqual(growing);
  });

  it('is given up by disposing, before its first frame as well', async () => {
    {
      await using sink = (await opened(kind)).sink;
      expect(['waits', 'late']).toContain(sink.pace);
    }
    expect(await readdir(inside)).toEqual(growing);
  });

  it('may be given up before it was opened', async () => {
    const made = await kind.create(optionsOf(kind));
    await made.abort();
    await made[Symbol.asyncDispose]();
    expect(await readdir(inside)).toEqual([]);
  });

  it('keeps what was read of a run that broke off', async () => {
    const { sink } = await opened(kind);
    await feedAll(sink);
    await sink.end(ending({ reason: 'failed', error: new SourceError('broke off') }));
    expect((await readdir(inside)).sort()).toEqual(files);
  });

  it('keeps every frame in its pixels until it has taken it, and looks at none afterwards', async () => {
    const { sink } = await opened(kind);
    for (const frame of published(twoFrames())) {
      await sink.frame(frame);
      // Given back to its pool: what is drawn later would throw.
      Object.defineProperty(frame.frame, 'gray', { get: () => expect.unreachable('looked at the pixels') });
    }
    await sink.stats(FIGURES);
    await sink.end(ending());
  });

  it('fails with a message for the user where its folder has become a file', async () => {
    const { sink } = await opened(kind);
    await rm(inside, { recursive: true });
    await writeFile(inside, 'no folder');
    const error = await failureOf(async () => {
      await feedAll(sink);
      await sink.end(ending());
    });
    await sink.abort();
    if (files.length === 0) expect(error).toBeUndefined();
    else expect(error?.message).toContain(inside);
    expect(await readdir(folder)).toEqual(['inside']);
  });

  it('fails with a message for the user, or not at all, where its folder goes while it works', async () => {
    const { sink } = await opened(kind);
    await feedAll(sink);
    await rm(inside, { recursive: true });
    const error = await failureOf(() => sink.end(ending()));
    await sink.abort();
    if (error) expect(error.message).toContain(inside);
    else if (files.length > growing.length) expect((await readdir(inside)).sort()).toEqual(files);
  });

  it('has enough, or does not care, where the reader of stdout has gone', async () => {
    const { sink, run } = await opened(kind, failingOutput('EPIPE'));
    await feedAll(sink);
    await sink.end(ending());
    expect(run.enough() > 0).toBe(writesStdout(kind));
  });

  it('fails with a message for the user, or does not care, where stdout can not be written', async () => {
    const { sink } = await opened(kind, failingOutput('ENOSPC'));
    const error = await failureOf(() => feedAll(sink));
    await sink.abort();
    if (writesStdout(kind)) expect(error?.message).toContain('ENOSPC');
    else expect(error).toBeUndefined();
  });
});
