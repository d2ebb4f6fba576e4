// `npm run bench`: sets up, compiles test/bench against the built dist/, and runs it. Plain Node.
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, '.cache', 'bench', 'build');

chdir(root);
try {
  await setup();
  compile();
} catch (error) {
  console.error(`set-up: ${error.message}`);
  process.exit(1);
}
// A name and not a literal: what is compiled a moment before has no types yet.
const main = '../.cache/bench/build/test/bench/main.js';
await import(main);

/**
 * The measurements as JavaScript; what they import from src/ is dist/, the code that is shipped, and no second copy of
 * it.
 */
function compile() {
  rmSync(out, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.bench.json'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the measurements in test/bench do not compile; see above');
  rmSync(join(out, 'src'), { recursive: true, force: true });
  symlinkSync(join(root, 'dist'), join(out, 'src'), 'junction');
}
