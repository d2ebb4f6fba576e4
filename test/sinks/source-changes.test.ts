// What people are told of a live source: a line a change, but no flood; and what a summary counts.
import { describe, expect, test } from 'vitest';
import { liveText, MOST_LINES, ONE_MORE_AFTER, SourceChanges } from '../../src/sinks/source-changes.js';
import type { SourceChange, SourceState } from '../../src/types.js';

const change = (state: SourceState, at: number, reason?: string): SourceChange => ({
  state,
  at,
  reconnects: 0,
  ...(reason !== undefined && { reason }),
});

describe('lines', () => {
  test('one for each change, with its reason', () => {
    const changes = new SourceChanges();
    expect(changes.add(change('connecting', 0))).toBe('source: connecting');
    expect(changes.add(change('retrying', 5, 'connection refused'))).toBe('source: retrying: connection refused');
  });

  test('a source that flaps gets some at once, then one each half minute, which says how many there were', () => {
    const changes = new SourceChanges();
    const said = Array.from({ length: 600 }, (_, i) => changes.add(change(i % 2 ? 'live' : 'stale', i * 1000)));
    const lines = said.filter((line) => line !== undefined);
    // 599 s earn 19, and it began with 10.
    expect(lines).toHaveLength(MOST_LINES + Math.floor(599_000 / ONE_MORE_AFTER));
    expect(said.slice(0, 10).every((line) => line !== undefined)).toBe(true);
    expect(lines.at(-1)).toMatch(/^source: (?:live|stale) \(29 changes before it not shown\)$/);
  });

  test('a clock that is set back earns nothing, and does not stop them', () => {
    const changes = new SourceChanges();
    for (let i = 0; i < 20; i++) changes.add(change('live', 1e9 + i));
    expect(changes.add(change('live', 0))).toBeUndefined();
    expect(changes.add(change('live', ONE_MORE_AFTER))).toMatch(/^source: live \(/);
  });
});

describe('a summary', () => {
  test('counts faults by their reasons, and pictures that were not read', () => {
    const changes = new SourceChanges();
    for (const reason of ['a', 'b', 'a']) changes.add(change('retrying', 0, reason));
    const summary = changes.summary({ ...change('live', 9), reconnects: 2, overwritten: 7, outdated: 1 });
    expect(summary).toEqual({ reconnects: 2, overwritten: 7, outdated: 1, faults: { a: 2, b: 1 } });
    expect(liveText(summary)).toBe(
      'live: 2 reconnects, 7 pictures replaced by newer ones before they were read, 1 too old to be read, ' +
        'retried for: a (2); b (1)',
    );
  });

  test('holds no more than twenty reasons apart', () => {
    const changes = new SourceChanges();
    for (let i = 0; i < 100; i++) changes.add(change('retrying', 0, `reason ${i}`));
    const { faults } = changes.summary({ ...change('live', 9), reconnects: 0, overwritten: 0, outdated: 0 });
    expect(Object.keys(faults)).toHaveLength(21);
    expect(faults['others']).toBe(80);
  });
});
