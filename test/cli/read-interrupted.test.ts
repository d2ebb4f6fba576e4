// `lq-stream <source>` that is told to end while its engine hangs: it ends all the same.
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { readArguments } from '../../src/cli/arguments.js';
import { writeConstantModel } from '../model-folder.js';
import { make, moving, scratch } from '../source/clips.js';
import { turn } from '../sinks/feed/feed.js';

/** How far the engine is with what it never ends. */
const engine = { scoring: false, closing: false };
vi.doMock('../../src/scoring/installed.js', async (original) => ({
  ...(await original<typeof import('../../src/scoring/installed.js')>()),
  openInstalled: async () => ({
    engine: 'hanging',
    score: () => ((engine.scoring = true), new Promise(() => {})),
    close: () => ((engine.closing = true), new Promise(() => {})),
  }),
}));

// Files share a process: what another one has loaded holds the real engine, and the next must not find this one.
vi.resetModules();
const { read } = await import('../../src/cli/read.js');
afterAll(() => {
  vi.doUnmock('../../src/scoring/installed.js');
  vi.resetModules();
});

const at = scratch();
afterEach(() => void vi.useRealTimers());

it.each(['SIGINT', 'SIGTERM'] as const)('ends on %s with 130', async (signal) => {
  Object.assign(engine, { scoring: false, closing: false });
  await writeConstantModel(at('model'));
  const clip = await make(...moving('s=160x120:r=10:d=1'), '-c:v', 'ffv1', at('clip.mkv'));
  const request = readArguments([clip, '--pipeline', 'fixed', '--model', at('model'), '--quiet']);
  if (request.show !== undefined) throw new Error('these are arguments of a run');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let code: number | undefined;
  const running = read(request.arguments).then((given) => (code = given));
  while (!engine.scoring) await turn();
  process.emit(signal);
  while (code === undefined) {
    await vi.advanceTimersByTimeAsync(500);
    await turn();
  }
  await running;
  expect({ code, ...engine }).toEqual({ code: 130, scoring: true, closing: true });
});
