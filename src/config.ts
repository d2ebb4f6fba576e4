// pipelines/*.yaml -> PipelineConfig: the one schema, all defaults, and messages with file, line, path, rule and value.
// It must not know how a stage works; it only says what a user may ask of it.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { JsonSchema } from './base/explain.js';
import { UsageError } from './base/errors.js';
import { printable } from './base/printable.js';
import { yamlForm } from './base/yaml-form.js';
import { automaticReadings, misfits, readingsSchema } from './readings/schema.js';
import { sinksSchema } from './sinks/options.js';
import { RUN_NAME } from './sinks/run-name.js';
import type { ReadingsShown } from './sinks/sink.js';
import { DEFAULT_CONTRAST, DEFAULT_SECONDS, polarityOf, type CompanyRules, type Thresholds } from './types.js';

const fraction = z.number().min(0).max(1);
const pixels = z.int().min(0).max(65_535);
const regionId = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, "_", "." or "-"')
  .describe('Name of the region in every line of output; unique.');

const sourceSchema = z.strictObject({
  fps: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe('Read at most this many frames a second of the source; all by default.'),
  policy: z
    .enum(['all', 'latest'])
    .optional()
    .describe(
      'all, the default: every frame, a slow consumer slows the source. latest: the oldest unread frame is dropped and ' +
        'counted; live sources are always read so.',
    ),
  realtime: z.boolean().default(false).describe('Pace a file like a camera.'),
  // No defaults: the hash of a pipeline that does not use them stays what it was.
  repeat: z
    .boolean()
    .optional()
    .describe('Read a video file again from its beginning when it has ended, until interrupted.'),
  stream: z
    .int()
    .min(0)
    .max(9999)
    .optional()
    .describe(
      'Which video stream of a file is read: its index among them, covers not counted. By default the one marked as ' +
        'default, else the largest; a film before a still.',
    ),
  rotate: z
    .literal(['auto', 0, 90, 180, 270])
    .optional()
    .describe(
      'Degrees by which the picture is turned clockwise, after its own orientation tag was heeded. auto, the default: ' +
        'by the evidence of the digits found in it; with fixed rectangles it stays as it is.',
    ),
  live: z.boolean().optional().describe('What comes through stdin or a FIFO is live: it is never waited for.'),
  every: z
    .number()
    .positive()
    .max(86_400)
    .optional()
    .describe('Ask an http or https address for a single picture, every so many seconds.'),
  listen: z.boolean().optional().describe('RTMP and SRT: wait until a camera calls, in place of calling it.'),
  transport: z.enum(['tcp', 'udp']).optional().describe('RTSP: how it is carried; tcp by default.'),
  credentials: z
    .string()
    .min(1)
    .optional()
    .describe('A file with USER:PASSWORD for the source, where its address has none.'),
  device: z
    .strictObject({
      format: z
        .string()
        .regex(/^\w{1,32}$/, 'must be a name that ffmpeg has for a format, such as mjpeg')
        .optional()
        .describe('A pixel format or a codec, as ffmpeg calls it: mjpeg, yuyv422, h264.'),
      size: z
        .tuple([pixels.min(1), pixels.min(1)])
        .optional()
        .describe('[width, height] in pixels.'),
      rate: z.number().positive().max(1000).optional().describe('Frames a second.'),
    })
    .optional()
    .describe('What a camera of this machine (/dev/video0) is asked for; what it likes by default.'),
  require: z
    .boolean()
    .optional()
    .describe('A live source has to give a picture at the first attempt; by default it is waited for.'),
  stall: z
    .number()
    .min(0.5)
    .max(3600)
    .optional()
    .describe('Seconds without a new picture after which a live source is connected to anew; 5 by default.'),
  maxAge: z
    .number()
    .min(0.05)
    .max(3600)
    .optional()
    .describe('Seconds from the arrival of a live picture to the verdict on it, at most; 1 by default.'),
  frozen: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe(
      'Seconds without a change of any pixel after which a live picture counts as frozen; 10 by default, 0: never.',
    ),
});

/** How frames are taken from a source: what live sources need is told in docs/live.md. */
export type SourceConfig = z.infer<typeof sourceSchema>;

