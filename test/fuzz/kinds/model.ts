// Model folders: graphs that are damaged or another's, cards with values that nobody expects. Most cards have the hash
// of their graph, or nothing behind that check would be reached.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readModel } from '../../../src/model/folder.js';
import type { Layer } from '../../../src/model/network.js';
import { toOnnx } from '../../../src/model/onnx.js';
import { CLIP, makeClip, makeModel, MODEL } from '../base.js';
import { graft, grafts, hurt, hurts, type Graft, type Hurt } from '../damage.js';
import { kind } from '../kind.js';
import { brokenByCall } from '../promise.js';

interface Case {
  readonly graph: number;
  /** Pairs of texts in the graph: the first one is written over with the second, which is as long. */
  readonly renamed: readonly (readonly [string, string])[];
  readonly bytes: readonly Hurt[];
  readonly card: readonly Graft[];
  readonly cardBytes: readonly Hurt[];
  /** Whether the card's hash is that of the graph. */
  readonly signed: boolean;
}

/** What graphs are made of, and other operators with names as long. */
const NAMES: readonly (readonly [string, string])[] = [
  ...['Loop', 'Scan', 'Gela', 'Conv'].map((to) => ['Gemm', to] as const),
  ...['Tanh', 'Ceil', 'Loop'].map((to) => ['Relu', to] as const),
  ...['layer1', 'layer9'].map((to) => ['layer0', to] as const),
  ['Gather', 'Expand'],
  ['Reshape', 'Squeeze'],
  ['Flatten', 'Hardmax'],
  ['Conv', 'Gemm'],
  ['lq-stream', 'lq-strean'],
  ['pixels', 'pixelz'],
  ['outputs', 'outputz'],
  ['axis', 'beta'],
];

const numbers = (count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((i * step) % 7) / 9 - 0.3);
const dense = (inputs: number, units: number, activation: 'relu' | 'linear'): Layer => ({
  kind: 'dense',
  inputs,
  units,
  weights: numbers(inputs * units, 3),
  bias: numbers(units, 2),
  activation,
});

/** A network that leaves most pixels out, one with an image inside, and two layers. */
function graphs(): Buffer[] {
  const sparse = dense(784, 10, 'linear');
  sparse.weights.fill(0, 0, 7_000);
  const conv: Layer = {
    kind: 'conv',
    inputs: [28, 28, 1],
    kernel: [3, 3],
    filters: 2,
    stride: 4,
    weights: numbers(18, 5),
    bias: numbers(2, 1),
    activation: 'relu',
  };
  const networks = [[sparse], [conv, dense(98, 10, 'linear')], [dense(784, 3, 'relu'), dense(3, 10, 'linear')]];
  return networks.map((layers) => toOnnx({ layers }));
}

/** Model folders. */
export const model = kind<Case>({
  name: 'model',
  about: 'model folders',
  step: { inside: 200, outside: 4 },
  async open(base) {
    makeClip(base);
    await makeModel(base);
    const whole = JSON.parse(readFileSync(join(base, MODEL, 'card.json'), 'utf8')) as Record<string, unknown>;
    const made = graphs();
    return {
      cases: fc.record({
        graph: fc.nat(made.length - 1),
        renamed: fc.oneof(
          { weight: 2, arbitrary: fc.constant([]) },
          fc.array(fc.constantFrom(...NAMES), { maxLength: 2 }),
        ),
        bytes: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, hurts),
        card: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, grafts),
        cardBytes: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, hurts),
        signed: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
      }),
      files: (one) => {
        const renamed = one.renamed.reduce((bytes, [from, to]) => replaced(bytes, from, to), made[one.graph]!);
        const onnx = hurt(renamed, one.bytes);
        const sha256 = createHash('sha256')
          .update(one.signed ? onnx : 'another')
          .digest('hex');
        const card = graft({ ...whole, sha256 }, one.card);
        return { 'm/model.onnx': onnx, 'm/card.json': hurt(Buffer.from(JSON.stringify(card)), one.cardBytes) };
      },
      inside: async (folder) => await brokenByCall(async () => (await readModel(join(folder, 'm'))).network()),
      argv: () => [`../base/${CLIP}`, '--pipeline', 'fixed', '--limit', '3', '--quiet', '--rejected', '--model', './m'],
    };
  },
});

function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}
