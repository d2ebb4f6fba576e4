// What each rule of a prepared run said of a frame. The words are told in gate/explain.
import { companyRules } from '../config.js';
import { explain } from '../gate/explain.js';
import type { FrameSightings, Finding } from '../types.js';
import type { Prepared } from './prepare.js';
import type { Settings } from './settings.js';

/** Says of a frame of a run, by sighting, what each rule found: the same findings, in the order of the rules. */
export function explainer({
  config,
  thresholds,
}: Pick<Prepared, 'config' | 'thresholds'> | Settings): (sightings: FrameSightings) => Finding[][] {
  const asked = { thresholds, company: companyRules(config), steady: config.gate.steady };
  return (sightings) => explain(sightings, asked);
}
