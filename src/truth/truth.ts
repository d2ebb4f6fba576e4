// Owns the truth file of a clip: its form, and reading one with the clip that it belongs to. It must not run a
// pipeline.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline as through } from 'node:stream/promises';
import { z } from 'zod';
import { pipelineJsonSchema, pipelineSchema, type PipelineConfig } from '../config.js';
import { UsageError } from '../base/errors.js';
import { explain, type JsonSchema } from '../base/explain.js';
import { nearest } from '../base/nearest.js';
import { ATTACK_NAMES } from './attack-names.js';
import { isDigit } from '../types.js';

/** The first key of a truth file, and its version. */
export const TRUTH_FORMAT = 'lq-stream/replay-truth/1';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const whole = z.int().min(0);

const modelSchema = z.strictObject({ name: z.string().min(1), hash: hash.describe('sha256 of its model.onnx.') });

const attackSchema = z.strictObject({
  name: z.enum(ATTACK_NAMES),
  epsilon: z.number().min(0).describe("Strength in the attack's unit (lq-stream attack --help)."),
  seed: whole,
  model: modelSchema.optional().describe('The model attacked; absent where none has a part in it.'),
  surrogate: modelSchema.optional().describe('The model that the pictures were made on, for a transfer.'),
});

const digitSchema = z.strictObject({
  id: z.string().min(1).describe('The same from frame to frame while one digit is shown at one place.'),
  box: z
    .tuple([whole, whole, z.int().min(1), z.int().min(1)])
    .describe('[x, y, width, height] in pixels of the picture.'),
  label: z.int().min(0).max(9).nullable().describe('The digit; null for what is none: accepting it is a leak.'),
  attack: whole.optional().describe('Index in `attacks`; absent where the digit is shown clear.'),
  image: whole.optional().describe('Index in the files of `images`.'),
});

/** The one definition of a truth file: every key and limit. */
export const truthSchema = z.strictObject({
  format: z.literal(TRUTH_FORMAT),
  clip: z.string().min(1).describe('Name of the clip beside this file.'),
  sha256: hash.describe('Of the clip.'),
  command: z.string().optional().describe('What makes the clip again.'),
  width: z.int().min(1),
  height: z.int().min(1),
  frameCount: z.int().min(1),
  codec: z.string().min(1).describe('For the table: ffv1, h264, ...'),
  path: z.string().min(1).describe('For the table: how digits are shown and found (windows, page, ...).'),
  pipeline: z
    .unknown()
    .optional()
    .describe('What to run the clip through, as in a pipeline file; default: the default pipeline.'),
  attacks: z.array(attackSchema),
  images: z
    .strictObject({ clean: z.string(), shown: z.string() })
    .optional()
    .describe(
      'IDX files (.gz) of 28x28 bytes, relative to this file: the clean digits, and what is shown of ' +
        'them. For pixel-level figures.',
    ),
  frames: z
    .array(z.strictObject({ frame: whole, digits: z.array(digitSchema) }))
    .min(1)
    .describe('Frames without digits may be left out.'),
});

/** The truth of a clip. */
export type Truth = z.infer<typeof truthSchema>;

/** One digit in one frame. */
export type TruthDigit = Truth['frames'][number]['digits'][number];

/** A label as truth files have it: null for what is no digit. */
export function truthLabel(label: number): TruthDigit['label'] {
  return isDigit(label) ? label : null;
}

/** An attack that digits of a clip are under. */
export type TruthAttack = Truth['attacks'][number];

/** A clip with its truth. */
export interface Fixture {
  /** Path of the truth file, for messages. */
  readonly file: string;
  /** Path of the clip. */
  readonly clip: string;
  readonly truth: Truth;
  /** What to run it through, defaults filled in. */
  readonly config: PipelineConfig;
}

/**
 * Reads a truth file and checks its clip's sha256 against it. Size and number of frames show when the clip is decoded.
 * @throws UsageError with the file, the place, the rule and what was found.
 */
export async function readFixture(file: string): Promise<Fixture> {
  const truth = parseTruth(await textOf(file), file);
  const clip = path.join(path.dirname(file), truth.clip);
  const sha256 = await hashOf(clip, file);
  if (sha256 !== truth.sha256)
    throw new UsageError(
      `${file}: its clip ${clip} has another sha256 (${sha256.slice(0, 12)}...) than the truth file says ` +
        `(${truth.sha256.slice(0, 12)}...): one of them was changed. Make them again together.`,
    );
  return { file, clip, truth, config: configOf(truth, file) };
}

