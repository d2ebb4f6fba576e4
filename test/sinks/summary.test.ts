// What a run came to: the file, the words for people, and when there is nothing to say.
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { SourceError, UsageError } from '../../src/base/errors.js';
import { parsePipeline, pipelineHash } from '../../src/config.js';
import { PipelineEditing } from '../../src/pipeline/editing.js';
import { Profile } from '../../src/pipeline/profile.js';
import { createSummary } from '../../src/sinks/summary.js';
import type { Ending, RunInfo } from '../../src/sinks/sink.js';
import { noCounts, type EndReason, type Leaks } from '../../src/types.js';
import { scratch } from '../source/clips.js';
import { ending, IDENTITY, published, testRun, TWO_FRAMES, twoFrames } from './runs.js';

const at = scratch();
const NONE = noCounts();
const TRUTH: Leaks = { digits: 40, leaked: 3, rate: 0.075, stray: 2 };

/** What is said of a run that ended so, and the file of it. */
async function summed(how: Partial<Ending> = {}, run: Partial<RunInfo> = {}): Promise<{ said: string; text: string }> {
  const file = at('summary.json');
  const { info, said } = testRun(run);
  const summary = createSummary({ file });
  await summary.open(info);
  await summary.end(ending(how));
  return { said: said.join(''), text: await readFile(file, 'utf8') };
}

const withTruth: Partial<RunInfo> = { stats: () => ({ ...NONE, fps: 0, lag: 0, truth: TRUTH }) };

describe('what there is to say of the source', () => {
  it('stands in the file and in the words, where there is something', async () => {
    const remark = 'video stream 1 was read, of 0 (mjpeg, 320x180) and 1 (h264, 960x540)';
    const { text, said } = await summed({}, { remarks: () => [remark] });
    expect(JSON.parse(text)).toMatchObject({ remarks: [remark] });
    expect(said.split('\n')[1]).toBe(`  source: ${remark}`);
    expect((await summed()).text).not.toContain('remarks');
  });
});

describe('the file', () => {
  it('tells source, end, model, pipeline, thresholds, counts and files, in this order, indented by two', async () => {
    const { text } = await summed({}, { files: { summary: 'summary.json' } });
    const expected = {
      source: 'clip.mp4',
      end: 'done',
      model: { name: 'constant', hash: IDENTITY.model },
      pipeline: { file: 'default', hash: IDENTITY.pipeline },
      thresholds: { ratio: 5, range: [0.5, 1.1], overridden: [] },
      counts: TWO_FRAMES,
      examples: {},
      files: { summary: 'summary.json' },
    };
    expect(text).toBe(`${JSON.stringify(expected, undefined, 2)}\n`);
  });

  it('has truth and profile where the run has them', async () => {
    const profile = new Profile({ now: () => 0, idle: () => 0 }).report(2);
    const { text, said } = await summed({}, { ...withTruth, profile: () => profile });
    expect(JSON.parse(text)).toMatchObject({ truth: TRUTH, profile: { frames: 2, stages: profile.stages } });
    expect(said).toContain('time per frame in ms');
  });

  it.each<EndReason>(['done', 'failed', 'interrupted'])('of a run that ended %s says so', async (reason) => {
    expect(JSON.parse((await summed({ reason })).text)).toMatchObject({ end: reason });
  });

  it('names no files of a run without frames: none were written', async () => {
    const { text } = await summed({ counts: NONE }, { files: { annotate: 'a.mp4' } });
    expect(JSON.parse(text)).toMatchObject({ files: {}, counts: NONE });
  });

  it('is written also of a run of which nothing is said', async () => {
    const how = { reason: 'failed', error: new SourceError('none'), counts: NONE } as const;
    expect(JSON.parse((await summed(how)).text)).toMatchObject({ end: 'failed' });
  });

  it('replaces the one before, whole', async () => {
    await writeFile(at('summary.json'), 'x'.repeat(10_000));
    expect(JSON.parse((await summed()).text)).toMatchObject({ end: 'done' });
  });

  it('that can not be written is the user’s to mend', async () => {
    await writeFile(at('no-folder'), '');
    const summary = createSummary({ file: at('no-folder/summary.json') });
    await summary.open(testRun().info);
    await expect(summary.end(ending())).rejects.toThrow(UsageError);
  });
});

