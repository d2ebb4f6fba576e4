// Owns the view in which windows are drawn: the picture, the windows on it, and what each shows at this moment.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ratioText, toneOf, topText } from './words.js';
import type { ProbedWindow } from '../sinks/page/protocol.js';
import type { Box } from '../types.js';
import type { Connection } from './connection.js';
import { CropImage } from './crops.js';
import { EditBar, useEditing } from './editing.js';
import { useDraft, type DraftState } from './editor-draft.js';
import { EditorStage, type Tool } from './editor-stage.js';
import { useSlowChanges } from './hooks.js';
import { CropNote, Switch } from './live.js';
import {
  changeOf,
  grouped,
  moved,
  pulled,
  readingsKept,
  readsLines,
  renamed,
  withLines,
  without,
  type Size,
} from './windows.js';

/** Windows that are looked at together, at most; the server takes no more. */
const MOST_PROBED = 64;

/** Milliseconds between two looks: while something is being changed, and else. */
const [SOON, LATER] = [90, 400];

/** The view of windows. */
export function EditorView({ connection }: { readonly connection: Connection }): JSX.Element {
  useSlowChanges(connection, 200);
  const { config, welcome } = connection;
  const area = connection.pictures.at(-1)?.header.area;
  if (!config || !area)
    return (
      <>
        <h1>Windows</h1>
        <p class="dim">Waiting for the first picture.</p>
      </>
    );
  if (area[0] !== 0 || area[1] !== 0 || welcome?.edit !== true) return <ReadOnly connection={connection} />;
  return <Editor connection={connection} size={[area[2], area[3]]} />;
}

