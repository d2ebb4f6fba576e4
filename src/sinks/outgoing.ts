// Sightings -> numbered messages on their way out, each made and serialised once. It must not judge or send.
import type { FrameSightings, Identity, Sighting } from '../types.js';
import { FIRST_SEQ, toLine, toMessage, type Provenance, type SightingMessage } from './messages.js';
import type { Outgoing, PublishedFrame } from './sink.js';

/** Makes the messages of one run, whose predictions it numbers. Frames must come in order, each once. */
export function createPublication(identity: Identity): (sightings: FrameSightings) => PublishedFrame {
  let seq = FIRST_SEQ - 1;
  return (published) => {
    const { frame, sightings } = published;
    // The frame may be reused before a late sink asks for a line.
    const { index, time, file, turned } = frame;
    const from = { index, time, ...(file !== undefined && { file }), ...(turned !== undefined && { turned }) };
    const live = published.frame.arrival && { at: published.frame.arrival.at, age: published.age ?? 0 };
    const outgoing = sightings.map((sighting) => {
      if (sighting.verdict.accepted) seq++;
      return new OutgoingSighting(sighting, { seq, frame: from, ...(live && { live }), ...identity });
    });
    return { ...published, outgoing };
  };
}

class OutgoingSighting implements Outgoing {
  readonly #sighting: Sighting;
  readonly #provenance: Provenance;
  #message: SightingMessage | undefined;
  #line: string | undefined;
  #bytes: Buffer | undefined;

  constructor(sighting: Sighting, provenance: Provenance) {
    this.#sighting = sighting;
    this.#provenance = provenance;
  }

  get message(): SightingMessage {
    return (this.#message ??= toMessage(this.#sighting, this.#provenance));
  }

  get line(): string {
    return (this.#line ??= toLine(this.message));
  }

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.line));
  }
}