const autoSchema = z
  .strictObject({
    mode: z.literal('auto'),
    minHeight: fraction
      .default(0)
      .describe("Smallest height of a digit, as a fraction of the frame's height; 0: whatever can be told apart."),
    maxHeight: fraction.default(1).describe("Largest height of a digit, as a fraction of the frame's height."),
    minContrast: z
      .number()
      .min(0)
      .max(255)
      .default(DEFAULT_CONTRAST)
      .describe('Least contrast of ink against its ground, in gray levels of 255.'),
    maxSeconds: z
      .number()
      .positive()
      .max(3600)
      .default(DEFAULT_SECONDS)
      .describe(
        'Seconds that the search of one frame may take; what was not searched by then is left out, said and counted.',
      ),
  })
  .refine((auto) => auto.minHeight < auto.maxHeight, {
    path: ['minHeight'],
    message: 'must be smaller than maxHeight',
  });

const fixedPixels = z.strictObject({
  id: regionId,
  box: z
    .tuple([pixels, pixels, pixels.min(1), pixels.min(1)])
    .describe('[x, y, width, height] in pixels of the source, upright and square.'),
});

const fixedRelative = z.strictObject({
  id: regionId,
  box: z
    .tuple([fraction, fraction, fraction.gt(0), fraction.gt(0)])
    .refine(
      ([x, y, w, h]) => x + w <= 1 + 1e-9 && y + h <= 1 + 1e-9,
      'must lie inside the frame: x + width <= 1 and y + height <= 1',
    )
    .describe('[x, y, width, height] as fractions of the width and the height of the frame.'),
});

const uniqueIds = {
  check: (list: readonly { readonly id: string }[]): boolean => new Set(list.map(({ id }) => id)).size === list.length,
  message: 'must have ids that differ',
};

const grayLevel = z.int().min(0).max(255);

const levels = z
  .tuple([grayLevel, grayLevel])
  .refine(([ground, ink]) => ground !== ink, 'must be two levels that differ')
  .optional()
  .describe(
    'Gray levels [ground, full ink] of every rectangle, for a display whose levels are known; measured ' +
      'in each rectangle by default.',
  );

const fixedSchema = z.discriminatedUnion('units', [
  z.strictObject({
    mode: z.literal('fixed'),
    units: z.literal('pixels'),
    levels,
    list: z.array(fixedPixels).min(1).max(1024).refine(uniqueIds.check, uniqueIds.message),
  }),
  z.strictObject({
    mode: z.literal('fixed'),
    units: z.literal('relative'),
    levels,
    list: z.array(fixedRelative).min(1).max(1024).refine(uniqueIds.check, uniqueIds.message),
  }),
]);

const companySchema = z
  .union([
    z.literal('off'),
    z.strictObject({
      text: z.boolean().default(true).describe('Refuse what stands in a word or a line of letters.'),
      clutter: z
        .boolean()
        .default(true)
        .describe('Refuse what stands among shapes that are no digits, and pieces of digits and frames around them.'),
      growing: z.boolean().default(true).describe('In a video, refuse ink that is still being drawn.'),
    }),
  ])
  .prefault({})
  .describe('How digits that were found are judged by what stands around them; fixed rectangles are not. off: not.');

const gateSchema = z.strictObject({
  ratio: z.number().min(1).optional().describe("Smallest accepted 1-2 ratio; the model's own threshold by default."),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([lo, hi]) => lo < hi, 'must have its low end below its high end')
    .optional()
    .describe("Accepted range [lo, hi] of the top output; the model's own by default."),
  steady: z
    .number()
    .min(0)
    .max(10)
    .default(0.25)
    .describe(
      'In a video, how far a digit may have moved since the frame before, as a share of its longer side; ' +
        'the frame before must have shown the same digit. 0: every frame is judged alone.',
    ),
  company: companySchema,
});

