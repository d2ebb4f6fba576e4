// Owns the stage of numbers: frames with their sightings in, the same with what was made of numbers out. What agrees,
// what is believed and which marks belong together is told in the files beside it.
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import { unionBox } from '../base/boxes.js';
import type {
  Box,
  Frame,
  FrameReadings,
  FrameSightings,
  NumberView,
  Reading,
  ReadingPlace,
  Sighting,
} from '../types.js';
import type { AskedNumber } from './asked.js';
import { Keeper, type Moment } from './keeper.js';
import { ReadingsMemory } from './memory.js';
import { NumberPlaces, type AgreedNumber } from './number.js';
import type { Agreed, Look, Shown } from './place.js';
import { runsOf, type Run } from './runs.js';
import { beginLine, followLine, liesAt, sharedRegions, type LineNow, type LinePlace } from './tracked-line.js';
import { shownText, valueOf } from './value.js';

/** A number that is read in named windows, or every number that stands in a line. */
export interface AskedReading extends AskedNumber {
  /** Ids of its regions, from left to right; `auto`: lines of digits that are found. */
  readonly windows: readonly string[] | 'auto';
  /** What it is for who shows it; not looked at here. */
  readonly unit?: string | undefined;
  readonly deviceClass?: string | undefined;
  readonly stateClass?: string | undefined;
}

/** What the stage needs. */
export interface ReadingsOptions {
  readonly asked: readonly AskedReading[];
  /** The last values of named windows; the stage keeps it up to date. Default: nothing is remembered. */
  readonly memory?: ReadingsMemory;
}

/** Lines of digits that are followed at a time, at most. */
export const MOST_LINES = 64;

/** Seconds after which a line that is out of sight is forgotten. */
const FORGET = 2;

/**
 * Makes numbers of digits. Memory: the looks that count of every place of every number, of at most {@link MOST_LINES}
 * lines.
 */
export function readings({
  asked,
  memory = new ReadingsMemory(),
}: ReadingsOptions): MonoTypeOperatorFunction<FrameSightings> {
  return (source) => {
    const readers = asked.map((one): NumberReader =>
      one.windows === 'auto' ? new LinesReader(one) : new WindowsReader(one, one.windows, memory),
    );
    let [frame, before] = [0, undefined as Frame | undefined];
    return source.pipe(
      map((now) => {
        const anew = before !== undefined && isAnew(now.frame, before);
        before = now.frame;
        const moment = { frame: frame++, time: timeOf(now.frame), at: now.frame.arrival?.at };
        const all = readers.map((reader) => reader.read(now, moment, anew));
        return { ...now, readings: joined(all) };
      }),
    );
  };
}

/** Reads numbers of one kind. */
interface NumberReader {
  /** @param anew Nothing that was seen before is still there. */
  read(now: FrameSightings, moment: Moment, anew: boolean): FrameReadings;
}

function timeOf({ file, time }: Frame): number | undefined {
  return file === undefined ? time : undefined;
}

/** Whether a frame has nothing to do with the one before: clock or file went back, or the picture was turned. */
function isAnew(now: Frame, before: Frame): boolean {
  const cut = now.turned !== before.turned || now.pass?.number !== before.pass?.number;
  return cut || (now.file === undefined && now.time < before.time);
}

/** A number whose windows are named. */
class WindowsReader implements NumberReader {
  readonly #asked: AskedNumber;
  readonly #windows: readonly string[];
  readonly #memory: ReadingsMemory;
  readonly #number: OneNumber;

  constructor(asked: AskedNumber, windows: readonly string[], memory: ReadingsMemory) {
    this.#asked = asked;
    this.#windows = windows;
    this.#memory = memory;
    this.#number = new OneNumber(asked, windows.length, new Keeper(asked, memory.get(asked.id)));
  }

