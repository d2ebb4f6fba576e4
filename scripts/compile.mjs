// Compiles a program of test/ against the built dist/, and runs it. Plain Node; used by the scripts that are named after
// them.
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setup } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * test/ROOM as JavaScript in .cache/ROOM/build; what it imports from src/ is dist/, the code that is shipped, and no
 * second copy of it. Throws an Error when it does not compile.
 * @param {string} room
 */
function compile(room) {
  const out = join(root, '.cache', room, 'build');
  rmSync(out, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const words = [tsc, '-p', join(root, `tsconfig.${room}.json`)];
  const { status } = spawnSync(process.execPath, words, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`what is in test/${room} does not compile; see above`);
  rmSync(join(out, 'src'), { recursive: true, force: true });
  symlinkSync(join(root, 'dist'), join(out, 'src'), 'junction');
}

/**
 * Sets up, compiles test/ROOM and runs its main.ts in this process, which ends with 1 where that is not possible.
 * @param {string} room
 */
export async function compileAndRun(room) {
  process.chdir(root);
  try {
    await setup();
    compile(room);
  } catch (error) {
    console.error(`set-up: ${error.message}`);
    process.exit(1);
  }
  await import(pathToFileURL(join(root, '.cache', room, 'build', 'test', room, 'main.js')).href);
}
