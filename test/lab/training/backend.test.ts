// Tests of src/lab/training/backend.ts: which backend is opened, and that they compute the same.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeBackend, openBackend } from '../../../src/lab/training/backend.js';
import { hasNative } from './backends.js';

describe('openBackend', () => {
  it('takes the native backend where it loads, else wasm', async () => {
    expect(await openBackend()).toBe(hasNative ? 'tensorflow' : 'wasm');
    expect(tf.getBackend()).toBe(hasNative ? 'tensorflow' : 'wasm');
  });

  it('takes the one that is asked for, or says why not', async () => {
    expect(await openBackend('cpu')).toBe('cpu');
    expect(tf.getBackend()).toBe('cpu');
    if (!hasNative) await expect(openBackend('tensorflow')).rejects.toThrow(/tfjs-node/);
  });
});

describe('describeBackend', () => {
  it('names the backend, and the faster one where there is one', () => {
    expect(describeBackend('wasm')).toMatch(/wasm .*tfjs-node.*npm run setup:native/);
    expect(describeBackend('tensorflow')).not.toMatch(/faster|setup/);
  });
});
