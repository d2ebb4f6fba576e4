// Owns what is counted of attacks' outcomes: how often a model is corrupted, and how often its gate lets that pass.
// Pure.
import { evidence } from '../../gate/gate.js';
import type { Accepts } from '../attacks/attack.js';
import type { Outcome } from './evaluate.js';
import { clopperPearson } from '../../base/statistics.js';
import { CLASSES, isDigit } from '../../types.js';

/** Outputs `[n, 10]` of a model on the clean digits, and their classes `[n]`. */
export interface Clean {
  readonly outputs: Float32Array;
  readonly labels: Uint8Array;
}

/** What one attack, or the worst of several for each image, does to a model behind a gate. Shares in [0, 1]. */
export interface LeakFigures {
  readonly images: number;
  /** Share of the clean digits that is read right, before any gate. */
  readonly cleanAccuracy: number;
  /** Share of the regular digits (clean and read right) that the gate accepts. */
  readonly coverage: number;
  /** Corruption rate: of the regular digits the share that is read wrong under attack. Null when no digit is left. */
  readonly corrupted: number | null;
  /** Share of all digits that is read right clean and under every attack. Null when no digit is left. */
  readonly robustAccuracy: number | null;
  /** Share of all perturbed images that the gate accepts, right or wrong. */
  readonly accepted: number;
  /** Of the corrupted the share that the gate accepts: the pass rate. Null when none is corrupted. */
  readonly corruptedAccepted: number | null;
  /** Share of all images that is accepted and wrong; of what is no digit, accepted at all. */
  readonly leaked: number;
  /** Clopper-Pearson interval of `leaked` at 95 %. */
  readonly leaked95: readonly [lo: number, hi: number];
}

/**
 * Counts over an attack's outcome, or over several on the same digits: then an image counts as corrupted, accepted or
 * leaked when it is under any of them, so the figures are of the worst case for each image.
 */
export function countLeaks(clean: Clean, outcomes: readonly Outcome[], accepts: Accepts): LeakFigures {
  const images = clean.labels.length;
  const [right, kept, corrupted, robust, accepted, passed, leaked] = [0, 0, 0, 0, 0, 0, 0];
  const counts = { right, kept, corrupted, robust, accepted, passed, leaked };
  for (let i = 0; i < images; i++) {
    const regular = evidence(clean.outputs, i * CLASSES).digit === clean.labels[i];
    const worst = worstOf(outcomes, i, accepts);
    counts.right += Number(regular);
    counts.kept += Number(regular && accepts(clean.outputs, i * CLASSES));
    counts.corrupted += Number(regular && worst.wrong);
    counts.robust += Number(regular && !worst.wrong);
    counts.accepted += Number(worst.accepted);
    counts.passed += Number(regular && worst.leaked);
    counts.leaked += Number(worst.leaked);
  }
  const digits = outcomes.every(({ labels }) => isDigit(labels[0]!));
  return {
    images,
    cleanAccuracy: counts.right / images,
    coverage: counts.kept / counts.right,
    corrupted: digits ? counts.corrupted / counts.right : null,
    robustAccuracy: digits ? counts.robust / images : null,
    accepted: counts.accepted / images,
    corruptedAccepted: digits && counts.corrupted > 0 ? counts.passed / counts.corrupted : null,
    leaked: counts.leaked / images,
    leaked95: clopperPearson(counts.leaked, images, 0.95),
  };
}

/** What the worst of the outcomes is for one image. */
function worstOf(
  outcomes: readonly Outcome[],
  image: number,
  accepts: Accepts,
): { wrong: boolean; accepted: boolean; leaked: boolean } {
  const worst = { wrong: false, accepted: false, leaked: false };
  for (const { outputs, labels } of outcomes) {
    const wrong = evidence(outputs, image * CLASSES).digit !== labels[image];
    const accepted = accepts(outputs, image * CLASSES);
    worst.wrong ||= wrong;
    worst.accepted ||= accepted;
    worst.leaked ||= wrong && accepted;
  }
  return worst;
}
