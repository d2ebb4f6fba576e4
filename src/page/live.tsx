// Owns the live view: the pictures of all sources side by side, and what is read of the chosen one, as text.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { REJECTIONS, type Box } from '../types.js';
import type { SeenRegion } from '../sinks/page/protocol.js';
import { Camera } from './camera.js';
import type { Connection } from './connection.js';
import { useSlowChanges } from './hooks.js';
import type { Marks } from './overlay.js';
import type { Sources } from './sources.js';
import { MEANING, percent, ratioText, toneOf, topText, type Outcome } from './words.js';

/** The live view. @param inFleet Its source is a camera of a fleet, which nobody can start otherwise. Default false. */
export function LiveView({
  sources,
  current,
  inFleet = false,
}: {
  readonly sources: Pick<Sources, 'list'>;
  readonly current: Connection;
  readonly inFleet?: boolean;
}): JSX.Element {
  const [marks, setMarks] = useState<Marks>({ boxes: true, lines: false, refused: true });
  const several = sources.list.length > 1;
  return (
    <>
      <h1 class="hidden">Live</h1>
      <div class="live">
        <div>
          <div class={several ? 'cameras several' : 'cameras'}>
            {sources.list.map((one) => (
              <Camera key={one.address} connection={one} marks={marks} />
            ))}
          </div>
          <CropNote connection={current} inFleet={inFleet} />
          <fieldset class="row switches">
            <legend class="hidden">Shown over the picture</legend>
            <Switch label="Boxes" on={marks.boxes} set={(boxes) => setMarks({ ...marks, boxes })} />
            <Switch label="Refused" on={marks.refused} set={(refused) => setMarks({ ...marks, refused })} />
            <Switch label="Lines and words" on={marks.lines} set={(lines) => setMarks({ ...marks, lines })} />
          </fieldset>
        </div>
        <Now connection={current} />
      </div>
    </>
  );
}

/** Why only a part of the picture is shown, where that is so. */
export function CropNote({
  connection,
  inFleet = false,
}: {
  readonly connection: Connection;
  readonly inFleet?: boolean;
}): JSX.Element | null {
  useSlowChanges(connection, 500);
  const { config } = connection;
  if (config?.config.regions.mode !== 'fixed' || config.saves !== undefined) return null;
  return (
    <p class="dim small">
      Only the part of the picture that holds the windows is decoded, and shown.{' '}
      {inFleet
        ? 'A run of its own on this camera, with --edit FILE.yaml, shows all of it.'
        : 'Start with --edit FILE.yaml to see all of it.'}
    </p>
  );
}

/** A box to tick. */
export function Switch({
  label,
  on,
  set,
}: {
  readonly label: string;
  readonly on: boolean;
  readonly set: (on: boolean) => void;
}): JSX.Element {
  return (
    <label class="switch">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} /> {label}
    </label>
  );
}

function Now({ connection }: { readonly connection: Connection }): JSX.Element {
  useSlowChanges(connection, 250);
  const { figures, pictures, welcome, config } = connection;
  const regions = inOrder(pictures.at(-1)?.header.regions ?? []);
  const accepted = regions.filter(({ rejected }) => rejected === undefined);
  const refused = regions.filter(({ rejected }) => rejected !== undefined && rejected !== 'blank');
  return (
    <section class="side" aria-label="What is read">
      <Numbers connection={connection} />
      <div class="card">
        <h2>In this picture</h2>
        {accepted.length === 0 && <p class="dim">No digit is accepted.</p>}
        <table class="plain">
          {accepted.length > 0 && (
            <thead>
              <tr>
                <th scope="col">Digit</th>
                <th scope="col">Ratio</th>
                <th scope="col">Top</th>
                <th scope="col">Region</th>
              </tr>
            </thead>
          )}
          <tbody>
            {accepted.slice(0, 12).map((one) => (
              <tr key={one.id}>
                <td class="digit good">{one.digit}</td>
                <td>{ratioText(one.ratio)}</td>
                <td>{topText(one.top)}</td>
                <td class="dim">{one.id}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {accepted.length > 12 && <p class="dim">and {accepted.length - 12} more</p>}
        {refused.length > 0 && (
          <p class="dim">
            {refused.length} refused: {reasons(refused.map(({ rejected }) => rejected!))}
          </p>
        )}
      </div>
      {figures && (
        <div class="card">
          <h2>This run</h2>
          <dl class="figures">
            <Figure name="frames a second" value={figures.fps.toFixed(1)} />
            <Figure name="accepted" value={percent(figures.accepted / Math.max(1, figures.regions))} />
            <Figure name="regions" value={figures.regions.toLocaleString('en')} />
            <Figure name="pages open" value={String(figures.watchers)} />
            {figures.truth && <Figure name="leaked" value={percent(figures.truth.rate)} />}
          </dl>
          <Outcomes counts={{ ...figures.rejected, accepted: figures.accepted }} />
          <p class="dim small">
            model {welcome?.modelName} {config?.model} · pipeline {welcome?.file} {config?.pipeline}
          </p>
        </div>
      )}
    </section>
  );
}

/** As a person reads: line by line. */
function inOrder(regions: readonly SeenRegion[]): SeenRegion[] {
  const left = [...regions].sort((a, b) => middle(a.box) - middle(b.box));
  const lines: SeenRegion[][] = [];
  for (const one of left) {
    const line = lines.at(-1);
    const [, y, , height] = line?.[0]?.box ?? [0, 0, 0, 0];
    if (line && middle(one.box) < y + height) line.push(one);
    else lines.push([one]);
  }
  return lines.flatMap((line) => line.sort((a, b) => a.box[0] - b.box[0]));
}

function middle([, y, , height]: Box): number {
  return y + height / 2;
}

function Numbers({ connection }: { readonly connection: Connection }): JSX.Element | null {
  const numbers = connection.pictures.at(-1)?.header.numbers ?? [];
  if (numbers.length === 0) return null;
  return (
    <div class="card">
      <h2>Readings</h2>
      {numbers.map(({ id, shown }) => {
        const told = connection.events.findLast((event) => event.id === id && event.refused === undefined);
        return (
          <div class="number" key={id}>
            <span class="value">{shown}</span>
            <span class="dim">
              {id}
              {told && ` · last told ${told.value}`}
            </span>
          </div>
        );
      })}
      {numbers.some(({ shown }) => shown.includes('?')) && (
        <p class="dim small">? is a digit on which not enough clear pictures agree yet; it takes a few seconds.</p>
      )}
    </div>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Outcomes as bars with their counts. */
export function Outcomes({ counts }: { readonly counts: Readonly<Record<Outcome, number>> }): JSX.Element {
  const all = (['accepted', ...REJECTIONS] as const).filter((outcome) => counts[outcome] > 0);
  const most = Math.max(1, ...all.map((outcome) => counts[outcome]));
  return (
    <table class="outcomes">
      <caption class="hidden">Regions by outcome</caption>
      <tbody>
        {all.map((outcome) => (
          <tr key={outcome}>
            <th scope="row" title={MEANING[outcome]}>
              {outcome}
            </th>
            <td>
              <span class={`bar ${toneOf(outcome)}`} style={{ width: `${(100 * counts[outcome]) / most}%` }} />
            </td>
            <td class="count">{counts[outcome].toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function reasons(list: readonly Outcome[]): string {
  const counts = new Map<Outcome, number>();
  for (const reason of list) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
}
