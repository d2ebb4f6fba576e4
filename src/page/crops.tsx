// Owns the gallery of crops: what the network was shown lately, what became of it, and what a person says it is.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Crop, Label } from '../sinks/page/protocol.js';
import { REJECTIONS } from '../types.js';
import type { Connection } from './connection.js';
import { drawCrop } from './crop-image.js';
import { useSlowChanges } from './hooks.js';
import { ratioText, toneOf, type Outcome } from './words.js';

const LABELS: readonly Label[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 'none'];

/** The gallery. */
export function CropsView({ connection }: { readonly connection: Connection }): JSX.Element {
  useSlowChanges(connection, 500);
  const { crops, welcome, kept } = connection;
  const [filter, setFilter] = useState<Outcome | 'all' | 'refused'>('all');
  const [digit, setDigit] = useState('any');
  const [chosen, choose] = useState<number | undefined>(undefined);
  const [said, say] = useState('');
  const shown = crops
    .filter((crop) => matches(crop, filter) && (digit === 'any' || String(crop.digit) === digit))
    .reverse();
  const there = new Set(crops.map(({ rejected }) => rejected ?? 'accepted'));
  const mark = async (crop: number, label: Label): Promise<void> => {
    try {
      await connection.ask({ type: 'mark', crop, label });
      say(label === 'none' ? 'Kept as no digit.' : `Kept as a ${label}.`);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <h1>Crops</h1>
      <p class="dim lead">
        What the network was shown, 28x28, with what became of it.
        {welcome?.mark === true
          ? ' Choose one and say what it is, with a button or a key (0 to 9, n for no digit): it is kept to train with.'
          : ` ${welcome?.mark ?? ''}`}
      </p>
      <div class="row filters">
        <label>
          Outcome{' '}
          <select value={filter} onChange={(event) => setFilter(event.currentTarget.value as Outcome)}>
            <option value="all">all</option>
            <option value="accepted">accepted</option>
            <option value="refused">refused</option>
            {REJECTIONS.filter((reason) => there.has(reason)).map((reason) => (
              <option key={reason} value={reason}>
                refused: {reason}
              </option>
            ))}
          </select>
        </label>
        <label>
          Digit{' '}
          <select value={digit} onChange={(event) => setDigit(event.currentTarget.value)}>
            {['any', ...LABELS.filter((label) => label !== 'none').map(String)].map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <span class="dim">
          {shown.length} of {crops.length}
          {kept !== undefined && ` · the folder holds ${kept}`}
        </span>
        <span role="status">{said}</span>
      </div>
      <ul class="crops" aria-label="Crops, the newest first">
        {shown.map((crop) => (
          <li key={crop.n}>
            <CropCard
              crop={crop}
              chosen={chosen === crop.n}
              choose={() => choose(chosen === crop.n ? undefined : crop.n)}
              mark={welcome?.mark === true ? (label) => void mark(crop.n, label) : undefined}
            />
          </li>
        ))}
      </ul>
      {crops.length === 0 && <p class="dim">Nothing was seen yet.</p>}
    </>
  );
}

function matches({ rejected }: Crop, filter: Outcome | 'all' | 'refused'): boolean {
  if (filter === 'all') return true;
  return filter === 'refused' ? rejected !== undefined : (rejected ?? 'accepted') === filter;
}

function CropCard({
  crop,
  chosen,
  choose,
  mark,
}: {
  readonly crop: Crop;
  readonly chosen: boolean;
  readonly choose: () => void;
  readonly mark: ((label: Label) => void) | undefined;
}): JSX.Element {
  const outcome = crop.rejected ?? 'accepted';
  return (
    <div class={chosen ? 'crop chosen' : 'crop'}>
      <button
        type="button"
        aria-pressed={chosen}
        onClick={choose}
        onKeyDown={(event) => {
          const label = labelOf(event.key);
          if (label !== undefined && mark) mark(label);
        }}
      >
        <CropImage pixels={crop.pixels} />
        <span class="what">
          <span class={`digit ${toneOf(outcome)}`}>{crop.digit}</span>
          <span class={toneOf(outcome)}>{crop.rejected ?? ratioText(crop.ratio)}</span>
        </span>
        <span class="dim small">
          {crop.region} · {crop.frame}
        </span>
        {crop.label !== undefined && (
          <span class="marked">{crop.label === 'none' ? 'no digit' : `is a ${crop.label}`}</span>
        )}
      </button>
      {chosen && mark && (
        <div class="labels" role="group" aria-label="This is">
          {LABELS.map((label) => (
            <button key={label} type="button" aria-pressed={crop.label === label} onClick={() => mark(label)}>
              {label === 'none' ? 'no digit' : label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function labelOf(key: string): Label | undefined {
  if (key === 'n') return 'none';
  return LABELS.find((label) => String(label) === key);
}

/** A normalised digit, enlarged. */
export function CropImage({ pixels }: { readonly pixels: string }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) drawCrop(canvas.current, pixels);
  }, [pixels]);
  return <canvas ref={canvas} width={28} height={28} class="pixels" aria-hidden="true" />;
}
