// Owns which models claim to withstand perturbations, up to which strength, and what they are held to. Numbers only.

/** What a model claims. */
export interface Claim {
  readonly model: string;
  /** L-infinity, of [0, 1]. */
  readonly epsilon: number;
  /** Share of the clean test digits that it has to read right. */
  readonly accuracy: number;
  /** Share of the digits that may be accepted and wrong under the worst of all attacks for each: to reach, and aimed at. */
  readonly leak: readonly [reach: number, aim: number];
}

/** The claims. */
export const CLAIMS: readonly Claim[] = [
  { model: 'hardened', epsilon: 0.3, accuracy: 0.99, leak: [0.005, 0.001] },
  { model: 'one', epsilon: 0.3, accuracy: 0.994, leak: [0.002, 0.0005] },
];

/** The claim of a model; undefined where it makes none. */
export function claimOf(name: string): Claim | undefined {
  return CLAIMS.find(({ model }) => model === name);
}

/** L-infinity epsilon at which attacks on most models still leave some digits right, so that they can be told apart. */
const USUAL = 0.2;

/** The epsilon at which a model is looked at closely: the one that it claims to withstand, else the usual one. */
export function epsilonFor(name: string): number {
  return claimOf(name)?.epsilon ?? USUAL;
}

/** `epsilonFor` of all models in words. */
export function epsilonsInWords(): string {
  const claimed = CLAIMS.map(({ model, epsilon }) => `for ${model} at ${epsilon}, which it claims to withstand`);
  return [`at eps ${USUAL}`, ...claimed].join('; ');
}