describe('a run that was changed on the way', () => {
  const text = 'gate: { ratio: 4 }\n';
  const own = { ratio: 3, range: [0.5, 1.2] } as const;

  /** What is said of a run of `before` + `after` frames between which the page sets the ratio, and the file. */
  async function changed(before: number, after: number, save: boolean): Promise<{ said: string; file: unknown }> {
    const config = parsePipeline(text, 'a');
    const editing = new PipelineEditing({
      text,
      name: 'mine.yaml',
      file: at(`mine-${before}-${save}.yaml`),
      isThere: false,
      config,
      thresholds: { ratio: 4, range: own.range },
      model: { thresholds: own },
      overrides: {},
      scorer: { score: async (_pixels, n) => new Float32Array(10 * n) },
    });
    const identity = { ...IDENTITY, pipeline: pipelineHash(config) };
    const thresholds = { ratio: 4, range: own.range, overridden: ['ratio'] } as const;
    const { info, said } = testRun({ identity, thresholds, setup: { config, own, editing } });
    const summary = createSummary({ file: at('changed.json') });
    await summary.open(info);
    const frame = async (): Promise<void> => {
      const [first] = published(twoFrames());
      await summary.frame({ ...first!, pipeline: editing.settings.now.pipeline });
    };
    for (let k = 0; k < before; k++) await frame();
    editing.change({ gate: { ratio: 6 } }, 1);
    editing.change({ gate: { range: [0.7, 1] } }, 2);
    if (save) await editing.save(3);
    for (let k = 0; k < after; k++) await frame();
    await summary.end(ending({ counts: { ...TWO_FRAMES, frames: before + after } }));
    return { said: said.join(''), file: JSON.parse(await readFile(at('changed.json'), 'utf8')) };
  }

  it('names what held at the end, for how many frames, how often it was changed, and what it began with', async () => {
    const atEnd = pipelineHash(parsePipeline('gate: { ratio: 6, range: [0.7, 1] }', 'a'));
    const begun = pipelineHash(parsePipeline(text, 'a'));
    const { said, file } = await changed(3, 2, true);
    expect(file).toMatchObject({
      pipeline: { file: at('mine-3-true.yaml'), hash: atEnd },
      thresholds: { ratio: 6, range: [0.7, 1], overridden: ['ratio', 'range'] },
      changed: {
        times: 2,
        saved: true,
        frames: 2,
        begun: { file: 'default', hash: begun, ratio: 4, range: [0.5, 1.2] },
      },
    });
    expect(said).toContain(`(${atEnd})\n  gate: ratio >= 6, top output in [0.7, 1] (ratio and range set by you`);
    expect(said).toContain('for the last 2 of 5 frames; the pipeline was changed 2 times during the run\n');
    expect(said).toContain(`it began with pipeline default (${begun}), ratio >= 4, top output in [0.5, 1.2]\n`);
  });

  it('says what judged no frame, and was not saved', async () => {
    const { said, file } = await changed(2, 0, false);
    expect(file).toMatchObject({ changed: { frames: 0, saved: false } });
    expect(said).toContain(
      'for the last 0 of 2 frames; the pipeline was changed 2 times during the run, and what held',
    );
  });
});

