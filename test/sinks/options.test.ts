// What users may ask of sinks: every option in help, on the command line, in the pipeline file and in its schema.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import type { JsonSchema } from '../../src/base/explain.js';
import { readArguments } from '../../src/cli/arguments.js';
import { HELP } from '../../src/cli/help.js';
import { parsePipeline, pipelineHash, pipelineJsonSchema } from '../../src/config.js';
import { SINK_KINDS } from '../../src/sinks/list.js';
import { filesOf, mergeSinkSettings, truthFileOf, wantedSinks, type SinkSettings } from '../../src/sinks/options.js';
import { readFixture } from '../../src/truth/truth.js';
import { truth } from '../replay/hands.js';
import { scratch } from '../source/clips.js';

/** Every option of every kind, as it is declared. */
const DECLARED = SINK_KINDS.flatMap((kind) =>
  Object.entries(kind.options).map(([key, option]) => ({ ...option, sink: kind.name, key, named: `--${option.flag}` })),
);

/** A value that an option takes, as a person would type it; true for a switch. */
function typed({ value, schema }: (typeof DECLARED)[number]): string | true {
  if (value === undefined) return true;
  const text = ['value', '8080', '8', 'only', '5'].find((each) => schema.safeParse(each).success);
  if (text === undefined) throw new Error(`no value is known for ${value}`);
  return text;
}

function fromCommandLine(...argv: string[]): SinkSettings {
  const request = readArguments(['clip.mp4', ...argv]);
  if (request.show !== undefined) throw new Error(`showed ${request.show}`);
  return request.arguments.sinks;
}

const fromFile = (sinks: object): SinkSettings => parsePipeline(JSON.stringify({ sinks }), 'my.yaml').sinks;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('the kinds of sink', () => {
  it('have names and flags of their own', () => {
    expect(new Set(SINK_KINDS.map(({ name }) => name)).size).toBe(SINK_KINDS.length);
    expect(new Set(DECLARED.map(({ flag }) => flag)).size).toBe(DECLARED.length);
  });

  it('are enabled by an option of their own', () => {
    for (const { options, enabledBy } of SINK_KINDS)
      if (enabledBy !== undefined) expect(Object.keys(options)).toContain(enabledBy);
  });
});

describe.each(DECLARED)('$named', (option) => {
  const { flag, value, help, sink, key, schema } = option;
  const given = typed(option);
  const argv = given === true ? [`--${flag}`] : [`--${flag}`, given];

  it('is in --help, with its value and every word of what it does', () => {
    const head = `  --${flag}${value === undefined ? '' : ` ${value}`} `;
    const from = HELP.indexOf(head);
    expect(from).toBeGreaterThan(0);
    const words = HELP.slice(from + head.length).split(/\s+/);
    expect(words.filter(Boolean).slice(0, help.split(' ').length).join(' ')).toBe(help);
  });

  it('is read from the command line', () => {
    expect(fromCommandLine(...argv)).toEqual({ [sink]: { [key]: given } });
  });

  it('is read from the pipeline file', () => {
    expect(fromFile({ [sink]: { [key]: given } })).toEqual({ [sink]: { [key]: given } });
  });

  it('is in the schema of pipeline files, with a description that is a sentence', () => {
    const section = pipelineJsonSchema().properties?.['sinks']?.properties?.[sink];
    const found = section?.properties?.[key] as (JsonSchema & { description?: string }) | undefined;
    expect(found?.description?.toLowerCase()).toBe(`${help.toLowerCase()}.`);
  });

  it('on the command line wins over the file, and leaves the others of its sink', () => {
    const file = { [sink]: { [key]: 'of the file', another: 'too' }, other: { kept: true } };
    expect(mergeSinkSettings(file, fromCommandLine(...argv))).toEqual({
      [sink]: { [key]: given, another: 'too' },
      other: { kept: true },
    });
  });

  it('does not change the hash of the pipeline', () => {
    const text = JSON.stringify({ sinks: { [sink]: { [key]: given } } });
    expect(pipelineHash(parsePipeline(text, 'my.yaml'))).toBe(pipelineHash(parsePipeline('', 'my.yaml')));
  });

  it('is refused in the file with path, rule and value when it has another type', () => {
    const message = refusal(() => fromFile({ [sink]: { [key]: [1] } }));
    const isSecret = (schema.meta() as { readonly writeOnly?: boolean } | undefined)?.writeOnly === true;
    const found = isSecret ? 'a value \\(object\\) that is not shown' : '\\[1\\]';
    expect(message).toMatch(
      new RegExp(`^pipeline my\\.yaml:1: sinks\\.${sink}\\.${key} must be \\S.*, found ${found}$`),
    );
  });
});

