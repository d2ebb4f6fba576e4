// Owns the truth file of a clip: its form, and reading one with the clip that it belongs to. It must not run a
// pipeline.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline as through } from 'node:stream/promises';
import { z } from 'zod';
import { PIPELINE_BYTES, pipelineJsonSchema, pipelineSchema, type PipelineConfig } from '../config.js';
import { bytesInWords, readBoundedText, unreadable } from '../base/bounded-file.js';
import { readJson } from '../base/document.js';
import { ofDocument } from '../base/document-error.js';
import { UsageError } from '../base/errors.js';
import { explainAll, type JsonSchema } from '../base/explain.js';
import { nearest } from '../base/nearest.js';
import { PLAIN, printable } from '../base/printable.js';
import { ATTACK_NAMES } from './attack-names.js';
import { besideTruth } from './beside.js';
import { isDigit } from '../types.js';

/** The first key of a truth file, and its version. */
export const TRUTH_FORMAT = 'lq-stream/replay-truth/1';

/** Bytes of a truth file at most. */
export const TRUTH_BYTES = 16_777_216;

/** Frames with digits at most: more than two hours at 30 a second. */
export const TRUTH_FRAMES = 250_000;

/** Digits in one frame at most, as a pipeline has regions. */
export const TRUTH_DIGITS = 1_024;

/** Attacks in one clip at most. */
export const TRUTH_ATTACKS = 1_000;

/** A text that is shown in tables and messages: nothing in it steers a terminal, and it has an end. */
function words(most: number): z.ZodString {
  return z.string().min(1).max(most).regex(PLAIN, 'must hold no control characters');
}

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const whole = z.int().min(0);

const modelSchema = z.strictObject({ name: words(200), hash: hash.describe('sha256 of its model.onnx.') });

const attackSchema = z.strictObject({
  name: z.enum(ATTACK_NAMES),
  epsilon: z.number().min(0).describe("Strength in the attack's unit (lq-stream attack --help)."),
  seed: whole,
  model: modelSchema.optional().describe('The model attacked; absent where none has a part in it.'),
  surrogate: modelSchema.optional().describe('The model that the pictures were made on, for a transfer.'),
});

const digitSchema = z.strictObject({
  id: words(200).describe('The same from frame to frame while one digit is shown at one place.'),
  box: z
    .tuple([whole, whole, z.int().min(1), z.int().min(1)])
    .describe('[x, y, width, height] in pixels of the picture.'),
  label: z.int().min(0).max(9).nullable().describe('The digit; null for what is none: accepting it is a leak.'),
  attack: whole.optional().describe('Index in `attacks`; absent where the digit is shown clear.'),
  image: whole.optional().describe('Index in the files of `images`.'),
});

const frameSchema = z.strictObject({ frame: whole, digits: z.array(digitSchema).max(TRUTH_DIGITS) });

/** The one definition of a truth file: every key and limit. */
export const truthSchema = z.strictObject({
  format: z.literal(TRUTH_FORMAT),
  clip: words(1000).describe('Name of the clip, in the folder of this file.'),
  sha256: hash.describe('Of the clip.'),
  command: words(10_000).optional().describe('What makes the clip again.'),
  width: z.int().min(1),
  height: z.int().min(1),
  frameCount: z.int().min(1),
  codec: words(100).describe('For the table: ffv1, h264, ...'),
  path: words(100).describe('For the table: how digits are shown and found (windows, page, ...).'),
  pipeline: z
    .unknown()
    .optional()
    .describe('What to run the clip through, as in a pipeline file; default: the default pipeline.'),
  attacks: z.array(attackSchema).max(TRUTH_ATTACKS),
  images: z
    .strictObject({ clean: words(1000), shown: words(1000) })
    .optional()
    .describe(
      'IDX files (.gz) of 28x28 bytes, relative to this file: the clean digits, and what is shown of ' +
        'them. For pixel-level figures.',
    ),
  frames: z.array(frameSchema).min(1).max(TRUTH_FRAMES).describe('Frames without digits may be left out.'),
});

/** All but the frames, which are checked one by one: the first wrong one is enough to refuse millions. */
const restSchema = truthSchema.omit({ frames: true });

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
  const text = ofDocument(printable(file), UsageError, () => readBoundedText(file, { most: TRUTH_BYTES }));
  const truth = parseTruth(text, file);
  const config = pipelineOf(truth, file);
  const clip = await besideTruth({ file, name: truth.clip, what: 'clip' });
  const sha256 = await hashOf(clip, file);
  if (sha256 !== truth.sha256)
    throw new UsageError(
      `${printable(file)}: its clip ${printable(clip)} has another sha256 (${sha256.slice(0, 12)}...) than the truth ` +
        `file says (${truth.sha256.slice(0, 12)}...): one of them was changed. Make them again together.`,
    );
  return { file, clip, truth, config };
}

/**
 * The truth of a JSON text; `file` is its name in messages.
 * @throws UsageError that names the path, the rule and the value found.
 */
export function parseTruth(text: string, file: string): Truth {
  const name = printable(file);
  const value = ofDocument(name, UsageError, () => readJson(text, TRUTH_BYTES));
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== TRUTH_FORMAT)
    throw new UsageError(
      `${name} is no truth file for a replay: its format must be "${TRUTH_FORMAT}", ` +
        `found ${format === undefined ? 'none' : typeof format === 'string' ? `"${printable(format)}"` : 'no text'}`,
    );
  const { frames, ...rest } = value as Record<string, unknown>;
  checkLength(rest['attacks'], 'attacks', TRUTH_ATTACKS, name);
  const truth: Truth = { ...checked(restSchema, rest, [], name), frames: framesOf(frames, name) };
  check(truth, name);
  return truth;
}

