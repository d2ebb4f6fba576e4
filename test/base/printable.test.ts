// Tests of src/base/printable.ts: nothing that a terminal obeys passes, and long names are cut in their middle.
import { describe, expect, it } from 'vitest';
import { NAME_LENGTH, printable, printableBoldLines, printableJson, printableLines } from '../../src/base/printable.js';

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('printable', () => {
  it.each([
    ['camera 1.mp4', 'camera 1.mp4'],
    ['zähler-七.mp4', 'zähler-七.mp4'],
    ['👍.mp4', '👍.mp4'],
    ['a\nb', 'a\\nb'],
    ['\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['\u009b31m', '\\x9b31m'],
    ['fdp.\u202e4pm', 'fdp.\\u202e4pm'],
    ['half \ud83d', 'half \\ud83d'],
  ])('%j is shown as %j', (name, shown) => {
    expect(printable(name)).toBe(shown);
  });

  it('leaves no character that moves the cursor, starts a sequence or reorders the line', () => {
    // ECMA-48's C0 and C1 sets with DEL, and Unicode's bidirectional controls (UAX #9).
    const steering = [...range(0x00, 0x1f), ...range(0x7f, 0x9f), 0x200e, 0x200f, 0x61c]
      .concat(range(0x202a, 0x202e), range(0x2066, 0x2069), [0x2028, 0x2029, 0x200b, 0xfeff])
      .map((code) => String.fromCharCode(code));
    for (const character of steering) expect(printable(character)).toMatch(/^\\[\w]+$/);
  });

  it('shows beginning and end of a long name', () => {
    const long = `begin${'x'.repeat(1e6)}end`;
    const shown = printable(long);
    expect(shown).toHaveLength(NAME_LENGTH);
    expect(shown).toMatch(/^beginx+ \.\.\. x+end$/);
    expect(printable('x'.repeat(NAME_LENGTH))).toBe('x'.repeat(NAME_LENGTH));
    expect(printable(long, 20)).toBe('beginxxx ... xxxxend');
  });
});

describe('printableLines', () => {
  it('keeps newlines and escapes the rest', () => {
    expect(printableLines('one\ntwo\r\x1b[2K\n')).toBe('one\ntwo\\r\\x1b[2K\n');
  });
});

it('bold is the only sequence that printableBoldLines leaves', () => {
  expect(printableBoldLines('\x1b[1mhead\x1b[0m \x1b[31mred\x1b]0;x\x07\n')).toBe(
    '\x1b[1mhead\x1b[0m \\x1b[31mred\\x1b]0;x\\x07\n',
  );
});

describe('printableJson', () => {
  it.each([undefined, 2])('is the same value in characters that steer nothing (indent %s)', (indent) => {
    const value = { file: 'a\u009b2J\u202e\u2028\u0007\udc00\u{e0041}', 'k\u0085': ['zähler', 1.5, null, '"\\u0041'] };
    const json = printableJson(JSON.stringify(value, undefined, indent));
    expect(JSON.parse(json)).toEqual(value);
    expect(json).not.toMatch(/[^\n\x20-\x7eä]/);
  });

  it('leaves plain JSON as it is', () => {
    expect(printableJson('{\n  "a": "b"\n}')).toBe('{\n  "a": "b"\n}');
  });
});
