import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.js';
import { createKernels } from '../../../src/kernels/kernels.js';
import { LINE_RUN, MASK_INK as PAINTED } from '../../../src/kernels/layout.js';
import { createLineTracer, type Line as TracedLine, type Plane, type Run } from '../../../src/regions/find/trace.js';
import { put } from './plain.js';

/** A line with its runs as they are told, in place of where they lie. */
interface Line extends Omit<TracedLine, 'runs' | 'count'> {
  readonly runs: readonly Run[];
}

const kernels = createKernels();
const tracer = createLineTracer(kernels);

function traceLines(canvas: Canvas, least: { readonly across: number; readonly down: number }): Line[] {
  tracer.open(canvas.width, canvas.height);
  const plane = { ...canvas, ink: put(kernels, canvas.ink), strength: put(kernels, canvas.strength) };
  return tracer.trace(plane, least).map(({ runs, count, ...line }) => ({ ...line, runs: readRuns(runs, count) }));
}

function readRuns(address: number, count: number): Run[] {
  const numbers = new Uint16Array(kernels.bytes.buffer, address, (count * LINE_RUN) / 2);
  return Array.from({ length: count }, (_, k) => {
    const [along, from, to, mass] = numbers.subarray(4 * k, 4 * k + 4) as unknown as [number, number, number, number];
    return { along, from, to, mass };
  });
}

/** Strength of what is drawn. */
const INK = 100;

/** A plane that lies at (40, 30) of its map, which is wider than it. */
interface Canvas extends Omit<Plane, 'ink' | 'strength'> {
  readonly ink: Uint8Array;
  readonly strength: Uint8Array;
}

function canvas(width: number, height: number): Canvas {
  const [stride, strengthStride] = [width + 2, width + 50];
  return {
    ink: new Uint8Array(stride * height),
    stride,
    left: 40,
    top: 30,
    width,
    height,
    strength: new Uint8Array(strengthStride * height),
    strengthStride,
  };
}

/** Draws one pixel, in the plane's own coordinates. */
function dot(to: Canvas, x: number, y: number, value = INK): void {
  if (x < 0 || y < 0 || x >= to.width || y >= to.height) return;
  to.ink[y * to.stride + x] = value > 0 ? PAINTED : 0;
  to.strength[y * to.strengthStride + x] = value;
}

/** A straight stroke: its upper or left edge at its first step, and how that moves with each step. */
interface Stroke {
  readonly down?: boolean;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly slope?: number;
  readonly width: number;
  readonly value?: number;
  /** Steps that are not drawn. */
  readonly gaps?: readonly (readonly [from: number, to: number])[];
}

/** Where a stroke begins across its direction at a step. */
const edgeOf = ({ from, at, slope = 0 }: Stroke, step: number): number => Math.round(at + slope * (step - from));

function draw(to: Canvas, stroke: Stroke): void {
  const { down = false, from, to: end, width, value, gaps = [] } = stroke;
  for (let step = from; step < end; step++) {
    if (gaps.some(([a, b]) => step >= a && step < b)) continue;
    const edge = edgeOf(stroke, step);
    for (let k = edge; k < edge + width; k++) {
      if (down) dot(to, k, step, value);
      else dot(to, step, k, value);
    }
  }
}

function drawn(width: number, height: number, strokes: readonly Stroke[]): Canvas {
  const to = canvas(width, height);
  for (const stroke of strokes) draw(to, stroke);
  return to;
}

/** The runs that a stroke was drawn with, as the map has them. */
function runsOf(stroke: Stroke, hidden: (step: number) => boolean = () => false): object[] {
  const { down = false, from, to, width, value = INK, gaps = [] } = stroke;
  const [first, origin] = down ? [30, 40] : [40, 30];
  return Array.from({ length: to - from }, (_, k) => from + k)
    .filter((step) => !hidden(step) && !gaps.some(([a, b]) => step >= a && step < b))
    .map((step) => {
      const edge = origin + edgeOf(stroke, step);
      return { along: first + step, from: edge, to: edge + width, mass: width * value };
    });
}

const both = (least: number) => ({ across: least, down: least });
const LONG = both(60);

/** A stroke turned by 90 degrees: what is across is down. */
const turned = (stroke: Stroke): Stroke => ({ ...stroke, down: stroke.down !== true });

