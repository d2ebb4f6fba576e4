// Owns what a rule's confidences say of a set of digits: thresholds for a coverage, leaks, separation, curves. Pure, on
// typed arrays; it must not run networks or attacks, or draw.
import { evidence } from '../../gate/gate.js';
import type { FittedRule } from '../rules/rule.js';
import { auroc, clopperPearson } from '../../base/statistics.js';
import { CLASSES } from '../../types.js';

/** What a network said of labelled images. */
export interface Labelled {
  /** `[n, 10]`. */
  readonly outputs: Float32Array;
  /** `[n]`, the true classes; `NO_DIGIT`: none, which no answer gets right. */
  readonly labels: Uint8Array;
}

/** Confidences of a rule, apart by whether the reading is right. */
export interface Confidences {
  /** Of the images read right. */
  readonly right: Float64Array;
  /** Of the others. */
  readonly wrong: Float64Array;
}

/** The confidence of a rule in each image; in order within each group. */
export function confidencesOf(rule: FittedRule, { outputs, labels }: Labelled): Confidences {
  const [right, wrong]: [number[], number[]] = [[], []];
  labels.forEach((label, i) => {
    const group = evidence(outputs, i * CLASSES).digit === label ? right : wrong;
    group.push(rule.confidence(outputs, i * CLASSES));
  });
  return { right: Float64Array.from(right), wrong: Float64Array.from(wrong) };
}

/** Whether a gate with this threshold accepts: at or above it, and never -Infinity. */
export function accepts(confidence: number, threshold: number): boolean {
  return confidence >= threshold && confidence > -Infinity;
}

/**
 * The largest threshold that accepts at least the given share. All that tie with it are accepted as well, on every
 * side: a leak is rather stated too large. What a rule never accepts (-Infinity) stays out, even where less is kept
 * then.
 * @param confidences Of regular digits: clean and read right.
 * @param coverage In (0, 1].
 * @returns Infinity when there is nothing to accept.
 */
export function thresholdAt(confidences: Float64Array, coverage: number): number {
  const possible = confidences.filter((each) => each > -Infinity).sort();
  const needed = Math.max(1, Math.ceil(coverage * confidences.length));
  return possible[Math.max(0, possible.length - needed)] ?? Infinity;
}

/** Share of `confidences` that a threshold accepts; 0 when there are none. */
export function acceptedShare(confidences: Float64Array, threshold: number): number {
  return confidences.length === 0 ? 0 : countAccepted(confidences, threshold) / confidences.length;
}

/** One point of a coverage-leak curve. */
export interface LeakPoint {
  /** The coverage that the threshold was set for. */
  readonly asked: number;
  readonly threshold: number;
  /** Share of the clean regular digits that the threshold keeps. */
  readonly coverage: number;
  /** How many attacked images are accepted and wrong. */
  readonly leaked: number;
  /** `leaked` as a share of all attacked images. */
  readonly leak: number;
  /** 95 % interval of `leak`, Clopper and Pearson. */
  readonly interval: readonly [lo: number, hi: number];
}

/** How much of an attack comes through a rule, for each coverage. */
export interface LeakCurve {
  /** Attacked images. */
  readonly images: number;
  /** How many of them are read wrong, accepted or not: without it a leak flatters the gate that meets a weak attack. */
  readonly wrong: number;
  readonly points: readonly LeakPoint[];
}

/** What a coverage-leak curve is made of. */
export interface LeakOptions {
  /** Sets the thresholds: digits that were neither trained on nor are measured here. */
  readonly heldOut: Labelled;
  /** Clean digits, on which the coverage is measured. */
  readonly clean: Labelled;
  readonly attacked: Labelled;
  /** Coverages to set thresholds for, each in (0, 1]. */
  readonly coverages: readonly number[];
}

/** The coverage-leak curve of a rule, one point a coverage, in the order given. */
export function leakCurve(rule: FittedRule, { heldOut, clean, attacked, coverages }: LeakOptions): LeakCurve {
  const calibration = confidencesOf(rule, heldOut).right;
  const regular = confidencesOf(rule, clean).right;
  const { wrong } = confidencesOf(rule, attacked);
  const images = attacked.labels.length;
  const points = coverages.map((asked) => {
    const threshold = thresholdAt(calibration, asked);
    const leaked = countAccepted(wrong, threshold);
    return {
      asked,
      threshold,
      coverage: acceptedShare(regular, threshold),
      leaked,
      leak: images === 0 ? 0 : leaked / images,
      interval: clopperPearson(leaked, images),
    };
  });
  return { images, wrong: wrong.length, points };
}

/**
 * How well a rule tells regular digits from what an attack made wrong: the AUROC of its confidences, 1 perfect, 0.5 not
 * at all; NaN when nothing is wrong.
 */
export function separation(rule: FittedRule, clean: Labelled, attacked: Labelled): number {
  return auroc(confidencesOf(rule, clean).right, confidencesOf(rule, attacked).wrong);
}

/**
 * The curve of a group: for each x, the share of the values above it (the figures of "Output analysis"). 0
 * when there are none.
 */
export function shareAbove(values: Float64Array, at: ArrayLike<number>): Float64Array {
  return Float64Array.from(at, (x) => (values.length === 0 ? 0 : count(values, (value) => value > x) / values.length));
}

function countAccepted(confidences: Float64Array, threshold: number): number {
  return count(confidences, (each) => accepts(each, threshold));
}

function count(values: Float64Array, holds: (value: number) => boolean): number {
  let found = 0;
  for (const value of values) if (holds(value)) found++;
  return found;
}
