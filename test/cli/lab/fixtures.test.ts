import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/lab/fixtures.js';
import { UsageError } from '../../../src/base/errors.js';

describe('lq-stream fixtures', () => {
  it.each([
    [[], /which fixture/],
    [['kamera'], /found "kamera"/],
    [['camera', 'again'], /found "camera again"/],
    [['camera', '--out', 'clip.avi'], /--out must end in \.mp4, found "clip\.avi"/],
    [['camera', '--seed', '-1'], /--seed/],
    [['camera', '--seed', '1.5'], /--seed must be a whole number.*"1\.5"/],
    [['camera', '--sed', '1'], /did you mean --seed\?/],
    [['camera', '--full'], /--full, --only and --resume are for lq-stream fixtures make/],
    [['camera', '--resume'], /are for lq-stream fixtures make/],
    [['counter', '--out', 'clip.avi'], /--out must end in \.mp4, found "clip\.avi"/],
    [['counter', '--only', 'clean'], /are for lq-stream fixtures make/],
    [['make', '--seed', 'x'], /--seed must be a whole number.*"x"/],
    [['make', '--only', 'hardend'], /--only: there is no folder "hardend" in the set; did you mean "hardened"\?/],
    [['make', '--only', 'hardened/pgd-0.4'], /did you mean "hardened\/pgd-0\.3"\?/],
    [
      ['make', '--only', 'somewhere'],
      /no folder "somewhere" in the set; there are clean, controls, one, camera, hardened/,
    ],
    [['make', '--only', 'clean,'], /no folder "" in the set/],
    [['make', 'twice'], /found "make twice"/],
    [['camera', '--verbose'], /unknown option --verbose; see lq-stream fixtures --help/],
  ])('refuses %j', async (argv, message) => {
    const failure = run(argv);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
  });
});
