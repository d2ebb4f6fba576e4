// Owns the file that the last values of numbers are kept in: its form, reading one, and its text. A damaged one is kept
// aside. It must not judge values.
import { existsSync, renameSync } from 'node:fs';
import { z } from 'zod';
import { readBoundedText } from '../base/bounded-file.js';
import { ofDocument } from '../base/document-error.js';
import { readJson } from '../base/document.js';
import { UsageError } from '../base/errors.js';
import { writeOutput } from '../base/output/file.js';
import { printable } from '../base/printable.js';
import type { Kept } from './keeper.js';
import { ReadingsMemory } from './memory.js';
import type { AskedReading } from './readings.js';
import { valueOf } from './value.js';
import type { Shown } from './place.js';

/** What a state file calls itself. */
export const STATE_FORMAT = 'lq-stream/readings-state/1';

/** Bytes of a state file at most: many times what 64 numbers need. */
const STATE_BYTES = 65_536;

const stateSchema = z.strictObject({
  format: z.literal(STATE_FORMAT),
  readings: z.record(
    z.string(),
    z.strictObject({
      value: z.string().regex(/^\d{0,15}(\.\d{1,15})?$/),
      places: z.int().min(1).max(15),
      at: z.iso.datetime().optional(),
    }),
  ),
});

/**
 * The values of a state file, of those numbers that are asked for in the same form; none where there is no such file.
 * A file that is damaged is renamed to `FILE.damaged`, and that is said.
 * @throws UsageError when it can't be read, or not be kept aside.
 */
export function readState(file: string, asked: readonly AskedReading[], say: (text: string) => void): ReadingsMemory {
  if (!existsSync(file)) return new ReadingsMemory();
  const found = stateIn(file);
  if (typeof found === 'string') {
    say(`${keptAside(file, found)}\n`);
    return new ReadingsMemory();
  }
  return memoryOf(found, asked, (id, value) =>
    say(`--state ${printable(file)}: ${id} was ${value}, which has another form now; it begins anew.\n`),
  );
}

/**
 * The values of a text that `stateText` made, of those numbers that are asked for in the same form; none where it is
 * damaged.
 */
export function parseState(text: string, asked: readonly AskedReading[]): ReadingsMemory {
  try {
    const read = stateSchema.safeParse(readJson(text, STATE_BYTES));
    return read.success ? memoryOf(read.data, asked, () => {}) : new ReadingsMemory();
  } catch {
    return new ReadingsMemory();
  }
}

/** @param otherForm Told of a value that does not fit any more. */
function memoryOf(
  found: z.output<typeof stateSchema>,
  asked: readonly AskedReading[],
  otherForm: (id: string, value: string) => void,
): ReadingsMemory {
  const kept = new Map<string, Kept>();
  for (const one of asked) {
    const was = found.readings[one.id];
    if (!was || one.windows === 'auto') continue;
    const digits = was.value.replace('.', '');
    const decimals = was.value.includes('.') ? was.value.length - was.value.indexOf('.') - 1 : 0;
    if (was.places !== one.windows.length || decimals !== one.decimals || digits.length > was.places) {
      otherForm(one.id, was.value);
      continue;
    }
    const blanks = Array.from({ length: was.places - digits.length }, (): Shown => 'blank');
    const shown = [...blanks, ...[...digits].map((digit) => Number(digit) as Shown)];
    const at = was.at === undefined ? undefined : Date.parse(was.at);
    kept.set(one.id, { value: valueOf(shown, one.decimals), seen: { time: undefined, at } });
  }
  return new ReadingsMemory(kept);
}

/** What a file holds, or what is wrong with it. */
function stateIn(file: string): z.output<typeof stateSchema> | string {
  const text = ofDocument(`--state ${printable(file)}`, UsageError, () =>
    readBoundedText(file, { most: STATE_BYTES, from: 'file' }),
  );
  try {
    const read = stateSchema.safeParse(readJson(text, STATE_BYTES));
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    return `${issue!.path.map(String).join('.') || 'it'}: ${issue!.message}`;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function keptAside(file: string, wrong: string): string {
  const aside = `${file}.damaged`;
  try {
    renameSync(file, aside);
  } catch (cause) {
    throw new UsageError(
      `--state ${printable(file)} is damaged (${printable(wrong)}) and can't be kept aside as ${printable(aside)}: ` +
        (cause as Error).message,
      { cause },
    );
  }
  return (
    `--state ${printable(file)} is damaged (${printable(wrong)}): it is kept as ${printable(aside)}, and all numbers ` +
    'begin anew.'
  );
}

/** Writes the values whole: beside the file, then renamed. @throws UsageError with the path and the reason. */
export async function writeState(file: string, memory: ReadingsMemory): Promise<void> {
  await writeOutput(file, [stateText(memory)]);
}

/** The text of a state file, ending in a newline. */
export function stateText(memory: ReadingsMemory): string {
  const readings = [...memory.all].map(([id, { value, seen }]) => {
    const at = seen.at === undefined ? {} : { at: new Date(seen.at).toISOString() };
    return [id, { value: value.text, places: value.places, ...at }] as const;
  });
  return `${JSON.stringify({ format: STATE_FORMAT, readings: Object.fromEntries(readings) }, null, 2)}\n`;
}
