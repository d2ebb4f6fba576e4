// Owns which other model an attack is given: whether it takes one at all, and which of those that there are. Two
// choices, for two purposes, stand here side by side. Names only; it reads no model.
import type { Attack } from '../attacks/attack.js';

/** What an attack takes by its own declaration: of what is meant for either need, the one that it has. */
export function surrogateBy<T>(
  { needs }: Attack,
  { needed, optional }: { readonly needed?: T | undefined; readonly optional?: T | undefined },
): T | undefined {
  switch (needs.surrogate) {
    case 'needed':
      return needed;
    case 'optional':
      return optional;
    case undefined:
      return undefined;
  }
}

/**
 * Models that transfer well, for want of a parent: those of "Output analysis", then the one that is always
 * there.
 */
const FALLBACKS = ['cnn-lq', 'fc-lq', 'camera'];

/**
 * Names to try, the best first, for whoever wants the strongest transfer: the model's parent, whose weights are nearest
 * to its own, else those that transfer well.
 * @param there Names of the models that there are.
 */
export function nearestKin(parent: string | undefined, there: readonly string[]): string[] {
  return [...(parent === undefined ? [] : [parent]), ...FALLBACKS].filter((name) => there.includes(name));
}

/**
 * The name for whoever wants to know whether a model only hides its gradients: the first of another family, which
 * shares no weights with it. Images transfer best between networks of like layers, so one with convolutions goes before
 * for a model that has some.
 * @param there Names of the models that there are.
 */
export function stranger(
  { name, convolutional }: { readonly name: string; readonly convolutional: boolean },
  there: readonly string[],
): string | undefined {
  const preferred = convolutional
    ? ['cnn-lq', 'camera', 'fc-lq', 'fc-softmax']
    : ['fc-lq', 'camera', 'cnn-lq', 'fc-softmax'];
  const others = there.filter((other) => familyOf(other) !== familyOf(name));
  return preferred.find((each) => others.includes(each)) ?? others[0];
}

function familyOf(name: string): string {
  return name.replace(/-pruned$/, '');
}
