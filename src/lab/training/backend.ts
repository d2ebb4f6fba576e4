// Owns the choice of the TF.js backend. It must not know networks or training; tensors live inside src/lab only.
import * as tf from '@tensorflow/tfjs-core';

/**
 * A TF.js backend: native libtensorflow through tfjs-node, WebAssembly with SIMD on one thread, or plain JavaScript.
 */
export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

/** Held in a variable: the package is optional, so TypeScript must not look for it. */
const NATIVE_PACKAGE: string = '@tensorflow/tfjs-node';

/**
 * Makes a backend the current one and returns its name: the native one when it loads, else WebAssembly.
 * @param wanted Take this one and no other (tests, comparisons).
 * @throws Error when `wanted` can't be had, with the reason as its cause.
 */
export async function openBackend(wanted?: BackendName): Promise<BackendName> {
  if (wanted) {
    await LOADERS[wanted]();
    return wanted;
  }
  try {
    await LOADERS.tensorflow();
    return 'tensorflow';
  } catch {
    // Optional by design: its install step downloads a library that many machines can't reach.
    await LOADERS.wasm();
    return 'wasm';
  }
}

/** What to tell people about a backend: its name, and how to have a faster one. */
export function describeBackend(name: BackendName): string {
  if (name === 'tensorflow') return 'tfjs-node (native)';
  const slow = name === 'wasm' ? 'wasm (SIMD, one thread)' : 'cpu (plain JavaScript)';
  return `${slow}; ${NATIVE_PACKAGE} is several times faster, and \`npm run setup:native\` in a clone gives it`;
}

const LOADERS: Record<BackendName, () => Promise<void>> = {
  tensorflow: async () => {
    // libtensorflow prints its build flags at level 0.
    process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
    await import(NATIVE_PACKAGE);
    await use('tensorflow');
  },
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    await use('wasm');
  },
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await use('cpu');
  },
};

async function use(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`The TF.js backend ${name} did not start.`);
  await tf.ready();
}
