// What the process of a camera shows of it while somebody looks: pictures, what the last hour was like, crops. Counting
// goes on always, copying and encoding while a question holds. It must not know who asks, nor how it is sent.
import { configMessage } from '../../sinks/page/config-message.js';
import { CameraView } from '../../sinks/page/camera-view.js';
import { Distribution } from '../../sinks/page/distribution.js';
import { Gallery } from '../../sinks/page/gallery.js';
import type { PictureEncoder } from '../../sinks/page/picture.js';
import { sink, type RunInfo, type Sink } from '../../sinks/sink.js';
import {
  LOOK_FOR,
  PICTURE_EVERY,
  type AboutMessage,
  type Look,
  type ShownKind,
  type ShownMessage,
} from './messages.js';

/** Pictures that may be under way: the next is taken when one of them is gone. */
const UNDER_WAY = 2;

/** Crops in one message: a hundred take some 130 kB. */
const CROPS_AT_ONCE = 100;

/** Milliseconds between two answers of a kind. */
const ANSWER_EVERY = 500;

/** What it needs. */
export interface CameraLookOptions {
  /** Names this run of the process. */
  readonly run: string;
  readonly encoder: PictureEncoder;
  readonly send: (kind: ShownKind, what: Uint8Array | string) => void;
  /** Milliseconds, of a clock that never goes back, and since 1970. */
  readonly now: () => number;
  readonly wall: () => number;
}

/** One camera, however often its source is begun anew. */
export class CameraLook {
  readonly #options: CameraLookOptions;
  readonly #view: CameraView;
  readonly #distribution: Distribution;
  readonly #gallery: Gallery;
  /** Until when pictures are wanted, by how many. */
  readonly #until = { fast: -Infinity, slow: -Infinity };
  readonly #answered = new Map<ShownKind, number>();
  #underWay = 0;
  #about: AboutMessage | undefined;

  constructor(options: CameraLookOptions) {
    this.#options = options;
    const { encoder, now, wall } = options;
    const seconds = (): number => now() / 1000;
    this.#distribution = new Distribution(seconds);
    this.#gallery = new Gallery(seconds);
    this.#view = new CameraView({
      encoder,
      now,
      wall,
      every: () => PICTURE_EVERY[now() < this.#until.fast ? 'fast' : 'slow'],
      watched: () => this.#isWatched && this.#underWay < UNDER_WAY,
      show: (picture) => this.#show(picture),
    });
  }

  /** The sink of the next run. */
  next(): Sink {
    return sink({
      pace: 'late',
      failure: 'goes-on',
      open: async (run) => {
        this.#about = this.#aboutOf(run);
      },
      frame: async (published) => {
        for (const sighting of published.sightings) this.#distribution.add(sighting);
        this.#gallery.frame(published.frame, published.sightings);
        this.#view.frame(published);
      },
    });
  }

  /** Somebody looks. */
  look({ picture, distribution, crops, run }: Look): void {
    const now = this.#options.now();
    const { run: own } = this.#options;
    if (this.#about && run !== own && this.#isDue('about')) this.#say({ ...this.#about, now: this.#options.wall() });
    if (distribution && this.#isDue('distribution')) this.#say(this.#distribution.message(false));
    if (crops !== undefined && this.#isDue('crops')) this.#sayCrops(run === own ? crops : 1);
    if (!picture) return;
    const began = !this.#isWatched;
    this.#until[picture] = now + LOOK_FOR;
    // Of a source with few pictures the last one is there already.
    if (began) this.#view.lookAgain((shown) => this.#show(shown));
  }

  /** Something that was shown is on its way. */
  gone(kind: ShownKind): void {
    if (kind === 'picture') this.#underWay = Math.max(0, this.#underWay - 1);
  }

  get #isWatched(): boolean {
    return this.#options.now() < Math.max(this.#until.fast, this.#until.slow);
  }

  /** Several may ask at once; all hear the one answer. */
  #isDue(kind: ShownKind): boolean {
    const now = this.#options.now();
    if (now - (this.#answered.get(kind) ?? -Infinity) < ANSWER_EVERY) return false;
    this.#answered.set(kind, now);
    return true;
  }

  #show(picture: Uint8Array): void {
    this.#underWay++;
    this.#options.send('picture', picture);
  }

  #say(message: ShownMessage): void {
    this.#options.send(message.type, JSON.stringify(message));
  }

  #sayCrops(from: number): void {
    const crops = this.#gallery.since(from).slice(0, CROPS_AT_ONCE);
    if (crops.length > 0 || from === 1) this.#say({ type: 'crops', run: this.#options.run, crops });
  }

  #aboutOf(run: RunInfo): AboutMessage {
    return {
      type: 'about',
      run: this.#options.run,
      modelName: run.model.name,
      config: configMessage(run),
      now: this.#options.wall(),
    };
  }
}
