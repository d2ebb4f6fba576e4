// Owns the rows of a replay: one for every clip, attack within it, model and rule. It plays clips; it must not print.
import { thresholdsOf } from '../config.js';
import type { Model } from '../model/folder.js';
import type { Scorer } from '../scoring/scorer.js';
import { scoreDirectly, readImages, type ImageOutputs } from './images.js';
import { play, type Played, type Showing } from './play.js';
import type { Survival } from './survival.js';
import {
  countAttacked,
  countClear,
  countRejected,
  waits,
  type AcceptsSeen,
  type Attacked,
  type Clear,
  type Rejected,
  type Wait,
} from './tally.js';
import type { Fixture, TruthAttack } from '../truth/truth.js';

/** A gate by which showings are judged, beside its name. */
export interface ReplayRule {
  /** `card`: the verdict of the pipeline itself. */
  readonly name: string;
  readonly accepts: AcceptsSeen;
}

/** A model that clips are played with. */
export interface Contestant {
  readonly model: Model;
  readonly scorer: Pick<Scorer, 'score'>;
  readonly rules: readonly ReplayRule[];
  /** What it says of images fed straight in. */
  readonly direct: ImageOutputs;
}

/** Figures with the pictures fed straight into the network: no video, no search, no normalisation. */
export interface PixelLevel {
  readonly attacked: Attacked;
  readonly clear: Clear;
}

/** All figures of one attack in one clip, read by one model and judged by one rule. */
export interface Row {
  readonly model: string;
  /** sha256 of its model.onnx. */
  readonly hash: string;
  readonly rule: string;
  /** Path of the clip. */
  readonly clip: string;
  readonly codec: string;
  readonly path: string;
  /** Undefined: a clip that shows clear digits only. */
  readonly attack: TruthAttack | undefined;
  readonly attacked: Attacked;
  readonly clear: Clear;
  /** Accepted where the truth has nothing, in the whole clip; said in the first row of a clip only. */
  readonly stray: number;
  readonly wait: Wait;
  /** By the pipeline's own gate, whatever the rule. */
  readonly rejected: Rejected;
  readonly survival: Survival | undefined;
  readonly pixels: PixelLevel | undefined;
  /** Every digit of it, under the attack and then clear: for curves and pictures. */
  readonly showings: readonly Showing[];
}

/** Told after every frame: how many frames of this clip are done. */
export interface PlayProgress {
  readonly onFrame?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Plays a clip with a model and counts. @throws as `play` and `readImages`. */
export async function rowsOf(
  fixture: Fixture,
  contestant: Contestant,
  { onFrame, signal }: PlayProgress = {},
): Promise<Row[]> {
  const { model, scorer, rules, direct } = contestant;
  const thresholds = thresholdsOf(fixture.config, model);
  const images = await readImages(fixture);
  const played = await play(fixture, { scorer, thresholds, images, signal, onFrame });
  const parts = partsOf(played, fixture.truth.attacks);
  const outputs = images && { shown: await direct.of(images.shown), clean: await direct.of(images.clean) };
  const rows: Row[] = [];
  for (const [i, { attack, attacked, clear }] of parts.entries()) {
    const showings = [...attacked, ...clear];
    const inOrder = [...showings].sort((a, b) => a.frame - b.frame);
    const pixels = outputs && {
      attacked: scoreDirectly(outputs.shown, attacked, thresholds),
      clear: scoreDirectly(outputs.clean, clear, thresholds),
    };
    for (const { name: rule, accepts } of rules) {
      rows.push({
        model: model.name,
        hash: model.hash,
        rule,
        clip: fixture.clip,
        codec: fixture.truth.codec,
        path: fixture.truth.path,
        attack,
        attacked: countAttacked(attacked, accepts),
        clear: countClear(clear, accepts),
        stray: i === 0 ? played.stray.filter(accepts).length : 0,
        wait: waits(inOrder, accepts),
        rejected: countRejected(showings),
        survival: played.survival,
        pixels: pixels && {
          attacked: countAttacked(pixels.attacked, accepts),
          clear: countClear(pixels.clear, accepts),
        },
        showings,
      });
    }
  }
  return rows;
}

interface Part {
  readonly attack: TruthAttack | undefined;
  readonly attacked: readonly Showing[];
  readonly clear: readonly Showing[];
}

/**
 * For each attack its digits, and the same digits where they are clear; then the digits that no attack touches, if any.
 */
function partsOf({ showings }: Played, attacks: readonly TruthAttack[]): Part[] {
  const idsOf = (some: readonly Showing[]): Set<string> => new Set(some.map(({ digit }) => digit.id));
  const clearOf = (ids: ReadonlySet<string>, among: boolean): Showing[] =>
    showings.filter(({ digit }) => digit.attack === undefined && ids.has(digit.id) === among);
  const parts = attacks.map((attack, i): Part => {
    const attacked = showings.filter(({ digit }) => digit.attack === i);
    return { attack, attacked, clear: clearOf(idsOf(attacked), true) };
  });
  const untouched = clearOf(idsOf(showings.filter(({ digit }) => digit.attack !== undefined)), false);
  return untouched.length > 0 ? [...parts, { attack: undefined, attacked: [], clear: untouched }] : parts;
}
