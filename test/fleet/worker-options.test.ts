// Tests of what a worker refuses before it looks for a broker: there is none here, and nothing waits for one.
import { afterEach, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/fleet-worker.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  [['--metrics', '0.0.0.0:9000'], /^The metrics on 0\.0\.0\.0 could be reached from other machines and has no token/],
  [['--metrics', '0.0.0.0:9000', '--token', 'two words'], /printable ASCII characters without spaces/],
  [['--metrics', '70000'], /^--metrics "70000"/],
  [['--token', 'abc'], /a token is for those who ask for --metrics/],
  [['--spare', '-1'], /--spare.*of at least 0 and at most 64/],
  [['--capacity', '0'], /--capacity.*above 0/],
])('%j', async (words, message) => {
  vi.stubEnv('LQ_TOKEN', undefined);
  await expect(run(words)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) as string });
});
