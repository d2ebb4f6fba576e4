// Owns what the page calls things: outcomes, states, figures. Words only.
import type { Rejection } from '../types.js';
import type { Link } from './connection.js';
import type { ShownState } from '../sinks/page/protocol.js';

/** An outcome of a region. */
export type Outcome = Rejection | 'accepted';

/** The three ways in which outcomes are shown: told apart by lightness too. */
export type Tone = 'good' | 'doubt' | 'other' | 'empty';

/** How an outcome is shown. */
export function toneOf(outcome: Outcome): Tone {
  switch (outcome) {
    case 'accepted':
      return 'good';
    case 'text':
    case 'clutter':
      return 'other';
    case 'blank':
    case 'not-finite':
      return 'empty';
    case 'ratio':
    case 'range':
    case 'growing':
    case 'unsteady':
    case 'stale':
    case 'rule':
      return 'doubt';
  }
}

/** What a reason means, in a few words. */
export const MEANING: Readonly<Record<Outcome, string>> = {
  accepted: 'the outputs deserve it',
  ratio: 'could be two digits',
  range: 'top output outside the range',
  text: 'stands in a word or a line of letters',
  clutter: 'stands among shapes that are no digits, or in or around another digit',
  growing: 'is still being drawn',
  unsteady: 'moved, or was another digit a moment ago',
  stale: 'the picture is old, frozen, black or damaged',
  blank: 'no ink',
  'not-finite': 'outputs that are no numbers',
  rule: "a rule of the program's own",
};

/** What a source does, in a word or two, and what that means. */
export const STATES: Readonly<Record<ShownState, readonly [word: string, meaning: string]>> = {
  file: ['File', 'This source is a file.'],
  live: ['Live', 'Pictures come.'],
  connecting: ['Connecting', 'There was no picture yet.'],
  stale: ['Stale', 'No picture has come for a while.'],
  frozen: ['Frozen', 'Pictures come, and are all the same.'],
  black: ['Black', 'Pictures come, and show nothing.'],
  retrying: ['Retrying', 'The connection to the camera was lost.'],
  ended: ['Ended', 'The run is over.'],
  unowned: ['Not read', 'No worker has this camera.'],
  silent: ['Silent', 'Its worker tells nothing of it.'],
  starting: ['Starting', 'A worker begins to read it.'],
  failing: ['Failing', 'It is tried again.'],
  refused: ['Refused', "It is not read until it is changed in the fleet's file."],
};

/** Whether a source does what it should. */
export function isWell(state: ShownState | undefined): boolean {
  return state === 'live' || state === 'file';
}

/** What the connection to the server does. */
export const LINKS: Readonly<Record<Link, readonly [word: string, meaning: string]>> = {
  connecting: ['Connecting', 'Asking the server.'],
  token: ['Token needed', 'This server shows its pictures to who has its token.'],
  open: ['Open', ''],
  lost: ['No connection', 'The server does not answer. It is tried again.'],
  over: ['Run ended', 'The program has ended its run. This page comes back when it starts again.'],
  version: ['Other version', 'Load this page again.'],
};

/** Whether there is nothing to worry about yet. */
export function isBeginning(state: ShownState | undefined): boolean {
  return state === 'starting' || state === 'connecting';
}

/** A ratio in few characters. */
export function ratioText(ratio: number): string {
  if (ratio >= 1e6) return '×∞';
  return `×${ratio < 9.995 ? ratio.toFixed(2) : ratio < 99.95 ? ratio.toFixed(1) : ratio.toFixed(0)}`;
}

/** A top output. */
export function topText(top: number | null): string {
  return top === null ? '-' : top.toFixed(2);
}

/** A share in percent. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '-';
  const value = 100 * share;
  return `${value === 0 || value >= 99.95 ? value.toFixed(0) : value < 1 ? value.toFixed(2) : value.toFixed(1)} %`;
}

/** Seconds of a clip as minutes and seconds. */
export function clipTime(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, '0')}`;
}
