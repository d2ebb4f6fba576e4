// Sightings and readings -> numbered messages on their way out, each made and serialised once. It must not judge or
// send.
import type { FrameReadings, FrameSightings, Identity } from '../types.js';
import {
  doubtMessage,
  FIRST_SEQ,
  readingMessage,
  refusedMessage,
  toLine,
  toMessage,
  type NumberMessage,
  type NumberProvenance,
  type SightingMessage,
} from './messages.js';
import type { Outgoing, Past, PublishedFrame } from './sink.js';

/**
 * Makes the messages of one run, whose predictions and readings it numbers, each by themselves. Frames must come in
 * order, each once.
 * @param last Numbers of the last prediction and reading of the run before. Default: there was none.
 */
export function createPublication(
  identity: Identity,
  last: Past['last'] = { prediction: FIRST_SEQ - 1, reading: FIRST_SEQ - 1 },
): (sightings: FrameSightings) => PublishedFrame {
  let { prediction: seq, reading: readingSeq } = last;
  return (published) => {
    const { frame, sightings, readings } = published;
    // The frame may be reused before a late sink asks for a line.
    const { index, time, file, turned } = frame;
    const from = { index, time, ...(file !== undefined && { file }), ...(turned !== undefined && { turned }) };
    const by = published.pipeline === undefined ? identity : { ...identity, pipeline: published.pipeline };
    const live = frame.arrival && { at: frame.arrival.at, age: published.age ?? 0 };
    const outgoing = sightings.map((sighting) => {
      if (sighting.verdict.accepted) seq++;
      const provenance = { seq, frame: from, ...(live && { live }), ...by };
      return new Lazy((): SightingMessage => toMessage(sighting, provenance));
    });
    const provenance = { seq: readingSeq, frame: from, at: frame.arrival?.at, ...by };
    readingSeq += readings?.told.length ?? 0;
    return { ...published, outgoing, numbers: readings ? numbersOf(readings, provenance) : [] };
  };
}

/** Refused ones and doubts first: they are about the number that held until now. */
function numbersOf({ told, refused, doubts }: FrameReadings, from: NumberProvenance): Outgoing<NumberMessage>[] {
  return [
    ...refused.map((one) => new Lazy<NumberMessage>(() => refusedMessage(one, from))),
    ...doubts.map((one) => new Lazy<NumberMessage>(() => doubtMessage(one, from))),
    ...told.map((one, k) => new Lazy<NumberMessage>(() => readingMessage(one, { ...from, seq: from.seq + k + 1 }))),
  ];
}

/** A message that is made on first use, and then kept. */
class Lazy<M extends SightingMessage | NumberMessage> implements Outgoing<M> {
  readonly #make: () => M;
  #message: M | undefined;
  #line: string | undefined;
  #bytes: Buffer | undefined;

  constructor(make: () => M) {
    this.#make = make;
  }

  get message(): M {
    return (this.#message ??= this.#make());
  }

  get line(): string {
    return (this.#line ??= toLine(this.message));
  }

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.line));
  }
}
