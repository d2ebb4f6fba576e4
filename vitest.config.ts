// How the tests run: seeded and parallel by file; a test that hangs fails.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Files start ffmpeg and load native engines: threads of one process would share their fate.
    pool: 'forks',
  },
});
