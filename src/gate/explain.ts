// Owns what each rule said of a region, in figures beside their bounds: for people who ask why. It judges nothing; what
// was measured comes with the sightings.
import type { CompanyRules, FrameSightings, Finding, Gain, Motion, Sighting, Standing, Thresholds } from '../types.js';
import { DIGIT_SHARE, digitShare, MARKS_BESIDE_STROKE, nearBound, nestedExcess, PIECE } from './company.js';
import { LENGTH_GAIN, SIDE_GAIN } from './growing.js';

/** What the rules of a run were asked with. */
export interface Asked {
  readonly thresholds: Thresholds;
  readonly company: CompanyRules;
  /** As `SteadyOptions.shift`; 0: the rule is off. */
  readonly steady: number;
}

/** What is said where nothing was measured, and where a rule was not asked. */
const [NONE, OFF] = ['-', 'off'];

/** What each rule found of every sighting: the same findings, in the order of the rules, for each. */
export function explain({ sightings, standings, gains, motions }: FrameSightings, asked: Asked): Finding[][] {
  return sightings.map((sighting, k) => [
    ...ofOutputs(sighting, asked.thresholds),
    ...ofStanding(sighting, standings?.[k], asked.company),
    ...ofGain(sighting, gains?.[k], asked.company),
    ofMotion(sighting, motions?.[k], asked.steady),
  ]);
}

/** The second largest output in magnitude is told with its class: the digit that it could be as well. */
function ofOutputs({ outputs, verdict }: Sighting, { ratio, range }: Thresholds): Finding[] {
  const rejected = reasonOf(verdict);
  const second = outputs.findIndex((output, k) => k !== verdict.digit && Math.abs(output) === verdict.second);
  return [
    {
      name: 'top',
      text: bounded(verdict.top.toFixed(3), range.map(short).join('-')),
      refuses: rejected === 'range' || rejected === 'not-finite',
    },
    {
      name: 'second',
      text: second < 0 ? NONE : `${second}: ${outputs[second]!.toFixed(3)}`,
      refuses: false,
    },
    { name: 'ratio', text: bounded(verdict.ratio.toFixed(2), short(ratio)), refuses: rejected === 'ratio' },
  ];
}

function ofStanding({ verdict }: Sighting, standing: Standing | undefined, asked: CompanyRules): Finding[] {
  const rejected = reasonOf(verdict);
  const clutter = rejected === 'clutter';
  const crowded = standing !== undefined && standing.near.refused > nearBound(standing);
  const nested = standing !== undefined && nestedExcess(standing) > 0;
  return [
    {
      name: 'digits around',
      text: said(asked.text, standing, (own) => bounded(percent(digitShare(own)), percent(DIGIT_SHARE))),
      refuses: rejected === 'text',
    },
    {
      name: 'refused near',
      text: said(asked.clutter, standing, (own) =>
        bounded(`${own.near.refused}`, Number.isFinite(nearBound(own)) ? `${nearBound(own)}` : 'any'),
      ),
      refuses: clutter && crowded,
    },
    {
      name: 'beside stroke',
      text: said(asked.clutter, standing, ({ loneStroke }) =>
        loneStroke === undefined ? NONE : bounded(`${loneStroke}`, `${MARKS_BESIDE_STROKE}`),
      ),
      refuses: clutter && !crowded && !nested,
    },
    { name: 'nested', text: said(asked.clutter, standing, nestedText), refuses: clutter && !crowded && nested },
  ];
}

function nestedText({ within, holds }: Standing): string {
  const told = [
    ...(within === undefined ? [] : [`in one, ${percent(within)}`]),
    ...(holds === undefined ? [] : [`holds one, ${percent(holds)}`]),
  ];
  return told.length === 0 ? NONE : bounded(told.join(', '), percent(PIECE));
}

function ofGain({ verdict }: Sighting, gain: Gain | undefined, asked: CompanyRules): Finding[] {
  const growing = reasonOf(verdict) === 'growing' && gain !== undefined;
  return [
    {
      name: 'grew',
      text: said(asked.growing, gain, ({ side }) => bounded(percent(side), percent(SIDE_GAIN))),
      refuses: growing && gain.side > SIDE_GAIN,
    },
    {
      name: 'ink grew',
      text: said(asked.growing, gain, ({ length }) => bounded(percent(length), percent(LENGTH_GAIN))),
      refuses: growing && gain.length > LENGTH_GAIN,
    },
  ];
}

function ofMotion({ verdict }: Sighting, motion: Motion | undefined, shift: number): Finding {
  return {
    name: 'moved',
    text: said(shift > 0, motion, (own) => movedText(own, verdict.digit, shift)),
    refuses: reasonOf(verdict) === 'unsteady',
  };
}

function movedText({ moved, before, repeated }: Motion, digit: number, shift: number): string {
  if (moved === undefined) return 'new here';
  if (repeated) return 'repeated';
  const was = before === undefined ? ', was refused' : before === digit ? '' : `, was ${before}`;
  return `${bounded(moved.toFixed(2), short(shift))}${was}`;
}

function reasonOf(verdict: Sighting['verdict']) {
  return verdict.accepted ? undefined : verdict.rejected;
}

/** What there is to say where a rule was asked, and had something to measure. */
function said<T>(asked: boolean, measured: T | undefined, text: (measured: T) => string): string {
  if (!asked) return OFF;
  return measured === undefined ? NONE : text(measured);
}

function bounded(value: string, bound: string): string {
  return `${value} (${bound})`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}

/** At most three significant digits, without zeros at the end. */
function short(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