  read({ sightings }: FrameSightings, moment: Moment, anew: boolean): FrameReadings {
    if (anew) this.#number.clear();
    const byId = new Map(sightings.map((sighting) => [sighting.digit.region.id, sighting]));
    const own = this.#windows.map((id) => byId.get(id));
    const boxes = own.flatMap((one) => (one ? [one.digit.region.box] : []));
    if (boxes.length === 0) return NOTHING;
    const readings = this.#number.read(own, this.#windows, { id: this.#asked.id, box: unionBox(boxes) }, moment);
    const { kept } = this.#number.keeper;
    if (kept) this.#memory.set(this.#asked.id, kept);
    return readings;
  }
}

interface FollowedLine {
  readonly id: string;
  readonly number: OneNumber;
  places: readonly LinePlace[];
  seen: Moment;
}

/** Every number that stands in a line of digits. */
class LinesReader implements NumberReader {
  readonly #asked: AskedNumber;
  #lines: FollowedLine[] = [];
  #next = 0;
  #file: string | undefined;

  constructor(asked: AskedNumber) {
    this.#asked = asked;
  }

  read(now: FrameSightings, moment: Moment, anew: boolean): FrameReadings {
    // Images of a folder have nothing to do with each other.
    if (anew || now.frame.file !== this.#file) this.#lines = [];
    this.#file = now.frame.file;
    this.#lines = this.#lines.filter(({ seen }) => !this.#isGone(seen, moment));
    const runs = runsOf(now);
    const owners = ownersOf(runs, this.#lines);
    return joined(runs.map((run, k) => this.#readRun(run, owners[k], moment)));
  }

  #readRun(run: Run, owner: FollowedLine | undefined, moment: Moment): FrameReadings {
    const followed = owner && followLine(owner.places, run, moment, this.#asked.agree);
    if (owner && !followed) this.#lines = this.#lines.filter((one) => one !== owner);
    const now = followed ?? beginLine(run, moment);
    const line = followed ? owner : this.#begin(now, moment);
    if (!line) return NOTHING;
    line.number.arrange(now.from);
    line.places = now.places;
    line.seen = moment;
    const about = { id: line.id, box: run.box };
    // With a shape among them that can't be read, what the others show is not the number.
    const sightings = run.blocked ? now.sightings.map(() => undefined) : now.sightings;
    return line.number.read(
      sightings,
      now.places.map(({ region }) => region),
      about,
      moment,
    );
  }

  #begin({ places }: LineNow, seen: Moment): FollowedLine | undefined {
    if (this.#lines.length >= MOST_LINES) return undefined;
    const id = `${this.#asked.id}${this.#next++}`;
    const line = { id, number: new OneNumber(this.#asked, 0, new Keeper(this.#asked)), places, seen };
    this.#lines.push(line);
    return line;
  }

  #isGone(seen: Moment, now: Moment): boolean {
    const { of } = this.#asked.agree;
    const long = seen.time === undefined || now.time === undefined || now.time - seen.time > FORGET;
    return long && now.frame - seen.frame > of;
  }
}

/** Which line each run is: the one with most of its regions, else the one that lay there; each at most once. */
function ownersOf(runs: readonly Run[], lines: readonly FollowedLine[]): (FollowedLine | undefined)[] {
  const pairs = runs.flatMap((run, k) =>
    lines.flatMap((line) => {
      const shared = sharedRegions(line.places, run);
      return shared > 0 || liesAt(line.places, run) ? [{ k, line, shared }] : [];
    }),
  );
  pairs.sort((a, b) => b.shared - a.shared);
  const owners: (FollowedLine | undefined)[] = runs.map(() => undefined);
  const taken = new Set<FollowedLine>();
  for (const { k, line } of pairs) {
    if (owners[k] || taken.has(line)) continue;
    owners[k] = line;
    taken.add(line);
  }
  return owners;
}

/** One number, wherever its places come from. */
class OneNumber {
  readonly keeper: Keeper;
  readonly #asked: AskedNumber;
  readonly #places: NumberPlaces;
  /** What was agreed on last, and told. */
  #shown: readonly Shown[] | undefined;

  constructor(asked: AskedNumber, count: number, keeper: Keeper) {
    this.#asked = asked;
    this.#places = new NumberPlaces(count, asked);
    this.keeper = keeper;
  }

  clear(): void {
    this.#places.clear();
    this.keeper.cut();
    this.#shown = undefined;
  }

  /** Brings places into another order: for each its index before, undefined for a new one. */
  arrange(from: readonly (number | undefined)[]): void {
    this.#places.arrange(from);
  }

  read(
    sightings: readonly (Sighting | undefined)[],
    regions: readonly string[],
    { id, box }: { readonly id: string; readonly box: Box },
    moment: Moment,
  ): FrameReadings {
    const lately = this.keeper.latelySeen(moment.time);
    const before = lately && this.#shown;
    const looks = sightings.map((sighting) => sighting && lookOf(sighting, this.#asked));
    const now = this.#places.see(looks, moment, before);
    const view = { id, shown: shownText(now.shown, this.#asked.decimals), box };
    if (!now.number) return { ...NOTHING, views: [view] };
    return this.#judge(now.number, regions, view, moment);
  }

  #judge(number: AgreedNumber, regions: readonly string[], view: NumberView, moment: Moment): FrameReadings {
    const { id, box } = view;
    const value = valueOf(number.shown, this.#asked.decimals);
    const { told, refused, doubt } = this.keeper.judge(value, moment, number.looks);
    if (this.keeper.kept?.value.text === value.text) this.#shown = number.shown;
    const seen = { id, value: value.text, box };
    const last = (before: string | undefined) => (before === undefined ? {} : { last: before });
    return {
      told: told ? [{ ...seen, ...confirmation(number, regions), ...told }] : [],
      refused: refused ? [{ ...seen, rule: refused.rule, ...last(refused.last) }] : [],
      doubts: doubt
        ? [{ ...seen, rule: doubt.rule, ...last(doubt.last), since: doubt.since, frames: doubt.frames }]
        : [],
      views: [view],
    };
  }
}

/** A clear look: a digit that the gate accepted, or no ink where a number may begin with blanks. */
function lookOf(
  { verdict }: Sighting,
  { rules }: Pick<AskedNumber, 'rules'>,
): Pick<Look, 'shown' | 'ratio'> | undefined {
  if (verdict.accepted) return { shown: verdict.digit, ratio: verdict.ratio };
  const blank = verdict.rejected === 'blank' && rules.leading !== 'zeros';
  return blank ? { shown: 'blank', ratio: 1 } : undefined;
}

/** What a number is confirmed by. */
function confirmation(
  { shown, places }: AgreedNumber,
  regions: readonly string[],
): Pick<Reading, 'places' | 'confirmed'> {
  const told = places.flatMap((place, k): { readonly place: ReadingPlace; readonly agreed: Agreed }[] => {
    const digit = shown[k]!;
    const { frames, of, between } = place;
    if (digit === 'blank') return [];
    return [{ place: { region: regions[k]!, digit, frames, of, ...(between && { between }) }, agreed: place }];
  });
  const weakest = places.reduce((least, one) => (one.frames / one.of < least.frames / least.of ? one : least));
  const since = Math.min(...places.map((place) => place.since));
  return {
    places: told.map(({ place }) => place),
    confirmed: { frames: weakest.frames, of: weakest.of, since },
  };
}

const NOTHING: FrameReadings = { told: [], refused: [], doubts: [], views: [] };

function joined(all: readonly FrameReadings[]): FrameReadings {
  return {
    told: all.flatMap(({ told }) => told),
    refused: all.flatMap(({ refused }) => refused),
    doubts: all.flatMap(({ doubts }) => doubts),
    views: all.flatMap(({ views }) => views),
  };
}
