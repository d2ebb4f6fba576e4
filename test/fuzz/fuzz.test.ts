// A few cases of every kind, the same each time; and the fuzzer itself: it finds what is wrong, shrinks it, keeps it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ModelError, UsageError } from '../../src/base/errors.js';
import { runCommand } from './command.js';
import { graft, hurt, hurts } from './damage.js';
import { Faults } from './faults.js';
import type { Trial } from './kind.js';
import { KINDS } from './list.js';
import { readFuzzOptions } from './options.js';
import { brokenBy, brokenByCall, type Outcome } from './promise.js';
import { runStep, stepSeed, type Fault } from './step.js';

const root = mkdtempSync(join(tmpdir(), 'lq-fuzz-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Cases of each kind: in this process, and by the command line, which takes half a second each. */
const FEW: Readonly<Record<string, { inside: number; outside: number }>> = {
  media: { inside: 0, outside: 3 },
  yaml: { inside: 60, outside: 1 },
  model: { inside: 40, outside: 1 },
  truth: { inside: 60, outside: 1 },
  idx: { inside: 20, outside: 0 },
  checkpoint: { inside: 60, outside: 0 },
  feed: { inside: 60, outside: 0 },
};

describe.each(KINDS)('$name', (kind) => {
  it('does what is promised of any input', async () => {
    const folder = join(root, kind.name);
    const base = join(folder, 'base');
    mkdirSync(base, { recursive: true });
    const trial = await kind.open(base);
    try {
      const { inside, outside } = FEW[kind.name]!;
      expect(await runStep(trial, { folder }, 1, { inside, outside })).toEqual({ cases: inside + outside, faults: [] });
    } finally {
      await trial.close?.();
    }
  });
});

describe('a step', () => {
  const trial: Trial<number> = {
    cases: fc.nat(1_000),
    files: (one) => ({ 'a/number.txt': String(one) }),
    inside: async (folder) =>
      Number(readFileSync(join(folder, 'a', 'number.txt'), 'utf8')) >= 100 ? 'is 100 or more' : undefined,
    argv: (one) => ['--limit', String(one)],
  };

  it('finds the smallest case that is wrong, and leaves its files', async () => {
    const folder = join(root, 'step');
    const found: Fault[] = [];
    const room = { folder, found: (fault: Fault) => void found.push(fault) };
    const { faults } = await runStep(trial, room, 1, { inside: 100, outside: 0 });
    expect(faults).toEqual([{ wrong: 'is 100 or more', argv: ['--limit', '100'] }]);
    expect(found).toEqual(faults);
    expect(readFileSync(join(folder, 'case', 'a', 'number.txt'), 'utf8')).toBe('100');
  });

  it('has a seed of its own, and the first one that of the run', () => {
    expect([stepSeed(7, 0), stepSeed(7, 1), stepSeed(8, 1)]).toEqual([7, stepSeed(7, 1), stepSeed(8, 1)]);
    expect(new Set([stepSeed(7, 0), stepSeed(7, 1), stepSeed(7, 2), stepSeed(8, 1)]).size).toBe(4);
  });
});

describe('what is promised', () => {
  const fine: Outcome = { code: 0, out: '{"a":1}\n', err: '', late: false, memory: 90, left: 0 };
  const failed: Outcome = { ...fine, code: 2, err: 'lq-stream: no\n' };

  it.each<Outcome>([fine, failed, { ...failed, out: '' }, { ...fine, memory: undefined }])(
    'is kept by %j',
    (outcome) => {
      expect(brokenBy(outcome)).toBeUndefined();
    },
  );

  it.each<[Partial<Outcome>, string]>([
    [{ late: true, code: null }, 'took more than 30 s'],
    [{ code: 1, err: 'lq-stream: x\n' }, 'exit code 1'],
    [{ code: null }, 'exit code null'],
    [{ left: 1 }, 'left 1 processes'],
    [{ memory: 401 }, 'took 401 MB'],
    [{ out: '{"a":1}\n{"b"' }, 'ends within a line'],
    [{ out: '{"a":1}\n[1]\n' }, 'no JSON object'],
    [{ err: 'hello\n' }, 'told to be quiet'],
    [{ code: 2 }, 'failed without a word'],
    [{ code: 2, err: 'lq-stream: no' }, 'does not end with its line'],
    [{ code: 2, err: 'Error: no\n' }, 'not in our words'],
    [{ code: 2, err: 'lq-stream: no\n(node:7) Warning: x\n' }, 'not for the user'],
    [{ code: 2, err: 'lq-stream: no\n    at f (file.js:1:2)\n' }, 'not for the user'],
    [{ code: 2, err: 'lq-stream: \u001b[2J\n' }, 'control characters'],
    [{ code: 2, err: 'lq-stream: \u202e\n' }, 'control characters'],
    [{ code: 2, err: `lq-stream: ${'x'.repeat(5_000)}\n` }, 'a line of 5011 characters'],
    [{ code: 2, err: `lq-stream: ${'x\n'.repeat(12)}` }, '12 lines'],
  ])('is broken by %j', (change, wrong) => {
    expect(brokenBy({ ...fine, ...change })).toContain(wrong);
  });

  it('of a command that says how it gets on counts what it said last', () => {
    expect(brokenBy({ ...fine, err: 'step 1\nstep 2\n' }, true)).toBeUndefined();
    expect(brokenBy({ ...failed, err: 'step 1\nlq-stream: no\n' }, true)).toBeUndefined();
    expect(brokenBy({ ...failed, err: 'step 1\nfell over\n' }, true)).toContain('not in our words');
  });

  it('of a call is an error for the user, or none', async () => {
    const throwing = (error: unknown) => (): never => {
      throw error;
    };
    expect(await brokenByCall(() => 1)).toBeUndefined();
    expect(await brokenByCall(throwing(new UsageError('no')))).toBeUndefined();
    expect(await brokenByCall(async () => Promise.reject(new ModelError('no')))).toBeUndefined();
    expect(await brokenByCall(throwing(new RangeError('Maximum call stack')))).toContain('no error for the user');
    expect(await brokenByCall(throwing(new UsageError('x'.repeat(5_000))))).toContain('a line of');
  });
});

describe('a run of the command line', () => {
  const folder = join(root, 'command', 'case');
  const script = (name: string, text: string): string => {
    mkdirSync(folder, { recursive: true });
    const program = join(folder, name);
    writeFileSync(program, text);
    return program;
  };

  it('is seen with its exit code, words and memory', async () => {
    const program = script('talk.mjs', "console.log('out'); console.error('err', process.argv[2]); process.exit(3);");
    const outcome = await runCommand(folder, ['word'], { program });
    expect(outcome).toMatchObject({ code: 3, out: 'out\n', err: 'err word\n', late: false, left: 0 });
    expect(outcome.memory).toBeGreaterThan(20);
    expect(outcome.memory).toBeLessThan(200);
  });

  it('is seen with what it leaves behind, which is ended', async () => {
    const program = script(
      'leave.mjs',
      "import { spawn } from 'node:child_process';\n" +
        "const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });\n" +
        'console.log(child.pid); child.unref(); process.exit(0);',
    );
    const { left, out } = await runCommand(folder, [], { program, linger: 100 });
    expect(left).toBe(1);
    expect(Number(out)).toBeGreaterThan(0);
  });

  it('is ended when it takes too long', async () => {
    const program = script('hang.mjs', 'for (;;);');
    expect(await runCommand(folder, [], { program, seconds: 0.3 })).toMatchObject({ code: null, late: true, left: 0 });
  });
});

describe('faults', () => {
  const home = process.cwd();
  afterEach(() => process.chdir(home));

  it('are kept and printed with what shows them again, and those that read alike once', () => {
    const folder = join(root, 'faults');
    for (const part of ['base', 'case']) mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'case', 'a.yaml'), 'x');
    writeFileSync(join(folder, 'base', 'clip.mkv'), 'y');
    process.chdir(root);
    const said: string[] = [];
    const faults = new Faults('yaml', (text) => said.push(text));
    const argv = ['../base/clip.mkv', '--pipeline', "a 'b'.yaml"];
    faults.add({ wrong: 'took 401 MB', argv }, folder, 7);
    faults.add({ wrong: 'took 402 MB', argv }, folder, 8);
    faults.add({ wrong: 'exit code 1', argv: undefined }, folder, 9);
    expect([faults.count, faults.kinds, said.length]).toEqual([3, 2, 2]);
    expect(said[0]).toMatch(
      /^yaml: took 401 MB\n {2}cd out\/fuzz\/yaml-7-1\/case && node \S+cli\.js \.\.\/base\/clip\.mkv/,
    );
    expect(said[0]).toContain(String.raw`--pipeline 'a '\''b'\''.yaml'`);
    expect(said.every((text) => /\n {2}npm run fuzz -- --only yaml --seed \d --steps 1\n$/.test(text))).toBe(true);
    expect(readFileSync('out/fuzz/yaml-7-1/case/a.yaml', 'utf8')).toBe('x');
    expect(existsSync('out/fuzz/yaml-7-1/base/clip.mkv')).toBe(true);
    expect(readFileSync('out/fuzz/yaml-7-1/fault.txt', 'utf8')).toBe(said[0]);
  });
});

