// What users may ask of sinks, derived from the list of kinds: the pipeline file's section, command-line options, help.
// It makes no sink.
import { z } from 'zod';
import { UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import type { Option } from '../base/options.js';
import { feed } from './feed.js';
import { leaks } from './leaks.js';
import { SINK_KINDS } from './list.js';
import { readings, type ReadingsAsked } from './readings.js';
import type { SinkKind, SinkOption } from './sink.js';

/** What is asked of each sink: values by option, by the sink's name. */
export type SinkSettings = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** The section `sinks` of a pipeline file. */
export const sinksSchema = z.strictObject(
  Object.fromEntries(SINK_KINDS.map((kind) => [kind.name, sectionOf(kind).optional()])),
) as unknown as z.ZodType<SinkSettings, SinkSettings>;

function sectionOf({ about, options }: SinkKind): z.ZodType {
  const keys = Object.entries(options).map(([key, { schema, help }]) => [
    key,
    schema.optional().describe(sentence(help)),
  ]);
  return z.strictObject(Object.fromEntries(keys) as Record<string, z.ZodType>).describe(sentence(about));
}

/** As descriptions of keys are written. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Every option of every sink with its place in {@link SinkSettings}. */
export const SINK_OPTIONS: readonly (SinkOption & { readonly sink: string; readonly key: string })[] =
  SINK_KINDS.flatMap(({ name, options }) =>
    Object.entries(options).map(([key, option]) => ({ ...option, sink: name, key })),
  );

/** The same as options of the command line. */
export const sinkFlags: Readonly<Record<string, Option>> = Object.fromEntries(
  SINK_OPTIONS.map(({ flag, value }) => [flag, { type: value === undefined ? 'boolean' : 'string' }]),
);

/**
 * What the command line asks of sinks.
 * @param values by flag: texts, true for switches; undefined and false were not given.
 * @throws UsageError for a value that the option does not take.
 */
export function readSinkFlags(
  values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>,
): SinkSettings {
  const settings: Record<string, Record<string, unknown>> = {};
  for (const { flag, sink, key, schema } of SINK_OPTIONS) {
    const given = values[flag];
    if (given === undefined || given === false) continue;
    const read = schema.safeParse(given);
    if (!read.success)
      throw new UsageError(`--${flag} ${read.error.issues[0]!.message}, found "${printable(String(given))}"`);
    (settings[sink] ??= {})[key] = read.data;
  }
  return settings;
}

/**
 * Checks that each sink whose options were given on the command line is there.
 * @param flags What the command line asks.
 * @param settings What is asked in all.
 * @throws UsageError for options of a sink that is not asked for, which would do nothing.
 */
export function checkSinkFlags(flags: SinkSettings, settings: SinkSettings): void {
  for (const { name, enabledBy, options } of SINK_KINDS) {
    const [key] = Object.keys(flags[name] ?? {});
    if (key === undefined || enabledBy === undefined || settings[name]?.[enabledBy] !== undefined) continue;
    const { flag, value } = options[enabledBy]!;
    const needed = value === undefined ? `--${flag}` : `--${flag} ${value}`;
    throw new UsageError(`--${options[key]!.flag} does nothing without ${needed}: add that, or leave it out`);
  }
}

/** What is asked in both: of an option that both have, `over` counts. */
export function mergeSinkSettings(under: SinkSettings, over: SinkSettings): SinkSettings {
  const names = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...names].map((name) => [name, { ...under[name], ...over[name] }]));
}

/** The kinds that these settings ask for, with what they ask of each; not those in whose place another one comes. */
export function wantedSinks(
  settings: SinkSettings,
): { readonly kind: SinkKind; readonly options: Readonly<Record<string, unknown>> }[] {
  const asked = SINK_KINDS.flatMap((kind) => {
    const options = settings[kind.name] ?? {};
    return kind.enabledBy === undefined || options[kind.enabledBy] !== undefined ? [{ kind, options }] : [];
  });
  return asked.filter(({ kind: { name } }) => !asked.some(({ kind }) => kind.replaces === name));
}

/** The truth file that is asked for, if any: a run's pipeline may come from it. */
export function truthFileOf(settings: SinkSettings): string | undefined {
  const file = settings[leaks.name]?.['truth'];
  return typeof file === 'string' ? file : undefined;
}

/** The file that a run's pipeline is edited and saved in, if any. */
export function editFileOf(settings: SinkSettings): string | undefined {
  const asked = settings[feed.name];
  const file = asked?.[feed.enabledBy ?? ''] === undefined ? undefined : asked['edit'];
  return typeof file === 'string' ? file : undefined;
}

/** What is asked of numbers: a run makes them, and knows of them what was kept. */
export function readingsAskedOf(settings: SinkSettings): ReadingsAsked {
  return settings[readings.name] ?? {};
}

/** The files that wanted sinks write, by flag. */
export function filesOf(wanted: ReturnType<typeof wantedSinks>): Readonly<Record<string, string>> {
  const named = wanted.flatMap(({ kind, options }) =>
    Object.entries(kind.options).flatMap(([key, { flag, file = false }]) => {
      const value = options[key];
      return file && typeof value === 'string' ? [[flag, value] as const] : [];
    }),
  );
  return Object.fromEntries(named);
}
