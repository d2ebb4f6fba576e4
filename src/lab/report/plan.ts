// Owns how many images and steps each part of the report takes. Numbers only.
import { L_INFINITY_SWEEP, type AttackSettings } from '../attacks/attack.js';

/** How much is computed. Images are test digits, always the first so many. */
export interface ReportPlan {
  readonly quick: boolean;
  /** Of the tables and figures of the article, "Output analysis". */
  readonly article: number;
  /** Of sweeps, curves, diagnostics and the worst case. */
  readonly images: number;
  /** Of the pruning sweep. */
  readonly pruning: number;
  /** Of the same for a network that costs more than `heavy` multiplications an image. */
  readonly heavyImages: number;
  readonly heavy: number;
  /**
   * Fitting steps of universal vectors: of any network, and of a heavy one. At the attack's learning rate the
   * corruption rate of fc-lq is flat from 100 steps on, so more would cost time only.
   */
  readonly fitting: readonly [any: number, heavy: number];
  /** Epsilons of the sweeps. */
  readonly epsilons: readonly number[];
  /** Attack settings in sweeps and curves, by attack; others have their own defaults. */
  readonly sweep: Readonly<Record<string, AttackSettings>>;
  /** Settings of the worst case. */
  readonly worst: Readonly<Record<string, AttackSettings>>;
}

/**
 * Multiplications an image above which a network is heavy: the fully connected ones have 4 million, the convolutional
 * ones 34, or 10 pruned.
 */
const HEAVY = 8e6;

/**
 * The plan of a report.
 * @param images Test digits that each attack is run on. Default: 1000, quick 100.
 */
export function planOf({
  quick,
  images = quick ? 100 : 1000,
}: {
  readonly quick: boolean;
  readonly images?: number | undefined;
}): ReportPlan {
  const common = { quick, images, heavy: HEAVY, heavyImages: Math.max(1, Math.round(images / 5)) };
  if (quick) {
    return {
      ...common,
      article: 1000,
      pruning: 300,
      fitting: [100, 20],
      epsilons: [0.1, 0.2, 0.3],
      sweep: {
        pgd: { steps: 20, restarts: 1 },
        'pgd-early': { steps: 20, restarts: 1 },
        'gate-aware': { steps: 10, restarts: 1 },
        transfer: { steps: 10, restarts: 1 },
        square: { queries: 200 },
      },
      worst: {
        pgd: { steps: 20, restarts: 1 },
        'gate-aware': { steps: 20, restarts: 1 },
        transfer: { steps: 10, restarts: 1 },
        square: { queries: 300 },
      },
    };
  }
  return {
    ...common,
    article: 10_000,
    pruning: 2000,
    fitting: [150, 100],
    epsilons: L_INFINITY_SWEEP,
    sweep: {
      'gate-aware': { steps: 40, restarts: 2 },
      transfer: { steps: 40, restarts: 1 },
      square: { queries: 1000 },
    },
    worst: { 'gate-aware': { steps: 100, restarts: 5 }, square: { queries: 5000 } },
  };
}
