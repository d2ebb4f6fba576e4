// Prints a run's totals from vitest's JSON report as one plain line, 'N passed, N failed'; fails unless all is well.
import { existsSync, readFileSync } from 'node:fs';

const [file = ''] = process.argv.slice(2);
// No report: set-up, types or lint failed before a test could.
const report = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 1, success: false };
// A file that does not load counts as one failed test, or it would be missing from the totals.
const unloaded = (report.testResults ?? []).filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
).length;
const failed = report.numFailedTests + unloaded;
const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = report.success && failed === 0 && report.numPassedTests > 0 ? 0 : 1;
