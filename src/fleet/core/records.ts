// Reads what other members of a fleet have written, which may be of another version, or damaged.
import type { z } from 'zod';

/** The record in a text; undefined where the text is none. */
export function recordIn<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
