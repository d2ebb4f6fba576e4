// Owns the picture of one source on the page: drawn as it comes, or frozen and stepped through; zoomed and moved.
import type { JSX, TargetedPointerEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Connection, Shown } from './connection.js';
import { useSlowChanges } from './hooks.js';
import { decoded, drawShown, type Marks } from './overlay.js';
import { follow } from './pointer.js';
import { clipTime, isBeginning, isWell, LINKS, STATES } from './words.js';
import { moved, pinched, WHOLE, zoomed, type Fingers, type View } from './zoom.js';

const STEP = 1.4;

/** A picture that is shown, decoded. */
interface Now {
  readonly shown: Shown;
  readonly image: ImageBitmap;
}

/** The camera of a source, with its controls. */
export function Camera({ connection, marks }: { readonly connection: Connection; readonly marks: Marks }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef<Now | undefined>(undefined);
  const [frozen, setFrozen] = useState<number | undefined>(undefined);
  const [view, setView] = useState<View>(WHOLE);
  const [size, setSize] = useState<readonly [number, number]>([16, 9]);
  const drawing = useRef({ view, marks });
  drawing.current = { view, marks };
  const fingers = useRef(new Map<number, readonly [number, number]>());
  const draw = (): void => {
    if (canvas.current && now.current) {
      const { image, shown } = now.current;
      drawShown(canvas.current, image, shown.header, drawing.current.view, drawing.current.marks);
    }
  };
  usePictures(connection, frozen, (next) => {
    now.current?.image.close();
    now.current = next;
    const [, , width, height] = next.shown.header.area;
    setSize((before) => (before[0] === width && before[1] === height ? before : [width, height]));
    draw();
  });
  useEffect(draw);
  useEffect(() => {
    const watching = new ResizeObserver(draw);
    if (canvas.current) watching.observe(canvas.current);
    return () => watching.disconnect();
  }, []);
  const step = (by: number): void => setFrozen(frozenAt(connection, frozen, by));
  const zoom = (by: number): void => setView((before) => zoomed(before, by, size));
  return (
    <figure class="camera">
      <div class="stage" style={{ aspectRatio: `${size[0]} / ${size[1]}` }}>
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={`Picture of ${connection.welcome?.source ?? 'the source'}; what is read in it stands beside it`}
          onKeyDown={(event) => {
            if (act(event.key, { step, zoom, move: (x, y) => setView((before) => moved(before, x, y, size)), freeze }))
              event.preventDefault();
          }}
          onWheel={(event) => {
            if (!event.ctrlKey && view.zoom === 1 && event.deltaY > 0) return;
            event.preventDefault();
            zoom(event.deltaY < 0 ? STEP : 1 / STEP);
          }}
          style={{ touchAction: view.zoom > 1 ? 'none' : 'pan-y' }}
          onPointerDown={(event) => {
            if (event.pointerType === 'touch') pinch(event, fingers.current, () => drawing.current.view, size, setView);
            // A second finger makes a pinch of what one had begun to move.
            drag(event, view, size, (next) => fingers.current.size < 2 && setView(next));
          }}
        />
        <Banner connection={connection} frozen={frozen} />
      </div>
      <figcaption class="controls">
        <button type="button" aria-pressed={frozen !== undefined} onClick={freeze}>
          {frozen === undefined ? 'Freeze' : 'Go on'}
        </button>
        <span class="joined" role="group" aria-label="Step through the last pictures">
          <button type="button" aria-label="One picture back" onClick={() => step(-1)}>
            ‹
          </button>
          <button type="button" aria-label="One picture on" disabled={frozen === undefined} onClick={() => step(1)}>
            ›
          </button>
        </span>
        <span class="joined" role="group" aria-label="Zoom">
          <button type="button" aria-label="Smaller" disabled={view.zoom === 1} onClick={() => zoom(1 / STEP)}>
            −
          </button>
          <button type="button" aria-label="Larger" onClick={() => zoom(STEP)}>
            +
          </button>
        </span>
        <When connection={connection} frozen={frozen} />
      </figcaption>
    </figure>
  );

  function freeze(): void {
    setFrozen(frozen === undefined ? connection.pictures.at(-1)?.header.frame : undefined);
  }
}

/** Decodes each picture as it comes, the newest wins; of frozen ones the one that is chosen. */
export function usePictures(connection: Connection, frozen: number | undefined, show: (now: Now) => void): void {
  const showing = useRef(show);
  showing.current = show;
  useEffect(() => {
    let [busy, alive] = [false, true];
    let waiting: Shown | undefined;
    const take = async (shown: Shown): Promise<void> => {
      if (busy) {
        waiting = shown;
        return;
      }
      busy = true;
      try {
        const image = await decoded(shown);
        if (alive) showing.current({ shown, image });
        else image.close();
      } catch {
        // A picture that can't be decoded is left out; the next comes soon.
      } finally {
        busy = false;
      }
      const next = waiting;
      waiting = undefined;
      if (next && alive) await take(next);
    };
    const first = frozen === undefined ? connection.pictures.at(-1) : pictureOf(connection, frozen);
    if (first) void take(first);
    const stop = frozen === undefined ? connection.watchPictures((shown) => void take(shown)) : () => undefined;
    return () => {
      alive = false;
      stop();
    };
  }, [connection, frozen]);
}

