// Reads a clip and prints each digit with its time and 1-2 ratio:
//
//     node read-a-file.mjs camera.mp4 [FRAMES]
import { readDigits } from 'lq-stream';

const [source, frames] = process.argv.slice(2);
if (source === undefined) throw new Error('which clip? node read-a-file.mjs CLIP [FRAMES]');

const digits = readDigits(source, frames === undefined ? {} : { limit: Number(frames) });
for await (const { digit, time, ratio, region } of digits) {
  console.log(`${time.toFixed(2)} s  ${region.padEnd(4)} ${digit}  ratio ${ratio.toFixed(1)}`);
}
// Leaving the loop early (break, return, an error) stops ffmpeg and frees the model.
