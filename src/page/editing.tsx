// Owns what all views that change the pipeline have in common: asking for it, saying what came of it, saving, undoing.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ConfigMessage } from '../sinks/page/protocol.js';
import { Refused, type Connection } from './connection.js';

/** What became of the last thing that was asked. */
export interface Outcome {
  readonly text: string;
  readonly good: boolean;
}

/** Asks for changes of a source's pipeline. */
export interface Editing {
  readonly outcome: Outcome | undefined;
  readonly busy: boolean;
  /** Changes keys; whether it was done. */
  apply(change: Readonly<Record<string, unknown>>): Promise<boolean>;
  undo(): Promise<boolean>;
  save(): Promise<boolean>;
}

/** Asks for changes, one at a time, each from the revision that is shown. */
export function useEditing(connection: Connection): Editing {
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const ask = async (question: Parameters<Connection['ask']>[0], done: string): Promise<boolean> => {
    setBusy(true);
    try {
      await connection.ask(question);
      setOutcome({ text: done, good: true });
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const more = error instanceof Refused && !error.conflict ? `Nothing was changed. ${text}` : text;
      setOutcome({ text: more, good: false });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const base = connection.config?.revision ?? 0;
  return {
    outcome,
    busy,
    apply: (change) => ask({ type: 'change', base, change }, 'Applied: it holds from this picture on.'),
    undo: () => ask({ type: 'undo', base }, 'The last change was taken back.'),
    save: () => ask({ type: 'save', base }, `Saved in ${connection.config?.saves ?? 'the file'}.`),
  };
}

/** Buttons that apply, take back and save, and what came of it. */
export function EditBar({
  connection,
  editing,
  apply,
  changed,
  reset,
}: {
  readonly connection: Connection;
  readonly editing: Editing;
  /** Applies what is on the page. */
  readonly apply: () => void;
  /** There is something to apply. */
  readonly changed: boolean;
  /** Goes back to what holds. */
  readonly reset: () => void;
}): JSX.Element {
  const { welcome, config } = connection;
  const { outcome, busy } = editing;
  if (welcome?.edit !== true) return <p class="dim note">{welcome?.edit ?? ''}</p>;
  return (
    <div class="bar-of-edits">
      <div class="row">
        <button type="button" class="main" disabled={!changed || busy} onClick={apply}>
          Apply
        </button>
        <button type="button" disabled={!changed || busy} onClick={reset}>
          Discard
        </button>
        <span class="rule" aria-hidden="true" />
        <button type="button" disabled={!config?.undoable || busy} onClick={() => void editing.undo()}>
          Undo applied
        </button>
        <button type="button" disabled={!config?.unsaved || changed || busy} onClick={() => void editing.save()}>
          Save in {config?.saves}
        </button>
      </div>
      <p class={outcome && !outcome.good ? 'warn' : 'dim'} role="status">
        {outcome?.good === true && changed ? '' : outcome?.text}
      </p>
      <p class="pending" role="status">
        {config && pendingText(changed, config)}
      </p>
    </div>
  );
}

/** What is still to be done: what is on the page holds only once it is applied, and is kept only once it is saved. */
function pendingText(changed: boolean, { unsaved, revision, saves = 'the file' }: ConfigMessage): string {
  if (changed)
    return 'Not applied: what was changed on this page does not count yet. Apply makes it count from the next picture on.';
  if (!unsaved) return '';
  if (revision === 1) return `${saves} is not there yet: Save writes what holds now into it.`;
  return `Applied, not saved: it counts until this run ends. Save writes it into ${saves}.`;
}
