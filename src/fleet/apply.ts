// A fleet's file against what is applied: the difference, in words, and bringing it about. It must not know NATS.
import type { Table } from './core/broker.js';
import { recordText, type CameraRecord } from './fleet-file.js';

/** What applying a file changes. */
export interface Difference {
  readonly added: readonly CameraRecord[];
  readonly changed: readonly { readonly camera: CameraRecord; readonly revision: number; readonly keys: string[] }[];
  readonly removed: readonly { readonly id: string; readonly revision: number }[];
}

/** The cameras of a table as they are now. */
export async function appliedCameras(table: Table): Promise<ReadonlyMap<string, { value: string; revision: number }>> {
  return await new Promise((resolve) => {
    const found = new Map<string, { value: string; revision: number }>();
    const watching = table.watch({
      put: ({ key, value, revision }) => void found.set(key, { value, revision }),
      removed: (key) => void found.delete(key),
      ready: () => {
        // Not from within: what tells may still be at work.
        queueMicrotask(() => watching.stop());
        resolve(found);
      },
    });
  });
}

/** What is different in the file. */
export function difference(
  cameras: readonly CameraRecord[],
  applied: ReadonlyMap<string, { readonly value: string; readonly revision: number }>,
): Difference {
  const wanted = new Set(cameras.map(({ id }) => id));
  return {
    added: cameras.filter(({ id }) => !applied.has(id)),
    changed: cameras.flatMap((camera) => {
      const now = applied.get(camera.id);
      if (!now || now.value === recordText(camera)) return [];
      return [{ camera, revision: now.revision, keys: changedKeys(now.value, camera) }];
    }),
    removed: [...applied].filter(([id]) => !wanted.has(id)).map(([id, { revision }]) => ({ id, revision })),
  };
}

function changedKeys(before: string, camera: CameraRecord): string[] {
  let old: Record<string, unknown> = {};
  try {
    old = JSON.parse(before) as Record<string, unknown>;
  } catch {
    return ['its record, which was damaged'];
  }
  const now = JSON.parse(recordText(camera)) as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]));
}

/** Lines that are shown of each kind, at most. */
const MOST_SHOWN = 20;

/** The difference for people, a line each; none where there is none. */
export function differenceText({ added, changed, removed }: Difference): string {
  const lines = [
    ...shown(added, ({ id, source }) => `+ ${id}: ${source}`),
    ...shown(changed, ({ camera, keys }) => `~ ${camera.id}: ${keys.join(', ')}`),
    ...shown(removed, ({ id }) => `- ${id}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function shown<T>(items: readonly T[], line: (item: T) => string): string[] {
  const more = items.length - MOST_SHOWN;
  const lines = items.slice(0, MOST_SHOWN).map(line);
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

/** Whether nothing is different. */
export function isSame({ added, changed, removed }: Difference): boolean {
  return added.length + changed.length + removed.length === 0;
}

/**
 * Brings the difference about.
 * @returns Ids of cameras that somebody else has changed meanwhile, and that were left as they are.
 */
export async function applyDifference(table: Table, { added, changed, removed }: Difference): Promise<string[]> {
  const clashes: string[] = [];
  for (const camera of added)
    if ((await table.create(camera.id, recordText(camera))) === undefined) clashes.push(camera.id);
  for (const { camera, revision } of changed)
    if ((await table.update(camera.id, recordText(camera), revision)) === undefined) clashes.push(camera.id);
  for (const { id, revision } of removed) if (!(await table.remove(id, revision))) clashes.push(id);
  return clashes;
}
