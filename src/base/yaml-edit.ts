// Owns changing values within a YAML text while all else in it stays: comments, order, how things are written. It must
// not know what the keys mean.
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, YAMLSeq } from 'yaml';
import { UsageError } from './errors.js';

/** Keys to set, at any depth; null takes a key out. Of a list of objects with an `id`, those that stay keep what else they have. */
export type YamlChange = Readonly<Record<string, unknown>>;

/**
 * The text with the changes in it. It must hold one valid document, or nothing.
 * @throws UsageError where a change would go through an alias: what it stands for is used elsewhere too.
 */
export function editYaml(text: string, change: YamlChange): string {
  const document = parseDocument(text);
  if (!isMap(document.contents)) {
    // A file of comments only: they stay above.
    const { commentBefore, comment } = document;
    document.contents = document.createNode({}) as unknown as typeof document.contents;
    document.commentBefore = [commentBefore, comment].filter(Boolean).join('\n') || null;
    document.comment = null;
  }
  merge(document, [], change);
  // Short lists as they are written in this project's files, which the library pads.
  return document.toString({ lineWidth: 0 }).replace(/\[ ([\w.-]+(?:, [\w.-]+)*) \]/g, '[$1]');
}

function merge(document: Document, path: readonly (string | number)[], change: YamlChange): void {
  for (const [key, value] of Object.entries(change)) {
    const at = [...path, key];
    const there = nodeAt(document, at);
    if (value === null) {
      if (there) document.deleteIn(at);
    } else if (Array.isArray(value)) document.setIn(at, listOf(document, there, value));
    else if (isObject(value) && isMap(there)) merge(document, at, value);
    else if (isScalar(there) && !isObject(value)) there.value = value;
    else if (!isObject(value)) document.setIn(at, document.createNode(value));
    else if (Object.values(value).some((part) => part !== null)) {
      document.setIn(at, document.createNode({}));
      merge(document, at, value);
    }
  }
}

function nodeAt(document: Document, path: readonly (string | number)[]): Node | undefined {
  const found = document.getIn(path, true);
  if (isAlias(found))
    throw new UsageError(`${path.join('.')} is written as an alias (*${found.source}): change it in the file by hand`);
  return found as Node | undefined;
}

/** The list in the place of the one before, whose items stay where they are the same thing. */
function listOf(document: Document, there: Node | undefined, values: readonly unknown[]): Node {
  const before = isSeq(there) ? there : undefined;
  if (values.every((value) => !isObject(value))) return scalarsOf(document, before, values);
  const list: YAMLSeq = before ?? new YAMLSeq();
  const items = [...list.items];
  list.items = values.map((value) => {
    const own = isObject(value) ? items.find((item) => isMap(item) && item.get('id') === value['id']) : undefined;
    if (own === undefined || !isObject(value)) return itemOf(document, items[0], value);
    for (const [key, part] of Object.entries(value)) {
      if (!isMap(own)) continue;
      const was = own.get(key, true) as Node | undefined;
      if (part === null) own.delete(key);
      else if (Array.isArray(part)) own.set(key, listOf(document, was, part));
      else if (isScalar(was) && !isObject(part)) was.value = part;
      else own.set(key, document.createNode(part));
    }
    return own;
  });
  return list;
}

/** A new item, written as those that are there: on one line or on several. */
function itemOf(document: Document, like: unknown, value: unknown): Node {
  const node = document.createNode(value) as Node;
  if (!isMap(node)) return node;
  node.flow = isMap(like) ? like.flow === true : true;
  for (const { value: part } of node.items) if (isSeq(part)) part.flow = true;
  return node;
}

function scalarsOf(document: Document, before: YAMLSeq | undefined, values: readonly unknown[]): Node {
  const list: YAMLSeq = before ?? new YAMLSeq();
  list.flow = before?.flow ?? true;
  list.items = values.map((value, k) => {
    const own = list.items[k];
    if (!isScalar(own)) return document.createNode(value);
    own.value = value;
    return own;
  });
  return list;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
