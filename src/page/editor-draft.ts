// Owns what is drawn and not applied yet, with its past. It must not draw.
import { useEffect, useState } from 'preact/hooks';
import type { PageConfig } from '../sinks/page/protocol.js';
import type { Box } from '../types.js';
import { draftOf, sameDraft, withBox, type Draft, type Size } from './windows.js';

/** Steps that can be taken back. */
const MOST_STEPS = 100;

/** The draft, and what can be done with it. */
export interface DraftState {
  readonly draft: Draft;
  /** It differs from what holds. */
  readonly changed: boolean;
  readonly undoable: boolean;
  /** Puts another draft in its place, as one step. */
  change(next: Draft): void;
  /** Moves a window; all until `rest` is one step. */
  move(id: string, box: Box): void;
  rest(): void;
  undo(): void;
  /** Goes back to what holds. */
  reset(): void;
  /** What is drawn holds now. */
  settle(): void;
}

interface Held {
  readonly draft: Draft;
  readonly past: readonly Draft[];
  /** What was there before something began to be moved. */
  readonly before?: Draft;
}

/** A draft of a configuration. While nothing was drawn, it follows what holds. */
export function useDraft(config: PageConfig, revision: number, size: Size): DraftState {
  const holds = draftOf(config, size);
  const [held, setHeld] = useState<Held | undefined>(undefined);
  const draft = held?.draft ?? holds;
  const past = held?.past ?? [];
  // What was drawn on a picture of another size fits no longer.
  useEffect(() => setHeld(undefined), [size[0], size[1]]);
  useEffect(() => {
    setHeld((now) => (now && sameDraft(now.draft, holds) ? undefined : now));
  }, [revision]);
  const push = (next: Draft, from: Draft, steps: readonly Draft[]): void =>
    setHeld({ draft: next, past: [...steps, from].slice(-MOST_STEPS) });
  return {
    draft,
    changed: !sameDraft(draft, holds),
    undoable: past.length > 0,
    change: (next) => push(next, draft, past),
    move: (id, box) =>
      setHeld((now) => {
        const from = now?.draft ?? holds;
        return { draft: withBox(from, id, box), past: now?.past ?? [], before: now?.before ?? from };
      }),
    rest: () =>
      setHeld((now) =>
        now?.before && !sameDraft(now.before, now.draft)
          ? { draft: now.draft, past: [...now.past, now.before].slice(-MOST_STEPS) }
          : now && { draft: now.draft, past: now.past },
      ),
    undo: () =>
      setHeld((now) => {
        const last = now?.past.at(-1);
        return now && last ? { draft: last, past: now.past.slice(0, -1) } : now;
      }),
    reset: () => setHeld(undefined),
    settle: () => setHeld(undefined),
  };
}
