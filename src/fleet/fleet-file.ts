// fleet.yaml -> cameras and how long their readings are kept: the one schema, its defaults and messages. What it refers
// to is looked up here; nothing is sent.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../base/errors.js';
import type { JsonSchema } from '../base/explain.js';
import { printable } from '../base/printable.js';
import { yamlForm } from '../base/yaml-form.js';
import { readPipeline, pipelineSchema, type PipelineConfig } from '../config.js';
import { namedPipeline } from '../pipeline/prepare.js';
import { shownSource } from '../pipeline.js';
import { DEFAULT_FLEET, NAME, NAME_RULE } from './names.js';

const name = z.string().regex(NAME, NAME_RULE);

const credentialsSchema = z
  .union([
    z.strictObject({
      file: z.string().min(1).describe('A file with USER:PASSWORD, on the machine of the worker.'),
    }),
    z.strictObject({
      environment: z
        .string()
        .regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable, such as LQ_CAMERA_HALL')
        .describe('A variable with USER:PASSWORD, in the environment of the worker.'),
    }),
  ])
  .describe('Where user and password of the source are: never themselves.');

/** Keys of a camera that do not depend on where the file lies. */
const cameraKeys = {
  id: name.describe('Name of the camera in subjects, the feed and status; unique.'),
  source: z
    .string()
    .min(1)
    .max(4_096)
    .refine((source) => shownSource(source) === source, {
      message: 'must hold no password: say where it is with credentials, as {file: ...} or {environment: ...}',
    })
    .describe('What is read, as on the command line: an address, or a path on the machine of the worker.')
    // A message about a wrong one must not repeat a password.
    .meta({ writeOnly: true }),
  credentials: credentialsSchema.optional(),
  labels: z
    .record(z.string().regex(NAME, NAME_RULE), z.string().max(256))
    .refine((labels) => Object.keys(labels).length <= 32, 'must be 32 labels at most')
    .optional()
    .describe('What you want to know of it: told with its figures.'),
  weight: z
    .number()
    .positive()
    .max(1_000)
    .default(1)
    .describe('How much it costs compared with others, until that is measured; 1 by default.'),
  loop: z.boolean().optional().describe('Read a source that ends again from its beginning: to try out a fleet.'),
};

const cameraSchema = z.strictObject({
  ...cameraKeys,
  pipeline: z
    .union([z.string().min(1), pipelineSchema])
    .default('default')
    .describe('How it is read: the name of a shipped pipeline, a file beside this one, or its keys.'),
});

const retention = (days: number, megabytes: number, what: string) =>
  z
    .strictObject({
      days: z.number().positive().max(36_500).default(days).describe('Days after which the oldest go.'),
      megabytes: z
        .int()
        .min(1)
        .max(100_000_000)
        .default(megabytes)
        .describe('Megabytes over all cameras beyond which the oldest go.'),
    })
    .prefault({})
    .describe(what);

/** The one definition of a fleet's file: every key, limit and default. */
export const fleetSchema = z.strictObject({
  name: name
    .default(DEFAULT_FLEET)
    .describe('Name of the fleet: the first part of all its subjects. Two fleets in one account need two names.'),
  retention: z
    .strictObject({
      predictions: retention(2, 4_096, 'How long digits are kept.'),
      readings: retention(365, 1_024, 'How long numbers are kept.'),
    })
    .prefault({})
    .describe('How long what was read is kept.'),
  replicas: z
    .literal([1, 3, 5])
    .default(1)
    .describe('Servers of the cluster that each have everything; with 3 one may fail.'),
  cameras: z
    .array(cameraSchema)
    .max(100_000)
    .refine((cameras) => new Set(cameras.map(({ id }) => id)).size === cameras.length, 'must have ids that differ')
    .default([])
    .describe('What is read.'),
});

/** A camera whose pipeline is a shipped one, or given whole: what workers get. */
const recordSchema = z.object({
  ...cameraKeys,
  pipeline: z.union([z.string().regex(/^[a-z]+$/, 'must be the name of a shipped pipeline'), pipelineSchema]),
});

/** A camera as workers get it. */
export type CameraRecord = z.infer<typeof recordSchema>;

/** What a fleet's file says. */
export interface FleetFile extends Omit<z.infer<typeof fleetSchema>, 'cameras'> {
  readonly cameras: readonly CameraRecord[];
}

/** Bytes of a fleet's file at most. */
const FLEET_BYTES = 64 * 2 ** 20;

const form = yamlForm('fleet', fleetSchema, FLEET_BYTES);

/**
 * Reads and checks a fleet's file with the pipelines that it names.
 * @throws UsageError that names the file, the line, the path, the rule and the value found.
 */
export function readFleet(file: string): FleetFile {
  return whole(form.read(file), dirname(file));
}

/** As `readFleet`, from text; `file` is its name in messages, and relative files start in its folder. */
export function parseFleet(text: string, file: string): FleetFile {
  return whole(form.parse(text, file), dirname(file));
}

/** The schema of fleet files for editors (JSON Schema 2020-12). */
export function fleetJsonSchema(): JsonSchema {
  return { title: 'lq-stream fleet', ...form.jsonSchema() };
}

/**
 * A camera's record as it was applied.
 * @throws UsageError for one that this version does not understand.
 */
export function checkRecord(text: string, id: string): CameraRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`camera ${id}: its record is no JSON: ${(cause as Error).message}`, { cause });
  }
  const read = recordSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UsageError(`camera ${id}: ${issue!.path.map(String).join('.') || 'its record'}: ${issue!.message}`);
}

/** The text of a camera's record: the same camera gives the same bytes. */
export function recordText(camera: CameraRecord): string {
  return JSON.stringify(camera);
}

function whole(fleet: z.infer<typeof fleetSchema>, folder: string): FleetFile {
  const known = new Map<string, string | PipelineConfig>();
  const pipelineOf = (pipeline: string): string | PipelineConfig => {
    const found = known.get(pipeline) ?? lookUp(pipeline, folder);
    known.set(pipeline, found);
    return found;
  };
  const cameras = fleet.cameras.map(({ pipeline, ...camera }) => ({
    ...camera,
    pipeline: typeof pipeline === 'string' ? pipelineOf(pipeline) : pipeline,
  }));
  cameras.forEach((camera, k) => checkSinks(camera, fleet.cameras[k]!.pipeline));
  return { ...fleet, cameras };
}

/**
 * In a fleet what is read goes to the broker's log. A sink would be opened by whichever worker has the camera, twice where
 * one hands it to another, on machines that may not have its files.
 */
function checkSinks({ id, pipeline }: CameraRecord, named: string | PipelineConfig): void {
  const asked = typeof pipeline === 'string' ? [] : Object.keys(pipeline.sinks);
  if (asked.length === 0) return;
  const where = typeof named === 'string' ? `${printable(named)}: sinks` : 'pipeline.sinks';
  throw new UsageError(
    `camera ${id}: ${where}: a fleet opens no sinks, found ${asked.join(', ')}; take them out, and read the fleet's ` +
      'gateway or its MQTT listener in their place (docs/fleet.md).',
  );
}

/** Workers have the shipped pipelines; a file's text goes to them. */
function lookUp(pipeline: string, folder: string): string | PipelineConfig {
  const file = resolve(folder, pipeline);
  if (existsSync(file)) return readPipeline(file);
  if (!/^[a-z]+$/.test(pipeline)) return readPipeline(file);
  namedPipeline(pipeline);
  return pipeline;
}
