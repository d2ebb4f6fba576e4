// The two native packages that npm may have left out (their installation failed, or install scripts are not allowed):
// what a run does without them. Nothing else.
import { UsageError } from '../base/errors.js';
import type { Model } from '../model/folder.js';
import { openScorer, type Scorer } from '../scoring/scorer.js';

/**
 * A scorer on ONNX Runtime, or where that is not installed on TensorFlow.js, which `say` tells. Throws as `openScorer`
 * does.
 */
export async function openInstalled(model: Model, say: (text: string) => unknown): Promise<Scorer> {
  if (await loads('onnxruntime-node')) return await openScorer(model);
  say('onnxruntime-node is not installed: scoring with TensorFlow.js, which is slower\n');
  return await openScorer(model, 'tfjs');
}

/** A scorer that is being opened: `score` waits for it, and it and `close` throw what opening throws. */
export function openLater(open: () => Promise<Scorer>): Pick<Scorer, 'score' | 'close'> {
  const opening = open();
  // Whoever scores or closes is told.
  opening.catch(() => undefined);
  return {
    score: async (pixels, n) => (await opening).score(pixels, n),
    close: async () => (await opening).close(),
  };
}

/**
 * Throws UsageError when a file that is drawn is asked for and canvas can't be loaded. `options` are the names of such
 * options.
 */
export async function checkCanvas(options: readonly string[]): Promise<void> {
  if (options.length === 0 || (await loads('canvas'))) return;
  const asked = options.map((name) => `--${name}`).join(' and ');
  throw new UsageError(
    `${asked} can't be drawn: the package canvas is not installed, or was not built. Install cairo and ` +
      `pango with their headers, then: npm rebuild canvas`,
  );
}

async function loads(name: string): Promise<boolean> {
  return await import(name).then(
    () => true,
    () => false,
  );
}
