import { describe, expect, it, vi } from 'vitest';
import { readOptions, showHelp } from '../../src/base/options.js';
import { UsageError } from '../../src/base/errors.js';

const OPTIONS = {
  out: { type: 'string' },
  seed: { type: 'string', short: 's', default: '1' },
  'fine-tune': { type: 'string' },
  resume: { type: 'boolean' },
} as const;
const read = (...argv: string[]) => readOptions('lq-stream train', argv, OPTIONS);

describe('readOptions', () => {
  it('fills in defaults; switches are off, other texts undefined', () => {
    expect(read()).toEqual({
      values: { out: undefined, seed: '1', 'fine-tune': undefined, resume: false, help: false },
      positionals: [],
    });
  });

  it('reads texts and switches in any order, with = or without, by their short names; the last one counts', () => {
    const { values, positionals } = read(
      '--out=a',
      'recipe',
      '--resume',
      '-s',
      '7',
      '--out',
      'b',
      '--fine-tune',
      '-3',
      '--',
      '--odd',
      '-h',
    );
    expect(values).toEqual({ out: 'b', seed: '7', 'fine-tune': '-3', resume: true, help: false });
    expect(positionals).toEqual(['recipe', '--odd', '-h']);
  });

  it('gives every command --help and -h', () => {
    expect([read('--help').values.help, read('-h').values.help]).toEqual([true, true]);
  });

  it.each([
    [['--sed', '2'], 'unknown option --sed; did you mean --seed?'],
    [['--verbose'], 'unknown option --verbose; see lq-stream train --help'],
    [['-x'], 'unknown option -x; see lq-stream train --help'],
    [['--toString'], 'unknown option --toString; see lq-stream train --help'],
    [['--out'], '--out needs a value; see lq-stream train --help'],
    [['--out='], '--out needs a value; see lq-stream train --help'],
    [['--out', '--resume'], '--out needs a value, found the option --resume; see lq-stream train --help'],
    [['--resume=yes'], '--resume takes no value, found "yes"'],
  ])('refuses %j', (argv, message) => {
    expect(() => read(...argv)).toThrow(new UsageError(message));
  });
});

describe('options that may be given several times', () => {
  const MODELS = { model: { type: 'strings', short: 'm' }, quiet: { type: 'boolean' } } as const;
  const models = (...argv: string[]): readonly string[] => readOptions('lq-stream replay', argv, MODELS).values.model;

  it('keep every text in order; none gives an empty list', () => {
    expect(models()).toEqual([]);
    expect(models('--model', 'a', '--quiet', '--model=b', '-m', 'a')).toEqual(['a', 'b', 'a']);
  });

  it('share nothing between two readings', () => {
    models('--model', 'a');
    expect(models('--model', 'b')).toEqual(['b']);
  });

  it.each([
    [['--model'], '--model needs a value; see lq-stream replay --help'],
    [
      ['--model', 'a', '--model', '--quiet'],
      '--model needs a value, found the option --quiet; see lq-stream replay --help',
    ],
  ])('refuse %j', (argv, message) => {
    expect(() => models(...argv)).toThrow(new UsageError(message));
  });
});

describe('showHelp', () => {
  it('prints on stdout, for the exit code 0', () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(showHelp('words\n')).toBe(0);
    expect(written.mock.calls).toEqual([['words\n']]);
    written.mockRestore();
  });
});
