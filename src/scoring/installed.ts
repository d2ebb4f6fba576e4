// The engine that is there: npm may have left the native one out (its installation failed, or install scripts are not
// allowed). Runs no network itself.
import { loads } from '../base/optional-package.js';
import type { Model } from '../model/folder.js';
import { openScorer, type Scorer } from './scorer.js';

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
