// Tests of editing a pipeline while a run goes on: what is refused changes nothing, what holds is what the text says.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parsePipeline, pipelineHash } from '../../src/config.js';
import { EditConflict, PipelineEditing } from '../../src/pipeline/editing.js';

const TEXT = '# Mine.\ngate:\n  ratio: 8 # by hand\n';
const OWN = { ratio: 3, range: [0.5, 1.2] } as const;
const SIZE = { width: 640, height: 360 };
let folder: string;
let file: string;
let editing: PipelineEditing;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lq-edit-'));
  file = join(folder, 'mine.yaml');
  await writeFile(file, TEXT);
  const config = parsePipeline(TEXT, 'mine.yaml');
  editing = new PipelineEditing({
    text: TEXT,
    name: 'mine.yaml',
    file,
    isThere: true,
    config,
    thresholds: { ratio: 8, range: OWN.range },
    model: { thresholds: OWN },
    overrides: { range: [0.6, 1.1] },
    scorer: { score: async (_pixels, n) => new Float32Array(10 * n) },
  });
});
afterEach(() => rm(folder, { recursive: true }));

const windows = (box: readonly number[]) => ({
  regions: { mode: 'fixed', units: 'pixels', list: [{ id: 'a', box }] },
});

it.each([
  [{ gate: { ratoi: 4 } }, /mine\.yaml:.*ratoi.*did you mean/s],
  [{ gate: { ratio: 0.5 } }, /mine\.yaml:3: gate\.ratio/],
  [{ source: { fps: 3 } }, /source can't be changed while a run goes on/],
  [windows([600, 0, 60, 60]), /region a: box \[600, 0, 60, 60\] is not inside the frame, which is 640x360/],
  [{ readings: [{ id: 'm', windows: ['zz'] }] }, /readings/],
])('refuses %j, and changes nothing', (change, message) => {
  const before = editing.settings.now;
  expect(() => editing.change(change, 1, SIZE)).toThrow(message);
  expect(editing.settings.now).toBe(before);
  expect([editing.text, editing.state.revision]).toEqual([TEXT, 1]);
});

it('holds by what the text says, and the hash of that; stages stay as they are for thresholds alone', () => {
  const { stages } = editing.settings.now;
  editing.change({ gate: { ratio: 5 } }, 1, SIZE);
  expect(editing.text).toContain('ratio: 5 # by hand');
  const { config, thresholds, pipeline } = editing.settings.now;
  // The command line's range still counts, as it was not changed here.
  expect(thresholds).toEqual({ ratio: 5, range: [0.6, 1.1] });
  expect(pipeline).toBe(pipelineHash(config));
  expect(editing.settings.now.stages).toBe(stages);
  editing.change({ gate: { range: [0.7, 1] } }, 2, SIZE);
  expect(editing.settings.now.thresholds.range).toEqual([0.7, 1]);
  editing.change(windows([10, 10, 40, 60]), 3, SIZE);
  expect(editing.settings.now.stages).not.toBe(stages);
  editing.undo(4, SIZE);
  editing.undo(5, SIZE);
  editing.undo(6, SIZE);
  expect([editing.text, editing.state.undoable]).toEqual([TEXT, false]);
  expect(() => editing.undo(7, SIZE)).toThrow('no change to take back');
});

it('tells who comes second, and who saves over what another program wrote', async () => {
  editing.change({ gate: { ratio: 5 } }, 1, SIZE);
  expect(() => editing.change({ gate: { ratio: 6 } }, 1, SIZE)).toThrow(EditConflict);
  await editing.save(2);
  expect(await readFile(file, 'utf8')).toBe('# Mine.\ngate:\n  ratio: 5 # by hand\n');
  expect(editing.state.unsaved).toBe(false);
  await writeFile(file, '# Somebody else.\n');
  editing.change({ gate: { ratio: 7 } }, 2, SIZE);
  await expect(editing.save(3)).rejects.toThrow(EditConflict);
  expect(await readFile(file, 'utf8')).toBe('# Somebody else.\n');
});
