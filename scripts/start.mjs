// `npm start`: sets up, then runs lq-stream on what is given, or on the fixture with its annotated video.
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
try {
  await setup();
} catch (error) {
  console.error(`set-up: ${error.message}`);
  process.exit(1);
}
// npm runs scripts in the package's folder; what a person types is relative to where they typed it.
const typedIn = given.length > 0 ? process.env.INIT_CWD : undefined;
chdir(typedIn ?? root);
process.argv = [
  process.execPath,
  fileURLToPath(new URL('../dist/cli.js', import.meta.url)),
  ...(given.length > 0 ? given : ['fixtures/camera.mp4', '--annotate', 'out/camera.annotated.mp4']),
];
await import('../dist/cli.js');
