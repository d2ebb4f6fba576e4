// `lq-stream <source>`: the arguments, help and version. What a run does is loaded only for one.
import { setFlagsFromString } from 'node:v8';
import { EXIT } from '../base/errors.js';
import { readArguments } from './arguments.js';
import { HELP, helpWithoutLab } from './help.js';
import { hasLab, repository, version } from './package.js';

/**
 * Runs the command and resolves to its exit code (see `EXIT`). Rejects with UserError for what the user can mend.
 * Data goes to stdout, everything for people to stderr.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const request = readArguments(argv);
  if (request.show === undefined) {
    keepYoungSmall();
    return await (await import('./read.js')).read(request.arguments);
  }
  const help = (): string => (hasLab() ? HELP : helpWithoutLab(repository()));
  process.stdout.write(request.show === 'help' ? help() : `${version()}\n`);
  return EXIT.done;
}

/**
 * Keeps V8's young generation at the megabyte that it starts with. It then stays in the processor's cache, and what
 * ffmpeg's output came in is given back every other frame, before it adds up to a collection of everything: 2 to 6 %
 * less processor time.
 */
function keepYoungSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
