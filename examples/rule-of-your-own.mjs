// A rule of your own: a digit is believed only when it has been accepted in three frames running. What the rule refuses
// is counted and told like every other rejection, with the reason `rule`.
//
//     node rule-of-your-own.mjs camera.mp4 [FRAMES]
import { readDigits, refuse } from 'lq-stream';

const RUNNING = 3;

/** A rule with a memory of its own: make one for each run. */
function seenRunning() {
  let before = new Map();
  return ({ sightings }) => {
    const now = new Map();
    const judged = sightings.map((sighting) => {
      const { digit, verdict } = sighting;
      if (!verdict.accepted) return sighting;
      const last = before.get(digit.region.id);
      const times = last?.digit === verdict.digit ? last.times + 1 : 1;
      now.set(digit.region.id, { digit: verdict.digit, times });
      return times >= RUNNING ? sighting : refuse(sighting, RUNNING - times);
    });
    before = now;
    return judged;
  };
}

const [source, frames] = process.argv.slice(2);
if (source === undefined) throw new Error('which clip? node rule-of-your-own.mjs CLIP [FRAMES]');

let believed = 0;
let refused = 0;
const limit = frames === undefined ? {} : { limit: Number(frames) };
for await (const message of readDigits(source, { ...limit, rules: [seenRunning()], rejected: true })) {
  if (message.type === 'prediction') believed++;
  else if (message.rejected === 'rule') refused++;
}
console.log(`${believed} believed, ${refused} not yet`);
