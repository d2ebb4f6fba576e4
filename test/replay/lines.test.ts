// Tests of src/replay/lines.ts: the same bytes for the same rows, JSON that any reader takes, a table that lines up.
import { describe, expect, it } from 'vitest';
import { headlines } from '../../src/replay/headline.js';
import { attackTitle, headlineLine, headlineText, rowLine, seconds, table } from '../../src/replay/lines.js';
import { digit, PGD, read, row, showing } from './hands.js';

const pair = [showing(0, digit('d', 3, 0), read(8)), showing(1, digit('d', 3), read(3, 'ratio'))];
const attacked = (): ReturnType<typeof row> => row(pair, PGD);
const none = row([], PGD);
const clean = row([showing(0, digit('d', 3), read(3))], undefined);

describe('rowLine and headlineLine', () => {
  it('are one line of JSON each, the same bytes for the same row, without the showings', () => {
    for (const line of [rowLine(attacked()), headlineLine(headlines([attacked()])[0]!)]) {
      expect(line).toMatch(/^\{.*\}\n$/);
      expect(line).not.toMatch(/showings|pixels":\{/);
    }
    expect(rowLine(attacked())).toBe(rowLine(attacked()));
    expect(headlineLine(headlines([attacked()])[0]!)).toBe(headlineLine(headlines([attacked()])[0]!));
  });

  it('say what was played under what, against whom', () => {
    expect(JSON.parse(rowLine(attacked()))).toMatchObject({
      type: 'row',
      model: 'camera',
      rule: 'card',
      clip: 'windows-ffv1.mkv',
      codec: 'ffv1',
      path: 'windows',
      attack: 'pgd',
      epsilon: 0.3,
      adversarial: true,
      seed: 1,
      against: 'camera',
      surrogate: null,
      attacked: { digits: 1, leaked: 1 },
      clear: { digits: 1, accepted: 0, coverage: 0 },
      rejected: { ratio: 1 },
      wait: { p50: null, never: 1, of: 1 },
    });
    expect(JSON.parse(rowLine(row(pair, { name: 'gaussian', epsilon: 0.3, seed: 1 })))).toMatchObject({
      attack: 'gaussian',
      adversarial: false,
      against: null,
    });
    expect(JSON.parse(rowLine(clean))).toMatchObject({ attack: null, clear: { coverage: 1 } });
    expect(JSON.parse(headlineLine(headlines([attacked()])[0]!))).toMatchObject({
      type: 'headline',
      model: 'camera',
      worst: { attack: 'pgd', epsilon: 0.3, against: 'camera', codec: 'ffv1', path: 'windows', leak: 1 },
    });
  });

  it.each([
    ['attacked', attacked()],
    ['clean', clean],
    ['without digits', none],
  ])('keep every figure of a row that is %s: none is lost to NaN or Infinity', (_, some) => {
    const { attack: _a, showings: _s, ...figures } = some;
    // JSON turns NaN and Infinity into null: parsed back, all must be what it was.
    expect(JSON.parse(rowLine(some))).toMatchObject(
      JSON.parse(
        JSON.stringify(figures, (_key, value: unknown) =>
          typeof value === 'number' && !Number.isFinite(value) ? 'not finite' : value,
        ),
      ) as object,
    );
    const { worst, ...rest } = headlines([some])[0]!;
    expect(JSON.parse(headlineLine({ worst, ...rest }))).toMatchObject({
      ...rest,
      worst: { leak: worst!.leak, leak95: worst!.leak95 },
    });
  });
});

describe('table', () => {
  it('has a line a row and its columns under their heads', () => {
    const [head, ...lines] = table([attacked(), clean, none]).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => line.slice(head!.indexOf('attack'), head!.indexOf('path')).trim())).toEqual([
      'pgd 0.3',
      'clean',
      'pgd 0.3',
    ]);
    expect(lines[0]).toMatch(
      / 100\.0 % +100\.0 % +100\.00 % +2\.5 % to 100\.0 % .* 0\.0 % +never \/ never +0 +ratio 1$/,
    );
    expect(lines[1]).toMatch(/ 1 +- +100\.0 % +0\.00 % +- +- +100\.0 % +0\.00 s \/ 0\.00 s +0 +-$/);
    expect(lines.join()).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('says how many were not found, before the reasons of the gate', () => {
    expect(table([row([showing(0, digit('d', 3, 0)), showing(1, digit('d', 3, 0), read(3, 'range'))], PGD)])).toMatch(
      /not found 1, range 1\n$/,
    );
  });
});

describe('words', () => {
  it('name attacks and waits', () => {
    expect([
      attackTitle({ attack: PGD }),
      attackTitle({ attack: { name: 'non-digits', epsilon: 0, seed: 1 } }),
      attackTitle({ attack: undefined }),
    ]).toEqual(['pgd 0.3', 'non-digits', 'clean']);
    expect([seconds(0.333), seconds(null)]).toEqual(['0.33 s', 'never']);
  });

  it('tell the worst case in a sentence, and which rule it is by unless that is the card', () => {
    const [worst, all, ...rest] = headlineText(headlines([attacked()])[0]!).split('; in all ');
    expect(worst).toBe('camera: at worst 100.00 % leaked (2.5 % to 100.0 %; pgd 0.3, windows, ffv1)');
    expect(all).toMatch(/^1 of 1 attacked digits, 0 beside digits; 0\.0 % of 1 clear digits/);
    expect(rest).toEqual([]);
    expect(headlineText(headlines([row(pair, PGD, { rule: 'residual' })])[0]!)).toMatch(/^camera by residual: /);
    expect(headlineText(headlines([none])[0]!)).toMatch(/no digit was shown clear$/);
  });
});