function pictureOf({ pictures }: Connection, frame: number): Shown | undefined {
  return pictures.find(({ header }) => header.frame === frame) ?? pictures[0];
}

function frozenAt({ pictures }: Connection, frozen: number | undefined, by: number): number | undefined {
  const at = frozen === undefined ? pictures.length - 1 : pictures.findIndex(({ header }) => header.frame === frozen);
  return pictures[Math.max(0, Math.min(pictures.length - 1, Math.max(0, at) + by))]?.header.frame ?? frozen;
}

/** Says large what the source does when it is not what it should be. */
function Banner({
  connection,
  frozen,
}: {
  readonly connection: Connection;
  readonly frozen: number | undefined;
}): JSX.Element {
  useSlowChanges(connection, 100);
  const { link, state, pictures } = connection;
  const broken = link !== 'open';
  const wrong = state && !isWell(state.state);
  const [word, meaning] = broken ? LINKS[link] : wrong ? STATES[state.state] : ['', ''];
  const reason = broken ? '' : wrong ? (state.reason ?? '') : '';
  const waits = !broken && !wrong && pictures.length === 0;
  return (
    <div class="banner" role="status">
      {word !== '' && (
        <div class={!broken && isBeginning(state?.state) ? 'loud calm' : 'loud'}>
          <strong>{word}</strong>
          <span>{meaning}</span>
          {reason !== '' && <span>{reason}</span>}
        </div>
      )}
      {waits && (
        <div class="loud calm">
          <strong>Waiting</strong>
          <span>for the first picture</span>
        </div>
      )}
      {frozen !== undefined && <span class="chip">frozen</span>}
    </div>
  );
}

function When({
  connection,
  frozen,
}: {
  readonly connection: Connection;
  readonly frozen: number | undefined;
}): JSX.Element {
  useSlowChanges(connection, 250);
  const shown = frozen === undefined ? connection.pictures.at(-1) : pictureOf(connection, frozen);
  if (!shown) return <span class="dim when" />;
  const { frame, time, file, age } = shown.header;
  const old = (age ?? 0) + shown.late / 1000;
  return (
    <span class="dim when">
      frame {frame} · {file ?? clipTime(time)} · {Math.round(1000 * old)} ms old
    </span>
  );
}

interface Acts {
  readonly step: (by: number) => void;
  readonly zoom: (by: number) => void;
  readonly move: (x: number, y: number) => void;
  readonly freeze: () => void;
}

/** What a key does; whether it does something. */
function act(key: string, { step, zoom, move, freeze }: Acts): boolean {
  const does: Readonly<Record<string, () => void>> = {
    ' ': freeze,
    ',': () => step(-1),
    '.': () => step(1),
    '+': () => zoom(STEP),
    '-': () => zoom(1 / STEP),
    ArrowLeft: () => move(-0.1, 0),
    ArrowRight: () => move(0.1, 0),
    ArrowUp: () => move(0, -0.1),
    ArrowDown: () => move(0, 0.1),
  };
  const own = does[key];
  own?.();
  return own !== undefined;
}

function drag(
  event: TargetedPointerEvent<HTMLCanvasElement>,
  from: View,
  size: readonly [number, number],
  setView: (view: View) => void,
): void {
  if (from.zoom === 1) return;
  const canvas = event.currentTarget;
  const [startX, startY] = [event.clientX, event.clientY];
  follow(event, (now) =>
    setView(
      moved(from, (startX - now.clientX) / canvas.clientWidth, (startY - now.clientY) / canvas.clientHeight, size),
    ),
  );
}

/** Follows a finger; of two, what is between them grows as they part. */
function pinch(
  event: TargetedPointerEvent<HTMLCanvasElement>,
  fingers: Map<number, readonly [number, number]>,
  view: () => View,
  size: readonly [number, number],
  setView: (view: View) => void,
): void {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  const at = (now: { readonly clientX: number; readonly clientY: number }) =>
    [(now.clientX - left) / width, (now.clientY - top) / height] as const;
  const both = (): Fingers | undefined => {
    const [one, other, third] = fingers.values();
    return one && other && !third ? [one, other] : undefined;
  };
  fingers.set(event.pointerId, at(event));
  follow(
    event,
    (now) => {
      // Either finger may have moved since: each step starts from where both were.
      const before = both();
      fingers.set(event.pointerId, at(now));
      const after = both();
      if (before && after) setView(pinched(view(), before, after, size));
    },
    () => void fingers.delete(event.pointerId),
  );
}
