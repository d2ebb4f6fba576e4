// `lq-stream <source>`: the arguments, help and version. What a run does is loaded only for one.
import { readFileSync } from 'node:fs';
import { EXIT } from '../errors.js';
import { readArguments } from './arguments.js';
import { HELP } from './help.js';

/**
 * Runs the command and resolves to its exit code (see `EXIT`). Rejects with UserError for what the user can mend.
 * Data goes to stdout, everything for people to stderr.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const request = readArguments(argv);
  if (request.show === undefined) return await (await import('./read.js')).read(request.arguments);
  process.stdout.write(request.show === 'help' ? HELP : `${version()}\n`);
  return EXIT.done;
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return text;
}
