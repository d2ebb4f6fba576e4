import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, describe, expect, it } from 'vitest';
import {
  companyRules,
  override,
  parsePipeline,
  PIPELINE_BYTES,
  pipelineHash,
  pipelineJsonSchema,
  pipelineText,
  readPipeline,
} from '../src/config.js';
import { UsageError } from '../src/base/errors.js';
import { createRandom } from '../src/base/random.js';
import { damagedText } from './base/damaged-text.js';
import { polarityOf } from '../src/types.js';

const pipelines = new URL('../pipelines/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'lq-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The message with which a text is refused. */
function refusal(text: string): string {
  try {
    parsePipeline(text, 'my.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

/** Ten lists, each of nine of the one before. */
function bomb(): string {
  return Array.from(
    { length: 10 },
    (_, i) =>
      `k${i}: &k${i} [${Array(9)
        .fill(i ? `*k${i - 1}` : 1)
        .join(', ')}]`,
  ).join('\n');
}

describe('the shipped pipelines', () => {
  const files = readdirSync(pipelines).filter((file) => file.endsWith('.yaml'));

  it('are those that docs/pipelines.md names', () => {
    expect(files.sort()).toEqual(['counter.yaml', 'default.yaml', 'fixed.yaml', 'screen.yaml', 'sheet.yaml']);
  });

  it.each(files)('%s is valid and points editors at the schema', (file) => {
    expect(readPipeline(join(pipelines, file)).model).toBe('one');
    expect(readFileSync(join(pipelines, file), 'utf8').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./schema.json',
    );
  });

  it.each(files)('%s is written with the keys alone that are not at their defaults, and means the same', (file) => {
    const config = readPipeline(join(pipelines, file));
    const text = pipelineText(config);
    expect(parsePipeline(text, 'again')).toEqual({ ...config, sinks: {} });
    // Each line below the first is needed: one key less is another pipeline.
    const keys = Object.keys((parse(text) ?? {}) as object);
    for (const key of keys) {
      const { [key]: _, ...fewer } = parse(text) as Record<string, unknown>;
      expect(() => expect(parsePipeline(stringify(fewer), 'x')).toEqual(config)).toThrow();
    }
    expect(text.match(/#/g)).toHaveLength(1);
    if (file === 'default.yaml') expect(keys).toEqual([]);
  });

  it('default.yaml states the defaults and nothing else', () => {
    expect(readPipeline(join(pipelines, 'default.yaml'))).toEqual(parsePipeline('', 'empty'));
  });

  it('schema.json is up to date (npm run schema)', () => {
    expect(JSON.parse(readFileSync(join(pipelines, 'schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(pipelineJsonSchema())),
    );
  });
});

describe('parsePipeline', () => {
  it.each([
    ['gate:\n  ration: 3', 'pipeline my.yaml:2: unknown key gate.ration; did you mean gate.ratio?'],
    ['modle: camera', 'pipeline my.yaml:1: unknown key modle; did you mean model?'],
    [
      'regions:\n  mode: auto\n  minHight: 0.1',
      'pipeline my.yaml:3: unknown key regions.minHight; did you mean regions.minHeight?',
    ],
    [
      'colour: red',
      'pipeline my.yaml:1: unknown key colour; known here: source, regions, polarity, normalise, model, gate, readings, name, sinks',
    ],
    ['gate:\n\n  ratio: 0.5', 'pipeline my.yaml:3: gate.ratio must be at least 1, found 0.5'],
    ['gate: {ratio: .nan}', 'pipeline my.yaml:1: gate.ratio must be of type number, found NaN'],
    [
      'gate: {range: [1, 0.5]}',
      'pipeline my.yaml:1: gate.range must have its low end below its high end, found [1,0.5]',
    ],
    ['gate: {range: [1]}', 'pipeline my.yaml:1: gate.range must be at least 2 values long, found [1]'],
    ['polarity: dark', 'pipeline my.yaml:1: polarity must be auto or dark-on-light or light-on-dark, found "dark"'],
    ['source: {fps: fast}', 'pipeline my.yaml:1: source.fps must be of type number, found "fast"'],
    ['source: {fps: 0}', 'pipeline my.yaml:1: source.fps must be more than 0, found 0'],
    ['regions: {mode: none}', 'pipeline my.yaml:1: regions.mode must be auto or fixed, found "none"'],
    ['regions: {mode: auto, maxSeconds: 0}', 'pipeline my.yaml:1: regions.maxSeconds must be more than 0, found 0'],
    ['gate: {company: on}', 'pipeline my.yaml:1: gate.company must be off or of type object, found "on"'],
    ['gate: {company: [text]}', 'pipeline my.yaml:1: gate.company must be off or of type object, found ["text"]'],
    [
      'gate:\n  company:\n    texts: true',
      'pipeline my.yaml:3: unknown key gate.company.texts; did you mean gate.company.text?',
    ],
    ['gate: {company: {text: 3}}', 'pipeline my.yaml:1: gate.company.text must be of type boolean, found 3'],
    [
      'regions: {mode: auto, minHeight: 0.5, maxHeight: 0.4}',
      'pipeline my.yaml:1: regions.minHeight must be smaller than maxHeight, found 0.5',
    ],
    ['- 1', 'pipeline my.yaml:1: the file must be of type object, found [1]'],
  ])('refuses %j', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('refuses fixed regions that are doubled, empty, negative or beyond the frame', () => {
    const fixed = (units: string, list: string): string => `regions: {mode: fixed, units: ${units}, list: ${list}}`;
    expect(refusal(fixed('pixels', '[]'))).toContain('regions.list must be at least 1 values long');
    expect(refusal(fixed('pixels', '[{id: a, box: [0,0,9,9]}, {id: a, box: [9,9,9,9]}]'))).toContain(
      'regions.list must have ids that differ',
    );
    expect(refusal(fixed('pixels', '[{id: a, box: [-1,0,9,9]}]'))).toContain(
      'regions.list[0].box[0] must be at least 0, found -1',
    );
    expect(refusal(fixed('pixels', '[{id: a, box: [0,0,0,9]}]'))).toContain(
      'regions.list[0].box[2] must be at least 1, found 0',
    );
    expect(refusal(fixed('relative', '[{id: a, box: [0.5,0,0.6,1]}]'))).toContain('must lie inside the frame');
    expect(refusal(fixed('relative', '[{id: a b, box: [0,0,1,1]}]'))).toContain('found "a b"');
    expect(refusal(fixed('pixels', '[{id: a, bx: [0,0,9,9]}]'))).toContain('did you mean regions.list[0].box?');
  });

  it('names every mistake, each on its own line', () => {
    expect(refusal('gate: {ratio: 0}\nmodle: x\n').split('\n')).toHaveLength(2);
  });

  it('says where YAML itself is wrong, and what of a doubled key', () => {
    expect(refusal('gate: {ratio: 3')).toMatch(/^pipeline my.yaml:1: not valid YAML: .* end with a }$/);
    expect(refusal('model: a\nmodel: b')).toContain('my.yaml:2: not valid YAML: Map keys must be unique');
  });

  it('names a file that is not there, and one whose name can be none', () => {
    expect(() => readPipeline(join(folder, 'none.yaml'))).toThrow(/none\.yaml: can't be read \(ENOENT\)/);
    expect(() => readPipeline('a\0b')).toThrow(
      new UsageError("pipeline a\\0b: can't be read (its name has a NUL in it)"),
    );
  });

  it.each([
    ['aliases that blow up', bomb(), /^pipeline my\.yaml:6: holds more than 100,000 values/],
    ['an alias of nothing', 'model: *none', /^pipeline my\.yaml:1: not valid YAML: the alias \*none has no anchor/],
    ['a set', 'source: !!set {fps, policy}', /^pipeline my\.yaml:1: the tag !!set is not taken/],
    ['a key that is a map', '? {a: b}\n: 3', /^pipeline my\.yaml:1: a key must be a text/],
    ['two documents', 'model: a\n---\nmodel: b', /^pipeline my\.yaml:2: holds several documents/],
    ['merge keys', 'gate: &g {ratio: 2}\nsource: {<<: *g}', /^pipeline my\.yaml:2: unknown key source\.<<;/],
    ['depth', `model: ${'['.repeat(3000)}`, /^pipeline my\.yaml:1: is nested more than 64 deep/],
    ['size', `model: "${'z'.repeat(300_000)}"`, /^pipeline my\.yaml: is larger than 256 KiB/],
  ])('refuses %s in one line', (_, text, message) => {
    expect(refusal(text)).toMatch(message);
    expect(refusal(text)).not.toContain('\n');
  });

  it('takes one box for 300 regions', () => {
    const list = Array.from({ length: 300 }, (_, i) => `  - {id: r${i}, box: ${i ? '*x' : '&x [0,0,10,10]'}}\n`);
    const { regions } = parsePipeline(`regions:\n  mode: fixed\n  units: pixels\n  list:\n${list.join('')}`, 'my.yaml');
    expect(regions).toHaveProperty('list.299.box', [0, 0, 10, 10]);
  });

  it('tells the first ten complaints, and how many more there are', () => {
    const said = refusal(Array.from({ length: 15_000 }, (_, i) => `a${i}: 1`).join('\n')).split('\n');
    expect(said).toHaveLength(11);
    expect(said[9]).toMatch(/^pipeline my\.yaml:10: unknown key a9;/);
    expect(said[10]).toBe('pipeline my.yaml:11: and 14,990 more');
  });

  it('shows no more of a name or a value than a reader can use, and nothing that steers a terminal', () => {
    const long = `\\e[2J${'k'.repeat(100_000)}`;
    for (const text of [`? "${long}"\n: 1`, `model: ["${long}"]`, `model: {? "${long}" : 1}`, `polarity: "${long}"`]) {
      const said = refusal(text);
      expect(said.length).toBeLessThan(500);
      expect(said).toMatch(/\[2Jk/);
      expect(said).not.toContain('\x1b');
    }
    const names = Array.from({ length: 900 }, (_, i) => `k${i}: 1`).join(', ');
    expect(refusal(`model: {${names}}`)).toMatch(/^.*, found the keys k0, k1, .*, k19, and 880 more$/);
    expect(refusal(`model: [${'a, '.repeat(9000)}]`).length).toBeLessThan(500);
    expect(() => readPipeline('\x1b[2J')).toThrow("pipeline \\x1b[2J: can't be read");
  });

  it('does not read a file that is too large', () => {
    writeFileSync(join(folder, 'large.yaml'), `# ${'z'.repeat(PIPELINE_BYTES)}`);
    expect(() => readPipeline(join(folder, 'large.yaml'))).toThrow(/large\.yaml: is larger than 256 KiB/);
    expect(() => readPipeline('/dev/zero')).toThrow(/\/dev\/zero: is larger than 256 KiB/);
    expect(readPipeline('/dev/null')).toEqual(parsePipeline('', 'empty'));
  });

  it('refuses damaged texts with UsageError alone', () => {
    const random = createRandom(14);
    const sound = readFileSync(join(pipelines, 'fixed.yaml'), 'utf8').replace('#', 'gate: &a {ratio: 2}\nx: *a #');
    const bits = [
      '[',
      ']',
      '{',
      '}',
      ':',
      ': ',
      '- ',
      '\n',
      '\n  ',
      '&a ',
      '*a',
      '!!set ',
      '!',
      '|',
      '>',
      '"',
      "'",
      '#',
      '?',
      '%',
      '---\n',
      '...\n',
      '\t',
      '\0',
      '<<: *a',
      '__proto__',
      '1e999',
      '~',
      '\\',
      '\ud800',
      ',',
      '@',
      '\r',
    ];
    for (let i = 0; i < 200; i++) {
      const text = damagedText(random, sound, { bits, places: 4, cut: 5 });
      try {
        parsePipeline(text, 'my.yaml');
      } catch (error) {
        expect(error, text).toBeInstanceOf(UsageError);
        expect((error as Error).message, text).toMatch(/^pipeline my\.yaml:\d+: /);
      }
    }
  });
});

describe('levels of fixed regions', () => {
  const fixed = (levels: string, polarity = 'auto', units = 'pixels'): string =>
    `polarity: ${polarity}\nregions: {mode: fixed, units: ${units}, levels: ${levels}, list: [{id: a, ` +
    `box: [0, 0, 1, 1]}]}\n`;

  it('are taken in both units; light ink is light on dark', () => {
    for (const units of ['pixels', 'relative'])
      expect(parsePipeline(fixed('[0, 255]', 'auto', units), 'my.yaml').regions).toMatchObject({ levels: [0, 255] });
    expect([polarityOf([0, 255]), polarityOf([235, 20])]).toEqual(['light-on-dark', 'dark-on-light']);
    expect(parsePipeline(fixed('[0, 255]', 'light-on-dark'), 'my.yaml').polarity).toBe('light-on-dark');
  });

  it('change the hash of the pipeline', () => {
    expect(
      new Set(
        ['[0, 255]', '[0, 254]', '[255, 0]'].map((levels) => pipelineHash(parsePipeline(fixed(levels), 'my.yaml'))),
      ).size,
    ).toBe(3);
  });

  it.each([
    ['[9, 9]', 'auto', /my\.yaml:2: regions\.levels must be two levels that differ, found \[9,9\]/],
    ['[0, 256]', 'auto', /regions\.levels\[1\] must be at most 255, found 256/],
    ['[0.5, 255]', 'auto', /regions\.levels\[0\] must be a whole number, found 0\.5/],
    ['[0]', 'auto', /regions\.levels/],
    [
      '[0, 255]',
      'dark-on-light',
      /my\.yaml:1: polarity must be what regions\.levels say, or auto, found "dark-on-light"/,
    ],
  ])('are refused as %s with polarity %s', (levels, polarity, message) => {
    expect(refusal(fixed(levels, polarity))).toMatch(message);
  });
});

describe('the rules of company', () => {
  it('are all asked, unless a pipeline turns some off, or all of them', () => {
    const rules = (text: string) => companyRules(parsePipeline(text, 'my.yaml'));
    expect(rules('')).toEqual({ text: true, clutter: true, growing: true });
    expect(rules('gate: {company: {clutter: false}}')).toEqual({ text: true, clutter: false, growing: true });
    expect(rules('gate: {company: off}')).toEqual({ text: false, clutter: false, growing: false });
  });

  it('change the hash of the pipeline', () => {
    const texts = ['', 'gate: {company: {text: false}}', 'gate: {company: off}'];
    expect(new Set(texts.map((text) => pipelineHash(parsePipeline(text, 'my.yaml')))).size).toBe(3);
  });
});

describe('override and pipelineHash', () => {
  const config = parsePipeline('gate: {ratio: 3}', 'x');

  it('lets the command line win, and leaves the rest', () => {
    const changed = override(config, { fps: 5, range: [0.6, 1.2], model: 'fc-lq' });
    expect(changed).toEqual({
      ...config,
      source: { ...config.source, fps: 5 },
      model: 'fc-lq',
      gate: { ...config.gate, ratio: 3, range: [0.6, 1.2] },
    });
    expect(override(config, {})).toEqual(config);
  });

  it('is the same for the same meaning, whatever the order and the comments', () => {
    const a = parsePipeline('polarity: auto\nsource: {fps: 5, policy: all}', 'a');
    const b = parsePipeline('# hello\nsource: {policy: all, fps: 5}', 'b');
    expect(pipelineHash(a)).toBe(pipelineHash(b));
    expect(pipelineHash(a)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is the same whether policy all is said or not, and wherever the password of a camera is', () => {
    const plain = pipelineHash(parsePipeline('', 'x'));
    expect(pipelineHash(parsePipeline('source: {policy: all, credentials: cam.txt}', 'x'))).toBe(plain);
    expect(pipelineHash(parsePipeline('source: {policy: latest}', 'x'))).not.toBe(plain);
    expect(pipelineHash(parsePipeline('source: {maxAge: 2}', 'x'))).not.toBe(plain);
  });

  it('takes what live sources need, and refuses what makes no sense of it', () => {
    const text = 'source: {every: 5, listen: true, transport: udp, stall: 2, frozen: 0, device: {size: [640, 480]}}';
    expect(parsePipeline(text, 'x').source).toMatchObject({ every: 5, frozen: 0, device: { size: [640, 480] } });
    expect(() => parsePipeline('source: {maxAge: 0}', 'x')).toThrow(/source\.maxAge must be at least 0\.05, found 0/);
    expect(() => parsePipeline('source: {transport: sctp}', 'x')).toThrow(/source\.transport must be tcp or udp/);
    expect(() => parsePipeline('source: {device: {format: "-i x"}}', 'x')).toThrow(
      /source\.device\.format must be a name/,
    );
  });

  it('knows stream and rotate, and stays what it was without them', () => {
    expect(parsePipeline('', 'x').source).toEqual({ realtime: false });
    expect(parsePipeline('source: {stream: 1, rotate: 90}', 'x').source).toMatchObject({ stream: 1, rotate: 90 });
    expect(parsePipeline('source: {rotate: auto}', 'x').source).toMatchObject({ rotate: 'auto' });
    expect(() => parsePipeline('source:\n  stream: -1', 'x')).toThrow(/x:2: source\.stream must be .*0.*found -1/);
    expect(() => parsePipeline('source: {stream: 1.5}', 'x')).toThrow(/source\.stream/);
    expect(() => parsePipeline('source:\n  rotate: 45', 'x')).toThrow(/x:2: source\.rotate must be .*90.*found 45/);
  });

  it('changes with every effective setting but the model, which has its own hash', () => {
    expect(pipelineHash(override(config, { ratio: 4 }))).not.toBe(pipelineHash(config));
    expect(pipelineHash(override(config, { fps: 4 }))).not.toBe(pipelineHash(config));
    expect(pipelineHash(override(config, { model: 'fc-lq' }))).toBe(pipelineHash(config));
  });
});
