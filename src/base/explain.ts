// A schema's complaint about a value -> words for the user: path, rule, value found, nearest known key. No files, no
// YAML.
import type { z } from 'zod';
import { nearest } from './nearest.js';
import { NAME_LENGTH, printable } from './printable.js';

/** The part of a JSON schema that names keys. */
export interface JsonSchema {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly const?: unknown;
  /** As in JSON Schema: the value is a secret, and is not shown. */
  readonly writeOnly?: boolean;
}

/** What is wrong at one place: the path of the value (keys and indices from the root) and a sentence that names it. */
export interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Complaints that are told one by one; of the rest their number. */
export const MOST_COMPLAINTS = 10;

/**
 * One complaint for each issue that zod raised about `root`; for unknown keys one each, with the nearest key of
 * `schema`. Of more than {@link MOST_COMPLAINTS} the first, and one that says how many more there are, at the place of
 * the next.
 */
export function explainAll(raised: readonly z.core.$ZodIssue[], root: unknown, schema: JsonSchema): Complaint[] {
  const issues = raised.flatMap(ofChosen);
  const told = issues.slice(0, MOST_COMPLAINTS + 1).flatMap((issue) => explain(issue, root, schema));
  const all = issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
  const next = told[MOST_COMPLAINTS];
  if (!next) return told;
  const more = (all - MOST_COMPLAINTS).toLocaleString('en');
  return [...told.slice(0, MOST_COMPLAINTS), { path: next.path, text: `and ${more} more` }];
}

/**
 * What is wrong with a value that may be one thing or another: of the one that it is meant to be, where that can be
 * told, all that is wrong with it; else the issue itself.
 */
function ofChosen(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || !isUnexplained(issue)) return [issue];
  const [chosen, second] = issue.errors.filter((branch) => !branch.some(isOfAnotherKind));
  if (!chosen || second) return [issue];
  return chosen.flatMap((inner) => ofChosen({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Whether the schema has no words of its own for the issue. */
function isUnexplained({ message }: z.core.$ZodIssue): boolean {
  return message === 'Invalid input';
}

function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

/** As `explainAll`, of one issue, and of unknown keys those that can be told. */
export function explain(issue: z.core.$ZodIssue, root: unknown, schema: JsonSchema): Complaint[] {
  if (issue.code !== 'unrecognized_keys') {
    const [value, secrets] = [valueAt(root, issue.path), secretsOf(schema)];
    const secret = issue.path.some((key) => secrets.has(String(key)));
    const found = secret ? `a value (${typeof value}) that is not shown` : shown(value, secrets);
    const text = `${named(issue.path)} ${rule(issue)}, found ${found}`;
    return [{ path: issue.path, text }];
  }
  const known = keysAt(schema, root, issue.path);
  return issue.keys.slice(0, MOST_COMPLAINTS + 1).map((key) => {
    const path = [...issue.path, key];
    const guess = nearest(key, known);
    const hint =
      guess === undefined ? `known here: ${known.join(', ')}` : `did you mean ${named([...issue.path, guess])}?`;
    return { path, text: `unknown key ${named(path)}; ${hint}` };
  });
}

function rule(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${counted(issue.origin)}`;
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${counted(issue.origin)}`;
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'invalid_union':
      if ('options' in issue) return `must be ${(issue.options as unknown[]).map(String).join(' or ')}`;
      return isUnexplained(issue) && issue.errors.length > 0 ? eitherRule(issue.errors) : issue.message;
    default:
      return issue.message;
  }
}

function eitherRule(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const rules = branches.flatMap(([first]) => (first ? [rule(first)] : []));
  return rules.map((text, i) => (i === 0 ? text : text.replace(/^must be /, ''))).join(' or ');
}

function counted(origin: string): string {
  if (origin === 'array') return ' values long';
  return origin === 'string' ? ' characters long' : '';
}

/** Characters of a key that are shown. */
const KEY_LENGTH = 60;

function named(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  const parts = path.map((key, i) =>
    typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${printable(String(key), KEY_LENGTH)}`,
  );
  return printable(parts.join(''));
}

/** Names of the keys whose values are secrets, anywhere in the schema. */
function secretsOf({ properties = {}, oneOf = [], anyOf = [], items }: JsonSchema): Set<string> {
  const here = Object.keys(properties).filter((key) => properties[key]?.writeOnly === true);
  const inner = [...Object.values(properties), ...oneOf, ...anyOf, ...(items ? [items] : [])];
  return new Set([...here, ...inner.flatMap((schema) => [...secretsOf(schema)])]);
}

/** Keys of a wrong value that are named. */
const KEYS = 20;

function shown(value: unknown, secrets: ReadonlySet<string>): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return sample(value, secrets);
  const keys = Object.keys(value);
  const more = keys.length > KEYS ? `, and ${(keys.length - KEYS).toLocaleString('en')} more` : '';
  const names = keys.slice(0, KEYS).map((key) => printable(key, KEY_LENGTH));
  return `the keys ${printable(names.join(', '))}${more}`;
}

/** Lists within each other that are shown. */
const LEVELS = 4;

/**
 * A value as JSON has it, but for secrets in it; of a long one the beginning, whatever its size: no more of it is gone
 * through.
 */
function sample(value: unknown, secrets: ReadonlySet<string>, level = 0): string {
  if (typeof value === 'string') return `"${printable(JSON.stringify(value).slice(1, -1))}"`;
  if (value === null || typeof value !== 'object') return printable(String(value));
  if (level === LEVELS) return '...';
  const isList = Array.isArray(value);
  // Not all entries of a list of millions.
  const entries = Object.entries(isList ? value.slice(0, NAME_LENGTH) : value) as [string, unknown][];
  const parts: string[] = [];
  for (let [i, length] = [0, 0]; i < entries.length && length <= NAME_LENGTH; i++) {
    const [key, inner] = entries[i]!;
    const part = !isList && secrets.has(key) ? '"(not shown)"' : sample(inner, secrets, level + 1);
    parts.push(`${isList ? '' : `${sample(key, secrets)}:`}${part}`);
    length += parts[i]!.length + 1;
  }
  return printable(isList ? `[${parts.join(',')}]` : `{${parts.join(',')}}`);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** The keys that the schema knows at a path; of alternatives, those that the value has chosen by its constants. */
function keysAt(schema: JsonSchema, value: unknown, [key, ...rest]: readonly PropertyKey[]): string[] {
  const branches = branchesFor(schema, value);
  if (key === undefined) return [...new Set(branches.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const inner = valueAt(value, [key]);
  return branches.flatMap(({ properties, items }) => {
    const next = typeof key === 'number' ? items : properties?.[String(key)];
    return next ? keysAt(next, inner, rest) : [];
  });
}

function branchesFor(schema: JsonSchema, value: unknown): JsonSchema[] {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return alternatives.flatMap((branch) => branchesFor(branch, value));
  const contradicts = Object.entries(schema.properties ?? {}).some(
    ([key, { const: fixed }]) => fixed !== undefined && valueAt(value, [key]) !== fixed,
  );
  return contradicts ? [] : [schema];
}
