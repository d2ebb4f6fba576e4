// The line between those who look at cameras and those who read them: the contract only. Nothing on it is kept.
import type { Look } from './messages.js';

/** What is heard of a camera. */
export interface ShownListener {
  /** A picture, as the page takes it. */
  picture(bytes: Uint8Array): void;
  /** A message of what is shown, as JSON. */
  text(text: string): void;
}

/** A line; each method that listens gives what ends it. */
export interface LookLine {
  /** Asks for something of a camera. Resolves when all that was under way before has come; rejects without a broker. */
  ask(camera: string, look: Look): Promise<void>;
  /** Hears what is asked of a camera. */
  hearAsked(camera: string, asked: (look: Look) => void): () => void;
  /** Shows something of a camera. Resolves when the broker has it, or it was too large; rejects without a broker. */
  show(camera: string, what: Uint8Array | string): Promise<void>;
  /** Hears what is shown of a camera. */
  hearShown(camera: string, listener: ShownListener): () => void;
}
