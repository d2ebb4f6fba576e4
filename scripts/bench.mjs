// `npm run bench`: sets up, compiles test/bench against the built dist/, and runs it. Plain Node.
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';
import { setup } from './setup.mjs';

chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  await setup();
  compile('bench');
} catch (error) {
  console.error(`set-up: ${error.message}`);
  process.exit(1);
}
// A name and not a literal: what is compiled a moment before has no types yet.
const main = '../.cache/bench/build/test/bench/main.js';
await import(main);
