// The section `readings` of a pipeline file: defaults, and what is said of a wrong one.
import { describe, expect, it } from 'vitest';
import { override, parsePipeline, pipelineHash } from '../../src/config.js';
import { UsageError } from '../../src/base/errors.js';

const WINDOWS =
  'regions: {mode: fixed, units: pixels, list: [{id: d1, box: [0, 0, 9, 9]}, {id: d2, box: [9, 0, 9, 9]}]}\n';
const parse = (readings: string) => parsePipeline(`${WINDOWS}readings: ${readings}`, 'my.yaml').readings;

describe('readings', () => {
  it('are none by default, and then no part of the hash', () => {
    expect(parsePipeline('', 'x').readings).toBeUndefined();
    expect(parsePipeline('', 'x')).not.toHaveProperty('readings');
  });

  it('of windows have a default for all else', () => {
    expect(parse('[{id: meter, windows: [d1, d2]}]')).toEqual([
      {
        id: 'meter',
        windows: ['d1', 'd2'],
        decimals: 0,
        wheels: false,
        agree: { frames: 20, of: 30, share: 0.6, seconds: 2, within: 60 },
        rules: { leading: 'zeros', falls: 'allow' },
        heal: 'ask',
        healAfter: 60,
      },
    ]);
  });

  it('auto are all lines, with the same defaults', () => {
    const { readings } = parsePipeline('readings: auto', 'x');
    expect(readings).toEqual([{ ...parse('[{id: line, windows: [d1]}]')![0], windows: 'auto' }]);
  });

  it.each([
    [
      '[{id: meter, windows: [d1, d3]}]',
      'readings[0].windows[1] must be the id of a window in regions.list (did you mean d1?), found "d3"',
    ],
    ['[{id: meter, windows: [d1, d1]}]', 'readings[0].windows must name each window once, found ["d1","d1"]'],
    [
      '[{id: meter, windows: auto}]',
      'readings[0].windows must name windows of regions.list, as regions.mode is fixed, found "auto"',
    ],
    ['auto', 'readings[0].windows must name windows of regions.list, as regions.mode is fixed'],
    ['[{id: a, windows: [d1]}, {id: a, windows: [d2]}]', 'readings must have ids that differ'],
    [
      '[{id: meter, windows: [d1], agree: {frames: 8, of: 7}}]',
      'readings[0].agree.frames must not be above agree.of, found 8',
    ],
    [
      '[{id: meter, windows: [d1], agree: {frames: 3, of: 7}}]',
      'readings[0].agree.frames must be more than half of agree.of, found 3',
    ],
    [
      '[{id: meter, windows: [d1], decimals: 1}]',
      'readings[0].decimals must be smaller than the number of windows, found 1',
    ],
    [
      '[{id: meter, windows: [d1], rules: {range: [5, 1]}}]',
      'readings[0].rules.range must have its low end first, found [5,1]',
    ],
    [
      '[{id: meter, windows: [d1], rules: {fall: never}}]',
      'unknown key readings[0].rules.fall; did you mean readings[0].rules.falls?',
    ],
    ['[{id: meter, windows: [d1], rules: {falls: no}}]', 'readings[0].rules.falls must be'],
    ['[{id: meter, windows: [d1], heal: yes}]', 'readings[0].heal must be'],
    ['[{id: a b, windows: [d1]}]', 'readings[0].id must be 1 to 64 letters, digits, "_", "." or "-", found "a b"'],
    ['[]', 'readings'],
  ])('%s is refused: %s', (readings, message) => {
    const refused = (): unknown => parse(readings);
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(`pipeline my.yaml:2: ${message}`);
  });

  it('of windows need windows', () => {
    expect(() => parsePipeline('readings: [{id: meter, windows: [d1]}]', 'my.yaml')).toThrow(
      'pipeline my.yaml:1: readings[0].windows must be auto, as regions.mode is auto: only fixed regions have names',
    );
    const twice = 'readings: [{id: a, windows: auto}, {id: b, windows: auto}]';
    expect(() => parsePipeline(twice, 'my.yaml')).toThrow('readings[1].windows must be auto of one reading only');
  });
});

describe('--readings', () => {
  const found = parsePipeline('', 'x');
  const named = parsePipeline(`${WINDOWS}readings: [{id: meter, windows: [d1, d2]}]`, 'x');

  it('asks for lines of digits where the file asks for no numbers, and keeps those that it asks for', () => {
    expect(override(found, { readings: 'also' }).readings).toEqual(parsePipeline('readings: auto', 'x').readings);
    expect(override(named, { readings: 'only' }).readings).toEqual(named.readings);
    expect(override(named, {}).readings).toEqual(named.readings);
  });

  it('off takes them away', () => {
    expect(override(named, { readings: 'off' })).not.toHaveProperty('readings');
    expect(pipelineHash(override(named, { readings: 'off' }))).toBe(pipelineHash(parsePipeline(WINDOWS, 'x')));
  });

  it('can not tell which fixed windows make a number', () => {
    expect(() => override(parsePipeline(WINDOWS, 'x'), { readings: 'also' })).toThrow(
      /^--readings also needs readings in the pipeline: regions are fixed/,
    );
  });
});
