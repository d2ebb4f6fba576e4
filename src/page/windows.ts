// Owns the windows that are being drawn: moving, resizing, rows, snapping, names, and what of it goes into the pipeline.
// Pure; it draws nothing.
import type { PageConfig } from '../sinks/page/protocol.js';
import type { Box } from '../types.js';

/** A window, in source pixels. */
export interface Window {
  readonly id: string;
  readonly box: Box;
}

/** A number that is made of windows. */
export type DraftReading = PageConfig['readings'][number];

/** What is drawn, and not applied yet. */
export interface Draft {
  readonly windows: readonly Window[];
  readonly readings: readonly DraftReading[];
}

/** Width and height of the picture. */
export type Size = readonly [width: number, height: number];

/** Sides of a window at least. */
export const LEAST = 4;

/** Which sides of a window are pulled: -1 the left or upper one, 1 the right or lower one, 0 neither. */
export type Pull = readonly [across: -1 | 0 | 1, down: -1 | 0 | 1];

/** A window moved by whole pixels, within the picture. */
export function moved([x, y, w, h]: Box, dx: number, dy: number, [width, height]: Size): Box {
  return [clamp(Math.round(x + dx), 0, width - w), clamp(Math.round(y + dy), 0, height - h), w, h];
}

/** A window with some of its sides pulled by whole pixels, within the picture and no smaller than `LEAST`. */
export function pulled([x, y, w, h]: Box, [across, down]: Pull, dx: number, dy: number, [width, height]: Size): Box {
  const [left, right] = side(x, x + w, across, Math.round(dx), width);
  const [top, bottom] = side(y, y + h, down, Math.round(dy), height);
  return [left, top, right - left, bottom - top];
}

function side(from: number, to: number, which: number, by: number, most: number): [number, number] {
  if (which < 0) return [clamp(from + by, 0, to - LEAST), to];
  return which > 0 ? [from, clamp(to + by, from + LEAST, most)] : [from, to];
}

/** The window between two points, within the picture; undefined where it would be too small to be meant. */
export function between(
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  [width, height]: Size,
): Box | undefined {
  const [left, right] = [clamp(Math.min(ax, bx), 0, width), clamp(Math.max(ax, bx), 0, width)].map(Math.round);
  const [top, bottom] = [clamp(Math.min(ay, by), 0, height), clamp(Math.max(ay, by), 0, height)].map(Math.round);
  const box: Box = [left!, top!, right! - left!, bottom! - top!];
  return box[2] < LEAST || box[3] < LEAST ? undefined : box;
}

/** A rectangle as a row of equal windows that meet, as many as asked: their widths differ by a pixel at most. */
export function row([x, y, w, h]: Box, cells: number): Box[] {
  const edges = Array.from({ length: cells + 1 }, (_, k) => x + Math.round((k * w) / cells));
  return Array.from({ length: cells }, (_, k) => [edges[k]!, y, edges[k + 1]! - edges[k]!, h]);
}

/** A moved window, its edges drawn to those of others where they are near. `reach`: source pixels. */
export function snapped(box: Box, others: readonly Box[], reach: number, size: Size): Box {
  const [x, y, w, h] = box;
  const across = others.flatMap(([left, , width]) => [left, left + width]);
  const down = others.flatMap(([, top, , height]) => [top, top + height]);
  return moved(box, nearest([x, x + w], across, reach), nearest([y, y + h], down, reach), size);
}

/** How far the nearest of some edges is from one of these; 0 where none is near. */
function nearest(own: readonly number[], edges: readonly number[], reach: number): number {
  let best = 0;
  let least = reach + 1;
  for (const edge of edges)
    for (const mine of own) {
      const away = edge - mine;
      if (Math.abs(away) < least) [best, least] = [away, Math.abs(away)];
    }
  return best;
}

/** A pulled window whose pulled sides are drawn to edges of others. */
export function snappedPull(box: Box, pull: Pull, others: readonly Box[], reach: number, size: Size): Box {
  const [x, y, w, h] = box;
  const across = others.flatMap(([left, , width]) => [left, left + width]);
  const down = others.flatMap(([, top, , height]) => [top, top + height]);
  const dx = pull[0] === 0 ? 0 : nearest([pull[0] < 0 ? x : x + w], across, reach);
  const dy = pull[1] === 0 ? 0 : nearest([pull[1] < 0 ? y : y + h], down, reach);
  return pulled(box, pull, dx, dy, size);
}

/** Names that no window has yet: `w1`, `w2`, ... */
export function freeIds(windows: readonly Window[], count: number): string[] {
  const taken = new Set(windows.map(({ id }) => id));
  const free: string[] = [];
  for (let k = 1; free.length < count; k++) if (!taken.has(`w${k}`)) free.push(`w${k}`);
  return free;
}

