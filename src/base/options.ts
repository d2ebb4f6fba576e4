// The options of a command line: reading them by a table, and what to say of a wrong one. Knows no command; what a
// value may hold is the command's own business.
import { parseArgs } from 'node:util';
import { EXIT, UsageError } from './errors.js';
import { nearest } from './nearest.js';

/**
 * One option: a text (`--out DIR`), a text that may be given several times (`--model A --model B`), or a switch
 * (`--resume`).
 */
export type Option =
  | { readonly type: 'strings'; readonly short?: string }
  | { readonly type: 'string'; readonly short?: string; readonly default?: string }
  | { readonly type: 'boolean'; readonly short?: string };

/** A command's options by name, without `--`. */
export type Options = Readonly<Record<string, Option>>;

/**
 * What was given: switches are true or false, texts undefined where they are neither given nor have a default, lists
 * empty.
 */
export type OptionValues<T extends Options> = {
  readonly [K in keyof T]: T[K] extends { readonly type: 'boolean' }
    ? boolean
    : T[K] extends { readonly type: 'strings' }
      ? readonly string[]
      : T[K] extends { readonly default: string }
        ? string
        : string | undefined;
};

/** A read command line. */
export interface Given<T extends Options> {
  /**
   * Every option of the table, and `help`, which every command has (`--help`, `-h`). Of an option that takes one value
   * the last one given counts.
   */
  readonly values: OptionValues<T> & { readonly help: boolean };
  /** What is no option, in order. All that follows `--` is none. */
  readonly positionals: readonly string[];
}

const HELP_OPTION: Option = { type: 'boolean', short: 'h' };

/**
 * Reads the arguments of a command.
 * @param command The words that call it, for messages: `lq-stream train`.
 * @throws UsageError for an unknown option (naming the nearest known one), a missing value, and a value given to a
 *   switch.
 */
export function readOptions<const T extends Options>(command: string, argv: readonly string[], options: T): Given<T> {
  const known: Options = { ...options, help: HELP_OPTION };
  const forms = Object.fromEntries(
    Object.entries(known).map(([name, { type, short }]) => [
      name,
      { type: type === 'boolean' ? type : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  );
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: forms,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string | boolean | string[] | undefined> = {};
  for (const [name, option] of Object.entries(known))
    values[name] = option.type === 'boolean' ? false : option.type === 'strings' ? [] : option.default;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const value = valueOf(token, known, command);
    const list = values[token.name];
    if (Array.isArray(list)) list.push(String(value));
    else values[token.name] = value;
  }
  return { values: values as Given<T>['values'], positionals };
}

/** Prints a help text on stdout; the exit code. */
export function showHelp(text: string): number {
  process.stdout.write(text);
  return EXIT.done;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** The option's text, or true for a switch, when it is known and has a value exactly if it needs one. */
function valueOf({ name, rawName, value, inlineValue }: OptionToken, known: Options, command: string): string | true {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!option) {
    const guess = nearest(name, Object.keys(known));
    throw new UsageError(
      `unknown option ${rawName}; ${guess === undefined ? `see ${command} --help` : `did you mean --${guess}?`}`,
    );
  }
  if (option.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value, found "${value}"`);
    return true;
  }
  // `--pipeline --quiet` is a forgotten value, `--range -0.5:1` is not.
  const swallowed = inlineValue !== true && value !== undefined && /^-(-|[a-z])/i.test(value);
  if (value === undefined || value === '' || swallowed) {
    throw new UsageError(
      `${rawName} needs a value${swallowed ? `, found the option ${value}` : ''}; see ${command} --help`,
    );
  }
  return value;
}
