// Owns rules that a program brings along: how they are applied after the gate, and how they refuse. It knows none.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { FrameReadings, Reading } from '../types.js';

/**
 * A rule over one frame's readings: the same readings in the same order, those that it does not believe given to
 * {@link refuse}. What it remembers of earlier frames is its own; frames come in order, one run at a time. It may look
 * at the frame's pixels (`frame.gray`) only until it returns.
 */
export type Rule = (now: FrameReadings) => readonly Reading[];

/**
 * The reading, refused by a rule of the program's own (reason `rule`); one that was refused before keeps its reason.
 * @param distance how far from the rule's threshold, >= 0, in a unit of the rule's own. Default 0: there is none.
 */
export function refuse(reading: Reading, distance = 0): Reading {
  const { verdict } = reading;
  if (!verdict.accepted) return reading;
  return { ...reading, verdict: { ...verdict, accepted: false, rejected: 'rule', distance } };
}

/** Applies the rules one after the other. Fails when one does not give every reading back. */
export function judgeBy(rules: readonly Rule[]): MonoTypeOperatorFunction<FrameReadings> {
  return rules.length === 0 ? (source) => source : map((now) => rules.reduce(applied, now));
}

function applied(now: FrameReadings, rule: Rule): FrameReadings {
  const readings = rule(now);
  if (readings.length === now.readings.length) return { ...now, readings };
  throw new Error(
    `A rule${rule.name && ` (${rule.name})`} gave ${readings.length} readings back of ${now.readings.length}: ` +
      'it must refuse what it does not believe, not leave it out',
  );
}
