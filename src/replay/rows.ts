// Owns the rows of a replay: one for every clip, attack within it, model and rule. It plays clips; it must not print.
import type { Model } from '../model/folder.js';
import type { Scorer } from '../stream/score.js';
import { feed, readImages } from './images.js';
import { play, type Played, type Sighting } from './play.js';
import type { Survival } from './survival.js';
import { countAttacked, countClear, countRejected, waits, type Accepts, type Attacked, type Clear, type Rejected, type Wait } from './tally.js';
import type { Fixture, TruthAttack } from './truth.js';
import type { Thresholds } from '../types.js';

/** A gate by which sightings are judged, beside its name. */
export interface ReplayRule {
  /** `card`: the verdict of the pipeline itself. */
  readonly name: string;
  readonly accepts: Accepts;
}

/** A model that clips are played with. */
export interface Contestant {
  readonly model: Model;
  readonly scorer: Pick<Scorer, 'score'>;
  readonly rules: readonly ReplayRule[];
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
  readonly clip: string;
  readonly codec: string;
  readonly path: string;
  /** Undefined: a clip that shows clear digits only. */
  readonly attack: TruthAttack | undefined;
  readonly attacked: Attacked;
  readonly clear: Clear;
  /** Accepted where the truth has nothing, in the whole clip. */
  readonly stray: number;
  readonly wait: Wait;
  readonly rejected: Rejected;
  readonly survival: Survival | undefined;
  readonly pixels: PixelLevel | undefined;
  /** What leaked, for pictures. */
  readonly sightings: readonly Sighting[];
}

/** Told after every frame: how many frames of this clip are done. */
export interface PlayProgress {
  readonly onFrame?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Plays a clip with a model and counts. @throws as `play` and `readImages`. */
export async function rowsOf(fixture: Fixture, contestant: Contestant, { onFrame, signal }: PlayProgress = {}): Promise<Row[]> {
  const { model, scorer, rules } = contestant;
  const thresholds = thresholdsFor(fixture, model);
  const images = await readImages(fixture);
  const played = await play(fixture, { scorer, thresholds, images, signal, onFrame });
  const { attacks } = fixture.truth;
  const parts: { attack: TruthAttack | undefined; attacked: Sighting[]; clear: Sighting[] }[] =
    attacks.length === 0 ? [{ attack: undefined, attacked: [], clear: [...played.sightings] }] : attacks.map((attack, i) => partOf(played, attack, i));
  const rows: Row[] = [];
  for (const { attack, attacked, clear } of parts) {
    const fed = images && { attacked: await feed(images.shown, attacked, scorer, thresholds), clear: await feed(images.clean, clear, scorer, thresholds) };
    for (const { name: rule, accepts } of rules) {
      rows.push({
        model: model.name, hash: model.hash, rule, clip: fixture.truth.clip, codec: fixture.truth.codec, path: fixture.truth.path, attack,
        attacked: countAttacked(attacked, accepts), clear: countClear(clear, accepts),
        stray: played.stray.filter(accepts).length,
        wait: waits(played.sightings, accepts), rejected: countRejected([...attacked, ...clear]), survival: played.survival,
        pixels: fed && { attacked: countAttacked(fed.attacked, accepts), clear: countClear(fed.clear, accepts) },
        sightings: [...attacked, ...clear],
      });
    }
  }
  return rows;
}

/** What the gate of the pipeline uses: the model's thresholds with those of the truth's pipeline in their place. */
function thresholdsFor({ config: { gate } }: Fixture, { thresholds: { ratio, range } }: Model): Thresholds {
  return { ratio: gate.ratio ?? ratio, range: gate.range ?? range };
}

/** The digits under an attack, and the same digits where they are clear. */
function partOf({ sightings }: Played, attack: TruthAttack, index: number): { attack: TruthAttack; attacked: Sighting[]; clear: Sighting[] } {
  const attacked = sightings.filter(({ digit }) => digit.attack === index);
  const ids = new Set(attacked.map(({ digit }) => digit.id));
  return { attack, attacked, clear: sightings.filter(({ digit }) => digit.attack === undefined && ids.has(digit.id)) };
}
