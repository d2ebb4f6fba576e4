// Compiles a program of test/ against the built dist/. Plain Node; used by the scripts that run them.
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * test/ROOM as JavaScript in .cache/ROOM/build; what it imports from src/ is dist/, the code that is shipped, and no
 * second copy of it. Throws an Error when it does not compile.
 * @param {string} room
 */
export function compile(room) {
  const out = join(root, '.cache', room, 'build');
  rmSync(out, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const words = [tsc, '-p', join(root, `tsconfig.${room}.json`)];
  const { status } = spawnSync(process.execPath, words, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`what is in test/${room} does not compile; see above`);
  rmSync(join(out, 'src'), { recursive: true, force: true });
  symlinkSync(join(root, 'dist'), join(out, 'src'), 'junction');
}
