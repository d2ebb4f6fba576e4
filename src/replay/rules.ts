// Owns the gates that a replay can judge by: the card's, which is the pipeline's own verdict, and the lab's rules on
// the same outputs. It must not play clips.
import { UsageError } from '../base/errors.js';
import { accepts, confidencesOf, thresholdAt } from '../lab/judging/curves.js';
import type { Digits } from '../lab/data/dataset.js';
import { RULES } from '../lab/rules/list.js';
import { nearest } from '../base/nearest.js';
import type { Scorer } from '../scoring/scorer.js';
import { scoreImages } from './images.js';
import type { ReplayRule } from './rows.js';
import { byVerdict } from './tally.js';

/** Name of the pipeline's own verdict, by the thresholds on the model's card. */
export const CARD = 'card';

/** Every name of a rule. */
export const RULE_NAMES: readonly string[] = [CARD, ...RULES.map(({ name }) => name)];

/** Throws UsageError for names that are no rules. */
export function checkRules(names: readonly string[]): void {
  for (const name of names) {
    if (RULE_NAMES.includes(name)) continue;
    const guess = nearest(name, RULE_NAMES);
    throw new UsageError(
      `--rule: unknown rule "${name}"; ${guess === undefined ? '' : `did you mean "${guess}"? `}There ` +
        `are ${RULE_NAMES.join(', ')}`,
    );
  }
}

/**
 * Rules by name, ready for a model. A rule of the lab takes the threshold that keeps `coverage` of the held-out digits
 * which the model reads right; it judges what the gate saw, so the rule over time has no part in it, and blank regions
 * stay out.
 * @param heldOut Digits that were not trained on; needed for rules of the lab.
 */
export async function openRules(
  names: readonly string[],
  scorer: Pick<Scorer, 'score'>,
  heldOut: Digits | undefined,
  coverage: number,
): Promise<ReplayRule[]> {
  const known =
    names.some((name) => name !== CARD) && heldOut
      ? { outputs: await scoreImages(heldOut.images, scorer), labels: heldOut.labels }
      : undefined;
  return names.map((name): ReplayRule => {
    const rule = RULES.find((each) => each.name === name);
    if (!rule || !known) return { name, accepts: byVerdict };
    const fitted = rule.fit(known.outputs, known.labels);
    const threshold = thresholdAt(confidencesOf(fitted, known).right, coverage);
    return {
      name,
      accepts: ({ outputs, verdict }) =>
        (verdict.accepted || verdict.rejected !== 'blank') && accepts(fitted.confidence(outputs, 0), threshold),
    };
  });
}
