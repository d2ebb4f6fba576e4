// Measures the time per frame of each stage: what `--profile` of the main job says, over several runs.
import path from 'node:path';
import type { Measurement } from '../bench.js';
import { standardClips, windowsPipeline } from '../clips.js';
import { interleaved } from '../interleave.js';
import { readClip } from '../product.js';
import { figure } from '../statistics.js';
import { STAGES } from '../../../src/pipeline/profile.js';

/** Milliseconds per frame and stage. */
export const stages: Measurement = {
  name: 'stages',
  async run(context) {
    const { folder, quick } = context;
    const [row, clips] = await standardClips(context);
    const pipeline = await windowsPipeline(row, path.join(folder, 'windows.yaml'));
    const found = await interleaved(
      [
        { name: 'fixed windows, 8 digits in a row', run: () => readClip(row, { folder, pipeline, profile: true }) },
        ...clips.map((clip) => ({
          name: `auto, ${clip.digits} digits`,
          run: () => readClip(clip, { folder, profile: true }),
        })),
      ],
      { ...context, rounds: quick ? 1 : 2, warmUp: 0 },
    );
    const rows = [...found].map(([name, runs]) => {
      const profiles = runs.map(({ summary }) => summary.profile!);
      return [
        name,
        figure(profiles.map(({ waiting }) => waiting)),
        ...STAGES.map((stage) => figure(profiles.map(({ stages: each }) => each[stage].perFrame))),
      ];
    });
    const notes = [
      '1080p. `waiting`: the decoder has no frame ready. `source`: reading and copying frames. All on the ' +
        'main thread but for the second thread of `score`.',
    ];
    return { tables: [{ title: 'Stages, ms per frame', columns: ['', 'waiting', ...STAGES], rows, notes }] };
  },
};
