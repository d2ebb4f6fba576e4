// Owns the section `readings` of a pipeline file: its keys, limits and defaults, and what has to fit to the regions. It
// must not know how a number is made.
import { z } from 'zod';
import { nearest } from '../base/nearest.js';
import { printable } from '../base/printable.js';
import type { AskedReading } from './readings.js';

/** Places of a number at most: so many digits a double holds exactly. */
const MOST_WINDOWS = 15;

/** Looks that count at one place, at most. */
const MOST_LOOKS = 1000;

const seconds = z.number().positive().max(31_536_000);

const agreeSchema = z
  .strictObject({
    frames: z
      .int()
      .min(1)
      .max(MOST_LOOKS)
      .default(20)
      .describe('Clear looks at each place that have to show the same digit.'),
    of: z.int().min(1).max(MOST_LOOKS).default(30).describe('Of so many of the last clear looks.'),
    share: z
      .number()
      .min(0.5)
      .max(1)
      .default(0.6)
      .describe('Least share of the ratios of these looks that stands behind the digit.'),
    seconds: z
      .number()
      .min(0)
      .max(3600)
      .default(2)
      .describe('Least seconds over which these looks are spread: of a faster source not every one is counted.'),
    within: seconds.default(60).describe('Seconds after which a look is no longer counted.'),
  })
  .refine(({ frames, of }) => frames <= of, { path: ['frames'], message: 'must not be above agree.of' })
  .refine(({ frames, of }) => 2 * frames > of, { path: ['frames'], message: 'must be more than half of agree.of' });

/** A class of Home Assistant's. */
export const HOME_WORD = /^[a-z0-9_]{1,64}$/;

const places = z.int().min(1).max(32);

const rulesSchema = z
  .strictObject({
    length: z
      .tuple([places, places])
      .refine(([least, most]) => least <= most, 'must have its low end first')
      .optional()
      .describe('Fewest and most digits; any number by default.'),
    leading: z
      .enum(['zeros', 'blanks', 'any'])
      .default('zeros')
      .describe(
        'What may stand before the number. zeros: every window holds a digit. blanks: windows may be empty, and no zero ' +
          'leads. any: both.',
      ),
    range: z
      .tuple([z.number(), z.number()])
      .refine(([lo, hi]) => lo <= hi, 'must have its low end first')
      .optional()
      .describe('Least and largest value; any by default.'),
    step: z.number().positive().optional().describe('The value is a whole multiple of it; not asked by default.'),
    falls: z
      .enum(['allow', 'never', 'rollover'])
      .default('allow')
      .describe(
        'Whether the value may fall. rollover: only from the top tenth of what its places hold to the lowest tenth.',
      ),
    change: z
      .strictObject({
        most: z.number().positive().describe('The largest change.'),
        per: seconds.describe('In so many seconds.'),
      })
      .optional()
      .describe('Largest change in a time; any by default.'),
  })
  .prefault({})
  .describe('What a value has to keep; one that does not is refused.');

const readingId = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, "_", "." or "-"')
  .describe('Name of the number in every message; unique.');

const homeWord = z.string().regex(HOME_WORD, 'must be a word as Home Assistant has it, such as water');

const numberSchema = z
  .strictObject({
    id: readingId,
    windows: z
      .union([
        z.literal('auto'),
        z
          .array(z.string())
          .min(1)
          .max(MOST_WINDOWS)
          .refine((names) => new Set(names).size === names.length, 'must name each window once'),
      ])
      .describe(
        'Names of its windows in regions.list, from left to right. auto: every line of digits that is found is a number ' +
          'of its own.',
      ),
    decimals: z
      .int()
      .min(0)
      .max(MOST_WINDOWS - 1)
      .default(0)
      .describe('Places behind the decimal point.'),
    wheels: z
      .boolean()
      .default(false)
      .describe('Its places are wheels that turn: what one shows is told by those to its right.'),
    every: seconds.optional().describe('Seconds after which it is told again, unchanged; never by default.'),
    agree: agreeSchema.prefault({}).describe('How many looks have to agree.'),
    rules: rulesSchema,
    heal: z
      .enum(['ask', 'auto'])
      .default('ask')
      .describe(
        'What becomes of refused values that agree with each other. ask: a question. auto: they are taken over, where a ' +
          'rule refused them that compares with the value before.',
      ),
    healAfter: seconds.default(60).describe('Seconds for which they have to agree.'),
    unit: z.string().min(1).max(32).optional().describe('Its unit, for Home Assistant, such as m³; none by default.'),
    deviceClass: homeWord.optional().describe('What it is, as Home Assistant has it, such as water.'),
    stateClass: homeWord.optional().describe('How it changes, as Home Assistant has it, such as total_increasing.'),
  })
  .refine(({ windows, decimals }) => windows === 'auto' || decimals < windows.length, {
    path: ['decimals'],
    message: 'must be smaller than the number of windows',
  });

/** Every line of digits, with all defaults. */
const AUTO = [{ id: 'line', windows: 'auto' as const }];

/** The section `readings`: numbers, or none. */
export const readingsSchema = z
  .union([
    z.literal('auto').transform(() => z.array(numberSchema).parse(AUTO)),
    z
      .array(numberSchema)
      .min(1)
      .max(64)
      .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'must have ids that differ'),
  ])
  .optional()
  .describe('Which numbers are made of digits. auto: every line of digits. None by default.');

/** Numbers that are asked for without a word on how. */
export function automaticReadings(): readonly AskedReading[] {
  return readingsSchema.parse('auto') ?? [];
}

/** What of a section does not fit to the regions. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What does not fit: windows that the regions do not have, and lines where there are none.
 * @param windows Ids of the fixed rectangles; undefined where regions are found.
 */
export function misfits(asked: readonly AskedReading[], windows: readonly string[] | undefined): Misfit[] {
  const firstAuto = asked.findIndex((one) => one.windows === 'auto');
  return asked.flatMap(({ windows: own }, k): Misfit[] => {
    const path = ['readings', k, 'windows'];
    if (own === 'auto') {
      if (windows) return [{ path, message: 'must name windows of regions.list, as regions.mode is fixed' }];
      return k === firstAuto ? [] : [{ path, message: 'must be auto of one reading only' }];
    }
    if (!windows) return [{ path, message: 'must be auto, as regions.mode is auto: only fixed regions have names' }];
    return own.flatMap((name, i) => {
      if (windows.includes(name)) return [];
      const guess = nearest(name, windows);
      const hint = guess === undefined ? '' : ` (did you mean ${printable(guess)}?)`;
      return [{ path: [...path, i], message: `must be the id of a window in regions.list${hint}` }];
    });
  });
}
