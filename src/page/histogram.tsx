// Owns one chart of counts by bin, with lines that can be dragged or moved by keys. It must not know what they stand for.
import type { JSX, TargetedKeyboardEvent, TargetedPointerEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { follow } from './pointer.js';
import { useScheme } from './scheme.js';

/** A line of a chart. */
export interface Handle {
  readonly label: string;
  /** Where it stands among the bins, and where it stood. */
  readonly place: number;
  readonly was: number;
  readonly text: string;
  /** Moves it to the beginning of a bin; undefined where it can't be moved. */
  readonly move: ((bin: number) => void) | undefined;
}

/** Where the plot lies within its frame, in CSS pixels. */
interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const HEIGHT = 230;

/** A chart: counts of three groups, one upon the other, and its lines. */
export function Histogram({
  label,
  groups,
  ticks,
  handles,
}: {
  readonly label: string;
  /** By bin, each with what is below it: `others` is the sum of all. */
  readonly groups: { readonly accepted: number[]; readonly thresholds: number[]; readonly others: number[] };
  readonly ticks: readonly (readonly [bin: number, text: string])[];
  readonly handles: readonly Handle[];
}): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [area, setArea] = useState<Area>({ left: 50, top: 10, width: 100, height: 100 });
  const bins = groups.others.length;
  const scheme = useScheme();
  const x = Array.from({ length: bins }, (_, bin) => bin);
  const data: uPlot.AlignedData = [x, groups.others, groups.thresholds, groups.accepted];
  useLayoutEffect(() => {
    const place = frame.current;
    if (!place) return undefined;
    const made = new uPlot(optionsOf(place.clientWidth, bins, ticks, scheme), data, place);
    plot.current = made;
    const measure = (): void => {
      const [outer, inner] = [place.getBoundingClientRect(), made.over.getBoundingClientRect()];
      setArea({ left: inner.left - outer.left, top: inner.top - outer.top, width: inner.width, height: inner.height });
    };
    const watching = new ResizeObserver(() => {
      made.setSize({ width: place.clientWidth, height: HEIGHT });
      measure();
    });
    watching.observe(place);
    measure();
    return () => {
      watching.disconnect();
      made.destroy();
    };
  }, [bins, scheme]);
  useEffect(() => plot.current?.setData(data));
  return (
    <div class="chart" ref={frame} role="group" aria-label={label}>
      {handles.map((handle) => (
        <Line key={handle.label} handle={handle} area={area} bins={bins} />
      ))}
    </div>
  );
}

function Line({
  handle,
  area,
  bins,
}: {
  readonly handle: Handle;
  readonly area: Area;
  readonly bins: number;
}): JSX.Element {
  const { label, place, was, text, move } = handle;
  const at = (bin: number): number => area.left + (bin / bins) * area.width;
  const moveTo = (bin: number): void => move?.(Math.max(0, Math.min(bins - 1, bin)));
  return (
    <>
      {place !== was && (
        <span
          class="line was"
          aria-hidden="true"
          style={{ left: `${at(was)}px`, top: `${area.top}px`, height: `${area.height}px` }}
        />
      )}
      <div
        class="line"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={bins - 1}
        aria-valuenow={Math.round(place)}
        aria-valuetext={text}
        aria-disabled={move === undefined}
        style={{ left: `${at(place)}px`, top: `${area.top}px`, height: `${area.height}px` }}
        onKeyDown={(event) => byKey(event, place, moveTo)}
        onPointerDown={(event) => byPointer(event, area, bins, moveTo)}
      >
        <span class="grip">{text}</span>
      </div>
    </>
  );
}

function byKey(event: TargetedKeyboardEvent<HTMLElement>, place: number, moveTo: (bin: number) => void): void {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -10,
    PageUp: 10,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  // From between two edges it goes to the next one.
  moveTo(step > 0 ? Math.floor(place + 1e-6) + step : Math.ceil(place - 1e-6) + step);
}

function byPointer(
  event: TargetedPointerEvent<HTMLElement>,
  area: Area,
  bins: number,
  moveTo: (bin: number) => void,
): void {
  const line = event.currentTarget;
  const frame = line.parentElement!.getBoundingClientRect();
  line.focus();
  follow(event, (now) => moveTo(Math.round(((now.clientX - frame.left - area.left) / area.width) * bins)));
}

function optionsOf(
  width: number,
  bins: number,
  ticks: readonly (readonly [number, string])[],
  { text, line, fills }: ReturnType<typeof useScheme>,
): uPlot.Options {
  const bars = uPlot.paths.bars!({ size: [1, Infinity], align: 1, gap: 0 });
  const names = new Map(ticks);
  const font = '12px system-ui, sans-serif';
  const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
  const group = (label: string, fill: string): uPlot.Series => ({
    label,
    fill,
    width: 0,
    paths: bars,
    points: { show: false },
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [26, 14, 0, 0],
    scales: {
      x: { time: false, range: [0, bins] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most) * 1.06] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        splits: () => [...names.keys()],
        values: (_plot, splits) => splits.map((bin) => names.get(bin) ?? ''),
      },
      { ...axis, size: 54 },
    ],
    series: [
      {},
      group('refused by other rules', fills.other),
      group('refused by a threshold', fills.doubt),
      group('accepted', fills.good),
    ],
  };
}
