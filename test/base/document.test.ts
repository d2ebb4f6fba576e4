// Tests of src/base/document.ts: texts to values, against JSON.parse and the library's own reading, and what is refused
// with which line.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEPTH, JSON_KEYS, JSON_VALUES, readJson, readYaml, VALUES } from '../../src/base/document.js';
import { DocumentError } from '../../src/base/document-error.js';
import { createRandom } from '../../src/base/random.js';
import { damagedText } from './damaged-text.js';

const MOST = 262_144;

/** `line: reason` with which a text is refused. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(DocumentError);
    const { line, message } = error as DocumentError;
    return `${line ?? 'all'}: ${message}`;
  }
  throw new Error('was accepted');
}
const yamlRefusal = (text: string): string => refusal(() => readYaml(text, MOST));
const jsonRefusal = (text: string): string => refusal(() => readJson(text, MOST));

/** Nine of the one before, `levels` times: 9^levels texts. */
function aliasBomb(levels: number): string {
  const lines = Array.from(
    { length: levels },
    (_, i) =>
      `k${i}: &a${i} [${Array(9)
        .fill(i ? `*a${i - 1}` : 'l')
        .join(',')}]`,
  );
  return lines.join('\n');
}

describe('readYaml', () => {
  it.each([
    '',
    '# nothing',
    'a: 1\nb: [x, 2.5, true, null, ~]\n"c d": {e: }\n',
    '- |\n  two\n  lines\n- >-\n  one\n  line\n- !!str 5\n- !!int 5\n- "\\u00e9"\n',
    'a: &x {b: 1}\nc: *x\nd: [*x, *x]\n',
    '&k key: 1\nother: *k\n',
    '? a\n: 1\n1: b\nnull: c\n',
    '{__proto__: {a: 1}}',
    '--- {a: 1}\n...\n',
    '%YAML 1.1\n---\na: yes\n',
    'a: &x [1, &x 2, *x]\nb: *x\n',
    '- .nan\n- .inf\n- 0x10\n',
  ])('reads %j as the library does', (text) => {
    const { value } = readYaml(text, MOST);
    expect(value).toEqual(parse(text));
    expect(Object.getPrototypeOf(value ?? {})).not.toEqual({ a: 1 });
  });

  it.each([
    ['a: *b', '1: not valid YAML: the alias *b has no anchor &b before it'],
    ['a: 1\nb: &b [*b]', '2: not valid YAML: the alias *b is within its own anchor'],
    ['a: 1\nb: !!set {x, y}', '2: the tag !!set is not taken'],
    ['\nb: !!binary aGk=', '2: the tag !!binary is not taken'],
    ['b: !!timestamp 2001-12-14', '1: the tag !!timestamp is not taken'],
    ['b: !mine 3', '1: the tag !mine is not taken'],
    ['? {a: b}\n: 3', '1: a key must be a text, not a list or keys'],
    ['x: &x [1]\n*x : 3', '2: a key must be a text, not a list or keys'],
    ['a: 1\nb: 2\n"a": 3', '3: not valid YAML: Map keys must be unique, found "a" twice'],
    ['a: 1\n---\nb: 2', '2: holds several documents'],
    ['%YAML 1.1\n---\nd: 2001-12-14', '3: a value must be a text, a number, true, false or null'],
    ['%YAML 1.1\n---\na: &a {b: 1}\nc: {<<: *a}', '4: a value must be a text, a number, true, false or null'],
    ['a:\n  - b\n  c', '3: not valid YAML: '],
    ['a: "b', '1: not valid YAML: Missing closing "quote'],
    ['a: 1\n}', '2: not valid YAML: '],
  ])('refuses %j', (text, message) => {
    expect(yamlRefusal(text)).toContain(message);
    expect(yamlRefusal(text)).not.toContain('\n');
  });

  it('takes an anchor that is used often, and refuses what uses blow up', () => {
    const boxes = `- &x [0, 0, 10, 10]\n${'- *x\n'.repeat(300)}`;
    expect(readYaml(boxes, MOST).value).toEqual(Array(301).fill([0, 0, 10, 10]));
    // 9 + 1 values, 9 times that and 1, ...: 66,430 on the fifth line, 597,871 on the sixth.
    expect(VALUES).toBe(100_000);
    expect(Object.keys(readYaml(aliasBomb(5), MOST).value as object)).toHaveLength(5);
    for (const levels of [6, 10, 40])
      expect(yamlRefusal(aliasBomb(levels))).toBe('6: holds more than 100,000 values, aliases written out');
  });

  it.each([
    ['[', ']'],
    ['{a: ', '}'],
    ['- ', ''],
  ])('refuses what is nested deeper than the limit with %j', (open, close) => {
    const nested = (depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;
    expect(readYaml(nested(DEPTH), MOST).value).toEqual(parse(nested(DEPTH)));
    for (const depth of [DEPTH + 1, 20_000])
      expect(yamlRefusal(nested(depth))).toBe(`1: is nested more than ${DEPTH} deep`);
  });

  it('refuses keys of keys before it goes into them', () => {
    expect(yamlRefusal('? '.repeat(20_000))).toBe(`1: is nested more than ${DEPTH} deep`);
  });

  it('counts the depth that aliases give', () => {
    const chain = Array.from({ length: DEPTH }, (_, i) => `- &a${i} [${i ? `*a${i - 1}` : 1}]`);
    expect(yamlRefusal(chain.join('\n'))).toBe('1: is nested more than 64 deep, aliases written out');
    expect(readYaml(chain.slice(1).join('\n').replace('*a0', '1'), MOST).value).toHaveLength(DEPTH - 1);
  });

  it('refuses a text that is too large before it reads it', () => {
    expect(refusal(() => readYaml('[[', 1))).toBe('all: is larger than 1 bytes, which is the most that is read');
    expect(refusal(() => readYaml(`a: "${'z'.repeat(10_485_760)}"`, MOST))).toContain('is larger than 256 KiB');
  });

  it('cuts and escapes what it quotes', () => {
    expect(yamlRefusal(`? "\\e[2J${'k'.repeat(9000)}"\n: 1\n? "\\e[2J${'k'.repeat(9000)}"\n: 2`)).toMatch(
      /^3: not valid YAML: Map keys must be unique, found "\\x1b\[2Jk+ \.\.\. k+" twice$/,
    );
  });

  it('knows the line of every value, and of what is nearest to one that is not there', () => {
    const { lineOf } = readYaml('a:\n  b: 1\n  c:\n    - x\n    - d: 2\n2: y\n', MOST);
    const paths = [[], ['a'], ['a', 'b'], ['a', 'c', 0], ['a', 'c', 1, 'd'], ['a', 'c', 7], ['a', 'z', 'q'], ['2']];
    expect(paths.map(lineOf)).toEqual([1, 2, 2, 4, 5, 4, 2, 6]);
  });
});

describe('readJson', () => {
  it.each([
    ['{"a": x}', '1: not valid JSON: expected a value, found "x"'],
    ['{\n"a": 1,\n}', '3: not valid JSON: expected a key in quotes, found "}"'],
    ['[1\n2]', '2: not valid JSON: expected "," or a closing bracket, found "2"'],
    ['{"a" 1}', '1: not valid JSON: expected ":", found "1"'],
    ['[1, 2', '1: not valid JSON: expected "," or a closing bracket, found the end of the file'],
    ['', '1: not valid JSON: expected a value, found the end of the file'],
    ['{} {}', '1: not valid JSON: expected the end, found "{"'],
    ['["a\nb"]', '1: not valid JSON: a text in quotes must not run over its line or hold control characters'],
    ['["\\x"]', '1: not valid JSON: expected an escape such as \\n or \\u000a, found "x"'],
    ['["a', '1: not valid JSON: a text in quotes has no end'],
    ['[01]', '1: not valid JSON: expected a value, found "0"'],
  ])('refuses %j', (text, message) => {
    expect(jsonRefusal(text)).toBe(message);
  });

  it('refuses what is nested deeper than the limit', () => {
    const nested = (depth: number): string => '\n[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
    expect(readJson(nested(DEPTH), MOST)).toEqual(JSON.parse(nested(DEPTH)));
    for (const depth of [DEPTH + 2, 3_000, 60_000])
      expect(jsonRefusal(nested(Math.min(depth, 20_000)))).toBe(`${DEPTH / 2 + 2}: is nested more than ${DEPTH} deep`);
    expect(jsonRefusal('['.repeat(200_000))).toContain('nested');
  });

  it('counts values and keys before it makes them', () => {
    const most = 5_000_000;
    expect(readJson(`[${'0,'.repeat(JSON_VALUES - 2)}0]`, most)).toHaveLength(JSON_VALUES - 1);
    for (const some of ['0', '{}', '[]', '""'])
      expect(refusal(() => readJson(`[\n${`${some},`.repeat(JSON_VALUES)}0]`, 2 * most))).toBe(
        '2: holds more than 2,000,000 values',
      );
    const keys = Array.from({ length: JSON_KEYS }, (_, i) => `"${i}":0`).join(',');
    expect(Object.keys(readJson(`{${keys}}`, most) as object)).toHaveLength(JSON_KEYS);
    expect(readJson(`[{${keys}},{${keys}}]`, most)).toHaveLength(2);
    expect(jsonRefusal(`{${keys},\n"more":0}`)).toBe('2: holds more than 1,000 keys in one place');
  });

  it('refuses a text that is too large', () => {
    expect(refusal(() => readJson('[1, 2, 3]', 8))).toBe('all: is larger than 8 bytes, which is the most that is read');
  });

  it('takes exactly what JSON.parse takes, of texts that are damaged at random', () => {
    const random = createRandom(14);
    const sound = '{"a": [1, -2.5e+3, true, null, "x\\u00e9\\n\\"", {}, []], "b": {"c": "", "d": 0}, "__proto__": 1}\n';
    const bits = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '0',
      '-',
      '.',
      'e',
      ' ',
      '\n',
      'null',
      'u00',
      '\t',
      '\u0001',
    ];
    let taken = 0;
    for (let i = 0; i < 4000; i++) {
      const text = damagedText(random, sound, { bits, places: 4, cut: 3 });
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        expect(jsonRefusal(text), text).toMatch(/^\d+: not valid JSON: /);
        continue;
      }
      taken++;
      expect(readJson(text, MOST), text).toEqual(value);
    }
    expect(taken).toBeGreaterThan(100);
  });
});
