// Prints a run's totals from vitest's JSON report, last as one plain line, 'N passed, N failed, N skipped'; before it,
// which skips are of the native TensorFlow branch. Fails unless all is well.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What is read of vitest's report.
 * @typedef {{ status: string, ancestorTitles: string[], title: string }} Test
 * @typedef {{ name: string, status: string, assertionResults: Test[] }} File
 * @typedef {{ numPassedTests: number, numFailedTests: number, success: boolean, testResults?: File[] }} Report
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const [path = ''] = process.argv.slice(2);
/** @type {Report} */
const report = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : // Set-up, types or lint failed before a test could.
    { numPassedTests: 0, numFailedTests: 1, success: false };
const files = report.testResults ?? [];

// A file that does not load counts as one failed test, or it would be missing from the totals.
const unloaded = files.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
).length;
const failed = report.numFailedTests + unloaded;

const skipped = files.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => !['passed', 'failed'].includes(status))
    .map((test) => ({ file: relative(root, name), title: [...test.ancestorTitles, test.title].join(' > ') })),
);
// test/lab/training/backends.ts names the blocks of a backend so.
const native = skipped.filter(({ title }) => title.startsWith('on tensorflow'));
const others = skipped.filter((test) => !native.includes(test));
if (native.length > 0) {
  const where = [...new Set(native.map(({ file }) => file))].join(', ');
  console.log(
    `${native.length} skipped of the native TensorFlow branch, which is not installed here ` +
      `(npm run setup:native): ${where}`,
  );
}
for (const { file, title } of others) console.log(`skipped: ${file}: ${title}`);
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = report.success && failed === 0 && report.numPassedTests > 0 ? 0 : 1;
