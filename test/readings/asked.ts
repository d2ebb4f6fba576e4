// What the tests of numbers share: what is asked of one, and frames with windows that show digits. No test in here.
import type { AskedReading } from '../../src/readings/readings.js';
import type { Box, DigitClass, Frame, FrameSightings, Rejection, Sighting } from '../../src/types.js';

/** A number of so many windows `w0`, `w1`, ... that three of four looks have to agree on. */
export function asked({ agree, rules, ...more }: PartialAsked = {}): AskedReading {
  return {
    id: 'meter',
    windows: ['w0', 'w1', 'w2'],
    decimals: 0,
    wheels: false,
    agree: { frames: 3, of: 4, share: 0.6, seconds: 0, within: 60, ...agree },
    rules: { leading: 'zeros', falls: 'allow', ...rules },
    heal: 'ask',
    healAfter: 10,
    ...more,
  };
}

type PartialAsked = Partial<Omit<AskedReading, 'agree' | 'rules'>> & {
  readonly agree?: Partial<AskedReading['agree']>;
  readonly rules?: Partial<AskedReading['rules']>;
};

/** What a window shows: a digit that is accepted, with its ratio where that matters, or a reason. */
export type Seen = DigitClass | { readonly digit: DigitClass; readonly ratio: number } | Rejection;

/** A frame's windows, as the gate judged them. */
export function frameOf(seen: readonly (Seen | undefined)[], frame: Partial<Frame> & { time: number }): FrameSightings {
  return {
    frame: { index: 0, width: 640, height: 480, left: 0, top: 0, scale: 1, gray: new Uint8Array(0), ...frame } as Frame,
    sightings: seen.flatMap((one, k) => (one === undefined ? [] : [sightingOf(`w${k}`, one, [40 * k, 10, 30, 50])])),
  };
}

/** One region's judgement. */
export function sightingOf(
  id: string,
  seen: Seen,
  box: Box,
  more: Partial<Sighting['digit']['region']> = {},
): Sighting {
  const digit = { region: { id, box, polarity: 'dark-on-light' as const, ...more }, pixels: new Float32Array(0) };
  const [said, ratio] = typeof seen === 'object' ? [seen.digit, seen.ratio] : [typeof seen === 'number' ? seen : 0, 15];
  const evidence = { digit: said, ratio, top: 1, second: 1 / ratio };
  return {
    digit,
    outputs: new Float32Array(10),
    verdict:
      typeof seen === 'string'
        ? { ...evidence, accepted: false, rejected: seen, distance: 0 }
        : { ...evidence, accepted: true },
  };
}

/** The digits of a text; a `.` is left out, any other character is refused by its ratio. */
export function digitsOf(text: string): Seen[] {
  return [...text.replace('.', '')].map((one) => (/\d/.test(one) ? (Number(one) as DigitClass) : 'ratio'));
}
