// Owns reading a picture that lies on its side, or on its head, upright: when it is looked at, what is decided, and
// what is said of it. What speaks for an orientation is told in gate/upright, how a plane is turned in source/turn.
import { concatMap, defer, map, of, type Observable, type OperatorFunction } from 'rxjs';
import { turnDigits } from '../digits/turned.js';
import { judge } from '../gate/gate.js';
import {
  acceptedIn,
  LEAST_REGIONS,
  orientationsOf,
  uprightness,
  worthLook,
  type Orientations,
} from '../gate/upright.js';
import type { Scorer } from '../scoring/scorer.js';
import { createTurner, type Quarters } from '../source/turn.js';
import { CLASSES, PIXELS, type Frame, type Rotation, type Thresholds, type Verdict } from '../types.js';
import { sightingsOf, type FrameOutputs } from './stages.js';
import type { TurnFinding } from './turns.js';

/** What a run turns its pictures with. */
export interface UprightOptions {
  /**
   * The stages from a frame to its scores. Each is for frames of one orientation: what it remembers of those before is
   * its own.
   */
  readonly read: () => OperatorFunction<Frame, FrameOutputs>;
  readonly scorer: Pick<Scorer, 'score'>;
  /** Those that hold. */
  readonly thresholds: () => Thresholds;
  /** Told once for each picture, or clip, that is turned, and for each that may have to be. */
  readonly found: (finding: TurnFinding) => void;
}

/** Frames that pass before an undecided clip is looked at once more: twice as many each time, up to this. */
const LONGEST_WAIT = 64;

/** The turns that are tried, in the order of their rows in a batch. */
const TRIED: readonly Quarters[] = [90, 180, 270];

/**
 * Reads every frame, turned where its picture lies otherwise than its source says. Images of a directory, and pages,
 * are each looked at by themselves. A clip is looked at when a frame holds regions enough, from time to time until it
 * is clear how it lies, and is read so from that frame on: which way up a camera is does not change. Pictures of
 * another size (a live camera that was set up anew) are looked at anew. What is read is what the turned frame gives; its
 * boxes are of the turned picture.
 */
export function upright(options: UprightOptions): OperatorFunction<Frame, FrameOutputs> {
  return (source) =>
    defer(() => {
      const reader = new UprightReader(options);
      return source.pipe(concatMap((frame) => reader.read(frame)));
    });
}

class UprightReader {
  readonly #options: UprightOptions;
  readonly #turner = createTurner();
  readonly #asStored: OperatorFunction<Frame, FrameOutputs>;
  #file: string | undefined;
  #size = '';
  /** What is decided for the picture or clip, and the stages for it; undefined as long as it is not. */
  #decided: { readonly by: Rotation; readonly read: OperatorFunction<Frame, FrameOutputs> } | undefined;
  /** Frames until the next look, and what that will be after it. */
  #wait = 0;
  #nextWait = 1;
  /** It was said that the clip may have to be turned. */
  #said = false;

  constructor(options: UprightOptions) {
    this.#options = options;
    this.#asStored = options.read();
  }

  read(frame: Frame): Observable<FrameOutputs> {
    const size = `${frame.width}x${frame.height}`;
    if (frame.file !== this.#file || size !== this.#size) this.#begin(frame.file, size);
    const { by, read } = this.#decided ?? { by: 0, read: this.#asStored };
    if (by !== 0) return of(this.#turner.turn(frame, by)).pipe(read);
    const found = of(frame).pipe(read);
    return this.#decided ? found : found.pipe(concatMap((outputs) => this.#consider(outputs)));
  }

  #begin(file: string | undefined, size: string): void {
    [this.#file, this.#size] = [file, size];
    [this.#decided, this.#wait, this.#nextWait, this.#said] = [undefined, 0, 1, false];
  }

  #consider(found: FrameOutputs): Observable<FrameOutputs> {
    if (found.digits.length < LEAST_REGIONS) return of(found);
    if (this.#wait > 0) {
      this.#wait--;
      return of(found);
    }
    [this.#wait, this.#nextWait] = [this.#nextWait, Math.min(LONGEST_WAIT, 2 * this.#nextWait)];
    return defer(() => this.#look(found)).pipe(
      concatMap((before) => {
        const by = worthLook(before);
        if (by !== undefined) return this.#try(found, before, by);
        if (uprightness(before) === 'strong') this.#decided = { by: 0, read: this.#asStored };
        return of(found);
      }),
    );
  }

  /** Reads a frame turned; what comes of it is kept where the evidence is strong. */
  #try(found: FrameOutputs, before: Orientations, by: Quarters): Observable<FrameOutputs> {
    const read = this.#options.read();
    return of(this.#turner.look(found.frame, by)).pipe(
      read,
      concatMap(async (turned) => ({ turned, after: await this.#look(turned) })),
      map(({ turned, after }) => {
        const strength = uprightness(after, before[0]);
        if (strength !== 'none') this.#tell({ by, sure: strength === 'strong' }, found.frame, before, after);
        if (strength !== 'strong') return found;
        this.#decided = { by, read };
        return { ...turned, frame: this.#turner.turn(found.frame, by) };
      }),
    );
  }

  #tell(
    what: Pick<TurnFinding, 'by' | 'sure'>,
    { file, index }: Frame,
    before: Orientations,
    after: Orientations,
  ): void {
    if (this.#said && !what.sure) return;
    this.#said = true;
    this.#options.found({ ...what, file, index, asStored: acceptedIn(before[0]), turned: acceptedIn(after[0]) });
  }

  /** How the regions of a frame would be judged in each orientation: one more batch, of three rows a region. */
  async #look(found: FrameOutputs): Promise<Orientations> {
    const { scorer } = this.#options;
    const thresholds = this.#options.thresholds();
    // Parts, which come last, would speak twice.
    const digits = found.digits.filter(({ region }) => region.partOf === undefined);
    const [n, { blank }] = [digits.length, found];
    const batch = new Float32Array(TRIED.length * n * PIXELS);
    const rows = TRIED.map((_, k) => batch.subarray(k * n * PIXELS, (k + 1) * n * PIXELS));
    TRIED.forEach((by, k) => turnDigits(found.batch.subarray(0, n * PIXELS), by, rows[k]!));
    const outputs = await scorer.score(batch, TRIED.length * n);
    const verdicts = TRIED.map((_, k) =>
      digits.map((_digit, i): Verdict => {
        const at = (k * n + i) * CLASSES;
        return judge(outputs.subarray(at, at + CLASSES), thresholds, { blank: blank[i] === true });
      }),
    );
    return orientationsOf(sightingsOf({ ...found, digits }, thresholds), {
      90: verdicts[0]!,
      180: verdicts[1]!,
      270: verdicts[2]!,
    });
  }
}
