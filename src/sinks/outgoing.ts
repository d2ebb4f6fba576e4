// Readings -> numbered messages on their way out, each made and serialised once. It must not judge or send.
import type { FrameReadings, Identity, Reading } from '../types.js';
import { FIRST_SEQ, toLine, toMessage, type Provenance, type ReadingMessage } from './messages.js';
import type { Outgoing, PublishedFrame } from './sink.js';

/** Makes the messages of one run, whose predictions it numbers. Frames must come in order, each once. */
export function createPublication(identity: Identity): (readings: FrameReadings) => PublishedFrame {
  let seq = FIRST_SEQ - 1;
  return (published) => {
    const { frame, readings } = published;
    // The frame may be reused before a late sink asks for a line.
    const { index, time, file, turned } = frame;
    const from = { index, time, ...(file !== undefined && { file }), ...(turned !== undefined && { turned }) };
    const outgoing = readings.map((reading) => {
      if (reading.verdict.accepted) seq++;
      return new OutgoingReading(reading, { seq, frame: from, ...identity });
    });
    return { ...published, outgoing };
  };
}

class OutgoingReading implements Outgoing {
  readonly #reading: Reading;
  readonly #provenance: Provenance;
  #message: ReadingMessage | undefined;
  #line: string | undefined;
  #bytes: Buffer | undefined;

  constructor(reading: Reading, provenance: Provenance) {
    this.#reading = reading;
    this.#provenance = provenance;
  }

  get message(): ReadingMessage {
    return (this.#message ??= toMessage(this.#reading, this.#provenance));
  }

  get line(): string {
    return (this.#line ??= toLine(this.message));
  }

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.line));
  }
}
