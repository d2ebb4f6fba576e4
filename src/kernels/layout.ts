// Owns how the memory that both sides touch is laid out: records, tables and margins. Plain numbers only, so that it is
// TypeScript and AssemblyScript (assembly/) at once; it knows no pass over them. How much room a pass needs for its
// scratch, the kernels say themselves (their functions named `...Room`).

/** Gray levels, and so the entries of a table that has one for each. */
export const LEVELS = 256;

/** Bytes behind every buffer that the kernels may read or write: their loops work on 16 pixels at a time. */
export const BEHIND = 64;

/** A run: bytes of the record. Runs and components point at each other by address; 0 is none. */
export const RUN = 24;
/** A run's row, u16; like all places within a record, in bytes. */
export const ROW = 0;
/** A run's first column, u16. */
export const START = 2;
/** A run's end, exclusive, u16. */
export const END = 4;
/** The run before it of the same component, u32. */
export const NEXT = 8;
/** An earlier run of its component, or itself, u32. */
export const PARENT = 12;
/** Its component, u32. */
export const OWNER = 16;
/** How many runs of the row above it touches, times 2^16, plus the number of pixels that it lies below them, i32. */
export const TOUCHING = 20;

/** A component: bytes of the record. */
export const COMPONENT = 40;
/** A component's numbers, from its first byte on: 32 bits each. */
export const FIELDS = 9;
/** A component's first column, i32. The sides of anything with four come in this order. */
export const LEFT = 0;
/** Its first row, i32. */
export const TOP = 4;
/** Its last column, exclusive, i32. */
export const RIGHT = 8;
/** Its last row, exclusive, i32. */
export const BOTTOM = 12;
/** Its pixels, i32. */
export const AREA = 16;
/** The length of its outline in pixel edges, i32. */
export const PERIMETER = 20;
/** Its holes, i32. */
export const HOLES = 24;
/** Its last run, u32. */
export const LAST = 28;
/** Sum of the map over its pixels, i32. */
export const SUM = 32;

/** What a mask has where there is ink; less is ground, or beside the ink. */
export const MASK_INK = 3;
/** Bytes that stay empty at the end of each row of a mask. */
export const MASK_GAP = 2;
/** Bytes that stay empty before and behind a mask, beside an empty row each. */
export const MASK_AROUND = 16;

/** A line that was traced: bytes of the record. Its runs follow. */
export const LINE = 56;
/** Whether a line runs from top to bottom, i32: 1 or 0. */
export const LINE_DOWN = 0;
/** Its first step along its direction, i32: a row, or of a line that runs across a column. */
export const LINE_START = 4;
/** Its last one, exclusive, i32. */
export const LINE_END = 8;
/** The median width of its runs, i32. */
export const LINE_WIDTH = 12;
/** The median of their masses, i32. */
export const LINE_MASS = 16;
/** How many runs follow, i32. */
export const LINE_COUNT = 20;
/** Its mean place across its direction, f64. */
export const LINE_MIDDLE = 24;
/** How many of its ends go on, i32. */
export const LINE_FURTHER = 32;
/** Where: a run for each, at most two. */
export const LINE_BEHIND = 40;
/** A run of a line: bytes of the record. */
export const LINE_RUN = 8;
/** Its step along the line, u16. */
export const LINE_ALONG = 0;
/** The first pixel that it covers there, across the line's direction, u16. */
export const LINE_FROM = 2;
/** The last one, exclusive, u16. */
export const LINE_TO = 4;
/** Sum of the ink's strength over it, u16. */
export const LINE_RUN_MASS = 6;
/** The widest run of a line, pixels: its mass fits into 16 bits. */
export const WIDEST = 7;
/** What has more than so many times a line's mass is another's stroke that runs along it or crosses it. */
export const STRONGER = 1.5;

/** Strength of a candidate's ink, two i32: the sum over the pixels that count. Places in lists are indexes. */
export const STRENGTH_SUM = 0;
/** How many pixels count. */
export const STRENGTH_COUNT = 1;
/** Numbers of a strength. */
export const STRENGTHS = 2;

/** Surroundings of a candidate, five f64: pixels of ground. */
export const RING = 0;
/** Of these, pixels that hold other things. */
export const CLUTTERED = 1;
/** Pixels of or beside the ink that are of middling strength. */
export const MIDDLING = 2;
/** Sum of the gray values over the plain ground. */
export const GRAY_SUM = 3;
/** Sum of their squares. */
export const GRAY_SQUARES = 4;
/** Numbers of surroundings. */
export const SURROUNDINGS = 5;

/** Measures of the ink of a patch, seven f64: its box. */
export const INK_LEFT = 0;
/** Its first row. */
export const INK_TOP = 1;
/** Its last column, exclusive; 0 when there is no ink. */
export const INK_RIGHT = 2;
/** Its last row, exclusive. */
export const INK_BOTTOM = 3;
/** Sum of the ink. */
export const INK_MASS = 4;
/** Sum of x over it, at pixel centres. */
export const INK_ACROSS = 5;
/** Sum of y over it, at pixel centres. */
export const INK_DOWN = 6;
/** Numbers of a patch's measures. */
export const INK_MEASURES = 7;

/** Tables of {@link LEVELS} i32 that levels are counted in: the counts, and scratch. */
export const COUNT_TABLES = 4;

/** The largest radius of the ground's window, pixels: a window's sum and count share one 32-bit number. */
export const MAX_RADIUS = 22;