describe('damage', () => {
  it('leaves what it is done to as it was, and stays small', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), hurts, (bytes, changes) => {
        const before = Buffer.from(bytes);
        expect(hurt(bytes, changes).length).toBeLessThan(1.1e6);
        expect(before.equals(bytes)).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('of a tree is done where its numbers lead to', () => {
    const tree = { a: [1, { b: 2 }], c: 3 };
    const at = (how: 'replace' | 'delete' | 'rename' | 'add' | 'double', way: number[]): unknown =>
      graft(tree, [{ how, way, value: 'new', name: 'n' }]);
    expect(at('replace', [0, 1, 0])).toEqual({ a: [1, { b: 'new' }], c: 3 });
    expect(at('delete', [3])).toEqual({ a: [1, { b: 2 }] });
    expect(at('rename', [1])).toEqual({ a: [1, { b: 2 }], n: 3 });
    expect(at('add', [1])).toEqual({ ...tree, n: 'new' });
    expect(at('double', [0, 0])).toEqual({ a: [1, 1, { b: 2 }], c: 3 });
    expect(tree).toEqual({ a: [1, { b: 2 }], c: 3 });
  });
});

describe('options', () => {
  const read = (...argv: string[]) => readFuzzOptions(argv, ['media', 'yaml']);

  it('have defaults, and are read', () => {
    expect(read()).toEqual({ seconds: 60, steps: undefined, only: [], seed: 1, help: false });
    expect(read('--seconds', '0.5', '--only', 'yaml,media', '--seed', '7', '--steps', '3')).toEqual({
      ...{ seconds: 0.5, steps: 3, only: ['yaml', 'media'], seed: 7, help: false },
    });
  });

  it.each<[string[], string]>([
    [['--only', 'yml'], 'unknown kind "yml"; did you mean yaml?'],
    [['--seconds', '0'], '--seconds must be'],
    [['--steps', '0'], '--steps must be'],
    [['--seed', 'x'], '--seed must be'],
    [['media'], 'unexpected argument "media"'],
  ])('%j are refused', (argv, message) => {
    expect(() => read(...argv)).toThrow(UsageError);
    expect(() => read(...argv)).toThrow(message);
  });
});
