// Owns how the report's charts look: series of numbers in, Vega-Lite out. It must not compute what it shows.
import type { TopLevelSpec } from 'vega-lite';

/** A point of a curve. Points that are not finite are left out. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of the 95 % interval, drawn as a band. */
  readonly lo?: number | undefined;
  readonly hi?: number | undefined;
}

/** A curve. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** An axis: what it shows and in which unit. */
export interface Axis {
  readonly title: string;
  readonly scale?: 'linear' | 'log';
  /** Default: from 0 as far as the data go. */
  readonly domain?: readonly [lo: number, hi: number];
  /** Show numbers as percentages. Default: as they are. */
  readonly percent?: boolean;
  /** Where numbers stand. */
  readonly values?: readonly number[];
}

/** An upright line. */
export interface Mark {
  readonly x: number;
  readonly label: string;
  readonly before?: boolean;
}

/** One frame of a chart. */
export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  /** Upright lines at x, each with a word above it: to its right or, `before`, to its left. */
  readonly marks?: readonly Mark[];
}

/** Curves over a common pair of axes, in one panel or several side by side. */
export interface CurveChart {
  readonly x: Axis;
  readonly y: Axis;
  readonly panels: readonly Panel[];
  /** Of all series of all panels, in the legend's order. */
  readonly names: readonly string[];
  /**
   * `line` with its points shown, `curve` without, `steps` filled (a histogram: each y holds from its x to the next).
   */
  readonly form: 'line' | 'curve' | 'steps';
  /** Panels beside each other, at most (three panels are always one row). Default: 2. */
  readonly columns?: number;
}

/** Tells categories apart without hue alone (Okabe and Ito 2008), darkest first; dashes differ as well. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#8c8c8c', '#a6761d', '#7570b3'];
const DASHES = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 2],
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
];

/** Pixels across a whole chart, on the page and, doubled, in the PNG. */
const WIDTH = 860;

/** Draws a chart of curves. */
export function curves({ x, y, panels, names, form, columns = 2 }: CurveChart): TopLevelSpec {
  // Rows are filled where they can be.
  const across = panels.length === 3 ? 3 : Math.min(columns, panels.length);
  const size = {
    width: Math.round((WIDTH - 70 * across) / across),
    height: across === 1 ? 340 : across === 2 ? 250 : 200,
  };
  const xy = {
    x: { field: 'x', type: 'quantitative', ...channel(x) },
    y: { field: 'y', type: 'quantitative', ...channel(y) },
  };
  const look = {
    color: {
      field: 'series',
      type: 'nominal',
      scale: { domain: names, range: names.map((_, i) => COLOURS[i % COLOURS.length]) },
      legend: legend(names),
    },
    strokeDash: {
      field: 'series',
      type: 'nominal',
      scale: { domain: names, range: names.map((_, i) => DASHES[i % DASHES.length]) },
      legend: legend(names),
    },
  };
  const parts = panels.map((panel) => ({
    ...(panel.title && { title: { text: panel.title, offset: panel.marks ? 20 : 10 } }),
    ...size,
    layer: [...bands(panel, xy, look.color), ...mainLayers(panel, form, xy, look), ...uprights(panel)],
  }));
  return {
    ...(parts.length === 1 ? parts[0] : { concat: parts, columns: across, spacing: { row: 28, column: 24 } }),
    padding: 8,
    resolve: { scale: { color: 'shared', strokeDash: 'shared', ...(form === 'steps' && { y: 'shared' }) } },
  } as unknown as TopLevelSpec;
}

/** Below the data and never over it. */
function legend(names: readonly string[]): object {
  const longest = Math.max(...names.map((name) => name.length));
  return {
    orient: 'bottom',
    title: null,
    columns: Math.max(1, Math.floor(WIDTH / (longest * 7 + 50))),
    symbolType: 'stroke',
    symbolOpacity: 1,
    offset: 14,
  };
}

function channel({ title, scale = 'linear', domain, percent = false, values }: Axis): object {
  return {
    title,
    scale: {
      type: scale,
      ...(domain && { domain, clamp: true, nice: false }),
      ...(domain === undefined && scale === 'linear' && { zero: true }),
    },
    axis: {
      ...(percent ? { labelExpr: "format(100 * datum.value, '~r') + ' %'" } : { format: '~r' }),
      ...(values ? { values, labelOverlap: false, labelFlush: false } : { tickCount: 6 }),
    },
  };
}

function rowsOf({ series }: Panel): object[] {
  return series.flatMap(({ name, points }) =>
    points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)).map((point) => ({ series: name, ...point })),
  );
}

function mainLayers(
  panel: Panel,
  form: CurveChart['form'],
  xy: { x: object; y: object },
  look: { color: object },
): object[] {
  const data = { values: rowsOf(panel) };
  const line = { type: 'line', strokeWidth: 2.2, clip: true };
  if (form === 'curve') return [{ data, mark: line, encoding: { ...xy, ...look } }];
  if (form === 'line')
    return [{ data, mark: { ...line, point: { size: 36, filled: true } }, encoding: { ...xy, ...look } }];
  const interpolate = 'step-after';
  const area = {
    data,
    mark: { type: 'area', interpolate, opacity: 0.25, clip: true },
    encoding: { x: xy.x, y: { ...xy.y, stack: null }, color: look.color },
  };
  return [area, { data, mark: { ...line, interpolate, strokeWidth: 1.8 }, encoding: { ...xy, ...look } }];
}

function bands(panel: Panel, xy: { x: object; y: object }, color: object): object[] {
  const values = rowsOf(panel).filter((row) => 'lo' in row && row.lo !== undefined);
  if (values.length === 0) return [];
  const y = { ...xy.y, field: 'lo' };
  return [
    {
      data: { values },
      mark: { type: 'area', opacity: 0.13, clip: true },
      encoding: { x: xy.x, y, y2: { field: 'hi' }, color },
    },
  ];
}

function uprights({ marks = [] }: Panel): object[] {
  const x = { field: 'x', type: 'quantitative' };
  return marks.flatMap((mark) => [
    {
      data: { values: [mark] },
      mark: { type: 'rule', strokeDash: [3, 3], strokeWidth: 1.2, color: '#8c8c8c' },
      encoding: { x },
    },
    {
      data: { values: [mark] },
      mark: {
        type: 'text',
        align: mark.before ? 'right' : 'left',
        dx: mark.before ? -2 : 2,
        dy: -7,
        fontSize: 11,
        color: '#7a7a7a',
      },
      encoding: { x, y: { value: 0 }, text: { field: 'label' } },
    },
  ]);
}
