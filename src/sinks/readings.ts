// Numbers for people, and the file that keeps them, as a sink: what was refused, what is in question, what it came to.
// Which numbers there are is the pipeline's to say; how they are judged is told in readings/.
import { z } from 'zod';
import { printable } from '../base/printable.js';
import { writeState } from '../readings/state.js';
import type { FrameReadings, FrameSightings, NumberView } from '../types.js';
import { sink, sinkKind, type ReadingsShown, type RunInfo, type Sink } from './sink.js';
import { placeText, plural } from './words.js';

/** --readings, --state: numbers in place of digits, and what is kept of them. */
export const readings = sinkKind({
  name: 'readings',
  about: 'numbers that are made of digits, and the file that they are kept in',
  options: {
    show: {
      flag: 'readings',
      value: 'only|also|off',
      help:
        'numbers beside the digits, in their place, or none (default: also, where the pipeline has readings; else ' +
        'off). Without readings in the pipeline: every line of digits',
      schema: z.enum(['only', 'also', 'off'], { error: 'must be only, also or off' }),
    },
    state: {
      flag: 'state',
      value: 'FILE.json',
      help: 'keeps the last value of each named reading over a restart',
      schema: z.string().min(1),
      file: true,
    },
  },
  create: async ({ state }) => createReadings({ state }),
});

/** Options of {@link createReadings}. */
export interface ReadingsSinkOptions {
  /** The file that keeps the last values. Default: none. */
  readonly state?: string | undefined;
}

/** Numbers of which is said at the end what they came to, at most. */
const MOST_TOLD = 20;

/** What a number came to. */
interface Tally {
  shown: string;
  value: string | undefined;
  told: number;
  refused: number;
}

/**
 * Says refused numbers and questions as they come, and at the end what each number came to; keeps the last values.
 * Memory: some counts a number, of at most {@link MOST_TOLD}. A file that can't be written is said, and tried again with
 * the next value.
 */
export function createReadings({ state }: ReadingsSinkOptions): Sink {
  let run: RunInfo | undefined;
  let [saved, failing] = [0, false];
  let writing: Promise<void> | undefined;
  const tallies = new Map<string, Tally>();
  const save = async (): Promise<void> => {
    if (!run || state === undefined) return;
    saved = run.memory.changes;
    try {
      await writeState(state, run.memory);
      failing = false;
    } catch (error) {
      if (!failing) run.say(`${(error as Error).message} It is tried again with the next value.\n`);
      failing = true;
    }
  };
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open(info) {
      run = info;
      saved = info.memory.changes;
    },
    async frame(published) {
      if (!published.readings) return;
      count(published.readings, tallies);
      for (const text of remarks(published, published.readings)) run?.say(`${text}\n`);
      if (state === undefined || writing || run?.memory.changes === saved) return;
      // One at a time: what is new meanwhile is written with the next frame, or at the end.
      writing = save().finally(() => (writing = undefined));
      await writing;
    },
    async end({ counts, enough }) {
      await writing;
      if (counts.frames > 0 && !enough) for (const text of summary(tallies)) run?.say(`${text}\n`);
      // Also where no value is new: when it was last seen is kept too. What can't be kept now is a failure.
      if (run && state !== undefined) await writeState(state, run.memory);
    },
    abort: async () => writing,
  });
}

function count({ told, refused, views }: FrameReadings, tallies: Map<string, Tally>): void {
  const of = ({ id }: Pick<NumberView, 'id'>): Tally | undefined => {
    const known = tallies.get(id);
    if (known || tallies.size >= MOST_TOLD) return known;
    const made = { shown: '', value: undefined, told: 0, refused: 0 };
    tallies.set(id, made);
    return made;
  };
  for (const view of views) Object.assign(of(view) ?? {}, { shown: view.shown });
  for (const one of told) {
    const tally = of(one);
    if (tally) [tally.value, tally.told] = [one.value, tally.told + 1];
  }
  for (const one of refused) {
    const tally = of(one);
    if (tally) tally.refused++;
  }
}

/** What people are told at once. */
function remarks({ frame }: FrameSightings, { told, refused, doubts }: FrameReadings): string[] {
  const when = placeText(frame);
  return [
    ...refused.map(
      ({ id, value, rule, last }) => `reading ${id}: ${value} refused (${rule})${after(last)}, at ${printable(when)}`,
    ),
    ...doubts.map(
      ({ id, value, rule, last, frames }) =>
        `reading ${id}: is ${value} right? It has been refused (${rule}) in ${plural(frames, 'frame')}${after(last)}`,
    ),
    ...told.flatMap(({ id, value, healed }) =>
      healed ? [`reading ${id}: ${value} taken over in place of ${healed.last}, though it breaks ${healed.rule}`] : [],
    ),
  ];
}

function after(last: string | undefined): string {
  return last === undefined ? '' : `; ${last} holds`;
}

function summary(tallies: ReadonlyMap<string, Tally>): string[] {
  return [...tallies].map(([id, { value, shown, told, refused }]) => {
    const last = value === undefined ? `never told, last seen as ${shown}` : `${value}, told ${plural(told, 'time')}`;
    return `reading ${id}: ${last}${refused > 0 ? `; ${refused} refused` : ''}`;
  });
}

/** What is asked of numbers and of the file that keeps them. */
export interface ReadingsAsked {
  readonly show?: ReadingsShown;
  readonly state?: string;
}
