// How the tests run: seeded, file by file in processes that are used again; a test that hangs fails.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/no-trace.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // Files start ffmpeg and load native engines: threads of one process would share their fate.
    pool: 'forks',
    // A process of its own for each file spent a third of all processor time on loading TensorFlow.js again and again.
    // What a file must not leave to the next one is checked after each (test/no-trace.ts).
    isolate: false,
    // By default one core is left idle: on two cores that is half the machine.
    maxWorkers: '100%',
  },
});
