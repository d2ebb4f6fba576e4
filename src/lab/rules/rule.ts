// Owns the form of a gate rule as the lab compares them: outputs in, one confidence out, a threshold on it. Each rule
// is a file beside this one; the list of them is rules/list. It must not know attacks or models.

/** A rule that is ready to judge. */
export interface FittedRule {
  /**
   * How sure the ten outputs at `offset` look, larger is surer; comparable within one rule only. -Infinity: never to be
   * accepted. Not finite outputs give -Infinity.
   */
  confidence(outputs: Float32Array, offset: number): number;
}

/** A way to tell outputs that deserve to be said from those that do not. */
export interface Rule {
  /** As on the command line: `ratio`. */
  readonly name: string;
  /** One line for people, with the formula. */
  readonly summary: string;
  /**
   * Fits what the rule has to know of regular digits (clean and read right).
   * @param outputs `[n, 10]` on digits that were not trained on and that are not the test digits.
   * @param labels `[n]`; `NO_DIGIT`: ignored.
   * @throws ModelError when no digit is read right.
   */
  fit(outputs: Float32Array, labels: Uint8Array): FittedRule;
}
