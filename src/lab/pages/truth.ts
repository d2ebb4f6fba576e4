// Owns the truth of a set: its form, and reading one. It must not render or judge.
import path from 'node:path';
import { z } from 'zod';
import { readBoundedText } from '../../base/bounded-file.js';
import { readJson } from '../../base/document.js';
import { ofDocument } from '../../base/document-error.js';
import { UsageError } from '../../base/errors.js';
import { explainAll, type JsonSchema } from '../../base/explain.js';
import { printable } from '../../base/printable.js';

/** The first key of a set's truth, and its version. */
export const PAGES_FORMAT = 'lq-stream/pages/1';

/** Name of the truth in the folder of a set. */
export const PAGES_FILE = 'truth.json';

/** Bytes of it at most. */
export const PAGES_BYTES = 67_108_864;

const whole = z.int().min(0).max(65_535);

const thingSchema = z.strictObject({
  label: z.int().min(0).max(9).nullable().describe('The digit; null for what is none.'),
  box: z
    .tuple([whole, whole, z.int().min(1), z.int().min(1)])
    .describe('[x, y, width, height], of the picture upright.'),
});

const pictureSchema = z.strictObject({
  file: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+\.[a-z0-9]+$/, 'must be KIND/NAME.EXT in the folder of the set'),
  kind: z.string().regex(/^[a-z0-9-]+$/),
  holds: z.enum(['digits', 'none']),
  width: z.int().min(1).describe('Of the picture upright.'),
  height: z.int().min(1),
  turned: z
    .literal([0, 90, 180, 270])
    .default(0)
    .describe('Degrees clockwise by which the file shows the picture turned.'),
  frames: z.array(z.array(thingSchema)).min(1).describe('What stands in each frame; a still has one.'),
});

const setSchema = z.strictObject({
  format: z.literal(PAGES_FORMAT),
  command: z.string().max(1000).describe('What makes the set again.'),
  pictures: z.array(pictureSchema).min(1),
});

/** What stands in the pictures of a set. */
export type PagesTruth = z.infer<typeof setSchema>;

/** One picture or clip. */
export type PagesPicture = PagesTruth['pictures'][number];

/**
 * Reads the truth of a set.
 * @throws UsageError with the file, the place, the rule and what was found.
 */
export async function readPagesTruth(folder: string): Promise<PagesTruth> {
  const file = path.join(folder, PAGES_FILE);
  const name = printable(file);
  const text = ofDocument(name, UsageError, () => readBoundedText(file, { most: PAGES_BYTES }));
  const value = ofDocument(name, UsageError, () => readJson(text, PAGES_BYTES));
  const result = setSchema.safeParse(value);
  if (result.success) return result.data;
  const schema = z.toJSONSchema(setSchema, { io: 'input' }) as JsonSchema;
  throw new UsageError(`${name}: ${explainAll(result.error.issues, value, schema)[0]!.text}`);
}
