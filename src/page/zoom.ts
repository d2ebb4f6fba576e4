// Owns which part of a picture is shown, enlarged: around its middle, moved, or as two fingers part. Pure.

/** Which part of the picture is seen: source pixels at the left and at the top, and how much it is enlarged. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** All of the picture. */
export const WHOLE: View = { x: 0, y: 0, zoom: 1 };

/** Enlargement at most. */
const LARGEST = 12;

/** Width and height of the picture. */
type Size = readonly [width: number, height: number];

/** Where two fingers are, as shares of the sides of what is shown. */
export type Fingers = readonly [one: readonly [number, number], other: readonly [number, number]];

/** Enlarged around its middle, and within the picture. */
export function zoomed(view: View, by: number, [width, height]: Size): View {
  const zoom = Math.max(1, Math.min(LARGEST, view.zoom * by));
  if (zoom < 1.05) return WHOLE;
  const middle = [view.x + width / (2 * view.zoom), view.y + height / (2 * view.zoom)] as const;
  return within({ x: middle[0] - width / (2 * zoom), y: middle[1] - height / (2 * zoom), zoom }, width, height);
}

/** Moved by shares of what is shown, within the picture. */
export function moved(view: View, x: number, y: number, [width, height]: Size): View {
  if (view.zoom === 1) return view;
  const next = { ...view, x: view.x + (x * width) / view.zoom, y: view.y + (y * height) / view.zoom };
  return within(next, width, height);
}

function within({ x, y, zoom }: View, width: number, height: number): View {
  return {
    x: Math.max(0, Math.min(width - width / zoom, x)),
    y: Math.max(0, Math.min(height - height / zoom, y)),
    zoom,
  };
}

/**
 * Enlarged as two fingers part, and moved with them: what was between them stays there.
 * @param from Where they were when `view` was shown.
 */
export function pinched(view: View, from: Fingers, to: Fingers, [width, height]: Size): View {
  const apart = distance(from, width, height);
  if (apart === 0) return view;
  const zoom = Math.max(1, Math.min(LARGEST, (view.zoom * distance(to, width, height)) / apart));
  if (zoom < 1.05 && zoom <= view.zoom) return WHOLE;
  const [fromX, fromY] = middle(from);
  const [toX, toY] = middle(to);
  const x = view.x + (fromX * width) / view.zoom - (toX * width) / zoom;
  const y = view.y + (fromY * height) / view.zoom - (toY * height) / zoom;
  return within({ x, y, zoom }, width, height);
}

function distance([[ax, ay], [bx, by]]: Fingers, width: number, height: number): number {
  return Math.hypot((ax - bx) * width, (ay - by) * height);
}

function middle([[ax, ay], [bx, by]]: Fingers): readonly [number, number] {
  return [(ax + bx) / 2, (ay + by) / 2];
}
