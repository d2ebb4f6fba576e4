// Owns what a run says of pictures that lie on their side or on their head: for people, in a few lines however many
// they are.
import { printable } from '../base/printable.js';
import type { Rotation } from '../types.js';

/** A picture or clip that was turned, or may have to be. */
export interface TurnFinding {
  /** Clockwise. */
  readonly by: Exclude<Rotation, 0>;
  /** Whether it was turned; else the evidence was too weak for that. */
  readonly sure: boolean;
  /** Name of the image, as of a frame; absent for a single file or a stream. */
  readonly file?: string | undefined;
  /** The frame that told. */
  readonly index: number;
  /** Digits of that frame as it is stored, and turned: those that the gate accepts and that stand as digits do. */
  readonly asStored: number;
  readonly turned: number;
}

/** Names of images that one line gives, each at most so long; of others it gives the number. */
const [NAMED, NAME_LENGTH] = [3, 40];

/** Collects findings. Memory: one for a clip, and of images a few names and a count for each turn. */
export class Turns {
  #clip: TurnFinding | undefined;
  readonly #images = new Map<string, { readonly first: TurnFinding; readonly names: string[]; count: number }>();

  /** Takes a finding; of a clip the last one holds. */
  add(finding: TurnFinding): void {
    const { by, sure, file } = finding;
    if (file === undefined) {
      this.#clip = finding;
      return;
    }
    const key = `${sure} ${by}`;
    const group = this.#images.get(key) ?? { first: finding, names: [], count: 0 };
    this.#images.set(key, group);
    group.count++;
    if (group.names.length < NAMED) group.names.push(file);
  }

  /** What there is to say: lines without an end, six at most beside that of a clip. */
  get remarks(): readonly string[] {
    return [
      ...(this.#clip ? [clipRemark(this.#clip)] : []),
      ...[...this.#images.values()].map(({ first, names, count }) => imagesRemark(first, names, count)),
    ];
  }
}

function clipRemark({ by, sure, index, asStored, turned }: TurnFinding): string {
  const from = index === 0 ? '' : ` from frame ${index} on`;
  return sure
    ? `turned by ${by} degrees${from}: ${turned} digits stand there then, ${asStored} as it is stored; ` +
        'source.rotate: 0 reads it as it is'
    : `may have to be turned by ${by} degrees, and was not: in frame ${index}, ${turned} digits would stand there ` +
        `then, ${asStored} as it is stored; source.rotate: ${by} turns it`;
}

function imagesRemark({ by, sure }: TurnFinding, names: readonly string[], count: number): string {
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  const which = `${count} ${count === 1 ? 'picture' : 'pictures'}`;
  const what = sure ? `turned by ${by} degrees` : `may have to be turned by ${by} degrees, not turned`;
  return `${which} ${what}: ${names.map((name) => printable(name, NAME_LENGTH)).join(', ')}${more}`;
}
