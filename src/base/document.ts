// Owns how a text that somebody wrote becomes a value: YAML and JSON, of a size and depth that the program can bear,
// and nothing in it that is more than lists, keys, texts, numbers, true, false and null. It must not know what they say.
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type CST,
  type Document,
  type Node,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import { tooLarge } from './bounded-file.js';
import { DocumentError } from './document-error.js';
import { jsonFault } from './json-text.js';
import { printable } from './printable.js';

/** Lists and objects within each other at most, in every document; what this program asks for has 6. */
export const DEPTH = 64;

/** Values of a YAML document at most, with every use of an anchor counted as if it were written out. */
export const VALUES = 100_000;

/** Values of a JSON document at most. */
export const JSON_VALUES = 2_000_000;

/** Keys of one object of a JSON document at most. */
export const JSON_KEYS = 1_000;

/** A document in YAML. */
export interface YamlDocument {
  /** null for an empty one. Uses of one anchor are one value. */
  readonly value: unknown;
  /** The line, from 1, of the value at a path; where there is none, of what is nearest to it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/**
 * The one document of a YAML text.
 * @param most Bytes at most. Texts of more than some MiB take long: the parser is not made for them.
 * @throws DocumentError with the line, for anything else: larger, deeper, not YAML, several documents, doubled keys,
 *   keys that are lists or maps, tags of other types, aliases without an anchor or within their own, or so many that
 *   the values are more than `VALUES`.
 */
export function readYaml(text: string, most: number): YamlDocument {
  // No text has fewer bytes than characters; a file was measured when it was read.
  if (text.length > most) throw tooLarge(most);
  const lines = new LineCounter();
  const document = composed(text, lines);
  const { contents } = document;
  const { value } = new Values(lines).of(contents);
  return { value, lineOf: (path) => lineAt(lines, nodeAt(contents, path)) };
}

/**
 * The value of a JSON text.
 * @param most Bytes at most.
 * @throws DocumentError with the line, for anything else: larger, deeper, not JSON, or of more than `JSON_VALUES` values or
 *   `JSON_KEYS` keys in one object.
 */
export function readJson(text: string, most: number): unknown {
  if (text.length > most) throw tooLarge(most);
  const fault = jsonFault(text, { depth: DEPTH, values: JSON_VALUES, keys: JSON_KEYS });
  if (!fault) return JSON.parse(text);
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < fault.at; at = text.indexOf('\n', at + 1)) line++;
  throw new DocumentError(fault.text, { line });
}

/** As `parseDocument` of the library, but looked at before it recurses, and for several documents. */
function composed(text: string, lines: LineCounter): Document.Parsed {
  const tokens: ReturnType<typeof tokenOf>[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) tokens.push(tokenOf(token, tokens, lines));
  // Whether keys are unique the library asks in quadratic time; `Values` does it.
  const options = { uniqueKeys: false, logLevel: 'error' } as const;
  const [document] = new Composer<ParsedNode>(options).compose(tokens, true, text.length);
  // With `forceDoc` there always is one.
  const [error] = document!.errors;
  if (error) throw refused(`not valid YAML: ${printable(error.message)}`, lines, error.pos[0]);
  return document!;
}

/** The next token, unless it is enough to refuse the text: a list of all its errors would be hundreds of megabytes. */
function tokenOf<T extends CST.Token>(token: T, before: readonly { readonly type: string }[], lines: LineCounter): T {
  if (token.type === 'error') throw refused(`not valid YAML: ${printable(token.message)}`, lines, token.offset);
  if (token.type === 'document' && before.some(({ type }) => type === 'document'))
    throw refused('holds several documents', lines, token.offset);
  checkDepth(token, lines);
  return token;
}

/** A token of the library's syntax tree, as far as it holds others. */
interface SyntaxToken {
  readonly offset: number;
  readonly value?: SyntaxToken | null | undefined;
  readonly key?: SyntaxToken | null | undefined;
  readonly items?: readonly Pick<SyntaxToken, 'key' | 'value'>[];
}

