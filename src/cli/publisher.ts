// Readings -> numbered lines on stdout and predictions on the feed. It must not judge or count outcomes.
import type { LineWriter } from '../sinks/line-writer.js';
import { FIRST_SEQ, toLine, toMessage, type Identity } from '../sinks/messages.js';
import type { FeedServer } from '../sinks/feed/server.js';
import type { FrameReadings } from '../types.js';

/** Where readings go. */
export interface PublisherOptions {
  readonly lines: LineWriter;
  readonly feed?: Pick<FeedServer, 'publish'> | undefined;
  readonly identity: Identity;
  /** Print rejections as well. */
  readonly rejected: boolean;
}

/**
 * Publishes frames one at a time: settles when the reader of the lines has taken them. Rejects as `LineWriter.write`
 * does.
 */
export function createPublisher({
  lines,
  feed,
  identity,
  rejected,
}: PublisherOptions): (readings: FrameReadings) => Promise<void> {
  let seq = FIRST_SEQ - 1;
  return async ({ frame, readings }) => {
    const texts: string[] = [];
    for (const reading of readings) {
      if (reading.verdict.accepted) seq++;
      else if (!rejected) continue;
      const message = toMessage(reading, { seq, frame, ...identity });
      if (message.type === 'prediction') feed?.publish(message);
      texts.push(toLine(message));
    }
    await lines.write(texts);
  };
}
