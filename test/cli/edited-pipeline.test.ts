// Tests of where an edited pipeline file begins: as the user's own text, or as what somebody would have written.
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { editedPipeline } from '../../src/cli/edited-pipeline.js';
import { parsePipeline, readPipeline } from '../../src/config.js';
import { PipelineEditing } from '../../src/pipeline/editing.js';
import { namedPipeline, pipelineFile } from '../../src/pipeline/prepare.js';
import { scratch } from '../source/clips.js';

const at = scratch();
// As the page asks for it: what belongs to the other mode goes.
const none = { minHeight: null, maxHeight: null, minContrast: null, maxSeconds: null };
const windows = {
  regions: {
    ...none,
    mode: 'fixed',
    units: 'pixels',
    list: [{ id: 'w1', box: [10, 20, 30, 40] }],
  },
  readings: [{ id: 'meter', windows: ['w1'] }],
};

/** What a run with this pipeline saves after the change. */
async function savedAfter(pipeline: string, name: string): Promise<string> {
  const config = namedPipeline(pipeline);
  const from = await editedPipeline(at(name), { pipeline, config, overrides: {} });
  const thresholds = { ratio: 3, range: [0.5, 1.2] } as const;
  const scorer = { score: async (_: Float32Array, n: number) => new Float32Array(10 * n) };
  const editing = new PipelineEditing({ ...from, config, thresholds, model: { thresholds }, scorer });
  editing.change(windows, 1);
  expect(editing.settings.now.config).toEqual(parsePipeline(editing.text, 'again'));
  return editing.text;
}

it('holds what was drawn and no more, where the run began with the default pipeline', async () => {
  expect(await savedAfter('default', 'new.yaml')).toBe(
    [
      '# A pipeline of lq-stream. Keys that are not here have their defaults.',
      '',
      'regions:',
      '  mode: fixed',
      '  units: pixels',
      '  list:',
      '    - {id: w1, box: [10, 20, 30, 40]}',
      'readings:',
      '  - {id: meter, windows: [w1]}',
      '',
    ]
      .join('\n')
      .replaceAll('{', '{ ')
      .replaceAll('}', ' }'),
  );
});

it('has no word of a shipped pipeline, nor a schema beside it', async () => {
  const text = await savedAfter('screen', 'screen.yaml');
  expect(text).not.toMatch(/schema|realtime/);
  const shipped = readPipeline(pipelineFile('screen'));
  expect(parsePipeline(text, 'x')).toMatchObject({ polarity: shipped.polarity, gate: shipped.gate });
});

it("keeps the comments of the user's own file", async () => {
  const own = at('own.yaml');
  await writeFile(own, '# Mine.\nsource:\n  realtime: false # for now\n');
  const text = await savedAfter(own, 'other.yaml');
  expect(text).toMatch(/^# Mine\.\nsource:\n {2}realtime: false # for now\n/);
});
