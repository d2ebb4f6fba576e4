// The page of a fleet: which camera, which view, how the fleet does. It must not know what a view shows.
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Looks } from '../sinks/page/protocol.js';
import type { Connection } from './connection.js';
import { CropsView } from './crops.js';
import { FleetLinks } from './fleet-links.js';
import { Loud, useLink, Wall } from './fleet-wall.js';
import { Frame, usePlace } from './frame.js';
import { GateView } from './gate.js';
import { useSlowChanges } from './hooks.js';
import { LiveView } from './live.js';
import { ReadingsView } from './readings.js';
import { isWell, LINKS, STATES } from './words.js';

const VIEWS = [
  ['live', 'Live'],
  ['gate', 'Gate'],
  ['readings', 'Readings'],
  ['crops', 'Crops'],
] as const;
type ViewName = (typeof VIEWS)[number][0];

const NOTHING: Looks = { picture: false, distribution: false, crops: false };

/** What each view of one camera looks at. */
const LOOKS: Readonly<Record<ViewName, Looks>> = {
  live: { ...NOTHING, picture: true, numbers: true },
  gate: { ...NOTHING, distribution: true },
  readings: { ...NOTHING, numbers: true },
  crops: { ...NOTHING, crops: true },
};

/** The page of a gateway. */
export function FleetApp({ gateway }: { readonly gateway: Connection }): JSX.Element {
  useSlowChanges(gateway, 300);
  const links = useMemo(() => new FleetLinks(gateway), [gateway]);
  const [view, named] = usePlace(placeNow, titleOf);
  const first = [...gateway.cameras.keys()].sort()[0];
  const camera = named ?? (view === 'live' ? undefined : first);
  return (
    <Frame
      links={VIEWS.map(([name, label]) => ({
        label,
        href: name === 'live' || named === undefined ? `#${name}` : `#${name}/${named}`,
        current: view === name,
      }))}
      beside={<Summary gateway={gateway} />}
    >
      {camera !== undefined && <Choice gateway={gateway} view={view} camera={camera} />}
      {camera === undefined ? (
        <Wall gateway={gateway} links={links} />
      ) : (
        <OneCamera key={camera} gateway={gateway} links={links} camera={camera} view={view} />
      )}
    </Frame>
  );
}

/** How the fleet does, in a line. */
function Summary({ gateway: { fleet, link, cameras, around } }: { readonly gateway: Connection }): JSX.Element {
  const wrong = [...cameras.values()].filter(({ state }) => !isWell(state)).length;
  const troubles = [
    ...(link === 'open' ? [] : [`${LINKS[link][0]}: ${LINKS[link][1]}`]),
    ...(around.broker ? [] : ['The broker is away: what is shown is old.']),
    ...(around.workers > 0 ? [] : ['No worker takes part.']),
  ];
  return (
    <p class="summary" role="status">
      fleet {fleet?.fleet} · {count(around.workers, 'worker')} · {count(cameras.size, 'camera')}
      {wrong > 0 && <span class="warn"> · {wrong} not well</span>}
      {troubles.map((text) => (
        <strong key={text} class="warn">
          {' '}
          {text}
        </strong>
      ))}
    </p>
  );
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Which camera is shown. */
function Choice({
  gateway,
  view,
  camera,
}: {
  readonly gateway: Connection;
  readonly view: ViewName;
  readonly camera: string;
}): JSX.Element {
  const ids = [...new Set([...gateway.cameras.keys(), camera])].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return (
    <div class="row filters">
      <a href="#live">All cameras</a>
      <label>
        Camera{' '}
        <select
          value={camera}
          onChange={(event) => {
            location.hash = `${view}/${event.currentTarget.value}`;
          }}
        >
          {ids.map((id) => {
            const state = gateway.cameras.get(id)?.state;
            return (
              <option key={id} value={id}>
                {id}
                {state && !isWell(state) ? ` (${STATES[state][0].toLowerCase()})` : ''}
              </option>
            );
          })}
        </select>
      </label>
    </div>
  );
}

function OneCamera({
  gateway,
  links,
  camera,
  view,
}: {
  readonly gateway: Connection;
  readonly links: FleetLinks;
  readonly camera: string;
  readonly view: ViewName;
}): JSX.Element {
  const connection = useLink(links, camera);
  useEffect(() => connection?.look(LOOKS[view]), [connection, view]);
  const row = gateway.cameras.get(camera);
  if (gateway.cameras.size > 0 && !row)
    return <p class="lead">There is no camera {camera} in this fleet, or it was taken out of it.</p>;
  if (!connection) return <p class="dim">Connecting</p>;
  return (
    <>
      {view !== 'live' && row && !isWell(row.state) && (
        <div class="state" role="status">
          <Loud state={row.state} reason={row.reason} />
        </div>
      )}
      <View connection={connection} view={view} />
    </>
  );
}

function View({ connection, view }: { readonly connection: Connection; readonly view: ViewName }): JSX.Element {
  switch (view) {
    case 'live':
      return <LiveView sources={{ list: [connection] }} current={connection} inFleet />;
    case 'gate':
      return <GateView connection={connection} inFleet />;
    case 'readings':
      return (
        <ReadingsView
          connection={connection}
          note="The last numbers that the fleet's log has, up to 1,000 of them. What was refused is not kept in it."
        />
      );
    case 'crops':
      return <CropsView connection={connection} />;
  }
}

/** The view and the camera that the address names. */
function placeNow(): readonly [ViewName, string | undefined] {
  const [, view, camera] = /^#(\w+)(?:\/([\w-]+))?$/.exec(location.hash) ?? [];
  return [VIEWS.find(([name]) => name === view)?.[0] ?? 'live', camera];
}

function titleOf([view, camera]: readonly [ViewName, string | undefined]): string {
  const label = VIEWS.find(([name]) => name === view)?.[1] ?? '';
  return camera === undefined ? label : `${camera}: ${label}`;
}
