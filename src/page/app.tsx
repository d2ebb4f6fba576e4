// The frame around the views: which source, which view, the token. It must not know what a view shows.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Connection } from './connection.js';
import { CropsView } from './crops.js';
import { EditorView } from './editor.js';
import { FleetApp } from './fleet.js';
import { Frame, usePlace } from './frame.js';
import { GateView } from './gate.js';
import { useChanges, useSlowChanges } from './hooks.js';
import { LiveView } from './live.js';
import { ReadingsView } from './readings.js';
import type { Sources } from './sources.js';
import { AddSource, TokenForm } from './sources-form.js';
import { isWell, LINKS, STATES } from './words.js';

const VIEWS = [
  ['live', 'Live'],
  ['windows', 'Windows'],
  ['gate', 'Gate'],
  ['readings', 'Readings'],
  ['crops', 'Crops'],
] as const;
type ViewName = (typeof VIEWS)[number][0];

/** The whole page: of a run, or of a fleet's gateway. */
export function App({ sources }: { readonly sources: Sources }): JSX.Element {
  const own = sources.list[0]!;
  useSlowChanges(own, 50);
  return own.fleet && own.link !== 'token' ? <FleetApp gateway={own} /> : <RunApp sources={sources} />;
}

/** The page of a run, and of others beside it. */
function RunApp({ sources }: { readonly sources: Sources }): JSX.Element {
  useChanges(sources);
  const view = usePlace(viewNow, titleOf);
  const [chosen, choose] = useState<Connection | undefined>(undefined);
  const [adding, setAdding] = useState(false);
  const current = sources.list.find((one) => one === chosen) ?? sources.list[0]!;
  useLooks(sources, current, view);
  const add = (address: string): void => {
    sources.add(address, undefined);
    setAdding(false);
  };
  return (
    <Frame
      links={VIEWS.map(([name, label]) => ({ label, href: `#${name}`, current: view === name }))}
      above={
        <section aria-label="Sources">
          <div class="sources">
            {sources.list.map((one) => (
              <SourceTab key={one.address} connection={one} chosen={one === current} choose={() => choose(one)} />
            ))}
            <button type="button" class="quiet" aria-expanded={adding} onClick={() => setAdding(!adding)}>
              Add a source
            </button>
          </div>
          {adding && <AddSource add={add} />}
        </section>
      }
    >
      <Content sources={sources} current={current} view={view} />
    </Frame>
  );
}

/** What is in the middle: a view, or the question for the token. */
function Content({
  sources,
  current,
  view,
}: {
  readonly sources: Sources;
  readonly current: Connection;
  readonly view: ViewName;
}): JSX.Element {
  useSlowChanges(current, 50);
  if (current.link === 'token')
    return (
      <TokenForm
        connection={current}
        enter={(token) => {
          current.enter(token);
          sources.keep();
        }}
        remove={current === sources.list[0] ? undefined : () => sources.remove(current)}
      />
    );
  if (current.fleet)
    return (
      <p class="lead">
        This is the gateway of a fleet, which has <a href={ownPage(current)}>a page of its own</a>.
      </p>
    );
  switch (view) {
    case 'live':
      return <LiveView sources={sources} current={current} />;
    case 'windows':
      return <EditorView key={current.address} connection={current} />;
    case 'gate':
      return <GateView key={current.address} connection={current} />;
    case 'readings':
      return <ReadingsView connection={current} />;
    case 'crops':
      return <CropsView connection={current} />;
  }
}

/** The page of the server that a source is of. */
function ownPage({ address }: Connection): string {
  return address.replace(/^ws/, 'http').replace(/watch$/, '');
}

/** The view that the address names. */
function viewNow(): ViewName {
  return VIEWS.find(([name]) => `#${name}` === location.hash)?.[0] ?? 'live';
}

function titleOf(view: ViewName): string {
  return VIEWS.find(([name]) => name === view)?.[1] ?? '';
}

/** Tells each source what of it is looked at, so that it sends no more. */
function useLooks(sources: Sources, current: Connection, view: ViewName): void {
  const { list } = sources;
  useEffect(() => {
    for (const one of list) {
      const seen = view === 'live' || (view === 'windows' && one === current);
      one.look({
        picture: seen,
        distribution: view === 'gate' && one === current,
        crops: view === 'crops' && one === current,
      });
    }
  }, [list, current, view]);
}

function SourceTab({
  connection,
  chosen,
  choose,
}: {
  readonly connection: Connection;
  readonly chosen: boolean;
  readonly choose: () => void;
}): JSX.Element {
  useSlowChanges(connection, 200);
  const { link, state, welcome } = connection;
  const isOpen = link === 'open';
  const [word] = isOpen && state ? STATES[state.state] : LINKS[link];
  const good = isOpen && isWell(state?.state);
  return (
    <button type="button" class="source" aria-pressed={chosen} onClick={choose}>
      <span class={`dot ${good ? 'good' : 'bad'}`} aria-hidden="true" />
      <span class="name">{welcome ? nameOf(welcome.source) : new URL(connection.address).host}</span>
      <span class={good ? 'dim' : 'warn'}>{word}</span>
    </button>
  );
}

/** The last part of a path, the host of an address. */
function nameOf(source: string): string {
  return /^[a-z]+:\/\//.test(source) ? source : (source.split('/').at(-1) ?? source);
}
