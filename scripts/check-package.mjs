// Packs the package, installs it in an empty folder as a stranger would, and reads the fixture with it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lq-package-'));

/** Runs a program with its messages on stderr; what it printed. */
function run(program, args, cwd) {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

try {
  const [{ filename, size }] = JSON.parse(
    run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], root),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `./${filename}`], folder);
  const lines = run('npx', ['lq-stream', join(root, 'fixtures', 'camera.mp4'), '--quiet', '--limit', '120'], folder)
    .trim()
    .split('\n');
  const digits = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'prediction').length;
  if (digits === 0) throw new Error('the installed package reads no digit in the fixture');
  console.error(
    `package: ${filename}, ${(size / 2 ** 20).toFixed(1)} MiB, installed elsewhere and read ${digits} digits`,
  );
} catch (error) {
  console.error(`package: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
