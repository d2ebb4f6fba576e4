// `npm run bench`: sets up, compiles test/bench against the built dist/, and runs it. Plain Node.
import { compileAndRun } from './compile.mjs';

await compileAndRun('bench');
