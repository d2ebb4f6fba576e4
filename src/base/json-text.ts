// Owns what JSON is, character by character: where a text stops being some, or goes beyond limits. JSON.parse makes the
// values; it has no limits, and seldom says where. It must not know what the text is for.

/** Where a text is no JSON, and what is there. */
export interface JsonFault {
  /** Index in the text. */
  readonly at: number;
  /** Words that follow the name of the file: `not valid JSON: expected ":", found "x"`. */
  readonly text: string;
}

/** How much a text may hold. What is made of one is up to a hundred times its size. */
export interface JsonLimits {
  /** Lists and objects within each other. */
  readonly depth: number;
  /** Values in all, lists and objects counted. */
  readonly values: number;
  /** Keys of one object. */
  readonly keys: number;
}

/** What may come next. A collection that has just been opened may be closed as well. */
type Expected = 'a value' | 'a key in quotes' | '":"' | '"," or a closing bracket';

/** Characters of a number at most: no honest one has as many. */
const NUMBER_LENGTH = 400;

const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)$/;

/**
 * The first fault of a text; undefined where it is JSON within the limits. It takes the time of the text, and memory
 * for the depth.
 */
export function jsonFault(text: string, limits: JsonLimits): JsonFault | undefined {
  const closers: string[] = [];
  const keys: number[] = [];
  let values = 0;
  let expected: Expected = 'a value';
  let opened = false;
  for (let at = afterSpace(text, 0); ; at = afterSpace(text, at)) {
    const character = text.charAt(at);
    const closer: string | undefined = closers.at(-1);
    const done: boolean = expected === '"," or a closing bracket';
    if (done && closer === undefined) return character === '' ? undefined : wrong(text, at, 'the end');
    const closes = character !== '' && character === closer && (done || opened);
    opened = false;
    if (closes) {
      closers.pop();
      keys.pop();
      expected = '"," or a closing bracket';
      at++;
    } else if (done || expected === '":"') {
      if (character !== (done ? ',' : ':')) return wrong(text, at, expected);
      expected = done && closer === '}' ? 'a key in quotes' : 'a value';
      at++;
    } else if (expected === 'a value' && (character === '{' || character === '[')) {
      if (closers.length === limits.depth) return { at, text: `is nested more than ${limits.depth} deep` };
      if (++values > limits.values) return tooMany(at, limits.values, 'values');
      keys.push(0);
      closers.push(character === '{' ? '}' : ']');
      expected = character === '{' ? 'a key in quotes' : 'a value';
      opened = true;
      at++;
    } else {
      const end = character === '"' ? afterString(text, at) : afterScalar(text, at, expected);
      if (typeof end !== 'number') return end;
      if (expected === 'a value' && ++values > limits.values) return tooMany(at, limits.values, 'values');
      if (expected === 'a key in quotes' && ++keys[keys.length - 1]! > limits.keys)
        return tooMany(at, limits.keys, 'keys in one place');
      expected = expected === 'a value' ? '"," or a closing bracket' : '":"';
      at = end;
    }
  }
}

function tooMany(at: number, most: number, what: string): JsonFault {
  return { at, text: `holds more than ${most.toLocaleString('en')} ${what}` };
}

function wrong(text: string, at: number, expected: string): JsonFault {
  const found = at < text.length ? JSON.stringify(text.slice(at, at + 1)) : 'the end of the file';
  return { at, text: `not valid JSON: expected ${expected}, found ${found}` };
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  return at;
}

/** `from` is at the opening quote. */
function afterString(text: string, from: number): number | JsonFault {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20)
      return { at, text: 'not valid JSON: a text in quotes must not run over its line or hold control characters' };
    if (code !== 0x5c) continue;
    const escape = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6));
    if (!escape) return wrong(text, Math.min(at + 1, text.length), 'an escape such as \\n or \\u000a');
    at += escape[0].length;
  }
  return { at: from, text: 'not valid JSON: a text in quotes has no end' };
}

function afterScalar(text: string, from: number, expected: Expected): number | JsonFault {
  let end = from;
  while (end < text.length && end - from <= NUMBER_LENGTH && /[-+.\w]/.test(text.charAt(end))) end++;
  const fits = expected === 'a value' && SCALAR.test(text.slice(from, end));
  return fits ? end : wrong(text, from, expected);
}
