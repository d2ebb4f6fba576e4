// A run that pages look at, for tests: a camera on a counter, the real pipeline, the feed with its page. Holds no tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { RunObserver } from '../../src/pipeline/observer.js';
import { PipelineEditing } from '../../src/pipeline/editing.js';
import { namedPipeline, prepare } from '../../src/pipeline/prepare.js';
import { runInto } from '../../src/run-into.js';
import { inTurn } from '../../src/scoring/in-turn.js';
import { openInstalled } from '../../src/scoring/installed.js';
import { createFeed } from '../../src/sinks/feed.js';
import { sink, type PublishedFrame } from '../../src/sinks/sink.js';

/** The script's own file is plain JavaScript: this says what is called here. */
interface CounterScript {
  readonly CELLS: readonly (readonly [number, number, number, number])[];
  startCounter(options: { readonly value?: () => string }): Promise<CounterCamera>;
}

/** A camera that can die and come back. */
export interface CounterCamera {
  readonly url: string;
  die(): Promise<void>;
  live(): Promise<void>;
}

export const { CELLS, startCounter } = (await import(
  new URL('../../scripts/page/counter.mjs', import.meta.url).href
)) as CounterScript;

/** A run and its page. */
export interface CounterRun {
  /** Of the page, such as `http://127.0.0.1:8080/`. */
  readonly url: string;
  readonly camera: CounterCamera;
  readonly folder: string;
  /** The file that is edited, as it is on the disk. */
  readonly saved: () => Promise<string>;
  /** Every frame that was published, without its pixels. */
  readonly frames: Pick<PublishedFrame, 'sightings' | 'pipeline' | 'outgoing' | 'numbers'>[];
  readonly editing: PipelineEditing;
  end(): Promise<void>;
}

const PIPELINE = `# The counter in the hall.
gate:
  # Set by hand in spring.
  ratio: 4
`;

/** Starts a run on a counter that shows `value()`. */
export async function startCounterRun({
  token,
  value = () => '04173',
}: { readonly token?: string; readonly value?: () => string } = {}): Promise<CounterRun> {
  const folder = await mkdtemp(join(tmpdir(), 'lq-page-'));
  const camera = await startCounter({ value });
  const file = join(folder, 'mine.yaml');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(file, PIPELINE);
  const prepared = await prepare(namedPipeline(file));
  const scorer = inTurn(await openInstalled(prepared.model, () => undefined));
  const editing = new PipelineEditing({
    ...prepared,
    text: PIPELINE,
    name: 'mine.yaml',
    file,
    isThere: true,
    overrides: {},
    scorer,
  });
  const frames: CounterRun['frames'] = [];
  const stop = new AbortController();
  let listening: (url: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => (listening = resolve));
  const feed = createFeed({ token, edit: true, crops: join(folder, 'crops'), listening });
  const observed = sink({
    pace: 'waits',
    failure: 'ends-run',
    frame: async ({ sightings, pipeline, outgoing, numbers }) => {
      frames.push({ sightings, outgoing, numbers, ...(pipeline !== undefined && { pipeline }) });
    },
  });
  const run = runInto({
    source: camera.url,
    pipeline: { file },
    prepared,
    scorer,
    editing,
    sinks: [
      { name: 'feed', sink: feed },
      { name: 'observed', sink: observed },
    ],
    observer: new RunObserver(),
    files: {},
    output: new PassThrough(),
    say: () => undefined,
    bold: false,
    interrupted: stop.signal,
  });
  // A failure is told by `end`.
  run.catch(() => undefined);
  const url = await Promise.race([address, run.then(() => '')]);
  return {
    url: url.replace(/^ws(.*)feed$/, 'http$1'),
    camera,
    folder,
    frames,
    editing,
    saved: () => readFile(file, 'utf8'),
    async end() {
      stop.abort();
      await run;
      await camera.die().catch(() => undefined);
      await scorer.close();
      await rm(folder, { recursive: true });
    },
  };
}