describe('a straight thin line', () => {
  const strokes = [0, 0.03, -0.03, 0.1, -0.1, 0.19, -0.19].flatMap((slope) =>
    [1, 2, 3, 5, 7].map((width): Stroke => ({ from: 5, to: 125, at: 30, slope, width })),
  );

  it.each(strokes)('is found as it was drawn: slope $slope, $width wide', (stroke) => {
    for (const one of [stroke, turned(stroke)]) {
      const lines = traceLines(drawn(130, 130, [one]), LONG);
      expect(lines).toHaveLength(1);
      const [{ runs, middle, further, ...line }] = lines as [Line];
      const [first, across] = one.down ? [30, 40] : [40, 30];
      expect(line).toEqual({
        down: one.down === true,
        start: first + 5,
        end: first + 125,
        width: one.width,
        mass: one.width * INK,
      });
      expect(runs).toEqual(runsOf(one));
      expect(further).toEqual([]);
      const mean = across + 30 + (one.slope! * 119) / 2 + one.width / 2;
      expect(Math.abs(middle - mean)).toBeLessThan(0.51);
    }
  });

  it('is found where its edge is ragged, each step by itself', () => {
    const random = createRandom(3);
    for (let k = 0; k < 20; k++) {
      const [to, at] = [canvas(200, 60), 25 + random.int(10)];
      const from = Array.from({ length: 200 }, () => at - (random.next() < 0.2 ? 1 : 0));
      from.forEach((top, x) => {
        for (let y = top; y < at + 2; y++) dot(to, x, y);
      });
      const lines = traceLines(to, LONG);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ down: false, start: 40, end: 240, width: 2, mass: 200 });
      expect(lines[0]!.runs).toEqual(
        from.map((top, x) => ({ along: 40 + x, from: 30 + top, to: 32 + at, mass: (at + 2 - top) * INK })),
      );
    }
  });

  it('goes on behind what crosses it and stops in no small gap, and its runs are what is seen of it alone', () => {
    const line: Stroke = { from: 0, to: 180, at: 40, slope: 0.05, width: 2, gaps: [[60, 64]] };
    const crossing: Stroke = { down: true, from: 10, to: 80, at: 100, width: 4 };
    const blot: Stroke = { from: 130, to: 150, at: 30, width: 20 };
    const hidden = (x: number) => (x >= 100 && x < 104) || (x >= 130 && x < 150);
    for (const turn of [(one: Stroke) => one, turned]) {
      const lines = traceLines(drawn(190, 190, [line, crossing, blot].map(turn)), LONG);
      const along = lines.find(({ down }) => down === (turn(line).down === true));
      expect(along?.runs).toEqual(runsOf(turn(line), hidden));
      // The other one is a line as well, without what crosses it.
      expect(lines.find((one) => one !== along)?.runs).toEqual(runsOf(turn(crossing), (y) => y === 45 || y === 46));
    }
  });

  it('keeps to itself a stroke that runs along it, which is wider or stronger', () => {
    const line: Stroke = { from: 0, to: 150, at: 40, width: 3 };
    const wider: Stroke = { from: 50, to: 80, at: 39, width: 5 };
    const widest: Stroke = { from: 50, to: 80, at: 40, width: 9 };
    const stronger: Stroke = { from: 50, to: 80, at: 40, width: 3, value: 160 };
    for (const other of [wider, widest, stronger]) {
      const [one, ...rest] = traceLines(drawn(150, 90, [line, other]), LONG);
      expect(rest).toEqual([]);
      expect(one?.runs).toEqual(runsOf(line, (x) => x >= 50 && x < 80));
    }
  });

  it('goes on behind a stroke that lies on it to one side, as thick as a line may be', () => {
    const line: Stroke = { from: 0, to: 150, at: 40, width: 3 };
    const [one, ...rest] = traceLines(drawn(150, 90, [line, { from: 50, to: 80, at: 40, width: 7 }]), LONG);
    expect(rest).toEqual([]);
    expect(one?.runs).toEqual(runsOf(line, (x) => x >= 50 && x < 80));
  });

  it('ends in a gap that is too long, and is no line where what is left of it is too short', () => {
    const line = (gap: number): Stroke => ({ from: 0, to: 190, at: 20, width: 2, gaps: [[110, 110 + gap]] });
    const found = (gap: number) => traceLines(drawn(190, 40, [line(gap)]), LONG).map(({ start, end }) => [start, end]);
    expect(found(5)).toEqual([[40, 230]]);
    expect(found(6)).toEqual([
      [40, 150],
      [156, 230],
    ]);
    expect(found(30)).toEqual([[40, 150]]);
  });

  it('is one of many, whatever stands between them', () => {
    const rows = [10, 30, 50, 70].map((at): Stroke => ({ from: 0, to: 160, at, width: 1, slope: 0.02 }));
    const columns = [12, 40, 77, 130].map((at): Stroke => ({ down: true, from: 3, to: 90, at, width: 2 }));
    const lines = traceLines(drawn(160, 100, [...rows, ...columns]), LONG);
    expect(lines.filter(({ down }) => !down).map(({ start, end }) => [start, end])).toEqual(rows.map(() => [40, 200]));
    expect(lines.filter(({ down }) => down).map(({ middle, start, end }) => [Math.round(middle), start, end])).toEqual(
      columns.map(({ at }) => [40 + at + 1, 33, 120]),
    );
  });

  it('has the length that is asked for, in each direction', () => {
    const cross: Stroke[] = [
      { from: 0, to: 50, at: 20, width: 2 },
      { down: true, from: 0, to: 40, at: 60, width: 2 },
    ];
    const found = (across: number, down: number) =>
      traceLines(drawn(80, 60, cross), { across, down }).map((line) => line.down);
    expect(found(50, 40)).toEqual([false, true]);
    expect(found(51, 40)).toEqual([true]);
    expect(found(50, 41)).toEqual([false]);
    expect(found(100, 100)).toEqual([]);
  });
});