/** The one definition of a pipeline file: every key, limit and default. */
export const pipelineSchema = z
  .strictObject({
    source: sourceSchema.prefault({}).describe('How frames are taken from the source.'),
    regions: z
      .discriminatedUnion('mode', [autoSchema, fixedSchema])
      .prefault({ mode: 'auto' })
      .describe('Where digits are: found in every frame (auto), or in fixed rectangles.'),
    polarity: z
      .enum(['auto', 'dark-on-light', 'light-on-dark'])
      .default('auto')
      .describe('How ink differs from its ground; auto: both.'),
    normalise: z
      .enum(['mnist', 'stretch'])
      .default('mnist')
      .describe('mnist: the ink scaled to 20x20 and centred by its mass in 28x28. stretch: the rectangle as it is.'),
    model: z
      .string()
      .min(1)
      .default('one')
      .describe('Name of a shipped model, or a folder; a relative folder starts at the working directory.'),
    gate: gateSchema.prefault({}).describe("Overrides of the model's thresholds."),
    readings: readingsSchema,
    name: z
      .string()
      .regex(RUN_NAME, 'must be 1 to 64 letters, digits, "_" or "-"')
      .optional()
      .describe('What topics, tags and tables call it; by default the name of the pipeline file, or of the source.'),
    sinks: sinksSchema.prefault({}).describe('Where what is read goes. Paths start at the working directory.'),
  })
  .refine(
    ({ regions, polarity }) =>
      regions.mode === 'auto' || !regions.levels || polarity === 'auto' || polarity === polarityOf(regions.levels),
    {
      path: ['polarity'],
      message: 'must be what regions.levels say, or auto',
    },
  )
  .superRefine(({ regions, readings = [] }, context) => {
    const windows = regions.mode === 'fixed' ? regions.list.map(({ id }) => id) : undefined;
    for (const { path, message } of misfits(readings, windows))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

/**
 * A pipeline with every default filled in. Units, ranges and defaults: see the description of each key in the schema.
 */
export type PipelineConfig = z.infer<typeof pipelineSchema>;

/** The keys of a pipeline file as an object: every one may be left out. */
export type PipelineInput = z.input<typeof pipelineSchema>;

/** What the gate uses: the model's thresholds with the pipeline's in their place. */
export function thresholdsOf(
  { gate }: Pick<PipelineConfig, 'gate'>,
  { thresholds }: { readonly thresholds: Thresholds },
): Thresholds {
  return { ratio: gate.ratio ?? thresholds.ratio, range: gate.range ?? thresholds.range };
}

/** Which thresholds are not the model's own. */
export function overriddenBy({ gate }: Pick<PipelineConfig, 'gate'>): readonly ('ratio' | 'range')[] {
  return (['ratio', 'range'] as const).filter((name) => gate[name] !== undefined);
}

/** Which rules of company a pipeline asks. */
export function companyRules({ gate: { company } }: Pick<PipelineConfig, 'gate'>): CompanyRules {
  return company === 'off' ? { text: false, clutter: false, growing: false } : company;
}

/** Whether pictures are turned by the evidence of what is in them. */
export function turnsByEvidence({ source: { rotate = 'auto' }, regions }: PipelineConfig): boolean {
  return rotate === 'auto' && regions.mode === 'auto';
}

/** Keys of `source` about live ones that the command line has too. */
const LIVE_OVERRIDES = ['live', 'every', 'listen', 'transport', 'credentials', 'require', 'maxAge'] as const;

/** Values of the command line that win over the file; absent ones leave the file's. */
export interface ConfigOverrides extends Pick<SourceConfig, (typeof LIVE_OVERRIDES)[number]> {
  readonly fps?: number | undefined;
  readonly policy?: 'all' | 'latest' | undefined;
  readonly realtime?: boolean | undefined;
  readonly repeat?: boolean | undefined;
  readonly model?: string | undefined;
  /** What topics, tags and tables call the run. */
  readonly name?: string | undefined;
  readonly ratio?: number | undefined;
  readonly range?: readonly [lo: number, hi: number] | undefined;
  /** Whether numbers are made: `off`: none; `also` and `only`: lines of digits where the file asks for no others. */
  readonly readings?: ReadingsShown | undefined;
}

/** Bytes of a pipeline file at most: several times what 1,024 fixed regions need. */
export const PIPELINE_BYTES = 262_144;

const form = yamlForm('pipeline', pipelineSchema, PIPELINE_BYTES);

/**
 * Reads and checks a pipeline file; also one that comes through a pipe and has an end. Throws UsageError that names the
 * file, the line, the path, the rule and the value found; for an unknown key also the nearest known one.
 */
export function readPipeline(file: string): PipelineConfig {
  return form.read(file);
}

/** As `readPipeline`, from text; `file` is its name in messages. An empty text gives all defaults. */
export function parsePipeline(text: string, file: string): PipelineConfig {
  return form.parse(text, file);
}

/**
 * A pipeline as somebody would write it: the keys that are not at their defaults, without the sinks, which may hold
 * passwords. `parsePipeline` makes the same configuration of it again.
 */
export function pipelineText({ sinks: _, regions, ...config }: PipelineConfig): string {
  const { regions: usual, ...defaults } = form.check({}, 'defaults');
  const written = {
    ...differing(config, defaults),
    // Its mode says which other keys there are.
    ...(!isDeepStrictEqual(regions, usual) && {
      regions: regions.mode === 'auto' ? { mode: regions.mode, ...differing(regions, usual) } : regions,
    }),
  };
  return PIPELINE_HEADER + (Object.keys(written).length > 0 ? stringify(written) : '');
}

const PIPELINE_HEADER = '# A pipeline of lq-stream. Keys that are not here have their defaults.\n';

/** The keys whose values are not those of `defaults`, at any depth. */
function differing(value: object, defaults: object): Record<string, unknown> {
  const known = defaults as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, own]: [string, unknown]) => {
      const usual = known[key];
      if (own === undefined || isDeepStrictEqual(own, usual)) return [];
      return [[key, isKeys(own) && isKeys(usual) ? differing(own, usual) : own]];
    }),
  );
}

