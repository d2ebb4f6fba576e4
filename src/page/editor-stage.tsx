// Owns the picture that windows are drawn on: pointers and keys become windows. What a window is, it must not know.
import type { JSX, TargetedPointerEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ProbedWindow } from '../sinks/page/protocol.js';
import type { Box } from '../types.js';
import type { Connection, Shown } from './connection.js';
import type { DraftState } from './editor-draft.js';
import { decoded, drawShown } from './overlay.js';
import { follow } from './pointer.js';
import { between, moved, pulled, row, snapped, snappedPull, withBoxes, type Pull, type Size } from './windows.js';
import { ratioText, toneOf } from './words.js';
import { WHOLE } from './zoom.js';

/** How is drawn. */
export interface Tool {
  /** Windows that a drawn rectangle is cut into. */
  readonly cells: number;
  readonly snap: boolean;
  readonly hideOthers: boolean;
  readonly zoom: number;
}

/** Pixels of the screen within which edges snap. */
const REACH = 7;

const CORNERS: readonly Pull[] = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
];

/** The picture with its windows. */
export function EditorStage({
  connection,
  size,
  state,
  tool,
  chosen,
  choose,
  probed,
  act,
}: {
  readonly connection: Connection;
  readonly size: Size;
  readonly state: DraftState;
  readonly tool: Tool;
  readonly chosen: string | undefined;
  readonly choose: (id: string | undefined) => void;
  readonly probed: ReadonlyMap<string, ProbedWindow>;
  readonly act: (event: KeyboardEvent, id: string) => void;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [drawn, setDrawn] = useState<Box | undefined>(undefined);
  usePlainPictures(connection, canvas, tool.zoom);
  const { draft } = state;
  const scale = (): number => (svg.current?.getBoundingClientRect().width ?? size[0]) / size[0];
  const pointOf = (event: { readonly clientX: number; readonly clientY: number }): readonly [number, number] => {
    const area = svg.current!.getBoundingClientRect();
    return [((event.clientX - area.left) / area.width) * size[0], ((event.clientY - area.top) / area.height) * size[1]];
  };
  const others = (id: string): Box[] => draft.windows.filter((one) => one.id !== id).map(({ box }) => box);

  function beginDrawing(event: TargetedPointerEvent<SVGSVGElement>): void {
    if (event.button !== 0) return;
    const from = pointOf(event);
    choose(undefined);
    follow(
      event,
      (now) => setDrawn(between(from, pointOf(now), size)),
      (now) => {
        const box = between(from, pointOf(now), size);
        setDrawn(undefined);
        if (!box) return;
        const next = withBoxes(draft, tool.cells > 1 ? row(box, tool.cells) : [box]);
        state.change(next);
        choose(next.windows.at(-tool.cells)?.id);
      },
    );
  }

  function beginMoving(event: TargetedPointerEvent<SVGElement>, id: string, box: Box): void {
    event.stopPropagation();
    if (event.button !== 0) return;
    choose(id);
    const [x, y] = pointOf(event);
    follow(
      event,
      (now) => {
        const [toX, toY] = pointOf(now);
        const free = moved(box, toX - x, toY - y, size);
        state.move(id, tool.snap && !now.altKey ? snapped(free, others(id), REACH / scale(), size) : free);
      },
      () => state.rest(),
    );
  }

  function beginPulling(event: TargetedPointerEvent<SVGElement>, id: string, box: Box, pull: Pull): void {
    event.stopPropagation();
    const [x, y] = pointOf(event);
    follow(
      event,
      (now) => {
        const [toX, toY] = pointOf(now);
        const free = pulled(box, pull, toX - x, toY - y, size);
        state.move(id, tool.snap && !now.altKey ? snappedPull(free, pull, others(id), REACH / scale(), size) : free);
      },
      () => state.rest(),
    );
  }

  const unit = size[0] / 960;
  return (
    <div class="editing" tabIndex={-1}>
      <div
        class="stage"
        style={{ aspectRatio: `${size[0]} / ${size[1]}`, width: `${100 * tool.zoom}%`, maxHeight: 'none' }}
      >
        <canvas ref={canvas} role="img" aria-label="The picture that windows are drawn on" />
        <svg ref={svg} viewBox={`0 0 ${size[0]} ${size[1]}`} class="drawing" onPointerDown={beginDrawing}>
          {draft.windows
            .filter(({ id }) => !tool.hideOthers || chosen === undefined || id === chosen)
            .map(({ id, box }) => (
              <WindowShape
                key={id}
                id={id}
                box={box}
                unit={unit / tool.zoom}
                chosen={id === chosen}
                seen={probed.get(id)}
                onPointerDown={(event) => beginMoving(event, id, box)}
                onKeyDown={(event) => act(event, id)}
                onFocus={() => choose(id)}
                onPull={(event, pull) => beginPulling(event, id, box, pull)}
              />
            ))}
          {drawn &&
            row(drawn, tool.cells).map(([x, y, w, h]) => (
              <rect key={x} class="new-window" x={x} y={y} width={w} height={h} />
            ))}
        </svg>
      </div>
    </div>
  );
}

function WindowShape({
  id,
  box: [x, y, w, h],
  unit,
  chosen,
  seen,
  onPointerDown,
  onKeyDown,
  onFocus,
  onPull,
}: {
  readonly id: string;
  readonly box: Box;
  readonly unit: number;
  readonly chosen: boolean;
  readonly seen: ProbedWindow | undefined;
  readonly onPointerDown: (event: TargetedPointerEvent<SVGElement>) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: () => void;
  readonly onPull: (event: TargetedPointerEvent<SVGElement>, pull: Pull) => void;
}): JSX.Element {
  const outcome = seen?.rejected ?? 'accepted';
  const tone = seen ? toneOf(outcome) : 'empty';
  const says = !seen ? '' : outcome === 'blank' ? 'blank' : `${seen.digit} ${seen.rejected ?? ratioText(seen.ratio)}`;
  const high = 15 * unit;
  return (
    <g class={chosen ? `window-shape chosen ${tone}` : `window-shape ${tone}`} data-window={id}>
      <rect
        x={x}
        y={y}
        width={w}
        height={h}
        tabIndex={0}
        role="button"
        aria-pressed={chosen}
        aria-label={`Window ${id}, ${w} by ${h} pixels at ${x}, ${y}${says === '' ? '' : `: ${says}`}`}
        onPointerDown={onPointerDown}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
      />
      <text class="window-name" x={x + 2 * unit} y={y - 5 * unit} font-size={high * 0.85} aria-hidden="true">
        {id}
      </text>
      <text class="window-says" x={x + 2 * unit} y={y + h + high} font-size={high} aria-hidden="true">
        {says}
      </text>
      {chosen &&
        CORNERS.map((pull) => (
          <circle
            key={pull.join()}
            class={`corner pull${pull[0]}${pull[1]}`}
            data-pull={pull.join()}
            cx={x + ((pull[0] + 1) / 2) * w}
            cy={y + ((pull[1] + 1) / 2) * h}
            r={6 * unit}
            onPointerDown={(event) => onPull(event, pull)}
          />
        ))}
    </g>
  );
}

/** Draws each picture as it comes, without what is read in it. */
function usePlainPictures(
  connection: Connection,
  canvas: { readonly current: HTMLCanvasElement | null },
  zoom: number,
): void {
  useEffect(() => {
    let busy = false;
    const show = async (shown: Shown): Promise<void> => {
      if (busy) return;
      busy = true;
      try {
        const image = await decoded(shown);
        const marks = { boxes: false, lines: false, refused: false };
        if (canvas.current) drawShown(canvas.current, image, { ...shown.header, numbers: [] }, WHOLE, marks);
        image.close();
      } catch {
        // The next picture comes soon.
      } finally {
        busy = false;
      }
    };
    const last = connection.pictures.at(-1);
    if (last) void show(last);
    return connection.watchPictures((shown) => void show(shown));
  }, [connection, zoom]);
}
