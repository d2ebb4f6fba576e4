// What a worker is to read, as the one that plans writes it, and what workers say to each other about it. Data only.
import { z } from 'zod';
import { recordIn } from './records.js';

const ordersSchema = z.object({
  /** By camera: the revision of its record. */
  cameras: z.record(z.string(), z.int().positive()),
});

/** The cameras that a worker is to read, with the revisions of their records. */
export type Orders = ReadonlyMap<string, number>;

/** A worker's orders; undefined for a text that holds none. */
export function ordersIn(text: string): Orders | undefined {
  const read = recordIn(ordersSchema, text);
  return read && new Map(Object.entries(read.cameras));
}

/** The text of a worker's orders: the same orders give the same bytes. */
export function ordersText(orders: Orders): string {
  const sorted = [...orders].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ cameras: Object.fromEntries(sorted) });
}

const wordSchema = z.object({
  /** `reads`: who says it reads the camera and waits for it. `free`: nobody has the camera any more. */
  type: z.enum(['reads', 'free']),
  camera: z.string(),
  from: z.string(),
});

/** What one worker says to another. */
export type Word = z.infer<typeof wordSchema>;

/** A word; undefined for a text that is none. */
export function wordIn(text: string): Word | undefined {
  return recordIn(wordSchema, text);
}

/** The text of a word. */
export function wordText({ type, camera, from }: Word): string {
  return JSON.stringify({ type, camera, from });
}
