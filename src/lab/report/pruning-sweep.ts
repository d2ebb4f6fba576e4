// Owns accuracy and robustness against the share of weights that is pruned, per layer and overall. Pruning itself is
// lab/prune's business; no pruned network is trained further here.
import { setImmediate } from 'node:timers/promises';
import type { Network } from '../../model/network.js';
import { evidence } from '../../gate/gate.js';
import { classFor, withVector } from '../attacks/universal.js';
import type { Labelled } from '../judging/curves.js';
import { pixelsOf, slice, type Dataset } from '../data/dataset.js';
import { meanInputs } from '../judging/measure.js';
import { applyMasks, pruningMasks } from '../training/prune.js';
import { createRandom, type Random } from '../../base/random.js';
import { ratio } from '../rules/ratio.js';
import { openVictim } from '../attacks/victim.js';
import { NOISE } from './article.js';
import { gateFor, regularIndices, type ReportContext } from './context.js';
import type { Block, Section } from './page.js';
import { curves, type Panel } from './plots.js';
import { percent, shareOf, type Share } from './shares.js';
import { CLASSES, PIXELS } from '../../types.js';
import { DEFAULT_COVERAGE } from '../training/recipe.js';

const METHODS = ['activated', 'absolute', 'combined'] as const;

/** Shares of the weights of the pruned layers that are removed. */
const SHARES = [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

/** Training images over which activated values are averaged (as in the notebooks of "Output analysis"). */
const AVERAGED = 2000;

/** A pruned network, measured. */
export interface PrunedPoint {
  /** `all layers`, or the index of the only layer that was pruned. */
  readonly pruned: 'all layers' | number;
  readonly method: (typeof METHODS)[number];
  /** Of the weights of these layers. */
  readonly share: number;
  readonly accuracy: Share;
  /** Share of the noised digits that are wrong. */
  readonly corruption: Share;
  /** Share of those wrong ones that the ratio accepts, at 90 % of the regular held-out digits kept by this network. */
  readonly passes: Share;
}

/** The section and its points; undefined without fc-lq. */
export async function pruningSection(
  context: ReportContext,
): Promise<{ section: Section; points: PrunedPoint[] } | undefined> {
  const subject = context.subjects.find(({ name }) => name === 'fc-lq');
  if (!subject) return undefined;
  const points = await measurePruning(subject.network, context, await context.vectors(subject, NOISE.strong));
  const panels = ['all layers', ...subject.network.layers.map((_, i) => i)] as const;
  const figure = async (
    name: string,
    quantity: (point: PrunedPoint) => Share,
    title: string,
    caption: string,
  ): Promise<Block> => ({
    kind: 'figure',
    name,
    caption,
    picture: await context.drawing.chart(
      curves({
        x: { title: 'share of weights pruned', domain: [0, 1], percent: true },
        y: { title, domain: [0, 1], percent: true },
        panels: panels.map((pruned) => panelOf(points, pruned, subject.network, quantity)),
        names: METHODS,
        form: 'line',
        columns: 3,
      }),
    ),
  });
  const blocks: Block[] = [
    {
      kind: 'text',
      text:
        `${subject.name} pruned by activated value, by absolute value and by both combined, without any ` +
        `training afterwards: on the first ${context.plan.pruning} test digits, each with a universal vector ` +
        `of eps ${NOISE.strong} that was fitted on the unpruned model. Bands are 95 % intervals.`,
    },
    await figure(
      'pruning-accuracy',
      ({ accuracy }) => accuracy,
      'accuracy on clean digits',
      'Accuracy on clean digits against the share of weights removed.',
    ),
    await figure(
      'pruning-corruption',
      ({ corruption }) => corruption,
      'corruption rate',
      'Share of the noised digits that are read wrong: lower is more robust, as long as the accuracy above holds.',
    ),
    await figure(
      'pruning-passes',
      ({ passes }) => passes,
      'corrupted that pass',
      'Share of the corrupted digits that the ratio accepts at 90 % of the regular held-out digits kept, ' +
        'to be read beside the corruption rate.',
    ),
    overallTable(points),
  ];
  return {
    points,
    section: {
      id: 'pruning',
      title: 'Accuracy and robustness against pruning',
      blocks,
      numbers: { model: subject.name, images: context.plan.pruning, points },
    },
  };
}

/**
 * Measures every method at every share, on all layers together and on each alone. `vectors`: universal noise by class.
 */
async function measurePruning(
  network: Network,
  { data, plan, seed, signal }: ReportContext,
  vectors: readonly Float32Array[],
): Promise<PrunedPoint[]> {
  const inputs = meanInputs(network, slice(data.training, 0, Math.min(AVERAGED, data.training.count)));
  const seen = materialOf(data, plan.pruning, vectors, createRandom(seed).fork('pruning noise'));
  const points: PrunedPoint[] = [];
  for (const pruned of ['all layers', ...network.layers.keys()] as const) {
    for (const method of METHODS) {
      for (const share of SHARES) {
        // The engine's calls block; without a pause no signal would ever be heard.
        await setImmediate();
        signal?.throwIfAborted();
        const shares = network.layers.map((_, i) => (pruned === 'all layers' || pruned === i ? share : 0));
        points.push({
          pruned,
          method,
          share,
          ...measured(applyMasks(network, pruningMasks(network, { method, share: shares }, inputs)), seen),
        });
      }
    }
  }
  return points;
}

/** The pixels that every pruned network is run on. */
interface Material {
  readonly heldOut: { readonly pixels: Float32Array; readonly labels: Uint8Array };
  readonly clean: Float32Array;
  readonly noised: Float32Array;
  readonly labels: Uint8Array;
}

function materialOf(
  { test, heldOut }: Dataset,
  images: number,
  vectors: readonly Float32Array[],
  random: Random,
): Material {
  const count = Math.min(images, test.count);
  const clean = pixelsOf(test, 0, count);
  const labels = test.labels.subarray(0, count);
  const noised = new Float32Array(clean.length);
  labels.forEach((label, i) => {
    const [start, end] = [i * PIXELS, (i + 1) * PIXELS];
    noised.set(withVector(clean.subarray(start, end), vectors[classFor(label, random)]!), start);
  });
  const calibration = Math.min(images, heldOut.count);
  return {
    heldOut: { pixels: pixelsOf(heldOut, 0, calibration), labels: heldOut.labels.subarray(0, calibration) },
    clean,
    noised,
    labels,
  };
}

function measured(network: Network, material: Material): Pick<PrunedPoint, 'accuracy' | 'corruption' | 'passes'> {
  const { labels } = material;
  const { calibration, onClean, onNoised } = outputsOn(network, material);
  const wrong = (outputs: Float32Array): number[] =>
    Array.from(labels.keys()).filter((i) => evidence(outputs, i * CLASSES).digit !== labels[i]);
  const corrupted = wrong(onNoised);
  // A network that reads nothing right has no threshold, and nothing passes that is worth counting.
  const usable = regularIndices(calibration).length > 0;
  const gate = usable
    ? gateFor('ratio', ratio.fit(calibration.outputs, calibration.labels), calibration, DEFAULT_COVERAGE)
    : undefined;
  return {
    accuracy: shareOf(labels.length - wrong(onClean).length, labels.length),
    corruption: shareOf(corrupted.length, labels.length),
    passes: gate
      ? shareOf(corrupted.filter((i) => gate.accepts(onNoised, i * CLASSES)).length, corrupted.length)
      : shareOf(0, 0),
  };
}

function outputsOn(
  network: Network,
  { heldOut, clean, noised }: Material,
): { readonly calibration: Labelled; readonly onClean: Float32Array; readonly onNoised: Float32Array } {
  const victim = openVictim(network);
  try {
    return {
      calibration: { outputs: victim.outputs(heldOut.pixels), labels: heldOut.labels },
      onClean: victim.outputs(clean),
      onNoised: victim.outputs(noised),
    };
  } finally {
    victim.close();
  }
}

function panelOf(
  points: readonly PrunedPoint[],
  pruned: PrunedPoint['pruned'],
  { layers }: Network,
  quantity: (point: PrunedPoint) => Share,
): Panel {
  const layer = pruned === 'all layers' ? undefined : layers[pruned];
  const size = layer?.kind === 'dense' ? `, ${layer.inputs}-${layer.units}` : '';
  const series = METHODS.map((method) => ({
    name: method,
    points: points
      .filter((point) => point.pruned === pruned && point.method === method)
      .map((point) => {
        const {
          share,
          interval: [lo, hi],
        } = quantity(point);
        return { x: point.share, y: share, lo, hi };
      }),
  }));
  return { title: pruned === 'all layers' ? pruned : `layer ${pruned + 1}${size}`, series };
}

function overallTable(points: readonly PrunedPoint[]): Block {
  const rows = SHARES.map((share) => {
    const at = (method: string): PrunedPoint | undefined =>
      points.find((point) => point.pruned === 'all layers' && point.method === method && point.share === share);
    return [
      percent(share, 0),
      ...METHODS.flatMap((method) => [
        percent(at(method)?.accuracy.share),
        percent(at(method)?.corruption.share),
        percent(at(method)?.passes.share),
      ]),
    ];
  });
  return {
    kind: 'table',
    caption: 'All layers pruned: accuracy, corruption rate, and how many of the corrupted pass the ratio at 90 % kept',
    head: ['pruned', ...METHODS.flatMap((method) => [`${method}: accuracy`, 'corruption rate', 'pass'])],
    rows,
  };
}
