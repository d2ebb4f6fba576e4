// Owns the pictures of all cameras of a fleet, side by side, and finding some among many. Only those that are in view ask
// for pictures.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FleetCamera, ShownState } from '../sinks/page/protocol.js';
import { usePictures } from './camera.js';
import type { Connection } from './connection.js';
import type { FleetLinks } from './fleet-links.js';
import { useSlowChanges } from './hooks.js';
import { drawShown, type Marks } from './overlay.js';
import { isBeginning, isWell, STATES } from './words.js';
import { WHOLE } from './zoom.js';

/** Cameras from which on some can be looked for. */
const MANY = 12;

const MARKS: Marks = { boxes: true, lines: false, refused: false, brief: true };

/** Cameras up to which pictures are large. */
const FEW = 4;

/** All cameras, or those that were looked for. */
export function Wall({ gateway, links }: { readonly gateway: Connection; readonly links: FleetLinks }): JSX.Element {
  useSlowChanges(gateway, 300);
  const [text, setText] = useState('');
  const [state, setState] = useState('all');
  const all = [...gateway.cameras.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  const searched = all.filter((camera) => isNamed(camera, text));
  const shown = searched.filter((camera) => isIn(camera, state));
  return (
    <>
      <h1 class="hidden">Live</h1>
      {all.length > MANY && (
        <search class="row filters">
          <label>
            Search{' '}
            <input
              type="text"
              placeholder="name, label, worker or number"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <label>
            State{' '}
            <select value={state} onChange={(event) => setState(event.currentTarget.value)}>
              {choices(searched).map(([value, word, count]) => (
                <option key={value} value={value}>
                  {word} ({count})
                </option>
              ))}
            </select>
          </label>
          <span class="dim" role="status">
            {shown.length} of {all.length} cameras
          </span>
        </search>
      )}
      {all.length === 0 && (
        <p class="dim">This fleet has no cameras: lq-stream fleet apply FLEET.yaml gives it some.</p>
      )}
      <ul class={all.length <= FEW ? 'wall few' : 'wall'}>
        {shown.map((camera) => (
          <li key={camera.id}>
            <Tile camera={camera} links={links} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whether what is searched for stands in what is known of the camera. */
function isNamed({ id, worker, labels = {}, reading }: FleetCamera, text: string): boolean {
  const known = [id, worker, ...Object.entries(labels).map(([key, value]) => `${key}:${value}`), reading?.value];
  const wanted = text.trim().toLowerCase();
  return known.some((one) => one?.toLowerCase().includes(wanted));
}

function isIn(camera: FleetCamera, state: string): boolean {
  return state === 'all' || (state === 'wrong' ? !isWell(camera.state) : camera.state === state);
}

/** What can be chosen: everything, what is not well, and each state that there is. */
function choices(cameras: readonly FleetCamera[]): (readonly [value: string, word: string, count: number])[] {
  const states = [...new Set(cameras.map(({ state }) => state))].sort();
  const count = (value: string): number => cameras.filter((camera) => isIn(camera, value)).length;
  return [
    ['all', 'all', cameras.length],
    ['wrong', 'not well', count('wrong')],
    ...states.map((state) => [state, STATES[state][0].toLowerCase(), count(state)] as const),
  ];
}

function Tile({ camera, links }: { readonly camera: FleetCamera; readonly links: FleetLinks }): JSX.Element {
  const place = useRef<HTMLAnchorElement>(null);
  const isSeen = useSeen(place);
  const connection = useLink(links, isSeen ? camera.id : undefined);
  useEffect(() => connection?.look({ picture: true, distribution: false, crops: false, slow: true }), [connection]);
  const { id, state, reason, fps, worker, reading } = camera;
  return (
    <a class="tile" href={`#live/${id}`} ref={place}>
      <span class="stage">
        {connection && <Picture connection={connection} />}
        {!isWell(state) && <Loud state={state} reason={reason} />}
      </span>
      <span class="row">
        <span class={`dot ${isWell(state) ? 'good' : 'bad'}`} aria-hidden="true" />
        <strong class="name">{id}</strong>
        {reading && (
          <span class="told">
            <span class="hidden">last reading </span>
            {reading.value}
          </span>
        )}
      </span>
      <span class="dim small">
        {[worker, fps === undefined ? undefined : `${fps.toFixed(1)} frames/s`].filter(Boolean).join(' · ')}
      </span>
    </a>
  );
}

/** A state that is not as it should be, large. */
export function Loud({
  state,
  reason,
}: {
  readonly state: ShownState;
  readonly reason: string | undefined;
}): JSX.Element {
  const [word, meaning] = STATES[state];
  return (
    <span class="banner">
      <span class={isBeginning(state) ? 'loud calm' : 'loud'}>
        <strong>{word}</strong>
        <span>{reason ?? meaning}</span>
      </span>
    </span>
  );
}

function Picture({ connection }: { readonly connection: Connection }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  usePictures(connection, undefined, ({ shown, image }) => {
    if (canvas.current) drawShown(canvas.current, image, shown.header, WHOLE, MARKS);
    image.close();
  });
  // What is drawn on it stands below it as text.
  return <canvas ref={canvas} aria-hidden="true" />;
}

/** Whether an element is in view, or nearly. */
function useSeen(place: { readonly current: Element | null }): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const watching = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: '100px',
    });
    if (place.current) watching.observe(place.current);
    return () => watching.disconnect();
  }, []);
  return seen;
}

/** The connection of a camera for as long as it is wanted; undefined: of none. */
export function useLink(links: FleetLinks, camera: string | undefined): Connection | undefined {
  const [connection, setConnection] = useState<Connection | undefined>(undefined);
  useEffect(() => {
    if (camera === undefined) return undefined;
    const held = links.hold(camera);
    setConnection(held);
    return () => {
      setConnection(undefined);
      if (held) links.release(camera);
    };
  }, [links, camera]);
  return connection;
}
