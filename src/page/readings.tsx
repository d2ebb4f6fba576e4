// Owns the view of readings over time: what was told of each number, and what was refused by which rule.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { NumberEvent } from '../sinks/page/protocol.js';
import type { Connection } from './connection.js';
import { useSlowChanges } from './hooks.js';
import { useScheme } from './scheme.js';
import { clipTime } from './words.js';

/** Events in the table at most. */
const ROWS = 40;

/** The view of readings. @param note What is said of them, in the place of how numbers are asked for. */
export function ReadingsView({
  connection,
  note,
}: {
  readonly connection: Connection;
  readonly note?: string;
}): JSX.Element {
  useSlowChanges(connection, 300);
  const { events, config } = connection;
  const ids = [...new Set([...(config?.config.readings ?? []).map(({ id }) => id), ...events.map(({ id }) => id)])];
  const shown = ids.filter((id) => events.some((event) => event.id === id));
  return (
    <>
      <h1>Readings</h1>
      {note !== undefined && <p class="dim lead">{note}</p>}
      {shown.length === 0 && note !== undefined && <p>There are none.</p>}
      {shown.length === 0 && note === undefined && (
        <p class="dim lead">
          {(config?.config.readings.length ?? 0) > 0
            ? 'No number was told yet: enough clear pictures have to agree on each of its digits.'
            : 'No numbers are asked for. Group windows into a reading under Windows, or start with --readings also.'}
        </p>
      )}
      <div class="readings">
        {shown.map((id) => (
          <Reading key={id} id={id} events={events.filter((event) => event.id === id)} />
        ))}
      </div>
    </>
  );
}

function Reading({ id, events }: { readonly id: string; readonly events: readonly NumberEvent[] }): JSX.Element {
  const last = events.findLast(({ refused }) => refused === undefined);
  const refused = events.filter((event) => event.refused !== undefined).length;
  const doubt = events.at(-1)?.doubt === true;
  return (
    <section class="card">
      <h2>{id}</h2>
      <div class="number">
        <span class="value">{last?.value ?? '-'}</span>
        <span class="dim">
          {events.length - refused} told, {refused} refused
        </span>
        {doubt && <span class="warn">in doubt: {events.at(-1)?.value} stays</span>}
      </div>
      <Chart events={events} label={`${id} over time`} />
      <table class="plain small">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Value</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {events
            .slice(-ROWS)
            .reverse()
            .map((event) => (
              <tr key={event.n}>
                <td class="dim">{whenOf(event)}</td>
                <td>{event.value}</td>
                <td class={event.refused ? 'doubt' : 'good'}>
                  {event.refused === undefined ? 'told' : `${event.doubt ? 'in doubt' : 'refused'}: ${event.refused}`}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function whenOf({ at, time }: NumberEvent): string {
  return at === undefined ? clipTime(time) : new Date(at).toLocaleTimeString();
}

function Chart({ events, label }: { readonly events: readonly NumberEvent[]; readonly label: string }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const scheme = useScheme();
  const live = events[0]?.at !== undefined;
  const data: uPlot.AlignedData = [
    events.map(({ at, time }) => (at === undefined ? time : at / 1000)),
    events.map(({ value, refused }) => (refused === undefined ? Number(value) : null)),
    events.map(({ value, refused }) => (refused === undefined ? null : Number(value))),
  ];
  useLayoutEffect(() => {
    if (!place.current) return undefined;
    const made = new uPlot(optionsOf(place.current.clientWidth, live, scheme), data, place.current);
    plot.current = made;
    const watching = new ResizeObserver(() => made.setSize({ width: place.current?.clientWidth ?? 300, height: 180 }));
    watching.observe(place.current);
    return () => {
      watching.disconnect();
      made.destroy();
    };
  }, [live, scheme]);
  useLayoutEffect(() => plot.current?.setData(data), [events.length]);
  return <div class="chart" ref={place} role="img" aria-label={`${label}; the same stands in the table below`} />;
}

function optionsOf(width: number, live: boolean, { text, line, strong }: ReturnType<typeof useScheme>): uPlot.Options {
  const font = '12px system-ui, sans-serif';
  const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
  const points = (colour: string, size: number): uPlot.Series.Points => ({
    show: true,
    size,
    stroke: colour,
    fill: colour,
  });
  const values = (_plot: uPlot, splits: number[]): string[] => splits.map((split) => clipTime(split));
  return {
    width,
    height: 180,
    legend: { show: false },
    cursor: { show: false },
    padding: [10, 14, 0, 0],
    scales: { x: { time: live } },
    axes: [live ? axis : { ...axis, values }, { ...axis, size: 64 }],
    series: [
      {},
      { label: 'told', stroke: strong.accent, width: 2, spanGaps: true, points: points(strong.accent, 6) },
      { label: 'refused', stroke: strong.warn, width: 0, paths: () => null, points: points(strong.warn, 8) },
    ],
  };
}
