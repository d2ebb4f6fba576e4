// Owns the tracing of straight thin lines, nearly upright or nearly level, through a plane of ink: the kernels follow
// them, here they get their names. It knows no pages.

import type { Kernels } from '../../kernels/kernels.js';
import {
  LINE,
  LINE_ALONG,
  LINE_BEHIND,
  LINE_COUNT,
  LINE_DOWN,
  LINE_END,
  LINE_FROM,
  LINE_FURTHER,
  LINE_MASS,
  LINE_MIDDLE,
  LINE_RUN,
  LINE_RUN_MASS,
  LINE_START,
  LINE_TO,
  LINE_WIDTH,
} from '../../kernels/layout.js';

/** Ink of a thing by itself. Addresses are in the kernels' memory. */
export interface Plane {
  /** Address of `[height, stride]`, row-major: MASK_INK or 0, which is ground; 0 beyond the width. */
  readonly ink: number;
  /** Bytes of a row. */
  readonly stride: number;
  /** Where the plane's first column and row lie: lines are told in the same pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Address of how strong the ink is, `[height, strengthStride]`, row-major. */
  readonly strength: number;
  readonly strengthStride: number;
}

/** One step of a line: at `along` it covers `from` to `to` (exclusive) across its direction. */
export interface Run {
  readonly along: number;
  readonly from: number;
  readonly to: number;
  /** Sum of the ink's strength over it: the same for a line wherever it lies between pixels. */
  readonly mass: number;
}

/** A line that was traced. */
export interface Line {
  /** Whether it runs from top to bottom. */
  readonly down: boolean;
  /** Its mean place across its direction: a row, or of a line that runs down a column. */
  readonly middle: number;
  /** Its ends along its direction, the second one exclusive. */
  readonly start: number;
  readonly end: number;
  /** Medians of its runs: their width in pixels and their mass. */
  readonly width: number;
  readonly mass: number;
  /** Where it can be seen alone: address of records of LINE_RUN bytes, which hold until other lines are traced. */
  readonly runs: number;
  /** How many. */
  readonly count: number;
  /** The thin runs right behind its ends: it is a part of a stroke that goes on elsewhere. */
  readonly further: readonly Run[];
}

/** Finds the lines of planes. */
export interface LineTracer {
  /** Makes room for planes of up to so many pixels. */
  open(width: number, height: number): void;
  /** The lines of a plane that are at least so long, pixels, across and down; first those across. */
  trace(plane: Plane, least: { readonly across: number; readonly down: number }): Line[];
}

/** Bytes that the lines of a plane may take: so many of them, with so many runs between them. */
const ROOM = LINE * 4096 + LINE_RUN * (1 << 18);

/** A tracer that keeps its buffers. */
export function createLineTracer(kernels: Kernels): LineTracer {
  const [work, lines] = [kernels.piece(), kernels.piece()];
  lines.reserve(ROOM);
  const look = kernels.viewed((buffer) => new DataView(buffer, lines.address, ROOM));
  return {
    open: (width, height) => work.reserve(kernels.run.traceRoom(width, height)),
    trace({ ink, stride, left, top, width, height, strength, strengthStride }, { across, down }) {
      const count = kernels.run.traceLines(
        ink,
        stride,
        left,
        top,
        width,
        height,
        strength,
        strengthStride,
        across,
        down,
        work.address,
        lines.address,
        ROOM,
      );
      const found: Line[] = [];
      for (let at = 0, view = look(); found.length < count;) {
        const line = lineAt(view, at, lines.address);
        found.push(line);
        at += LINE + LINE_RUN * line.count;
      }
      return found;
    },
  };
}

function lineAt(view: DataView, at: number, base: number): Line {
  const further = Array.from({ length: view.getInt32(at + LINE_FURTHER, true) }, (_, k) =>
    runAt(view, at + LINE_BEHIND + k * LINE_RUN),
  );
  return {
    down: view.getInt32(at + LINE_DOWN, true) === 1,
    middle: view.getFloat64(at + LINE_MIDDLE, true),
    start: view.getInt32(at + LINE_START, true),
    end: view.getInt32(at + LINE_END, true),
    width: view.getInt32(at + LINE_WIDTH, true),
    mass: view.getInt32(at + LINE_MASS, true),
    runs: base + at + LINE,
    count: view.getInt32(at + LINE_COUNT, true),
    further,
  };
}

function runAt(view: DataView, at: number): Run {
  return {
    along: view.getUint16(at + LINE_ALONG, true),
    from: view.getUint16(at + LINE_FROM, true),
    to: view.getUint16(at + LINE_TO, true),
    mass: view.getUint16(at + LINE_RUN_MASS, true),
  };
}
