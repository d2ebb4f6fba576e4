// Reads predictions back out of a store, for the feed. It must not know who asks, and writes nothing.
import type { Past } from '../sink.js';
import type { StorePlace } from './open.js';
import type { LastNumbers } from './writer.js';

/**
 * What a stream holds. Each question has a connection of its own, one at a time: it may come when the writer's is gone,
 * and a hundred clients that come back at once are answered one after another.
 */
export function storedPast(place: StorePlace, stream: string, last: LastNumbers): Past {
  let turn: Promise<unknown> = Promise.resolve();
  const read = async (from: number, to: number, most: number) => {
    const connection = await place.read();
    try {
      const rows = await connection.rows(
        'SELECT seq, line FROM lq_predictions WHERE stream = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?',
        [stream, from, to, most],
      );
      return rows.map(({ seq, line }) => ({ seq: Number(seq), bytes: Buffer.from(String(line)) }));
    } finally {
      await connection.close();
    }
  };
  return {
    last,
    predictions(from, to, most) {
      const answer = turn.then(() => read(from, to, most));
      turn = answer.catch(() => undefined);
      return answer;
    },
  };
}
