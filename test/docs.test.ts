// Tests of README, docs/ and the other papers: what they link to, repeat and show must be so. Nothing of their wording.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parsePipeline, pipelineHash, pipelineJsonSchema } from '../src/config.js';
import { HELP } from '../src/cli/help.js';
import { evidence, judge } from '../src/gate/gate.js';
import { readModel } from '../src/model/folder.js';
import { toLine, type PredictionMessage } from '../src/sinks/messages.js';
import { parseTruth } from '../src/truth/truth.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const inDocs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const PAPERS = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...inDocs.map((name) => `docs/${name}`),
];

/** The script's own file is plain JavaScript: this says what is called here. */
interface Figures {
  readonly BLOCKS: readonly { name: string; file: string; content(words: { help: string }): string }[];
  fill(text: string, block: { name: string; file: string }, content: string): string;
}
const { BLOCKS, fill } = (await import(new URL('../scripts/figures.mjs', import.meta.url).href)) as Figures;

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Contents of the fenced blocks of a language, in order. */
function fenced(file: string, language: string): string[] {
  return [...read(file).matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , text = '']) => text);
}

/** The text without fenced code and comments. */
function prose(file: string): string {
  return read(file)
    .replace(/^```.*?^```$/gms, '')
    .replace(/<!--.*?-->/gs, '');
}

/** Where the headings of a page can be linked to, as GitHub makes them. */
function anchors(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(PAPERS)('%s', (file) => {
  it('links to files and headings that exist', () => {
    const targets = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const page = path === '' ? file : join(dirname(file), path);
      return !existsSync(join(root, page)) || (anchor !== undefined && !anchors(page).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('names files of the repository that there are', () => {
    const named = [...read(file).matchAll(/`((?:src|test|scripts|models|pipelines|fixtures|examples)\/[\w./-]*)`/g)];
    const paths = named.map(([, path = '']) => path).filter((path) => !path.includes('NAME'));
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('is wrapped at 120 columns, tables aside', () => {
    const long = prose(file)
      .split('\n')
      .filter((line) => line.length > 120 && !line.startsWith('|'));
    expect(long).toEqual([]);
  });

  it('names scripts of package.json only', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(file).matchAll(/npm run ([a-z][a-z:]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('has examples that parse', () => {
    for (const text of fenced(file, 'json')) expect(() => JSON.parse(text) as unknown).not.toThrow();
    for (const text of fenced(file, 'yaml')) expect(() => parsePipeline(text, file)).not.toThrow();
  });
});

describe('the README', () => {
  it('has at most 200 lines, and the two commands', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
    expect(read('README.md')).toMatch(/^ {4}npm start\b/m);
    expect(read('README.md')).toMatch(/^ {4}npm test\b/m);
  });

  it('names options that there are', () => {
    const named = [...read('README.md').matchAll(/[ `](--[a-z]+)/g)].map(([, option = '']) => option);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((option) => !HELP.includes(` ${option} `))).toEqual([]);
  });
});

describe('what is repeated', () => {
  it.each(BLOCKS)('$name in $file is what npm run figures fills in', ({ name, file, content }) => {
    expect(fill(read(file), { name, file }, content({ help: HELP }))).toBe(read(file));
  });

  it('is refused where a marker is missing, twice there or the wrong way round', () => {
    const block = { name: 'help', file: 'docs/options.md' };
    const [open, close] = ['<!-- help -->', '<!-- /help -->'];
    expect(fill(`a\n${open}\nold\n${close}\nb`, block, 'new')).toBe(`a\n${open}\n\nnew\n\n${close}\nb`);
    for (const text of ['', open, close, `${close}\n${open}`, `${open}\n${open}\n${close}`, `see ${open}\n${close}`])
      expect(() => fill(text, block, 'new')).toThrow(`docs/options.md must have the lines ${open} and ${close}`);
  });

  it('includes every key of pipeline files', () => {
    const rows = [...read('docs/pipelines.md').matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
    const named = rows.flatMap((cell) => {
      const [first = '', ...others] = [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key);
      const section = first.includes('.') ? `${first.split('.')[0]}.` : '';
      return [first, ...others.map((key) => (key.includes('.') ? key : `${section}${key}`))];
    });
    const keys = schemaKeys(pipelineJsonSchema());
    expect(keys).toContain('gate.steady');
    expect(keys.filter((key) => !named.includes(key))).toEqual([]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

/** Dotted names of all keys that hold a value, of all variants. */
function schemaKeys({ properties = {}, oneOf = [], anyOf = [] }: Schema): string[] {
  const own = Object.entries(properties).flatMap(([name, schema]) => {
    const below = schemaKeys(schema);
    return below.length === 0 ? [name] : below.map((key) => `${name}.${key}`);
  });
  return [...new Set([...own, ...[...oneOf, ...anyOf].flatMap(schemaKeys)])];
}

describe('the examples', () => {
  it('the output line is one of the default model and pipeline, and comes from its own outputs', async () => {
    const [line = ''] = fenced('docs/output.md', 'json');
    const message = JSON.parse(line) as PredictionMessage;
    const outputs = Float32Array.from(message.outputs, Number);
    const config = parsePipeline('', 'default');
    const model = await readModel(config.model);
    const { digit, ratio, top } = evidence(outputs);
    expect(toLine(message)).toBe(line.trimEnd());
    expect(fenced('README.md', 'json')).toEqual([line]);
    expect(message).toMatchObject({ type: 'prediction', digit });
    expect([message.top, message.ratio]).toEqual([top, ratio].map((value) => Number(value.toPrecision(9))));
    expect(judge(outputs, model.card.thresholds).accepted).toBe(true);
    expect(model.hash.startsWith(message.model)).toBe(true);
    expect(pipelineHash(config)).toBe(message.pipeline);
  });

  it('the truth file is one that is read, once its hashes are filled in', () => {
    const [text = ''] = fenced('docs/replay.md', 'json');
    const truth = parseTruth(text.replace(/<[^>]*>/g, '0'.repeat(64)), 'my.json');
    expect(truth.frames).toHaveLength(2);
  });
});