describe('the words', () => {
  it('say what the file says', async () => {
    const { said } = await summed({}, { ...withTruth, files: { sheet: 'crops.png' } });
    expect(said).toBe(
      [
        'clip.mp4: 2 of 4 regions accepted in 2 frames',
        '  rejected: 2; of each reason what looked most like a digit',
        '    ratio      2',
        '  truth: 3 of 40 digits accepted and wrong (7.50 %), 2 accepted beside digits',
        `  model constant (${IDENTITY.model}), pipeline default (${IDENTITY.pipeline})`,
        '  gate: ratio >= 5, top output in [0.5, 1.1]',
        '  sheet written to crops.png',
        '',
      ].join('\n'),
    );
  });

  it('show what was refused, and when; of a single frame where', async () => {
    const example = { frame: 1, time: 0.1, region: 'r0', box: [34, 4, 20, 28], digit: 3, ratio: 1.2 };
    for (const [frames, when] of [
      [twoFrames(), ', 0.000 s'],
      [twoFrames().slice(1), ''],
    ] as const) {
      const { info, said } = testRun();
      const summary = createSummary({ file: at('examples.json') });
      await summary.open(info);
      for (const frame of published(frames)) await summary.frame(frame);
      await summary.end(ending({ counts: { ...TWO_FRAMES, frames: frames.length } }));
      expect(said.join('')).toContain(`\n    ratio      2   3 (20x28 at 34,4${when})\n`);
      const { examples } = JSON.parse(await readFile(at('examples.json'), 'utf8')) as { examples: unknown };
      const first = frames.length === 2 ? { frame: 0, time: 0 } : {};
      expect(examples).toEqual({ ratio: [{ ...example, ...first }] });
    }
  });

  it('show the name of the image where there are several, none that steers a terminal', async () => {
    const { info, said } = testRun();
    const summary = createSummary({});
    await summary.open(info);
    const file = `\x1b[2J${'n'.repeat(100)}.png`;
    for (const one of published(twoFrames().map((each) => ({ ...each, frame: { ...each.frame, file } }))))
      await summary.frame(one);
    await summary.end(ending());
    expect(said.join('')).toMatch(/3 \(20x28 at 34,4, \\x1b\[2Jn+ \.\.\. n+\.png\)\n/);
    expect(
      Math.max(
        ...said
          .join('')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(100);
  });

  it('say of frames that were searched in part: at once of the first, at the end how many', async () => {
    const { info, said } = testRun();
    const summary = createSummary({});
    await summary.open(info);
    for (const one of published(twoFrames().map((each) => ({ ...each, truncated: true })))) await summary.frame(one);
    expect(said).toEqual([expect.stringMatching(/^Frame 0 \(0\.000 s\) was searched in part only: .*maxSeconds.*\n$/)]);
    await summary.end(ending({ counts: { ...TWO_FRAMES, truncated: 2 } }));
    expect(said[1]).toContain('\n  searched in part only: 2 frames\n');
    expect((await summed()).said).not.toContain('in part');
  });

  it('say how the run ended, and are bold where that is taken', async () => {
    const first = async (how: Partial<Ending>, run?: Partial<RunInfo>): Promise<string | undefined> =>
      (await summed(how, run)).said.split('\n')[0];
    const headline = 'clip.mp4: 2 of 4 regions accepted in 2 frames';
    expect(await first({ reason: 'failed', error: new SourceError('x') })).toBe(`${headline}, then it failed`);
    expect(await first({ reason: 'interrupted' })).toBe(`${headline}, then it was interrupted`);
    expect(await first({}, { bold: true })).toBe(`\x1b[1m${headline}\x1b[0m`);
  });

  it.each<[what: string, how: Partial<Ending>]>([
    ['a reader who had enough', { enough: true }],
    ['a run that failed before its first frame', { reason: 'failed', error: new SourceError('none'), counts: NONE }],
  ])('are kept from %s', async (_, how) => {
    expect((await summed(how)).said).toBe('');
  });

  it('are said of a run that was interrupted, or found nothing, before its first frame', async () => {
    expect((await summed({ reason: 'interrupted', counts: NONE })).said).toContain('0 of 0 regions accepted');
    expect((await summed({ counts: NONE })).said).toContain('in 0 frames');
  });

  it('are said without a file too', async () => {
    const { info, said } = testRun();
    const summary = createSummary({});
    await summary.open(info);
    await summary.end(ending());
    expect(said.join('')).toContain('clip.mp4: 2 of 4');
  });

  it('are not said of a run that was given up', async () => {
    const { info, said } = testRun();
    const summary = createSummary({});
    await summary.open(info);
    await summary.abort();
    await summary.end(ending());
    expect(said).toEqual([]);
  });
});
