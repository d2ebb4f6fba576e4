// Which TF.js backends a test runs on: all of them, the native one where it is installed.
import { createRequire } from 'node:module';
import { describe } from 'vitest';
import type { BackendName } from '../../../src/lab/training/backend.js';

/** Whether the native backend is installed. It is optional. */
export const hasNative = ((): boolean => {
  try {
    createRequire(import.meta.url)('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
})();

/** A block of tests for each of the backends; that of a missing native one is reported as skipped. */
export function onBackends(names: readonly BackendName[], tests: (backend: BackendName) => void): void {
  for (const name of names) describe.skipIf(name === 'tensorflow' && !hasNative)(`on ${name}`, () => tests(name));
}
