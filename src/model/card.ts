// What card.json says of a model: its form, checking it, and its text. Reads no files and knows no networks.

import { z } from 'zod';
import { tooLarge } from '../base/bounded-file.js';
import { DocumentError, ofDocument } from '../base/document-error.js';
import { readJson } from '../base/document.js';
import { ModelError } from '../base/errors.js';
import { explainAll, type JsonSchema } from '../base/explain.js';
import { LIMITS } from './network.js';

/** Bytes of a card at most; the largest shipped one has 4 KB. */
export const MAX_CARD_BYTES = 2 ** 18;

/** Version of the card's form; a folder of another version is refused. */
export const CARD_FORMAT = 1;

const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

const thresholdsSchema = z
  .strictObject({
    ratio: z.number().min(1).describe('Smallest accepted 1-2 ratio.'),
    range: z.tuple([z.number(), z.number()]).describe('Accepted [lo, hi] of the top output.'),
    coverage: share.describe('Share of regular digits that these thresholds were set to keep.'),
    calibratedOn: z.string().describe('Which data they were set on: not trained on, not the test set.'),
    examples: z.number().int().positive().describe('How many examples that was.'),
    maxRisk: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('Largest share of wrong ones among what is accepted, when they were set for that.'),
    confidence: z.number().gt(0).lt(1).optional().describe('How sure that is.'),
  })
  .refine(({ maxRisk, confidence }) => (maxRisk === undefined) === (confidence === undefined), {
    path: ['confidence'],
    message: 'goes with maxRisk: both or neither',
  })
  .refine(({ range: [lo, hi] }) => lo <= hi, { path: ['range'], message: 'lo must not be above hi' });

const cardSchema = z.strictObject({
  format: z.literal(CARD_FORMAT).describe('Version of this form.'),
  name: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower case letters, digits, ".", "_", "-"'),
  kind: z
    .enum(['lq', 'softmax'])
    .describe('Cost the network was trained with: linear-quadratic, or softmax with cross entropy.'),
  architecture: z.array(z.string()).min(1).max(LIMITS.layers).describe('The layers in words, in order.'),
  seed: z.number().int().nonnegative().describe('Seed of the training.'),
  recipe: z.record(z.string(), z.json()).describe('Training settings: enough to make the model again.'),
  data: z.record(z.string(), z.string()).describe('Hash of each data file that training read.'),
  pruning: z.record(z.string(), z.json()).nullable().describe('How it was pruned; null when it was not.'),
  figures: z
    .object({ mnistTestAccuracy: share.describe('Share of the 10,000 MNIST test images read right, before any gate.') })
    .catchall(z.number())
    .describe('What was measured.'),
  thresholds: thresholdsSchema.describe('What the gate accepts by default.'),
  sha256: sha256.describe('Hash of model.onnx.'),
});

/** What card.json says of a model. */
export type Card = z.infer<typeof cardSchema>;

/** What a writer says of a model; the rest of the card follows from the network itself. */
export type CardDraft = Omit<Card, 'format' | 'architecture' | 'sha256'>;

/** The parts of a card that say what the gate accepts. */
export type GateCard = Pick<CardDraft, 'thresholds' | 'figures'>;

/**
 * Reads a card's file.
 * @param where Names it in messages, fit to be printed.
 * @throws ModelError, and nothing else, for any bytes that are no card: too large, no JSON or nested too deep, a key
 *   twice, or a value that is missing, unknown or of another type.
 */
export function parseCard(bytes: Buffer, where: string): Card {
  return ofDocument(where, ModelError, () => {
    if (bytes.length > MAX_CARD_BYTES) throw tooLarge(MAX_CARD_BYTES);
    const text = bytes.toString('utf8');
    const found = readJson(text, MAX_CARD_BYTES);
    checkKeys(text, found);
    return checkCard(found, where);
  });
}

/**
 * Checks a card, or what is to be one.
 * @param where Names it in messages, fit to be printed.
 * @throws ModelError with what is wrong.
 */
export function checkCard(found: unknown, where: string): Card {
  const result = cardSchema.safeParse(found);
  if (result.success) return result.data;
  const schema = z.toJSONSchema(cardSchema) as JsonSchema;
  const complaints = explainAll(result.error.issues, found, schema).map(({ text }) => text);
  throw new ModelError(`${where} is not a model card of format ${CARD_FORMAT}: ${complaints.join('; ')}.`);
}

/**
 * Of two equal keys JSON.parse takes the last one, and a reader may see the first; the schema passes `__proto__` over.
 * `text` is JSON, nested no deeper than may be recursed into.
 */
function checkKeys(text: string, value: unknown): void {
  let written = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) written++;
  if (written > keysOf(value)) throw new DocumentError('a key is there twice');
}

/** Keys of a value and of all in it. */
function keysOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  if (Object.hasOwn(value, '__proto__')) throw new DocumentError('__proto__ is no key that a card has');
  const inner = Object.values(value).reduce<number>((sum, part) => sum + keysOf(part), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

/** A card's file. Keys in the schema's order, so that the same model gives the same bytes whoever wrote the draft. */
export function cardText(card: Card): string {
  const inOrder = Object.fromEntries(Object.keys(cardSchema.shape).map((key) => [key, card[key as keyof Card]]));
  return `${JSON.stringify(inOrder, null, 2)}\n`;
}
