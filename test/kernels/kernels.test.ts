import { expect, it } from 'vitest';
import { COMPILED_FROM } from '../../src/kernels/compiled.js';
import { createKernels } from '../../src/kernels/kernels.js';

it('are compiled from what assembly/ holds', async () => {
  // A script in plain JavaScript, known here by what it gives.
  const script = new URL('../../scripts/kernels.mjs', import.meta.url).href;
  const { fingerprint } = (await import(script)) as { readonly fingerprint: () => string };
  expect(COMPILED_FROM, 'npm run kernels').toBe(fingerprint());
});

it('have pieces of memory that grow apart, keep what others hold, and stay where they are while large enough', () => {
  const kernels = createKernels();
  const [a, b] = [kernels.piece(), kernels.piece()];
  a.reserve(100);
  b.reserve(100);
  kernels.bytes.fill(7, a.address, a.address + 100);
  kernels.bytes.fill(8, b.address, b.address + 100);
  const before = b.address;
  b.reserve(90);
  expect(b.address).toBe(before);
  b.reserve(1 << 20);
  expect(b.address).not.toBe(before);
  kernels.bytes.fill(9, b.address, b.address + (1 << 20));
  expect(kernels.bytes.subarray(a.address, a.address + 100).every((value) => value === 7)).toBe(true);
  expect(b.address % 16).toBe(0);
  expect(kernels.bytes.length).toBeGreaterThanOrEqual(b.address + (1 << 20));
});

it('share no memory with other kernels', () => {
  const [one, other] = [createKernels(), createKernels()];
  const [mine, theirs] = [one.piece(), other.piece()];
  mine.reserve(16);
  theirs.reserve(16);
  one.bytes.fill(1, mine.address, mine.address + 16);
  expect(other.bytes[theirs.address]).toBe(0);
});
