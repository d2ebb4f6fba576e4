// What one worker shows of its cameras: questions go to the processes that read them, and what these show goes out, never
// so much at once that a lease has to wait behind it. Nothing is asked of a process while nobody looks.
import type { LookLine } from './look-line.js';
import type { Look, ShownKind } from './messages.js';

/** Parcels of all cameras together that may be under way to the broker: leases go the same way. */
const UNDER_WAY = 2;

/** A process that can be looked at. */
export interface Looked {
  look(look: Look): void;
  /** What it has shown is on its way, or something newer of the kind has taken its place. */
  gone(kind: ShownKind): void;
}

/** The way out of one process. */
export interface Showing {
  show(kind: ShownKind, what: Uint8Array | string): void;
  /** The process has ended. Idempotent. */
  close(): void;
}

interface Waiting {
  readonly camera: string;
  readonly kind: ShownKind;
  readonly what: Uint8Array | string;
  readonly gone: () => void;
}

/** Shows the cameras of one worker. Of each camera and kind the newest waits, and no more. */
export class LookHub {
  #line: LookLine | undefined;
  readonly #open = new Map<symbol, () => void>();
  readonly #waiting = new Map<string, Waiting>();
  #underWay = 0;

  /** Nobody can look before there is a line. */
  attach(line: LookLine): void {
    this.#line = line;
    for (const begin of this.#open.values()) begin();
  }

  /** A process reads a camera from now on. */
  open(camera: string, looked: Looked): Showing {
    const key = Symbol(camera);
    let stop = (): void => {};
    const begin = (): void => {
      stop();
      stop = this.#line?.hearAsked(camera, (look) => looked.look(look)) ?? stop;
    };
    this.#open.set(key, begin);
    begin();
    return {
      show: (kind, what) => this.#show({ camera, kind, what, gone: () => looked.gone(kind) }),
      close: () => {
        this.#open.delete(key);
        stop();
      },
    };
  }

  #show(waiting: Waiting): void {
    const key = `${waiting.kind} ${waiting.camera}`;
    const before = this.#waiting.get(key);
    this.#waiting.set(key, waiting);
    before?.gone();
    this.#sendNext();
  }

  /** The one that waits for longest: a newer one takes the place of an older one. */
  #sendNext(): void {
    if (this.#underWay >= UNDER_WAY) return;
    const [key] = this.#waiting.keys();
    if (key === undefined) return;
    const { camera, what, gone } = this.#waiting.get(key)!;
    this.#waiting.delete(key);
    this.#underWay++;
    // What can't be sent now would be old later.
    void (this.#line?.show(camera, what) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#underWay--;
        gone();
        this.#sendNext();
      });
  }
}
