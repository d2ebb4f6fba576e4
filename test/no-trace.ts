// Runs around every test file: files share a process, so what one leaves behind fails there, not in the next one.
import { afterAll, beforeAll, expect, vi } from 'vitest';

/** Set for good by what it belongs to: vitest's own numbering, and TensorFlow's library once it was asked for. */
const PASSING = new Set(['VITEST_POOL_ID', 'VITEST_WORKER_ID', 'TF_CPP_MIN_LOG_LEVEL']);

/** Of what every program finds, that which tests put something else in the place of. */
const GLOBALS = ['fetch', 'WebSocket', 'WebAssembly', 'setTimeout', 'Date', 'Math'];
const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: { readonly Instance: unknown } };
const { Instance } = wasm;

/** What of a process a test could change for those after it. */
function state(): Record<string, unknown> {
  return {
    folder: process.cwd(),
    exitCode: process.exitCode,
    signals: ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal)),
    spied: [process.stdout.write, process.stderr.write, process.exit].map((each) => vi.isMockFunction(each)),
    fakeClock: vi.isFakeTimers(),
    globals: GLOBALS.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)?.value as unknown),
    wasm: wasm.Instance === Instance,
  };
}

/** Names only in what is shown: values of an environment are nobody's business. */
function changed(from: NodeJS.ProcessEnv): string[] {
  const names = new Set([...Object.keys(from), ...Object.keys(process.env)]);
  return [...names].filter((name) => !PASSING.has(name) && from[name] !== process.env[name]);
}

let before: Record<string, unknown>;
let environment: NodeJS.ProcessEnv;
beforeAll(() => {
  before = state();
  environment = { ...process.env };
});
afterAll(() => {
  expect(state(), 'left behind by the tests of this file').toEqual(before);
  expect(changed(environment), 'variables of the environment left changed by the tests of this file').toEqual([]);
});
