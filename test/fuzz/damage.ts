// Damage to bytes, text and trees of JSON: what happens to them is data that fast-check makes and shrinks. It knows no
// format.
import fc from 'fast-check';

/** One change of some bytes. Places and lengths are shares, so that it fits whatever it is done to. */
export interface Hurt {
  readonly how: 'flip' | 'cut' | 'remove' | 'repeat' | 'fill' | 'number' | 'insert';
  /** Where, in [0, 1). */
  readonly at: number;
  /** How much, in [0, 1): mostly little. */
  readonly much: number;
  readonly value: number;
}

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Numbers at which readers of binary formats go wrong. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes of bytes, the more the rarer. */
export const hurts: fc.Arbitrary<readonly Hurt[]> = fc.array(
  fc.record<Hurt>({
    how: fc.constantFrom('flip', 'flip', 'flip', 'number', 'number', 'cut', 'remove', 'repeat', 'fill', 'insert'),
    // Headers are at the beginning, and at the end in some formats.
    at: fc.oneof(
      share,
      share.map((x) => x ** 4),
      share.map((x) => 1 - (1 - x) ** 4 - 1e-12),
    ),
    much: share.map((x) => x ** 6),
    value: fc.oneof(fc.nat(0xffffffff), fc.constantFrom(...EDGES)),
  }),
  { minLength: 0, maxLength: 12, size: 'max' },
);

/** Bytes after these changes, one after the other; at most 1 MB of them. */
export function hurt(bytes: Uint8Array, changes: readonly Hurt[]): Buffer {
  return changes.reduce<Buffer>(hurtOnce, Buffer.from(bytes));
}

function hurtOnce(bytes: Buffer, { how, at, much, value }: Hurt): Buffer {
  const from = Math.floor(Math.max(0, at) * bytes.length);
  const length = Math.max(1, Math.floor(much * (bytes.length - from)));
  const [before, part, after] = [
    bytes.subarray(0, from),
    bytes.subarray(from, from + length),
    bytes.subarray(from + length),
  ];
  switch (how) {
    case 'flip':
      if (from < bytes.length) bytes[from]! ^= 1 << (value % 8);
      return bytes;
    case 'number':
      if (from + 4 <= bytes.length) bytes.writeUInt32BE(value >>> 0, from);
      return bytes;
    case 'fill':
      return Buffer.concat([before, Buffer.alloc(part.length, value & 0xff), after]);
    case 'cut':
      return Buffer.from(before);
    case 'remove':
      return Buffer.concat([before, after]);
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(Math.min(length, 4_096), value & 0xff), part, after]);
    case 'repeat': {
      const times = Math.max(1, Math.min(1 + (value % 50), Math.floor((1e6 - bytes.length) / part.length)));
      return Buffer.concat([before, ...Array<Buffer>(times).fill(part), after]);
    }
  }
}

/** Texts with which programs have gone wrong. */
export const strangeText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ...[
      '',
      ' ',
      '.',
      '..',
      '../x',
      '/dev/zero',
      '/dev/null',
      '/proc/self/environ',
      'a\0b',
      '\u001b[2J\u001b[31m',
      '\r\n',
    ],
    ...['\u202etxt', '\ud800', '__proto__', 'constructor', 'toString', 'length', 'NaN', '1e999', '-0', '%s%n', '${x}'],
    ...[
      'x'.repeat(300),
      'x'.repeat(100_000),
      '\u0000'.repeat(50),
      '💥'.repeat(5_000),
      'http://127.0.0.1:9/x',
      '-i',
      '--help',
    ],
  ),
);

/** A tree that is deeper than anybody writes. */
function deep(levels: number): unknown {
  let tree: unknown = 1;
  for (let level = 0; level < levels; level++) tree = level % 2 === 0 ? [tree] : { a: tree };
  return tree;
}

/** Values of JSON that nobody expects in their place. */
export const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 3, arbitrary: strangeText },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      ...[null, true, false, 0, -1, 1, 1.5, 1e-320, 1e300, -1e300, 2 ** 31, 2 ** 53, [], {}, [[]], [null]],
      ...[new Array(2_000).fill(0), Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))],
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(40, 500, 3_000).map(deep) },
);

/** One change of a tree: at the place that these numbers lead to, by the number of the key on each level. */
export interface Graft {
  readonly way: readonly number[];
  readonly how: 'replace' | 'delete' | 'rename' | 'add' | 'double';
  readonly value: unknown;
  readonly name: string;
}

/** Changes of a tree. */
export const grafts: fc.Arbitrary<readonly Graft[]> = fc.array(
  fc.record<Graft>({
    way: fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }),
    how: fc.constantFrom('replace', 'replace', 'replace', 'delete', 'rename', 'add', 'double'),
    value: strangeValue,
    name: strangeText,
  }),
  { minLength: 0, maxLength: 4, size: 'max' },
);

/** The tree after these changes. */
export function graft(tree: unknown, changes: readonly Graft[]): unknown {
  return changes.reduce((now, change) => graftAt(now, change, change.way), structuredClone(tree));
}

function graftAt(tree: unknown, change: Graft, [turn, ...way]: readonly number[]): unknown {
  if (tree === null || typeof tree !== 'object' || turn === undefined) return change.value;
  const entries: [string, unknown][] = Object.entries(tree);
  if (entries.length === 0) return change.value;
  const i = turn % entries.length;
  const [key, value] = entries[i]!;
  const inner = value !== null && typeof value === 'object' && way.length > 0;
  const changed = inner ? [[key, graftAt(value, change, way)] as const] : changedEntry([key, value], change);
  const all = [...entries.slice(0, i), ...changed, ...entries.slice(i + 1)];
  return Array.isArray(tree) ? all.map(([, item]) => item) : Object.fromEntries(all);
}

function changedEntry([key, value]: [string, unknown], change: Graft): (readonly [string, unknown])[] {
  switch (change.how) {
    case 'replace':
      return [[key, change.value]];
    case 'delete':
      return [];
    case 'rename':
      return [[change.name, value]];
    case 'add':
      return [
        [key, value],
        [change.name, change.value],
      ];
    case 'double':
      return [
        [key, value],
        [key, value],
      ];
  }
}
