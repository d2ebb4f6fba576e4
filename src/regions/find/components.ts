// Owns connected components: a map and a threshold in, components with their measures and runs out. No judgement.

import type { Kernels, Piece } from '../../kernels/kernels.js';
import {
  AREA,
  BOTTOM,
  COMPONENT,
  FIELDS,
  HOLES,
  LAST,
  LEFT,
  PERIMETER,
  RIGHT,
  RUN,
  SUM,
  TOP,
} from '../../kernels/layout.js';

/**
 * Components of one labelling, as parallel arrays indexed by component, in the order of their first rows; valid until
 * the next labelling.
 */
export interface Components {
  count: number;
  left: Int32Array;
  top: Int32Array;
  /** Exclusive. */
  right: Int32Array;
  /** Exclusive. */
  bottom: Int32Array;
  /** Pixels. */
  area: Int32Array;
  /** Length of the outline in pixel edges, holes included. */
  perimeter: Int32Array;
  /** Number of holes. */
  holes: Int32Array;
  /** Address of the last run of each component, for the kernels. */
  last: Int32Array;
  /** Sum of the map over the component's pixels; of outlines nothing that counts. */
  sum: Int32Array;
  /** Number of runs (horizontal, of pixels above the threshold), those of components that are not kept included. */
  runs: number;
  /** Whether there was no room for more runs: what is below and to the right of the last one is left out. */
  full: boolean;
}

/** How many pixels of something lie on each side of the map. */
export interface Contacts {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Components outside these limits are not kept. Pixels. */
export interface SizeLimits {
  readonly minHeight: number;
  readonly maxHeight: number;
  readonly maxWidth: number;
  readonly minArea: number;
}

/** A map of gray levels in the kernels' memory. */
export interface GrayMap {
  /** Address of `[height, width]`, row-major, 0 to 255. */
  readonly map: number;
  /** At most 65535. */
  readonly width: number;
  /** At most 65535. */
  readonly height: number;
}

/** Labels 8-connected components of the pixels whose value is above a threshold. */
export interface Labeller {
  /** Begins with a map: it is labelled until another one is opened. */
  open(map: GrayMap): void;
  label(threshold: number, limits: SizeLimits): Components;
  /** The same without the sums, which cost as much as all else. */
  outline(threshold: number, limits: SizeLimits): Components;
  /** The last labelling, within other limits. */
  within(limits: SizeLimits): Components;
  /** Makes the arrays of the last labelling good again when the memory may have grown since. */
  lookAgain(): void;
  /** Adds the contacts of one component of the last labelling. */
  addContacts(component: number, contacts: Contacts): void;
}

/** Numbers of the contacts: one a side. */
const SIDES = 4;
/** The most runs that are kept where nothing else is asked for. */
const MOST_RUNS = 1 << 18;

/**
 * A labeller that keeps its buffers.
 * @param maxRuns at most this many runs are kept; what is below and to the right is then left out (a frame of pure
 *   noise); default 262144
 */
export function createLabeller(kernels: Kernels, maxRuns = MOST_RUNS): Labeller {
  const [maxima, runs, components, fields, sides] = Array.from({ length: 5 }, () => kernels.piece()) as [
    Piece,
    Piece,
    Piece,
    Piece,
    Piece,
  ];
  runs.reserve(RUN * maxRuns);
  components.reserve(COMPONENT * maxRuns);
  fields.reserve(4 * FIELDS * maxRuns);
  sides.reserve(4 * SIDES);
  const result = { count: 0, runs: 0, full: false } as Components;
  // Components of the last labelling, whatever their size.
  let all = 0;
  let at: GrayMap = { map: 0, width: 0, height: 0 };
  const look = kernels.viewed((buffer) => {
    // A field is at the same place in its record as its array is among the arrays.
    const field = (place: number) => new Int32Array(buffer, fields.address + maxRuns * place, maxRuns);
    return Object.assign(result, {
      left: field(LEFT),
      top: field(TOP),
      right: field(RIGHT),
      bottom: field(BOTTOM),
      area: field(AREA),
      perimeter: field(PERIMETER),
      holes: field(HOLES),
      last: field(LAST),
      sum: field(SUM),
    });
  });
  const lookAtSides = kernels.viewed((buffer) => new Int32Array(buffer, sides.address, SIDES));

  function labelled(threshold: number, limits: SizeLimits, weighed: boolean): Components {
    const { map, width, height } = at;
    result.runs = kernels.run.findRuns(map, width, height, threshold, maxima.address, runs.address, maxRuns);
    result.full = result.runs >= maxRuns;
    all = kernels.run.measure(runs.address, result.runs, components.address);
    return select(limits, weighed);
  }

  function select({ minHeight, maxHeight, maxWidth, minArea }: SizeLimits, weighed: boolean): Components {
    result.count = kernels.run.select(
      at.map,
      at.width,
      components.address,
      all,
      minHeight,
      maxHeight,
      maxWidth,
      minArea,
      weighed,
      fields.address,
      maxRuns,
    );
    return look();
  }

  return {
    open(map) {
      at = map;
      maxima.reserve(kernels.run.maximaRoom(map.width, map.height));
      kernels.run.summarise(map.map, map.width, map.height, maxima.address);
    },
    label: (threshold, limits) => labelled(threshold, limits, true),
    outline: (threshold, limits) => labelled(threshold, limits, false),
    within: (limits) => select(limits, true),
    lookAgain: () => void look(),
    addContacts(component, contacts) {
      const numbers = lookAtSides().fill(0);
      kernels.run.contacts(result.last[component]!, at.width, at.height, sides.address);
      contacts.left += numbers[LEFT / 4]!;
      contacts.right += numbers[RIGHT / 4]!;
      contacts.top += numbers[TOP / 4]!;
      contacts.bottom += numbers[BOTTOM / 4]!;
    },
  };
}
