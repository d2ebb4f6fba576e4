// A program in the place of ffmpeg that does what cameras and servers do to it. Holds no tests.
import { chmod, writeFile } from 'node:fs/promises';

/** Size of the pictures that `frame()` gives. */
export const [WIDTH, HEIGHT] = [64, 48];

/**
 * Writes the program. In `script`, `frame(width, height, part, more)` gives a picture, each of a level of its own and
 * at its own time of 0.1 s more, `say(line)` a line of the log, `run` is how often it was started before, from 0.
 */
export async function fakeFfmpeg(at: (name: string) => string, script: string): Promise<string> {
  const program = `#!${process.execPath}
    const { writeSync, writeFileSync, readFileSync, existsSync } = require('node:fs');
    if (process.argv[2] === '-version') { console.log('ffmpeg version 7.1'); process.exit(0); }
    const say = (text) => writeSync(2, text + '\\n');
    const runs = ${JSON.stringify(at('runs'))};
    const run = existsSync(runs) ? Number(readFileSync(runs, 'utf8')) : 0;
    writeFileSync(runs, String(run + 1));
    const at = (name) => ${JSON.stringify(`${at('.')}/`)} + name;
    let n = 0;
    const frame = (width = ${WIDTH}, height = ${HEIGHT}, part = 1, more = 'iskey:1 type:I') => {
      const size = width + 'x' + height;
      say('[Parsed_showinfo_1 @ 0x1] [info] n: ' + n + ' pts: ' + n + ' pts_time:' + n + ' pos: 0 s:' + size + ' i:P ' + more);
      let bytes = Buffer.alloc(width * height * part, (64 + 16 * run + n) & 255);
      while (bytes.length > 0)
        try { bytes = bytes.subarray(writeSync(1, bytes)); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
      n += 1;
    };
    const hang = () => { process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); };
    say("[info] Input #0, rtsp, from 'x':");
    say('[Parsed_showinfo_1 @ 0x1] [info] config in time_base: 1/10, frame_rate: 10/1');
    ${script}`;
  const file = at(`ffmpeg-${(count += 1)}`);
  await writeFile(file, program);
  await chmod(file, 0o755);
  return file;
}

let count = 0;