/** The draft with one window changed. */
export function withBox(draft: Draft, id: string, box: Box): Draft {
  return { ...draft, windows: draft.windows.map((one) => (one.id === id ? { id, box } : one)) };
}

/** The draft with more windows. */
export function withBoxes(draft: Draft, boxes: readonly Box[]): Draft {
  const ids = freeIds(draft.windows, boxes.length);
  return { ...draft, windows: [...draft.windows, ...boxes.map((box, k) => ({ id: ids[k]!, box }))] };
}

/** The draft without a window; readings that were of it lose it. */
export function without(draft: Draft, id: string): Draft {
  return {
    windows: draft.windows.filter((one) => one.id !== id),
    readings: draft.readings.flatMap((reading) => {
      if (reading.windows === 'auto') return [reading];
      const windows = reading.windows.filter((name) => name !== id);
      return windows.length === 0
        ? []
        : [{ ...reading, windows, decimals: Math.min(reading.decimals, windows.length - 1) }];
    }),
  };
}

/** The draft with a window called otherwise; unchanged where the name is taken or is none. */
export function renamed(draft: Draft, id: string, name: string): Draft {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || draft.windows.some((one) => one.id === name)) return draft;
  return {
    windows: draft.windows.map((one) => (one.id === id ? { ...one, id: name } : one)),
    readings: draft.readings.map((reading) =>
      reading.windows === 'auto'
        ? reading
        : { ...reading, windows: reading.windows.map((own) => (own === id ? name : own)) },
    ),
  };
}

/** The draft with a reading of these windows, from left to right; it takes the place of one of that name. */
export function grouped(draft: Draft, id: string, ids: readonly string[], decimals: number): Draft {
  const windows = draft.windows
    .filter((one) => ids.includes(one.id))
    .sort((a, b) => a.box[0] - b.box[0])
    .map((one) => one.id);
  if (windows.length === 0) return draft;
  const reading = { id, windows, decimals: Math.max(0, Math.min(decimals, windows.length - 1)) };
  return { ...draft, readings: [...draft.readings.filter((one) => one.id !== id && one.windows !== 'auto'), reading] };
}

/** What a configuration has of windows, in pixels of a picture. */
export function draftOf({ regions, readings }: PageConfig, [width, height]: Size): Draft {
  if (regions.mode === 'auto') return { windows: [], readings };
  if (regions.units === 'pixels') return { windows: regions.list, readings };
  return {
    windows: regions.list.map(({ id, box: [x, y, w, h] }) => {
      const left = Math.min(width - 1, Math.round(x * width));
      const top = Math.min(height - 1, Math.round(y * height));
      const right = Math.max(left + 1, Math.round((x + w) * width));
      const bottom = Math.max(top + 1, Math.round((y + h) * height));
      return { id, box: [left, top, right - left, bottom - top] };
    }),
    readings,
  };
}

/** What a change of the pipeline has to say for a draft: fixed windows, or none, which are found then. */
export function changeOf({ windows, readings }: Draft, { regions }: PageConfig, size: Size): Record<string, unknown> {
  const fit = readingsKept({ windows, readings });
  const numbers =
    fit.length === 0 ? null : fit.map(({ id, windows: own, decimals }) => ({ id, windows: own, decimals }));
  if (windows.length === 0)
    return { regions: { mode: 'auto', units: null, list: null, levels: null }, readings: numbers };
  const units = regions.mode === 'fixed' ? regions.units : 'relative';
  const list = windows.map(({ id, box }) => ({ id, box: units === 'pixels' ? [...box] : sharesOf(box, size) }));
  const auto = { minHeight: null, maxHeight: null, minContrast: null, maxSeconds: null };
  return { regions: { mode: 'fixed', units, list, ...auto }, readings: numbers };
}

/** Whether every line of digits is a reading. */
export function readsLines({ readings }: Draft): boolean {
  return readings.some(({ windows }) => windows === 'auto');
}

/** The draft with every line of digits a reading, as `readings: auto` of a pipeline; for one without windows. */
export function withLines(draft: Draft): Draft {
  return readsLines(draft)
    ? draft
    : { ...draft, readings: [...draft.readings, { id: 'line', windows: 'auto', decimals: 0 }] };
}

/** The readings that there are once a draft is applied: lines are found without windows, and only then. */
export function readingsKept({ windows, readings }: Draft): readonly DraftReading[] {
  return readings.filter((reading) => (reading.windows === 'auto') === (windows.length === 0));
}

/** As shares of the sides of a picture, so exact that they give the same pixels again. */
function sharesOf([x, y, w, h]: Box, [width, height]: Size): number[] {
  const [left, top] = [share(x / width), share(y / height)];
  return [left, top, share((x + w) / width - left), share((y + h) / height - top)];
}

function share(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(Math.max(least, most), value));
}

/** Whether two drafts say the same. */
export function sameDraft(a: Draft, b: Draft): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
