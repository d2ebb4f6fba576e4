// Tests of what a gateway refuses before it looks for a broker: there is none here, and nothing waits for one.
import { afterEach, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/gateway.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  [['--serve', '0.0.0.0:9000'], /^The feed on 0\.0\.0\.0 could be reached from other machines and has no token/],
  [['--serve', '9000', '--token', 'two words'], /printable ASCII characters without spaces/],
  [['--serve', '70000'], /^--serve "70000"/],
  [[], /where does it listen/],
  [['--serve', '9000', 'fleet.yaml'], /takes no file, found "fleet.yaml"/],
])('%j', async (words, message) => {
  vi.stubEnv('LQ_TOKEN', undefined);
  await expect(run(words)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) as string });
});
