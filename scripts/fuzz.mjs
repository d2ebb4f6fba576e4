// `npm run fuzz`: sets up, compiles test/fuzz against the built dist/, and runs it. Plain Node.
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';
import { setup } from './setup.mjs';

chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  await setup();
  compile('fuzz');
} catch (error) {
  console.error(`set-up: ${error.message}`);
  process.exit(1);
}
// A name and not a literal: what is compiled a moment before has no types yet.
const main = '../.cache/fuzz/build/test/fuzz/main.js';
await import(main);
