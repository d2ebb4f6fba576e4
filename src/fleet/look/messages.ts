// What those who look at a camera of a fleet ask of the process that reads it, and what it shows them. Forms only.
import { z } from 'zod';
import type { ConfigMessage, Crop, DistributionMessage } from '../../sinks/page/protocol.js';
import { recordIn } from '../core/records.js';

/** Milliseconds for which a question holds: who goes on looking asks again. */
export const LOOK_FOR = 5_000;

/** Milliseconds between two questions of one who looks. */
export const ASK_EVERY = 2_000;

/** Milliseconds between two pictures, at least. */
export const PICTURE_EVERY = { fast: 100, slow: 500 } as const;

const lookSchema = z.object({
  /** Pictures, at most ten a second, or two. Default: none. */
  picture: z.enum(['fast', 'slow']).optional(),
  /** What the last hour was like. Default: not. */
  distribution: z.literal(true).optional(),
  /** Number of the first crop that is not known yet. Default: none is wanted. */
  crops: z.int().min(1).optional(),
  /** The run that is known already: what it is need not be told again, and its crops go on by their number. */
  run: z.string().max(64).optional(),
});

/** What somebody wants to see. */
export type Look = z.infer<typeof lookSchema>;

/** What somebody asked for; undefined for what is no question. */
export function lookIn(text: string): Look | undefined {
  return recordIn(lookSchema, text);
}

/** What a run is. */
export interface AboutMessage {
  readonly type: 'about';
  /** Names the run: no other has the same. */
  readonly run: string;
  readonly modelName: string;
  readonly config: ConfigMessage;
  /** Milliseconds since 1970 when it was said, by the clock that pictures are stamped with. */
  readonly now: number;
}

/** Crops of a run, in the order of their numbers; there may be more. */
export interface ShownCrops {
  readonly type: 'crops';
  readonly run: string;
  readonly crops: readonly Crop[];
}

/** What a run shows, beside pictures. */
export type ShownMessage = AboutMessage | ShownCrops | DistributionMessage;

/** What is shown, by what takes its place: of each kind the newest is enough. */
export type ShownKind = 'picture' | ShownMessage['type'];

// Of a worker of another version: what is in it the page shows, and nothing here depends on it.
const shownSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('about'),
    run: z.string(),
    modelName: z.string(),
    now: z.number(),
    config: z.looseObject({ type: z.literal('config'), model: z.string(), pipeline: z.string() }),
  }),
  z.looseObject({
    type: z.literal('crops'),
    run: z.string(),
    crops: z.array(z.looseObject({ n: z.int().min(1) })).max(1_000),
  }),
  z.looseObject({ type: z.literal('distribution') }),
]);

/** What a run has shown; undefined for what is nothing of that kind. */
export function shownIn(text: string): ShownMessage | undefined {
  return recordIn(shownSchema, text) as ShownMessage | undefined;
}
