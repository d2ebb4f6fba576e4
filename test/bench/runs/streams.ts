// A run in a process of its own: the same clip as several streams at once in one process. Prints JSON.
import { lastValueFrom } from 'rxjs';
import { parsePipeline } from '../../../src/config.js';
import { readModel } from '../../../src/model/folder.js';
import { run } from '../../../src/pipeline.js';
import { RunObserver } from '../../../src/pipeline/observer.js';
import { openScorer } from '../../../src/scoring/scorer.js';

const [, , source = '', streams = '1'] = process.argv;
const config = parsePipeline('', 'streams');
const model = await readModel(config.model);
const begun = performance.now();
const counts = await Promise.all(
  Array.from({ length: Number(streams) }, async () => {
    const scorer = await openScorer(model);
    const observer = new RunObserver();
    await lastValueFrom(
      run({ source, config, scorer, thresholds: model.thresholds, observer, publish: () => Promise.resolve() }),
    );
    await scorer.close();
    return observer.counts;
  }),
);
process.stdout.write(
  JSON.stringify({
    frames: counts.reduce((sum, { frames }) => sum + frames, 0),
    seconds: (performance.now() - begun) / 1000,
  }),
);