describe('no line', () => {
  const curve = (height: number): Canvas => {
    const to = canvas(120, 80);
    for (let x = 0; x < 120; x++)
      for (let k = 0; k < 2; k++) dot(to, x, k + 10 + Math.round(height * (1 - ((x - 60) / 60) ** 2)));
    return to;
  };

  it('is a curve, a stroke that is too short, too wide or too steep, or a block', () => {
    // So high over 120 pixels is an arc; an eighth of it is a line that was drawn without a ruler.
    expect(traceLines(curve(12), LONG)).toEqual([]);
    expect(traceLines(curve(1.5), LONG)).toHaveLength(1);
    const refused: Stroke[] = [
      { from: 0, to: 59, at: 20, width: 2 },
      { from: 0, to: 110, at: 20, width: 8 },
      { from: 0, to: 110, at: 10, width: 2, slope: 0.3 },
      { from: 0, to: 110, at: 0, width: 80 },
    ];
    for (const stroke of refused)
      for (const one of [stroke, turned(stroke)]) expect(traceLines(drawn(120, 120, [one]), LONG)).toEqual([]);
    expect(traceLines(canvas(120, 120), LONG)).toEqual([]);
  });

  it('is a circle, or noise', () => {
    const ring = canvas(150, 150);
    for (let p = 0; p < 150 * 150; p++) {
      const [x, y] = [p % 150, Math.floor(p / 150)];
      if (Math.abs(Math.hypot(x - 75, y - 75) - 70) < 1.5) dot(ring, x, y);
    }
    expect(traceLines(ring, LONG)).toEqual([]);
    const random = createRandom(4);
    for (let k = 0; k < 5; k++) {
      const noise = canvas(150, 150);
      for (let p = 0; p < 150 * 150; p++) if (random.next() < 0.1) dot(noise, p % 150, Math.floor(p / 150));
      expect(traceLines(noise, LONG)).toEqual([]);
    }
  });

  it('is what can hardly be seen for what hides it', () => {
    const line: Stroke = { from: 0, to: 150, at: 40, width: 2 };
    const blots = [5, 55, 105].map((from): Stroke => ({ from, to: from + 38, at: 20, width: 45 }));
    expect(traceLines(drawn(150, 90, [line, ...blots]), LONG)).toEqual([]);
    expect(traceLines(drawn(150, 90, [line, blots[1]!]), LONG)).toHaveLength(1);
  });
});

it('a line that goes on in a stroke as thin, which bends, says where', () => {
  const to = drawn(160, 120, [{ from: 10, to: 110, at: 20, width: 2 }]);
  // From its end a hook downwards, steeper than a line may be.
  for (let k = 0; k < 20; k++) for (let row = 0; row < 3; row++) dot(to, 110 + k, 20 + 2 * k + row);
  const [line, ...rest] = traceLines(to, LONG);
  expect(rest).toEqual([]);
  expect(line!.further).toHaveLength(1);
  const [{ along, from, to: end }] = line!.further as [Line['further'][0]];
  expect(along).toBe(line!.end);
  // What it says is ink, and all of it that is there.
  const column = Array.from({ length: 120 }, (_, y) => y).filter((y) => to.ink[y * to.stride + along - 40]! > 0);
  expect(column.map((y) => 30 + y)).toEqual(Array.from({ length: end - from }, (_, k) => from + k));
  // One that just ends goes nowhere, nor does one that ends in something thick.
  const block: Stroke = { from: 110, to: 130, at: 10, width: 30 };
  for (const others of [[], [block]])
    expect(traceLines(drawn(160, 120, [{ from: 10, to: 110, at: 20, width: 2 }, ...others]), LONG)[0]!.further).toEqual(
      [],
    );
});