function checkDepth(token: SyntaxToken, lines: LineCounter): void {
  const open: [token: SyntaxToken, depth: number][] = [[token, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [{ offset, items, ...own }, above] = next;
    const depth = items ? above + 1 : above;
    if (depth > DEPTH) throw refused(`is nested more than ${DEPTH} deep`, lines, offset);
    for (const { key, value } of items ?? [own]) {
      if (key) open.push([key, depth]);
      if (value) open.push([value, depth]);
    }
  }
}

/** What a node has become. */
interface Made {
  readonly value: unknown;
  /** How many values that is, itself and every use of an anchor counted. */
  readonly values: number;
  /** Lists and maps within each other, itself counted. */
  readonly height: number;
}

/** Makes the values of one document, each node once: it takes the time of the text, whatever its aliases say. */
class Values {
  readonly #lines: LineCounter;
  /** By name, the latest so far; empty while what it stands for is being made. */
  readonly #anchors = new Map<string, { made?: Made }>();

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  /** Recurses at most as deep as the text is nested. */
  of(node: unknown): Made {
    if (isAlias(node)) return this.#aliased(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return { value: null, values: 1, height: 0 };
    const { tag, anchor } = node;
    if (tag !== undefined && !TAGS.has(tag))
      throw this.#refused(`the tag ${printable(tag.replace(CORE, '!!'))} is not taken`, node);
    const place: { made?: Made } = {};
    if (anchor !== undefined) this.#anchors.set(anchor, place);
    const made = isMap(node) ? this.#map(node) : isSeq(node) ? this.#list(node) : this.#scalar(node);
    if (made.values > VALUES)
      throw this.#refused(`holds more than ${VALUES.toLocaleString('en')} values, aliases written out`, node);
    if (made.height > DEPTH) throw this.#refused(`is nested more than ${DEPTH} deep, aliases written out`, node);
    place.made = made;
    return made;
  }

  #scalar(node: Node & { readonly value: unknown }): Made {
    const { value } = node;
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value))
      throw this.#refused('a value must be a text, a number, true, false or null', node);
    return { value, values: 1, height: 0 };
  }

  #list(node: Node & { readonly items: readonly unknown[] }): Made {
    const items = node.items.map((item) => this.of(item));
    return { value: items.map(({ value }) => value), ...sizeOf(items) };
  }

  #map(node: YAMLMap): Made {
    const value: Record<string, unknown> = {};
    const parts = node.items.map((pair) => {
      const key = this.#key(pair.key, node);
      if (Object.hasOwn(value, key))
        throw this.#refused(
          `not valid YAML: Map keys must be unique, found "${printable(key)}" twice`,
          pair.key ?? node,
        );
      const part = this.of(pair.value);
      // Not by assignment, which for __proto__ is something else.
      Object.defineProperty(value, key, { value: part.value, enumerable: true, configurable: true, writable: true });
      return part;
    });
    return { value, ...sizeOf(parts) };
  }

  #key(key: unknown, map: Node): string {
    const { value } = this.of(key);
    if (value !== null && typeof value === 'object')
      throw this.#refused('a key must be a text, not a list or keys', key ?? map);
    return keyText(value as Scalar);
  }

  #aliased(alias: Node & { readonly source: string }): Made {
    const place = this.#anchors.get(alias.source);
    const name = printable(alias.source);
    if (!place) throw this.#refused(`not valid YAML: the alias *${name} has no anchor &${name} before it`, alias);
    if (!place.made) throw this.#refused(`not valid YAML: the alias *${name} is within its own anchor`, alias);
    return place.made;
  }

  #refused(what: string, node: unknown): DocumentError {
    return new DocumentError(what, { line: lineAt(this.#lines, node) });
  }
}

/** What a value is that is no list and no map. */
type Scalar = string | number | boolean | null;

/** The key that a scalar is. */
function keyText(scalar: Scalar): string {
  return scalar === null ? '' : String(scalar);
}

/** What `!!` stands for. */
const CORE = 'tag:yaml.org,2002:';

/** Types that JSON has, too. Others (sets, bytes, times) have no place in what this program reads. */
const TAGS: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `${CORE}${name}`),
);

function sizeOf(parts: readonly Made[]): Pick<Made, 'values' | 'height'> {
  let [values, height] = [1, 1];
  for (const part of parts) {
    values += part.values;
    height = Math.max(height, part.height + 1);
  }
  return { values, height };
}

/** The node at a path, or the last one on the way there. */
function nodeAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let node = root;
  for (const part of path) {
    const next: unknown = isSeq(node)
      ? node.items[Number(part)]
      : isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && keyText(key.value as Scalar) === String(part))?.value
        : undefined;
    if (!hasRange(next)) break;
    node = next;
  }
  return node;
}

function lineAt(lines: LineCounter, node: unknown): number {
  return hasRange(node) ? lines.linePos(node.range[0]).line : 1;
}

function hasRange(node: unknown): node is { readonly range: readonly [number, ...unknown[]] } {
  return node !== null && typeof node === 'object' && Array.isArray((node as { range?: unknown }).range);
}

function refused(what: string, lines: LineCounter, offset: number): DocumentError {
  return new DocumentError(what, { line: Math.max(1, lines.linePos(offset).line) });
}
