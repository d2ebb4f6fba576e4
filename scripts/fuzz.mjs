// `npm run fuzz`: sets up, compiles test/fuzz against the built dist/, and runs it. Plain Node.
import { compileAndRun } from './compile.mjs';

await compileAndRun('fuzz');