describe('what is wrong', () => {
  const address = 'must be [HOST:]PORT, such as 8080, localhost:8080 or "[::1]:8080"';

  it.each<[sinks: object, message: string]>([
    [{ feed: { serve: 70_000 } }, `sinks.feed.serve ${address}, found 70000`],
    [{ feed: { serve: -1 } }, `sinks.feed.serve ${address}, found -1`],
    [{ feed: { serve: 80.5 } }, `sinks.feed.serve ${address}, found 80.5`],
    [{ feed: { serve: true } }, `sinks.feed.serve ${address}, found true`],
    [{ feed: { serve: '::1:80' } }, `sinks.feed.serve ${address}, found "::1:80"`],
    [
      { feed: { token: '' } },
      'sinks.feed.token must be at least 1 characters long, found a value (string) that is not shown',
    ],
    [
      { feed: { token: 81726354 } },
      'sinks.feed.token must be of type string, found a value (number) that is not shown',
    ],
    [
      [{ feed: { token: 's3cret', serve: 80 } }],
      'sinks must be of type object, found [{"feed":{"token":"(not shown)","serve":80}}]',
    ],
    [{ lines: { rejected: 'yes' } }, 'sinks.lines.rejected must be of type boolean, found "yes"'],
    [{ summary: { file: 3 } }, 'sinks.summary.file must be of type string, found 3'],
    [{ lines: true }, 'sinks.lines must be of type object, found true'],
    [{ feed: { serv: 80 } }, 'unknown key sinks.feed.serv; did you mean sinks.feed.serve?'],
    [{ feeds: {} }, 'unknown key sinks.feeds; did you mean sinks.feed?'],
  ])('in the pipeline file, %j, is said with path, rule and value', (sinks, message) => {
    expect(refusal(() => fromFile(sinks))).toBe(`pipeline my.yaml:1: ${message}`);
  });

  it.each<[argv: string[], message: string]>([
    [['--serve', '70000'], `--serve ${address}, found "70000"`],
    [['--serve', ':80'], `--serve ${address}, found ":80"`],
    [['--serve='], '--serve needs a value; see lq-stream --help'],
    [['--annotate', '--quiet'], '--annotate needs a value, found the option --quiet; see lq-stream --help'],
    [['--rejected=no'], '--rejected takes no value, found "no"'],
    [['--sumary', 'a'], 'unknown option --sumary; did you mean --summary?'],
  ])('on the command line, %j, is said with option, rule and value', (argv, message) => {
    expect(refusal(() => fromCommandLine(...argv))).toBe(message);
  });
});

describe('the sinks of a run', () => {
  const names = (settings: SinkSettings): string[] => wantedSinks(settings).map(({ kind }) => kind.name);

  it('are lines, numbers and summary where nothing is asked', () => {
    expect(names({})).toEqual(['lines', 'readings', 'summary']);
    expect(wantedSinks({}).map(({ options }) => options)).toEqual([{}, {}, {}]);
  });

  it.each(SINK_KINDS.filter(({ enabledBy }) => enabledBy !== undefined))('have $name by its $enabledBy', (kind) => {
    const { name, options, enabledBy = '' } = kind;
    const others = Object.fromEntries(Object.keys(options).flatMap((key) => (key === enabledBy ? [] : [[key, 'x']])));
    expect(names({ [name]: others })).not.toContain(name);
    expect(names({ [name]: { [enabledBy]: 'x' } })).toContain(name);
  });

  it('come in the order of the list, whatever the order in which they are asked for', () => {
    const all = Object.fromEntries(
      [...SINK_KINDS].reverse().map(({ name, enabledBy = '' }) => [name, { [enabledBy]: 'x' }]),
    );
    const replaced = SINK_KINDS.map(({ replaces }) => replaces);
    expect(names(all)).toEqual(SINK_KINDS.map(({ name }) => name).filter((name) => !replaced.includes(name)));
  });

  it('write files that are known by flag; only they are', () => {
    const settings = fromCommandLine('--annotate', 'a.mp4', '--summary', 's.json', '--truth', 't.json', '--serve', '0');
    expect(filesOf(wantedSinks(settings))).toEqual({ annotate: 'a.mp4', summary: 's.json' });
    expect(truthFileOf(settings)).toBe('t.json');
    expect(truthFileOf({})).toBeUndefined();
  });
});

describe('a truth file', () => {
  const at = scratch();

  it('comes with a clip from elsewhere: it is refused when it names sinks', async () => {
    await writeFile(at('clip.mkv'), 'a clip');
    const sha256 = createHash('sha256').update('a clip').digest('hex');
    const write = async (pipeline: unknown): Promise<string> => {
      await writeFile(at('truth.json'), JSON.stringify(truth({ sha256, pipeline })));
      return at('truth.json');
    };
    for (const sinks of [{}, { summary: { file: '/etc/passwd' } }, null]) {
      const error: unknown = await readFixture(await write({ sinks })).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/truth\.json: pipeline: unknown key sinks; /);
    }
    for (const pipeline of ['fixed', null, 3])
      await expect(readFixture(await write(pipeline))).rejects.toThrow(
        /truth\.json: pipeline: the file must be of type object/,
      );
    expect((await readFixture(await write({ polarity: 'dark-on-light' }))).config.sinks).toEqual({});
  });
});
