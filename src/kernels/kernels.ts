// Owns the compiled inner loops (assembly/) and the memory that they work on. It knows their names, not what they are
// for.

import { COMPILED } from './compiled.js';
import { BEHIND } from './layout.js';

/** The compiled functions; each is documented in assembly/. Addresses are bytes in {@link Kernels.bytes}. */
export interface KernelFunctions {
  halve(from: number, stride: number, to: number, width: number, height: number): void;
  neighbourDifferences(gray: number, width: number, height: number, histogram: number): number;
  groundRoom(width: number, radius: number): number;
  subtractGround(
    gray: number,
    width: number,
    height: number,
    radius: number,
    high: number,
    low: number,
    dark: number,
    light: number,
    work: number,
  ): void;
  maximaRoom(width: number, height: number): number;
  summarise(map: number, width: number, height: number, maxima: number): void;
  findRuns(
    map: number,
    width: number,
    height: number,
    threshold: number,
    maxima: number,
    runs: number,
    room: number,
  ): number;
  measure(runs: number, count: number, components: number): number;
  select(
    map: number,
    width: number,
    components: number,
    count: number,
    least: number,
    highest: number,
    widest: number,
    leastArea: number,
    weighed: boolean,
    out: number,
    room: number,
  ): number;
  contacts(last: number, width: number, height: number, out: number): void;
  maskRoom(width: number, height: number): number;
  clear(mask: number, width: number, height: number): void;
  paint(mask: number, left: number, top: number, width: number, last: number): void;
  spread(mask: number, width: number, height: number, near: number): void;
  inkStrength(map: number, stride: number, last: number, least: number, out: number): void;
  surroundings(
    mask: number,
    width: number,
    map: number,
    gray: number,
    stride: number,
    inside: number,
    height: number,
    weak: number,
    strong: number,
    other: number,
    out: number,
  ): void;
  slope(
    mask: number,
    width: number,
    map: number,
    gray: number,
    stride: number,
    inside: number,
    height: number,
    other: number,
  ): number;
  cutPatch(
    mask: number,
    maskStride: number,
    map: number,
    stride: number,
    width: number,
    height: number,
    threshold: number,
    strength: number,
    shares: number,
    out: number,
  ): void;
  traceRoom(width: number, height: number): number;
  traceLines(
    plane: number,
    across: number,
    left: number,
    top: number,
    width: number,
    height: number,
    map: number,
    mapStride: number,
    leastAcross: number,
    leastDown: number,
    work: number,
    out: number,
    room: number,
  ): number;
  eraseRuns(
    runs: number,
    count: number,
    down: boolean,
    most: number,
    inkMap: number,
    luma: number,
    columns: number,
    rows: number,
    above: number,
    darker: number,
  ): void;
  eraseInk(
    plane: number,
    across: number,
    left: number,
    top: number,
    wide: number,
    high: number,
    inkMap: number,
    luma: number,
    columns: number,
    rows: number,
    above: number,
    darker: number,
  ): void;
  takeRuns(
    plane: number,
    across: number,
    left: number,
    top: number,
    runs: number,
    count: number,
    down: boolean,
    most: number,
  ): number;
  inkedRows(plane: number, across: number, wide: number, high: number): number;
  measureInk(ink: number, width: number, height: number, level: number, out: number): void;
  amplifyRoom(): number;
  amplify(pixels: number, count: number, most: number, work: number): void;
  countLevels(gray: number, stride: number, width: number, height: number, counts: number): void;
  inkOf(
    gray: number,
    stride: number,
    width: number,
    height: number,
    shares: number,
    first: number,
    last: number,
    out: number,
  ): void;
  resampleRoom(width: number, height: number, stepX: number, stepY: number, side: number): number;
  resample(
    ink: number,
    width: number,
    height: number,
    centreX: number,
    stepX: number,
    centreY: number,
    stepY: number,
    side: number,
    out: number,
    work: number,
  ): void;
}

/** The functions with a memory of their own. */
export interface Kernels {
  readonly run: KernelFunctions;
  /** The whole memory. Growing it makes earlier views empty: ask again after a {@link Piece} may have grown. */
  readonly bytes: Uint8Array;
  /** A piece of the memory, empty at first. */
  piece(): Piece;
  /**
   * What `make` gives of the memory's buffer, made again when the memory has grown: for views of pieces that stay as
   * they are.
   */
  viewed<T>(make: (buffer: ArrayBufferLike) => T): () => T;
}

/** Part of the kernels' memory that grows to the largest size asked of it and is then reused. */
export interface Piece {
  /** Where it begins; a multiple of 16. */
  readonly address: number;
  /**
   * Makes room for this many bytes, and for what the kernels may touch behind them. Its contents are lost when it
   * grows.
   */
  reserve(bytes: number): void;
}

/** Unit in which WebAssembly's memory grows, bytes. */
const PAGE = 1 << 16;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// Node has WebAssembly; its types are part of the browser's.
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: object };
  };
};

// The module has no memory: every set of kernels has its own, and compiling it once does for all.
let compiled: object | undefined;

/** A set of kernels with an empty memory. */
export function createKernels(): Kernels {
  compiled ??= new wasm.Module(Buffer.from(COMPILED, 'base64'));
  const run = new wasm.Instance(compiled).exports as KernelFunctions & { readonly memory: Memory };
  let bytes = new Uint8Array(run.memory.buffer);
  // The first bytes stay unused, so that 0 is no address.
  let used = BEHIND;

  function allocate(size: number): number {
    const address = used;
    used += size;
    const missing = used - run.memory.buffer.byteLength;
    if (missing > 0) run.memory.grow(Math.ceil(missing / PAGE));
    if (bytes.buffer !== run.memory.buffer) bytes = new Uint8Array(run.memory.buffer);
    return address;
  }

  return {
    run,
    get bytes() {
      return bytes;
    },
    viewed(make) {
      let [buffer, views] = [bytes.buffer, make(bytes.buffer)];
      return () => {
        if (buffer !== bytes.buffer) [buffer, views] = [bytes.buffer, make(bytes.buffer)];
        return views;
      };
    },
    piece() {
      let [address, size] = [0, 0];
      return {
        get address() {
          return address;
        },
        reserve(wanted) {
          if (wanted <= size && address > 0) return;
          // Half as much again: what was used before is not given back, and images may grow little by little.
          size = Math.ceil(((size > 0 ? 1.5 : 1) * wanted) / 16) * 16;
          address = allocate(size + BEHIND);
        },
      };
    },
  };
}
