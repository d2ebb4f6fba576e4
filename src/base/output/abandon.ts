// What is to be undone at once when a person wants the process gone: half-written files, children. It ends nothing.

const undoings = new Set<() => void>();

/**
 * Remembers what to undo, until disposed of. `undo` is called while the process ends: it must not wait for anything.
 */
export function onAbandon(undo: () => void): Disposable {
  // A function of its own, so that the same one may be given twice.
  const entry = (): void => undo();
  undoings.add(entry);
  return { [Symbol.dispose]: () => void undoings.delete(entry) };
}

/** Undoes everything that is remembered, once. One that fails keeps none of the others. */
export function abandon(): void {
  for (const undo of undoings) {
    undoings.delete(undo);
    try {
      undo();
    } catch {
      // The process is about to end: what is left is swept by the next run.
    }
  }
}
