// A sink of your own: how often each digit was read, as a table in a CSV file. The run waits for it, opens it first and
// ends it last, and tells it why the run ended.
//
//     node sink-of-your-own.mjs camera.mp4 table.csv [FRAMES]
import { writeFile } from 'node:fs/promises';
import { readInto, sink } from 'lq-stream';

/** Writes `digit,times` lines to `file` when the run ends; nothing when it is given up. */
function createTable(file) {
  const times = new Array(10).fill(0);
  return sink({
    pace: 'waits',
    failure: 'ends-run',
    async frame({ sightings }) {
      for (const { verdict } of sightings) if (verdict.accepted) times[verdict.digit]++;
    },
    async end({ reason }) {
      const lines = times.map((count, digit) => `${digit},${count}`);
      await writeFile(file, `digit,times\n${lines.join('\n')}\n`);
      console.log(`${file} written, the run is ${reason}`);
    },
  });
}

const [source, file, frames] = process.argv.slice(2);
if (file === undefined) throw new Error('which clip, and where to? node sink-of-your-own.mjs CLIP OUT.csv [FRAMES]');

const limit = frames === undefined ? {} : { limit: Number(frames) };
const counts = await readInto(source, { table: createTable(file) }, limit);
console.log(`${counts.accepted} digits in ${counts.frames} frames`);
