// Owns what a page may say: the form of each message, checked where it comes in. It must not act on any.
import { z } from 'zod';
import { MOST_PROBED } from '../../pipeline/prober.js';
import type { DigitClass } from '../../types.js';
import type { PageMessage } from './protocol.js';

/** Bytes of a message of a page at most: several times what 1,024 windows need. */
export const MOST_MESSAGE = 262_144;

const whole = z.int().min(0);
const pixels = z.int().min(0).max(65_535);
const thresholds = z.strictObject({
  ratio: z.number().min(1),
  range: z.tuple([z.number(), z.number()]),
});

const schema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), token: z.string().max(4096).optional() }),
  z.strictObject({
    type: z.literal('look'),
    picture: z.boolean(),
    distribution: z.boolean(),
    crops: z.boolean(),
    slow: z.boolean().optional(),
    numbers: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('drawn') }),
  z.strictObject({
    type: z.literal('probe'),
    id: whole,
    windows: z
      .array(
        z.strictObject({
          id: z.string().max(64),
          box: z.tuple([pixels, pixels, pixels.min(1), pixels.min(1)]),
        }),
      )
      .max(MOST_PROBED),
    thresholds: thresholds.optional(),
  }),
  z.strictObject({
    type: z.literal('change'),
    id: whole,
    base: whole,
    // What is in it the schema of pipelines says.
    change: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ type: z.literal(['undo', 'save']), id: whole, base: whole }),
  z.strictObject({
    type: z.literal('mark'),
    id: whole,
    crop: whole,
    label: z.union([
      z.literal('none'),
      z
        .int()
        .min(0)
        .max(9)
        .transform((digit) => digit as DigitClass),
    ]),
  }),
]);

/** What a page said; undefined for what is no message of it. */
export function parsePageMessage(text: string): PageMessage | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
