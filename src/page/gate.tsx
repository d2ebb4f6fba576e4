// Owns the gate as a picture: what the last hour was like, where the thresholds stand in it, and what it would be if they
// stood elsewhere.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import {
  RATIO_BINS,
  ratioEdge,
  ratioPlace,
  TOP_BINS,
  topEdge,
  topPlace,
  type DistributionMessage,
} from '../sinks/page/protocol.js';
import { REJECTIONS, type Thresholds } from '../types.js';
import type { Connection } from './connection.js';
import { EditBar, useEditing } from './editing.js';
import { acceptedBy, gateChange, stacked, type Accepted } from './gate-figures.js';
import { Histogram } from './histogram.js';
import { useSlowChanges } from './hooks.js';
import { Outcomes } from './live.js';
import { MEANING, percent, type Outcome } from './words.js';

const RATIO_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((ratio) => [ratioPlace(ratio), `${ratio}`] as const);
const TOP_TICKS = [-0.5, 0, 0.5, 1, 1.5, 2].map((top) => [topPlace(top), `${top}`] as const);

/** The gate view. @param inFleet Its source is a camera of a fleet, where there are no truths. Default false. */
export function GateView({
  connection,
  inFleet = false,
}: {
  readonly connection: Connection;
  readonly inFleet?: boolean;
}): JSX.Element {
  useSlowChanges(connection, 200);
  const { config, distribution, welcome } = connection;
  const [draft, setDraft] = useState<Thresholds | undefined>(undefined);
  const editing = useEditing(connection);
  if (!config || !distribution)
    return (
      <>
        <h1>Gate</h1>
        <p class="dim">Waiting for the figures.</p>
      </>
    );
  const now = config.thresholds;
  const wanted = draft ?? now;
  const changed = Object.keys(gateChange(now, wanted, config.own)).length > 0;
  const apply = async (): Promise<void> => {
    if (await editing.apply({ gate: gateChange(now, wanted, config.own) })) setDraft(undefined);
  };
  return (
    <>
      <h1>Gate</h1>
      <p class="dim lead">
        {`Regions with ink of the last ${hour(distribution.seconds)}, by ratio and by top output. Drag a line, or move it with the arrow keys: what it would have accepted is counted at once.`}
      </p>
      <div class="gate">
        <div>
          <p class="legend small">
            <span class="bar good" /> accepted <span class="bar doubt" /> refused by a threshold{' '}
            <span class="bar other" /> refused by other rules
          </p>
          <Charts distribution={distribution} now={now} wanted={wanted} set={setDraft} />
          <EditBar
            connection={connection}
            editing={editing}
            apply={() => void apply()}
            changed={changed}
            reset={() => setDraft(undefined)}
          />
          {welcome?.edit === true && (
            <button type="button" class="quiet" onClick={() => setDraft(config.own)}>
              The model's own thresholds (ratio {config.own.ratio}, top {config.own.range[0]} to {config.own.range[1]})
            </button>
          )}
        </div>
        <div>
          <Figures
            now={acceptedBy(distribution, now)}
            then={acceptedBy(distribution, wanted)}
            changed={changed}
            hint={inFleet ? undefined : 'With a truth (--truth) this says how much of it would be wrong, too.'}
          />
          <Reasons distribution={distribution} />
        </div>
      </div>
    </>
  );
}

function Charts({
  distribution,
  now,
  wanted,
  set,
}: {
  readonly distribution: DistributionMessage;
  readonly now: Thresholds;
  readonly wanted: Thresholds;
  readonly set: (wanted: Thresholds) => void;
}): JSX.Element {
  const [lo, hi] = wanted.range;
  return (
    <>
      <section class="card">
        <h2>1-2 ratio</h2>
        <Histogram
          label="Regions by ratio"
          groups={stacked(distribution.outcomes, RATIO_BINS)}
          ticks={RATIO_TICKS}
          handles={[
            {
              label: 'Smallest accepted ratio',
              place: ratioPlace(wanted.ratio),
              was: ratioPlace(now.ratio),
              text: `${wanted.ratio}`,
              move: (bin) => set({ ...wanted, ratio: ratioEdge(bin) }),
            },
          ]}
        />
      </section>
      <section class="card">
        <h2>Top output</h2>
        <Histogram
          label="Regions by top output"
          groups={stacked(distribution.tops, TOP_BINS)}
          ticks={TOP_TICKS}
          handles={[
            {
              label: 'Least accepted top output',
              place: topPlace(lo),
              was: topPlace(now.range[0]),
              text: `${lo}`,
              move: (bin) => topEdge(bin) < hi && set({ ...wanted, range: [topEdge(bin), hi] }),
            },
            {
              label: 'Largest accepted top output',
              place: topPlace(hi),
              was: topPlace(now.range[1]),
              text: `${hi}`,
              move: (bin) => topEdge(bin) > lo && set({ ...wanted, range: [lo, topEdge(bin)] }),
            },
          ]}
        />
      </section>
    </>
  );
}

function Figures({
  now,
  then,
  changed,
  hint,
}: {
  readonly now: Accepted;
  readonly then: Accepted;
  readonly changed: boolean;
  /** Said where there is no truth. */
  readonly hint: string | undefined;
}): JSX.Element {
  const leak = ({ wrong, truthDigits }: Accepted): string => percent(wrong / (truthDigits ?? 0));
  return (
    <section class="card">
      <h2>What it accepts</h2>
      <table class="compare">
        <thead>
          <tr>
            <td />
            <th scope="col">as it stands</th>
            <th scope="col">moved</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">accepted</th>
            <td>{percent(now.accepted / now.regions)}</td>
            <td class="new" data-figure="coverage">
              {changed ? percent(then.accepted / then.regions) : '-'}
            </td>
          </tr>
          <tr>
            <th scope="row">regions</th>
            <td>{Math.round(now.accepted).toLocaleString('en')}</td>
            <td class="new">{changed ? Math.round(then.accepted).toLocaleString('en') : '-'}</td>
          </tr>
          {now.truthDigits !== undefined && (
            <tr>
              <th scope="row">leaked</th>
              <td>{leak(now)}</td>
              <td class="new" data-figure="leak">
                {changed ? leak(then) : '-'}
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <p class="dim small">
        {now.truthDigits === undefined
          ? hint
          : `Leaked: accepted and wrong, of ${now.truthDigits.toLocaleString('en')} digits of the truth.`}
      </p>
    </section>
  );
}

function Reasons({ distribution }: { readonly distribution: DistributionMessage }): JSX.Element {
  const counts = Object.fromEntries(
    (['accepted', ...REJECTIONS] as const).map((outcome) => [
      outcome,
      (distribution.outcomes[outcome] ?? []).reduce((sum, [, count]) => sum + count, 0),
    ]),
  ) as Record<Outcome, number>;
  const there = (['accepted', ...REJECTIONS] as const).filter((outcome) => counts[outcome] > 0);
  return (
    <section class="card">
      <h2>By reason</h2>
      <Outcomes counts={counts} />
      <dl class="meanings small">
        {there.map((outcome) => (
          <div key={outcome}>
            <dt>{outcome}</dt>
            <dd class="dim">{MEANING[outcome]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function hour(seconds: number): string {
  return seconds >= 3600
    ? 'hour'
    : seconds >= 90
      ? `${Math.round(seconds / 60)} minutes`
      : `${Math.round(seconds)} seconds`;
}
