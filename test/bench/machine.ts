// What the figures were measured on: processor, memory, load, versions.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** The machine, the programs and the packages. */
export function describeMachine(): Record<string, unknown> {
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    // Of the last minute, before the bench adds its own.
    load: os.loadavg()[0],
    node: process.versions.node,
    ffmpeg: ffmpegVersion(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

const PACKAGES = [
  'lq-stream',
  'onnxruntime-node',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node',
  'tesseract.js',
];

function ffmpegVersion(): string {
  return execFileSync(process.env['FFMPEG_PATH'] || 'ffmpeg', ['-version'], { encoding: 'utf8' })
    .split('\n')[0]!
    .replace(/ Copyright.*/, '');
}

function versionOf(name: string): string | null {
  try {
    const file = name === 'lq-stream' ? 'package.json' : `node_modules/${name}/package.json`;
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}
