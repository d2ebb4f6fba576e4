// Tests of src/lab/backend.ts: which backend is opened, and that they compute the same.
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { describeBackend, openBackend } from '../../src/lab/backend.js';

/** The native backend is optional; where it is installed it must be the one that is taken. */
const native = ((): boolean => {
  try {
    createRequire(import.meta.url)('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
})();

describe('openBackend', () => {
  it('takes the native backend where it loads, else wasm', async () => {
    expect(await openBackend()).toBe(native ? 'tensorflow' : 'wasm');
    expect(tf.getBackend()).toBe(native ? 'tensorflow' : 'wasm');
  });

  it('takes the one that is asked for, or says why not', async () => {
    expect(await openBackend('cpu')).toBe('cpu');
    expect(tf.getBackend()).toBe('cpu');
    if (!native) await expect(openBackend('tensorflow')).rejects.toThrow(/tfjs-node/);
  });
});

describe('describeBackend', () => {
  it('names the backend, and the faster one where there is one', () => {
    expect(describeBackend('wasm')).toMatch(/wasm .*tfjs-node/);
    expect(describeBackend('tensorflow')).not.toMatch(/faster/);
  });
});
