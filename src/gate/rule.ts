// Owns rules that a program brings along: how they are applied after the gate, and how they refuse. It knows none.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { FrameSightings, Sighting } from '../types.js';

/**
 * A rule over one frame's sightings: the same sightings in the same order, those that it does not believe given to
 * {@link refuse}. What it remembers of earlier frames is its own; frames come in order, one run at a time. It may look
 * at the frame's pixels (`frame.gray`) only until it returns.
 */
export type Rule = (now: FrameSightings) => readonly Sighting[];

/**
 * The sighting, refused by a rule of the program's own (reason `rule`); one that was refused before keeps its reason.
 * @param distance how far from the rule's threshold, >= 0, in a unit of the rule's own. Default 0: there is none.
 */
export function refuse(sighting: Sighting, distance = 0): Sighting {
  const { verdict } = sighting;
  if (!verdict.accepted) return sighting;
  return { ...sighting, verdict: { ...verdict, accepted: false, rejected: 'rule', distance } };
}

/** Applies the rules one after the other. Fails when one does not give every sighting back. */
export function judgeBy(rules: readonly Rule[]): MonoTypeOperatorFunction<FrameSightings> {
  return rules.length === 0 ? (source) => source : map((now) => rules.reduce(applied, now));
}

function applied(now: FrameSightings, rule: Rule): FrameSightings {
  const sightings = rule(now);
  if (sightings.length === now.sightings.length) return { ...now, sightings };
  throw new Error(
    `A rule${rule.name && ` (${rule.name})`} gave ${sightings.length} sightings back of ${now.sightings.length}: ` +
      'it must refuse what it does not believe, not leave it out',
  );
}