function framesOf(frames: unknown, name: string): Truth['frames'] {
  checkLength(frames, 'frames', TRUTH_FRAMES, name);
  if (!Array.isArray(frames) || frames.length === 0)
    return checked(truthSchema.pick({ frames: true }), { frames }, [], name).frames;
  return frames.map((frame: unknown, i) => {
    const digits = (frame as { digits?: unknown } | null)?.digits;
    checkLength(digits, `frames[${i}].digits`, TRUTH_DIGITS, name);
    return checked(frameSchema, frame, ['frames', i], name);
  });
}

/** Before its elements are looked at, each of which may be wrong. */
function checkLength(list: unknown, at: string, most: number, name: string): void {
  if (!Array.isArray(list) || list.length <= most) return;
  const [allowed, found] = [most, list.length].map((count) => count.toLocaleString('en'));
  throw new UsageError(`${name}: ${at} must be at most ${allowed} values long, found ${found}`);
}

/** A part of a truth file, at the path `at`, by its schema. */
function checked<T extends z.ZodType>(schema: T, part: unknown, at: readonly PropertyKey[], name: string): z.output<T> {
  const result = schema.safeParse(part);
  if (result.success) return result.data;
  jsonSchema ??= z.toJSONSchema(truthSchema, { io: 'input' }) as JsonSchema;
  // The whole again, as far as it leads to the part.
  const root = at.length === 0 ? part : { format: TRUTH_FORMAT, frames: { [at[1]!]: part } };
  const issues = result.error.issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }));
  const [complaint] = explainAll(issues, root, jsonSchema);
  throw new UsageError(`${name}: ${complaint!.text}${attackHint(part, complaint!.path)}`);
}

/** Made when it is first asked for, which a run that goes well never does. */
let jsonSchema: JsonSchema | undefined;

/** `did you mean pgd?` for an unknown attack. */
function attackHint(value: unknown, at: readonly PropertyKey[]): string {
  if (at[0] !== 'attacks' || at[2] !== 'name') return '';
  const name = (value as { attacks?: { name?: unknown }[] }).attacks?.[Number(at[1])]?.name;
  const guess = typeof name === 'string' ? nearest(name, ATTACK_NAMES) : undefined;
  return guess === undefined ? '' : `; did you mean ${guess}?`;
}

function check({ frames, attacks, frameCount, width, height }: Truth, name: string): void {
  const seen = new Set<number>();
  const used = new Set<number | undefined>();
  let digitCount = 0;
  frames.forEach(({ frame, digits }, i) => {
    const at = `${name}: frames[${i}]`;
    if (frame >= frameCount)
      throw new UsageError(`${at}.frame must be below frameCount (${frameCount}), found ${frame}`);
    if (seen.has(frame)) throw new UsageError(`${at}.frame is ${frame}, which another entry is for`);
    seen.add(frame);
    const ids = new Set<string>();
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
      if (ids.has(id)) throw new UsageError(`${at}.digits[${k}].id "${printable(id)}" is given twice in one frame`);
      ids.add(id);
      used.add(attack);
    });
    digitCount += digits.length;
  });
  if (digitCount === 0) throw new UsageError(`${name} has no digits: there is nothing to replay`);
  attacks.forEach((attack, i) => {
    if (!used.has(i)) throw new UsageError(`${name}: attacks[${i}] (${attack.name}) is one that no digit is under`);
  });
}

/** A model by its name, not by a path. */
const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/**
 * The pipeline that a truth file asks for, defaults filled in; `file` is its name in messages.
 * @throws UsageError when it is none, or names files: those who hand over a clip must not say what else is read.
 */
export function pipelineOf({ pipeline = {} }: Pick<Truth, 'pipeline'>, file: string): PipelineConfig {
  const at = `${printable(file)}: pipeline`;
  // A clip that somebody hands over must not say where files are written.
  if (pipeline !== null && typeof pipeline === 'object' && 'sinks' in pipeline)
    throw new UsageError(`${at}: unknown key sinks; a truth file says how its clip is read`);
  if (JSON.stringify(pipeline).length > PIPELINE_BYTES)
    throw new UsageError(`${at}: is larger than ${bytesInWords(PIPELINE_BYTES)}, which is the most that is read`);
  const result = pipelineSchema.safeParse(pipeline);
  if (!result.success) {
    const [complaint] = explainAll(result.error.issues, pipeline, pipelineJsonSchema());
    throw new UsageError(`${at}: ${complaint!.text}`);
  }
  if (!MODEL_NAME.test(result.data.model))
    throw new UsageError(
      `${at}: model must be the name of a model, found "${printable(result.data.model)}"; ` +
        `a folder is chosen with --model or --pipeline`,
    );
  return result.data;
}

async function hashOf(clip: string, file: string): Promise<string> {
  const sum = createHash('sha256');
  await through(createReadStream(clip), sum).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${printable(file)}: its clip ${printable(clip)} ${unreadable(cause)}`, { cause });
  });
  return sum.digest('hex');
}
