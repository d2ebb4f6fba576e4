// A schema's complaint about a value -> words for the user: path, rule, value found, nearest known key. No files, no
// YAML.
import type { z } from 'zod';
import { nearest } from './nearest.js';

/** The part of a JSON schema that names keys. */
export interface JsonSchema {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
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

/**
 * One complaint for an issue that zod raised about `root`; for unknown keys one each, with the nearest key of `schema`.
 */
export function explain(issue: z.core.$ZodIssue, root: unknown, schema: JsonSchema): Complaint[] {
  if (issue.code !== 'unrecognized_keys') {
    const [value, secrets] = [valueAt(root, issue.path), secretsOf(schema)];
    const secret = issue.path.some((key) => secrets.has(String(key)));
    const found = secret ? `a value (${typeof value}) that is not shown` : shown(value, secrets);
    const text = `${named(issue.path)} ${rule(issue)}, found ${found}`;
    return [{ path: issue.path, text }];
  }
  const known = keysAt(schema, root, issue.path);
  return issue.keys.map((key) => {
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
      return 'options' in issue ? `must be ${(issue.options as unknown[]).map(String).join(' or ')}` : issue.message;
    default:
      return issue.message;
  }
}

function counted(origin: string): string {
  if (origin === 'array') return ' values long';
  return origin === 'string' ? ' characters long' : '';
}

function named(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
    '',
  );
}

/** Names of the keys whose values are secrets, anywhere in the schema. */
function secretsOf({ properties = {}, oneOf = [], items }: JsonSchema): Set<string> {
  const here = Object.keys(properties).filter((key) => properties[key]?.writeOnly === true);
  const inner = [...Object.values(properties), ...oneOf, ...(items ? [items] : [])];
  return new Set([...here, ...inner.flatMap((schema) => [...secretsOf(schema)])]);
}

function shown(value: unknown, secrets: ReadonlySet<string>): string {
  if (value === undefined) return 'nothing';
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return `the keys ${Object.keys(value).join(', ')}`;
  return typeof value === 'number'
    ? String(value)
    : JSON.stringify(value, (key, part: unknown) => (secrets.has(key) ? '(not shown)' : part));
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
  if (schema.oneOf) return schema.oneOf.flatMap((branch) => branchesFor(branch, value));
  const contradicts = Object.entries(schema.properties ?? {}).some(
    ([key, { const: fixed }]) => fixed !== undefined && valueAt(value, [key]) !== fixed,
  );
  return contradicts ? [] : [schema];
}
