// Measures what the gate costs as a share of scoring, on the same digits. Both on one thread.
import type { Measurement } from '../bench.js';
import { testDigits } from '../clips.js';
import { openEngines } from '../engines.js';
import { interleaved, rateOf } from '../interleave.js';
import { figure, ratios } from '../statistics.js';
import { pixelsOf } from '../../../src/lab/data/dataset.js';
import { readModel } from '../../../src/model/folder.js';
import { CLASSES } from '../../../src/types.js';
import { judge } from '../../../src/gate/gate.js';

const BATCH = 32;
const MODELS = ['camera', 'fc-lq'];

/** The gate's cost over scoring's. */
export const gateShare: Measurement = {
  name: 'gate',
  async run(context) {
    const pixels = pixelsOf(await testDigits(), 0, BATCH);
    const [rows, goals] = [[], []] as [Row[], Goal[]];
    for (const name of MODELS) {
      const model = await readModel(name);
      const scorer = await openEngines()['onnx, 1 thread']!(model.network());
      const outputs = await scorer.score(pixels, BATCH);
      const seconds = context.quick ? 0.05 : 0.3;
      let accepted = 0;
      const gate = async (): Promise<void> => {
        for (let i = 0; i < BATCH; i++)
          if (judge(outputs.subarray(i * CLASSES, (i + 1) * CLASSES), model.thresholds).accepted) accepted++;
      };
      const found = await interleaved(
        [
          {
            name: 'score',
            run: async () => 1e6 / (BATCH * (await rateOf(() => scorer.score(pixels, BATCH), seconds))),
          },
          { name: 'gate', run: async () => 1e6 / (BATCH * (await rateOf(gate, seconds))) },
        ],
        { ...context, rounds: context.quick ? 5 : 11 },
      );
      await scorer.close();
      // Reading what was counted keeps the work from being optimised away.
      if (accepted === 0) throw new Error(`the gate of ${name} accepted nothing`);
      const [score, judged] = [found.get('score')!, found.get('gate')!];
      const share = figure(ratios(judged, score));
      rows.push([name, figure(score), figure(judged), 100 * share.median]);
      goals.push({
        what: `gate over scoring, ${name}, batch ${BATCH}, %`,
        found: 100 * share.median,
        reach: 1,
        aim: 0.1,
        better: 'less',
      });
    }
    return {
      tables: [
        {
          title: 'The gate',
          columns: ['model', 'scoring, µs/digit', 'gate, µs/digit', 'gate over scoring, %'],
          rows,
          notes: [`onnx, 1 thread, batch ${BATCH}.`],
        },
      ],
      goals,
    };
  },
};

type Findings = Awaited<ReturnType<Measurement['run']>>;
type Row = Findings['tables'][number]['rows'][number];
type Goal = NonNullable<Findings['goals']>[number];
