// The record that says who has a camera. Data only.
import { z } from 'zod';
import type { Entry } from './broker.js';
import { recordIn } from './records.js';

const claimSchema = z.object({
  /** Who has it, or had it. */
  instance: z.string(),
  worker: z.string(),
  held: z.boolean(),
  /** Who is to get it, where it was handed over. */
  next: z.string().optional(),
  /** What it costs in cores, where that was measured. */
  cost: z.number().positive().optional(),
  /** How often it was taken from a worker that had died. */
  takeovers: z.int().nonnegative(),
  since: z.string(),
  /** What its lines were read with when it was read last: model, pipeline, thresholds. */
  identity: z.record(z.string(), z.unknown()).optional(),
});

/** Who has a camera. */
export type Claim = z.infer<typeof claimSchema>;

/** A claim as the broker has it. */
export interface KnownClaim extends Claim {
  readonly revision: number;
}

/** A claim; undefined for a record that is none. */
export function claimIn({ value, revision }: Pick<Entry, 'value' | 'revision'>): KnownClaim | undefined {
  const claim = recordIn(claimSchema, value);
  return claim && { ...claim, revision };
}

/** The text of a claim. */
export function claimText({ instance, worker, held, next, cost, takeovers, since, identity }: Claim): string {
  return JSON.stringify({ instance, worker, held, next, cost, takeovers, since, identity });
}