function ReadOnly({ connection }: { readonly connection: Connection }): JSX.Element {
  const { welcome, config } = connection;
  const fixed = config?.config.regions.mode === 'fixed' ? config.config.regions.list : [];
  return (
    <>
      <h1>Windows</h1>
      <p class="lead">{welcome?.edit === true ? '' : welcome?.edit}</p>
      <CropNote connection={connection} />
      {fixed.length === 0 ? (
        <p class="dim">There are no windows: digits are found anywhere in the picture.</p>
      ) : (
        <ul>
          {fixed.map(({ id, box }) => (
            <li key={id}>
              {id}: [{box.join(', ')}]
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Editor({ connection, size }: { readonly connection: Connection; readonly size: Size }): JSX.Element {
  const config = connection.config!;
  const editing = useEditing(connection);
  const state = useDraft(config.config, config.revision, size);
  const [chosen, choose] = useState<string | undefined>(undefined);
  const [tool, setTool] = useState<Tool>({ cells: 1, snap: true, hideOthers: false, zoom: 1 });
  const { draft } = state;
  const probed = useProbes(connection, draft.windows, chosen);
  const apply = async (): Promise<void> => {
    if (await editing.apply(changeOf(draft, config.config, size))) state.settle();
  };
  const selected = draft.windows.find(({ id }) => id === chosen);
  return (
    <div
      onKeyDown={(event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === 'z') {
          event.preventDefault();
          state.undo();
        }
      }}
    >
      <h1>Windows</h1>
      <p class="dim lead">
        Draw a rectangle for each digit, or one for a whole row. Arrow keys move the chosen window by a pixel, with
        Shift they resize it, Delete removes it. Leave some room around a digit.
      </p>
      <div class="editor">
        <div>
          <Tools tool={tool} set={setTool} state={state} />
          <EditorStage
            connection={connection}
            size={size}
            state={state}
            tool={tool}
            chosen={chosen}
            choose={choose}
            probed={probed}
            act={(event, id) => byKey(event, id, state, size, choose)}
          />
          <EditBar
            connection={connection}
            editing={editing}
            apply={() => void apply()}
            changed={state.changed}
            reset={state.reset}
          />
          {draft.windows.length === 0 && <p class="dim">Without windows digits are found anywhere in the picture.</p>}
          {draft.windows.length > 0 && readsLines(draft) && (
            <p class="pending">
              Until now every line of digits was a reading. With windows that ends: make a reading of those that belong
              together.
            </p>
          )}
        </div>
        <div>
          {selected && (
            <Inspector
              key={selected.id}
              id={selected.id}
              box={selected.box}
              probed={probed.get(selected.id)}
              rename={(name) => {
                const next = renamed(draft, selected.id, name);
                if (next === draft) return;
                state.change(next);
                choose(name);
              }}
              remove={() => {
                state.change(without(draft, selected.id));
                choose(undefined);
              }}
            />
          )}
          <WindowList state={state} probed={probed} chosen={chosen} choose={choose} />
        </div>
      </div>
    </div>
  );
}

/** What a key does to a window; the steps are pixels of the source. */
function byKey(
  event: { readonly key: string; readonly shiftKey: boolean; preventDefault(): void },
  id: string,
  state: DraftState,
  size: Size,
  choose: (id: string | undefined) => void,
): void {
  const { draft } = state;
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const step = steps[event.key];
  const box = draft.windows.find((one) => one.id === id)?.box;
  if (!box) return;
  if (step) {
    const [dx, dy] = step;
    state.move(id, event.shiftKey ? pulled(box, [1, 1], dx, dy, size) : moved(box, dx, dy, size));
    state.rest();
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    state.change(without(draft, id));
    choose(undefined);
  } else if (event.key === 'Escape') choose(undefined);
  else if (event.key === 'Enter' || event.key === ' ') choose(id);
  else return;
  event.preventDefault();
}

function Tools({
  tool,
  set,
  state,
}: {
  readonly tool: Tool;
  readonly set: (tool: Tool) => void;
  readonly state: DraftState;
}): JSX.Element {
  return (
    <div class="row tools" role="group" aria-label="Tools">
      <label>
        Cells in a drawn rectangle{' '}
        <input
          type="number"
          min={1}
          max={15}
          value={tool.cells}
          onInput={(event) => {
            const cells = Number(event.currentTarget.value);
            if (Number.isInteger(cells) && cells >= 1 && cells <= 15) set({ ...tool, cells });
          }}
        />
      </label>
      <Switch label="Snap" on={tool.snap} set={(snap) => set({ ...tool, snap })} />
      <Switch label="Hide the others" on={tool.hideOthers} set={(hideOthers) => set({ ...tool, hideOthers })} />
      <span class="joined" role="group" aria-label="Zoom">
        <button
          type="button"
          aria-label="Smaller"
          disabled={tool.zoom === 1}
          onClick={() => set({ ...tool, zoom: Math.max(1, tool.zoom / 2) })}
        >
          −
        </button>
        <button
          type="button"
          aria-label="Larger"
          disabled={tool.zoom >= 8}
          onClick={() => set({ ...tool, zoom: tool.zoom * 2 })}
        >
          +
        </button>
      </span>
      <button type="button" disabled={!state.undoable} onClick={state.undo}>
        Undo
      </button>
    </div>
  );
}

/** Asks again and again what the windows show: the newest picture, where they are now. */
function useProbes(
  connection: Connection,
  windows: readonly { readonly id: string; readonly box: Box }[],
  chosen: string | undefined,
): ReadonlyMap<string, ProbedWindow> {
  const [probed, setProbed] = useState<ReadonlyMap<string, ProbedWindow>>(new Map());
  const asked = useRef({ windows, chosen, changed: 0 });
  if (asked.current.windows !== windows) asked.current.changed = performance.now();
  asked.current.windows = windows;
  asked.current.chosen = chosen;
  useEffect(() => {
    let alive = true;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      const now = asked.current;
      const first = [...now.windows].sort((a, b) => Number(b.id === now.chosen) - Number(a.id === now.chosen));
      if (first.length > 0 && !document.hidden) {
        try {
          const seen = await connection.probe({ windows: first.slice(0, MOST_PROBED) });
          if (alive) setProbed(new Map(seen.map((one) => [one.id, one])));
        } catch {
          // A refusal or a lost connection is told elsewhere; the next look comes soon.
        }
      }
      const soon = performance.now() - asked.current.changed < 1500;
      if (alive) timer = setTimeout(() => void look(), soon ? SOON : LATER);
    };
    void look();
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [connection]);
  return probed;
}

function Inspector({
  id,
  box,
  probed,
  rename,
  remove,
}: {
  readonly id: string;
  readonly box: Box;
  readonly probed: ProbedWindow | undefined;
  readonly rename: (name: string) => void;
  readonly remove: () => void;
}): JSX.Element {
  const [name, setName] = useState(id);
  return (
    <section class="card" aria-label={`Window ${id}`}>
      <div class="row">
        <label>
          Name{' '}
          <input
            type="text"
            value={name}
            size={10}
            onInput={(event) => setName(event.currentTarget.value)}
            onChange={() => rename(name)}
          />
        </label>
        <button type="button" onClick={remove}>
          Remove
        </button>
      </div>
      <p class="dim small">
        at {box[0]}, {box[1]} · {box[2]} x {box[3]} pixels
      </p>
      {probed && <Probed probed={probed} />}
    </section>
  );
}

/** A window's crop, its ten outputs as bars, and what the gate says. */
function Probed({ probed }: { readonly probed: ProbedWindow }): JSX.Element {
  const outcome = probed.rejected ?? 'accepted';
  return (
    <div class="probed">
      <div>
        <CropImage pixels={probed.pixels} />
        <p class={`verdict ${toneOf(outcome)}`} data-verdict={outcome}>
          <strong>{outcome === 'blank' ? '' : probed.digit}</strong> {outcome === 'accepted' ? 'accepted' : outcome}
        </p>
        <p class="dim small">
          ratio {ratioText(probed.ratio)} · top {topText(probed.top)}
        </p>
      </div>
      <table class="outputs">
        <caption class="hidden">Outputs of the network</caption>
        <tbody>
          {probed.outputs.map((output, digit) => (
            <tr key={digit}>
              <th scope="row">{digit}</th>
              <td>
                <span class="axis">
                  <span
                    class={digit === probed.digit ? `bar ${toneOf(outcome)}` : 'bar empty'}
                    style={barStyle(output ?? 0)}
                  />
                </span>
              </td>
              <td class="count">{output === null ? '-' : output.toFixed(2).replace(/^-(?=0\.00$)/, '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Outputs go from about -0.4 to 1.4. */
function barStyle(output: number): { left: string; width: string } {
  const place = (value: number): number => (100 * (Math.max(-0.4, Math.min(1.4, value)) + 0.4)) / 1.8;
  const [from, to] = [place(Math.min(0, output)), place(Math.max(0, output))];
  return { left: `${from}%`, width: `${Math.max(0.8, to - from)}%` };
}

function WindowList({
  state,
  probed,
  chosen,
  choose,
}: {
  readonly state: DraftState;
  readonly probed: ReadonlyMap<string, ProbedWindow>;
  readonly chosen: string | undefined;
  readonly choose: (id: string | undefined) => void;
}): JSX.Element {
  const { draft } = state;
  // Lines that are found end with the first window: they are no reading of these.
  const made = readingsKept(draft);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [name, setName] = useState('reading');
  const [decimals, setDecimals] = useState(0);
  const named = /^[A-Za-z0-9_.-]{1,64}$/.test(name);
  const ids = draft.windows.map(({ id }) => id).filter((id) => ticked.has(id));
  return (
    <section class="card">
      <h2>Windows and readings</h2>
      {draft.windows.length > 0 && (
        <p class="dim small">
          A reading is a number. Tick the windows of its digits, from left to right, name it, and press Make a reading.
        </p>
      )}
      <ul class="windows">
        {draft.windows.map(({ id }) => {
          const seen = probed.get(id);
          const outcome = seen?.rejected ?? 'accepted';
          const reading = draft.readings.find(({ windows }) => windows !== 'auto' && windows.includes(id));
          return (
            <li key={id}>
              <input
                type="checkbox"
                aria-label={`${id} belongs to the next reading`}
                checked={ticked.has(id)}
                onChange={(event) => {
                  const next = new Set(ticked);
                  if (event.currentTarget.checked) next.add(id);
                  else next.delete(id);
                  setTicked(next);
                }}
              />
              <button type="button" class="window" aria-pressed={chosen === id} onClick={() => choose(id)}>
                {seen ? <CropImage pixels={seen.pixels} /> : <span class="pixels" />}
                <span class="name">
                  {id}
                  {reading && <span class="dim small"> · {reading.id}</span>}
                </span>
                {seen && (
                  <span class={toneOf(outcome)}>
                    {outcome === 'blank' ? 'blank' : `${seen.digit} ${seen.rejected ?? ratioText(seen.ratio)}`}
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      {draft.windows.length > 0 && (
        <>
          <div class="row">
            <button type="button" onClick={() => setTicked(new Set(draft.windows.map(({ id }) => id)))}>
              Tick all
            </button>
            <label>
              Reading{' '}
              <input
                type="text"
                size={9}
                value={name}
                aria-invalid={!named}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <label>
              decimals{' '}
              <input
                type="number"
                min={0}
                max={14}
                value={decimals}
                onInput={(event) => setDecimals(Math.max(0, Math.floor(Number(event.currentTarget.value)) || 0))}
              />
            </label>
            <button
              type="button"
              disabled={ids.length === 0 || !named}
              onClick={() => {
                state.change(grouped(draft, name, ids, decimals));
                setTicked(new Set());
              }}
            >
              Make a reading
            </button>
          </div>
          {made.length === 0 && <p class="dim small">No reading yet: digits are told one by one, and no number.</p>}
          <ul class="made">
            {made.map((reading) => (
              <li key={reading.id}>
                <strong>{reading.id}</strong>: {reading.windows === 'auto' ? 'every line' : reading.windows.join(' ')}
                {reading.decimals > 0 && `, ${reading.decimals} decimals`}{' '}
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Remove the reading ${reading.id}`}
                  onClick={() => state.change({ ...draft, readings: draft.readings.filter((one) => one !== reading) })}
                >
                  Remove
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {draft.windows.length === 0 &&
        (readsLines(draft) ? (
          <div class="row">
            <span class="dim small">Every line of digits is a reading.</span>
            <button type="button" class="quiet" onClick={() => state.change({ ...draft, readings: [] })}>
              Remove
            </button>
          </div>
        ) : (
          <div class="row">
            <span class="dim small">Digits are told one by one, and no number.</span>
            <button type="button" onClick={() => state.change(withLines(draft))}>
              Make every line a reading
            </button>
          </div>
        ))}
    </section>
  );
}
