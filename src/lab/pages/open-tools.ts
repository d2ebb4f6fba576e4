// Owns bringing together what pictures are made with. It must not draw.
import { loadDataset } from '../data/dataset.js';
import { openFonts } from './fonts.js';
import type { Tools } from './kinds/kind.js';

/**
 * Opens canvas, the fonts, and MNIST's held-out digits.
 * @throws UsageError or SourceError where a development package is not installed.
 */
export async function openTools(): Promise<Tools> {
  const fonts = await openFonts();
  const { default: canvas } = await import('canvas');
  const { heldOut } = await loadDataset();
  return { canvas, fonts, digits: heldOut };
}
