// The nearest known name to a mistyped one, for messages. Nothing else.

/**
 * The entry of `known` with the fewest edits (insert, delete, replace a character) from `name`, ignoring case;
 * undefined when even that one is further than a third of the longer name (at least 2 edits): a guess that far off
 * misleads.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestEdits = Infinity;
  const [given, ...others] = [name, ...known].map((text) => text.toLowerCase()) as [string, ...string[]];
  known.forEach((candidate, i) => {
    const most = Math.max(2, Math.max(name.length, candidate.length) / 3);
    // Every character too many is an edit. The table is not made for a name of megabytes.
    if (Math.abs(given.length - others[i]!.length) > most) return;
    const edits = editDistance(given, others[i]!);
    if (edits >= bestEdits || edits > most) return;
    best = candidate;
    bestEdits = edits;
  });
  return best;
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
