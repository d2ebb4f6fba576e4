// The checks there are: what a run on this machine, with this pipeline, would need. It starts no run.
import { execFile } from 'node:child_process';
import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SourceError, UsageError } from '../base/errors.js';
import { loads } from '../base/optional-package.js';
import { printable } from '../base/printable.js';
import { ffmpegProgram, ffprobeProgram } from '../base/programs.js';
import { namedPipeline, prepare } from '../pipeline/prepare.js';
import { mergeSinkSettings, wantedSinks, type SinkSettings } from '../sinks/options.js';
import { REACH_MS, reachHost } from '../sinks/sending/reach.js';
import type { SinkKind } from '../sinks/sink.js';
import { Processes } from '../source/processes.js';
import { checkFfmpeg } from '../source/version.js';
import type { Check } from './check.js';

/** What is to be looked at. */
export interface DoctorOptions {
  /** A pipeline's name or file. Default `default`. */
  readonly pipeline: string;
  /** A source to reach. Default: none is looked at. */
  readonly source?: string | undefined;
  /** What is asked of sinks beside the pipeline. Default: nothing. */
  readonly sinks?: SinkSettings | undefined;
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
}

/** Bytes that have to be free where something is written. */
const LEAST_FREE = 200e6;

/** When this program was written: a clock that is before is wrong. */
const BUILT = Date.UTC(2026, 0, 1);

/** All checks, in the order in which they are shown. */
export function checksFor({ pipeline, source, sinks = {}, now }: DoctorOptions): Check[] {
  return [
    { name: 'ffmpeg', look: () => checkFfmpeg(ffmpegProgram(), { processes: new Processes() }) },
    { name: 'ffprobe', look: ffprobe },
    { name: 'engine', look: engine },
    { name: 'clock', look: async () => clock(now()) },
    { name: 'pipeline', look: async () => (namedPipeline(pipeline), pipeline) },
    { name: 'model', look: () => model(pipeline) },
    ...(source === undefined ? [] : [{ name: 'source', look: () => reachSource(source) }]),
    ...sinkChecks(pipeline, sinks),
  ];
}

async function ffprobe(): Promise<string> {
  const program = ffprobeProgram();
  const said = await new Promise<string>((resolve, reject) => {
    execFile(program, ['-version'], { timeout: REACH_MS }, (error, out) =>
      error ? reject(new Error(error.message, { cause: error })) : resolve(out),
    );
  }).catch((cause: unknown) => {
    throw new SourceError(`${printable(program)} can't be started: install ffmpeg, or set FFPROBE_PATH`, { cause });
  });
  const version = /^ffprobe version (\S+)/m.exec(said)?.[1];
  if (version === undefined) throw new SourceError(`${printable(program)} is no ffprobe: set FFPROBE_PATH to one`);
  return version;
}

async function engine(): Promise<string> {
  if (await loads('onnxruntime-node')) return 'ONNX Runtime';
  if (await loads('@tensorflow/tfjs-core'))
    return 'TensorFlow.js, which is slower: npm install onnxruntime-node brings the faster one';
  throw new UsageError('there is none: npm install onnxruntime-node');
}

function clock(now: number): string {
  const said = new Date(now).toISOString();
  if (now >= BUILT) return said;
  throw new UsageError(`it is set to ${said}, before this program was written: set it, or let NTP do so`);
}

async function model(pipeline: string): Promise<string> {
  const { model: found } = await prepare(namedPipeline(pipeline));
  return `${found.name}, sha256 ${found.hash.slice(0, 12)} as on its card`;
}

/** Ports of schemes, where an address names none. */
const PORTS: Readonly<Record<string, number>> = {
  rtsp: 554,
  rtsps: 322,
  rtmp: 1935,
  rtmps: 443,
  http: 80,
  https: 443,
};

async function reachSource(source: string): Promise<string> {
  if (/^(udp|srt):\/\//i.test(source)) return 'sends over UDP, which has no connection to try';
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(source)) return await reach(source);
  if (source === '-') return 'stdin';
  const found = await stat(source).catch(() => undefined);
  if (!found) throw new SourceError(`${printable(source)}: there is no such file`);
  return found.isFile() ? `a file of ${found.size} bytes` : 'is there';
}

/** Opens a TCP connection to an address, and closes it. */
async function reach(address: string): Promise<string> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const port = url && (Number(url.port) || PORTS[url.protocol.slice(0, -1).toLowerCase()]);
  if (!url || port === undefined) throw new UsageError('is no address that can be reached: check its scheme and host');
  return await reachHost(url, port);
}

/** What the sinks of a pipeline and of the command line need; none where the pipeline can't be read, which is said. */
function sinkChecks(pipeline: string, asked: SinkSettings): Check[] {
  const wanted = wantedOf(pipeline, asked);
  const tries = wanted.flatMap(({ kind: { name, check }, options }): Check[] =>
    check ? [{ name: `sink ${name}`, look: () => check(options) }] : [],
  );
  const rooms = wanted.flatMap(({ kind, options }) =>
    filesOf(kind.options, options).map((file) => ({ name: `disk of ${kind.name}`, look: () => room(file) })),
  );
  return [...tries, ...rooms, { name: 'disk', look: () => room('here') }];
}

/** Files that are written with these options; a store's among them, which is a file or an address. */
function filesOf(known: SinkKind['options'], options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([key, value]) => {
    const isFile = known[key]?.file === true || (key === 'place' && !/^[a-z][a-z\d+.-]*:\/\//i.test(String(value)));
    return isFile && typeof value === 'string' ? [value] : [];
  });
}

function wantedOf(pipeline: string, asked: SinkSettings): ReturnType<typeof wantedSinks> {
  try {
    return wantedSinks(mergeSinkSettings(namedPipeline(pipeline).sinks, asked));
  } catch {
    return wantedSinks(asked);
  }
}

/** How much room there is where a file is, or will be. */
async function room(file: string): Promise<string> {
  const folder = dirname(resolve(file));
  const found = await statfs(folder).catch((cause: unknown) => {
    throw new UsageError(`there is no folder ${printable(folder)}: make it`, { cause });
  });
  const free = found.bavail * found.bsize;
  const said = `${(free / 1e9).toFixed(1)} GB free in ${printable(folder)}`;
  if (free < LEAST_FREE) throw new UsageError(`${said}, less than ${LEAST_FREE / 1e6} MB: make room`);
  return said;
}