function isKeys(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * As `readPipeline`, from the keys themselves; `name` is what messages call them.
 * @param value What a program gives: anything, so far.
 */
export function checkPipeline(value: unknown, name: string): PipelineConfig {
  return form.check(value, `pipeline ${printable(name)}`);
}

/** The configuration with the command line's values in place of the file's. */
export function override(
  config: PipelineConfig,
  { fps, policy, realtime, repeat, model, name, ratio, range, readings, ...source }: ConfigOverrides,
): PipelineConfig {
  const { readings: own, ...others } = config;
  return {
    ...others,
    ...readingsOf(own, others, readings),
    source: {
      ...config.source,
      ...(fps !== undefined && { fps }),
      ...(policy !== undefined && { policy }),
      ...(realtime !== undefined && { realtime }),
      ...(repeat !== undefined && { repeat }),
      ...given(source, LIVE_OVERRIDES),
    },
    model: model ?? config.model,
    ...(name !== undefined && { name }),
    gate: {
      ...config.gate,
      ...(ratio !== undefined && { ratio }),
      ...(range !== undefined && { range: [...range] as [number, number] }),
    },
  };
}

/** Those of the keys that have a value. */
function given<T, K extends keyof T>(values: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const pairs = keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]]));
  return Object.fromEntries(pairs) as Partial<Pick<T, K>>;
}

/** The numbers that a file asks for, or those that the command line does. */
function readingsOf(
  own: PipelineConfig['readings'],
  { regions }: Pick<PipelineConfig, 'regions'>,
  asked: ConfigOverrides['readings'],
): Pick<PipelineConfig, 'readings'> {
  if (asked === 'off') return {};
  if (own) return { readings: own };
  if (asked === undefined) return {};
  if (regions.mode === 'fixed')
    throw new UsageError(
      `--readings ${asked} needs readings in the pipeline: regions are fixed, and which windows make a number is not ` +
        'known. For example: readings: [{id: meter, windows: [hundreds, tens, units]}]',
    );
  return { readings: [...automaticReadings()] as NonNullable<PipelineConfig['readings']> };
}

/**
 * First 12 hex digits of the sha256 of the effective configuration in canonical JSON (sorted keys). The model is left
 * out: every line of output names it by its own hash, and a folder's path says nothing about what is in it. So are the
 * sinks and the name, for where sightings go changes none, what Home Assistant is told of a number, and where the
 * password of a camera is.
 */
export function pipelineHash({ model: _, sinks: _sinks, name: _name, ...config }: PipelineConfig): string {
  const readings = config.readings?.map(({ unit: _unit, deviceClass: _class, stateClass: _state, ...own }) => own);
  const { credentials: _credentials, policy = 'all', ...source } = config.source;
  const judged = { ...config, ...(readings && { readings }), source: { ...source, policy } };
  return createHash('sha256').update(canonical(judged)).digest('hex').slice(0, 12);
}

/** The schema of pipeline files for editors (JSON Schema 2020-12), generated from `pipelineSchema`. */
export function pipelineJsonSchema(): JsonSchema {
  return { title: 'lq-stream pipeline', ...form.jsonSchema() };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
