// A program of its own that stores predictions as fast as it can and says on stdout which of them were acknowledged,
// until it is killed. With --check: what SQLite says of the file.
import { StoreWriter } from '../../../dist/sinks/store/writer.js';
import { storePlace } from '../../../dist/sinks/store/open.js';
import { systemClock } from '../../../dist/base/clock.js';

const [, , where, check] = process.argv;
const place = storePlace(where, 'the test');
if (check === '--check') {
  const connection = await place.read();
  const [row] = await connection.rows('PRAGMA integrity_check');
  process.stdout.write(`${row.integrity_check}\n`);
  await connection.close();
} else {
  let last = 0;
  const { writer, before } = await StoreWriter.open({
    place,
    stream: 'meter',
    run: String(process.pid),
    source: 'clip.mp4',
    model: 'm',
    pipeline: 'p',
    version: '1',
    keep: {},
    given: () => ({ prediction: last, reading: 0 }),
    clock: systemClock,
    now: Date.now,
  });
  last = before.prediction;
  const record = () => `p ${++last} ${Date.now()} {"seq":${last},"region":"r0","digit":7,"ratio":9}`;
  for (;;) {
    await writer.send([record(), record(), record()], AbortSignal.abort());
    process.stdout.write(`${JSON.stringify({ before: before.prediction, through: writer.stored.prediction })}\n`);
  }
}