/**
 * The truth of a JSON text; `file` is its name in messages.
 * @throws UsageError that names the path, the rule and the value found.
 */
export function parseTruth(text: string, file: string): Truth {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== TRUTH_FORMAT)
    throw new UsageError(
      `${file} is no truth file for a replay: its format must be "${TRUTH_FORMAT}", ` +
        `found ${format === undefined ? 'none' : JSON.stringify(format)}`,
    );
  const result = truthSchema.safeParse(value);
  if (!result.success) {
    const schema = z.toJSONSchema(truthSchema, { io: 'input' }) as JsonSchema;
    const [complaint] = result.error.issues.flatMap((issue) => explain(issue, value, schema));
    throw new UsageError(
      `${file}: ${complaint?.text ?? 'is not a truth file'}${attackHint(value, complaint?.path ?? [])}`,
    );
  }
  check(result.data, file);
  return result.data;
}

/** `did you mean pgd?` for an unknown attack. */
function attackHint(value: unknown, at: readonly PropertyKey[]): string {
  if (at[0] !== 'attacks' || at[2] !== 'name') return '';
  const name = (value as { attacks?: { name?: unknown }[] }).attacks?.[Number(at[1])]?.name;
  const guess = typeof name === 'string' ? nearest(name, ATTACK_NAMES) : undefined;
  return guess === undefined ? '' : `; did you mean ${guess}?`;
}

function check({ frames, attacks, frameCount, width, height }: Truth, file: string): void {
  const seen = new Set<number>();
  frames.forEach(({ frame, digits }, i) => {
    const at = `${file}: frames[${i}]`;
    if (frame >= frameCount)
      throw new UsageError(`${at}.frame must be below frameCount (${frameCount}), found ${frame}`);
    if (seen.has(frame)) throw new UsageError(`${at}.frame is ${frame}, which another entry is for`);
    seen.add(frame);
    digits.forEach(({ id, box: [x, y, w, h], attack }, k) => {
      if (attack !== undefined && attack >= attacks.length)
        throw new UsageError(
          `${at}.digits[${k}].attack must be an index in attacks, ` +
            `of which there are ${attacks.length}, found ${attack}`,
        );
      if (x + w > width || y + h > height)
        throw new UsageError(
          `${at}.digits[${k}].box [${[x, y, w, h].join(', ')}] is not inside the picture, which is ${width}x${height}`,
        );
      if (digits.findIndex((other) => other.id === id) !== k)
        throw new UsageError(`${at}.digits[${k}].id "${id}" is given twice in one frame`);
    });
  });
  if (frames.every(({ digits }) => digits.length === 0))
    throw new UsageError(`${file} has no digits: there is nothing to replay`);
  const used = new Set(frames.flatMap(({ digits }) => digits.map(({ attack }) => attack)));
  attacks.forEach(({ name }, i) => {
    if (!used.has(i)) throw new UsageError(`${file}: attacks[${i}] (${name}) is one that no digit is under`);
  });
}

function configOf({ pipeline = {} }: Truth, file: string): PipelineConfig {
  // A clip that somebody hands over must not say where files are written.
  if (pipeline !== null && typeof pipeline === 'object' && 'sinks' in pipeline)
    throw new UsageError(`${file}: pipeline: unknown key sinks; a truth file says how its clip is read`);
  const result = pipelineSchema.safeParse(pipeline);
  if (result.success) return result.data;
  const [complaint] = result.error.issues.flatMap((issue) => explain(issue, pipeline, pipelineJsonSchema()));
  throw new UsageError(`${file}: pipeline: ${complaint?.text ?? 'is not a pipeline'}`);
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} can't be read (${cause.code ?? cause.message})`, { cause });
  });
}

async function hashOf(clip: string, file: string): Promise<string> {
  const sum = createHash('sha256');
  await through(createReadStream(clip), sum).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: its clip ${clip} can't be read (${cause.code ?? cause.message})`, { cause });
  });
  return sum.digest('hex');
}
