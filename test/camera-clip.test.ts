// The main job on the committed clip, judged against the clip's own truth.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { beforeAll, expect, it } from 'vitest';
import { parsePipeline } from '../src/config.js';
import type { CameraTruth } from '../src/fixtures/camera.js';
import { readModel } from '../src/model/folder.js';
import { run } from '../src/pipeline.js';
import { openScorer } from '../src/scoring/scorer.js';
import type { Box, DigitClass } from '../src/types.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const truth = JSON.parse(readFileSync(fixture('camera.json'), 'utf8')) as CameraTruth;

interface Read {
  readonly frame: number;
  readonly digit: DigitClass;
  readonly box: Box;
}

const reads: Read[] = [];

beforeAll(async () => {
  const model = await readModel('one');
  const scorer = await openScorer(model);
  await lastValueFrom(
    run({
      source: fixture('camera.mp4'),
      config: parsePipeline('', 'defaults'),
      scorer,
      thresholds: model.thresholds,
      publish: ({ frame, sightings }) => {
        for (const { verdict, digit } of sightings)
          if (verdict.accepted) reads.push({ frame: frame.index, digit: verdict.digit, box: digit.region.box });
        return Promise.resolve();
      },
    }),
  );
  await scorer.close();
}, 180_000);

/** The truth at a read's place: the digit whose box holds its centre. */
const written = ({ frame, box: [x, y, w, h] }: Read) =>
  truth.frames[frame]!.digits.find(
    ({ box: [left, top, width, height] }) =>
      x + w / 2 > left && x + w / 2 < left + width && y + h / 2 > top && y + h / 2 < top + height,
  );

it('reads at least 99.5 % of what it accepts right', () => {
  const right = reads.filter((read) => written(read)?.digit === read.digit).length;
  expect(reads.length).toBeGreaterThan(1000);
  expect(right / reads.length).toBeGreaterThanOrEqual(0.995);
});

it('accepts each digit in a clear frame', () => {
  const seen = new Set(
    reads
      .filter(({ frame }) => truth.frames[frame]!.state === 'clear')
      .filter((read) => written(read)?.digit === read.digit)
      .map((read) => written(read)!.id),
  );
  const all = new Set(truth.frames.flatMap(({ digits }) => digits.map(({ id }) => id)));
  expect([...all].filter((id) => !seen.has(id))).toEqual([]);
});

it('reads nothing while there is no digit', () => {
  expect(reads.filter(({ frame }) => truth.frames[frame]!.state === 'empty')).toEqual([]);
});
