// Where in a log a camera's messages after a number begin, and which of its messages a record holds. Pure logic over a
// reader of the log; it sends nothing.

/** A record as it is read. */
export interface ReadRecord {
  readonly sequence: number;
  /** The camera's number of the last message in it, or before it. */
  readonly last: number;
  readonly text: string;
  /** Milliseconds since 1970 when it was stored, by the broker's clock. */
  readonly at: number;
}

/** Reads one camera's records of one log. */
export interface LogReader {
  /** Sequence of the oldest record that the log holds, of any camera, and of the newest. */
  bounds(): Promise<{ readonly first: number; readonly last: number }>;
  /** The camera's last record. */
  latest(camera: string): Promise<ReadRecord | undefined>;
  /** The camera's first record from a sequence on. */
  next(camera: string, sequence: number): Promise<ReadRecord | undefined>;
  /**
   * The camera's records from a sequence on, and those to come, until the signal is aborted; one at a time, so that who
   * takes slowly is waited for. It goes on by itself when the broker was away.
   */
  follow(camera: string, sequence: number, signal: AbortSignal): AsyncIterable<ReadRecord>;
}

/**
 * The sequence from which on all of a camera's messages after number `since` are; where there are none, the one after
 * its last record. It asks about 2 x log2 of the log's length times.
 */
export async function startAfter(reader: LogReader, camera: string, since: number): Promise<number> {
  const latest = await reader.latest(camera);
  if (!latest) return 1;
  if (latest.last <= since) return latest.sequence + 1;
  let low = (await reader.bounds()).first;
  let high = latest.sequence;
  // The first record of the camera at or after `high` holds what comes after `since`; that at or after `low` may not.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await reader.next(camera, middle);
    if (!found || found.last > since) high = middle;
    else low = found.sequence + 1;
  }
  return low;
}

/** A message of a record. */
export interface NumberedLine {
  readonly seq: number;
  readonly line: string;
}

/** The messages of a record with their numbers; none of one that only says who owns the camera. */
export function linesOf({ text }: Pick<ReadRecord, 'text'>): NumberedLine[] {
  return text.split('\n').flatMap((line) => {
    const [, type, seq] = /^\{"type":"([a-z-]+)","seq":(\d+)[,}]/.exec(line) ?? [];
    return type === undefined || type === 'owner' ? [] : [{ seq: Number(seq), line }];
  });
}
