// Tests of changing a YAML text: what was asked for is there, and all else is as it was, comments too.
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { editYaml } from '../../src/base/yaml-edit.js';

const TEXT = `# Above.
regions:
  mode: fixed
  units: relative
  list:
    - { id: tens, box: [0.1, 0.2, 0.3, 0.4] } # the left one
    # Between.
    - { id: units, box: [0.5, 0.2, 0.3, 0.4] }
gate:
  ratio: 8 # by hand
`;

it('changes a value where it stands, and leaves every other line as it was', () => {
  const edited = editYaml(TEXT, { gate: { ratio: 3.5 } });
  expect(edited.split('\n')).toEqual(TEXT.replace('ratio: 8 #', 'ratio: 3.5 #').split('\n'));
});

it('matches items of a list by their id: those that stay keep their comments and their other keys', () => {
  const list = [
    { id: 'units', box: [0.5, 0.5, 0.25, 0.25] },
    { id: 'tens', box: [0.1, 0.2, 0.3, 0.4] },
    { id: 'new', box: [0, 0, 1, 1] },
  ];
  const edited = editYaml(TEXT, { regions: { list } });
  expect((parse(edited) as { regions: { list: unknown } }).regions.list).toEqual(list);
  expect(edited).toContain('# the left one');
  expect(edited).toContain('- { id: new, box: [0, 0, 1, 1] }');
  const numbers = 'readings:\n  - id: a\n    windows: [x]\n    wheels: true # it turns\n';
  const kept = editYaml(numbers, { readings: [{ id: 'a', windows: ['x', 'y'], decimals: 1 }] });
  expect(parse(kept)).toEqual({ readings: [{ id: 'a', windows: ['x', 'y'], wheels: true, decimals: 1 }] });
  expect(kept).toContain('# it turns');
});

it('takes keys out by null, also where there are none, and makes what is missing', () => {
  expect(parse(editYaml(TEXT, { gate: { ratio: null }, regions: { levels: null } }))).toEqual({
    ...(parse(TEXT) as object),
    gate: {},
  });
  const made = editYaml('# Nothing yet.\n', {
    regions: { mode: 'fixed', list: [{ id: 'a', box: [1, 2, 3, 4] }], x: null },
  });
  expect(parse(made)).toEqual({ regions: { mode: 'fixed', list: [{ id: 'a', box: [1, 2, 3, 4] }] } });
  expect(made).toContain('# Nothing yet.');
});

it('refuses to change what is written as an alias', () => {
  expect(() => editYaml('gate: &g { ratio: 2 }\nother: *g\n', { other: { ratio: 3 } })).toThrow(/alias \(\*g\)/);
});
