// What the package says of itself, and whether the laboratory came with it. Loads nothing of either.
import { existsSync } from 'node:fs';
import { UsageError } from '../base/errors.js';
import { packageJson } from '../base/package-json.js';

/** The version in package.json. */
export function version(): string {
  return packageJson().version;
}

/** Address of the repository that package.json names, for a browser or `git clone`. */
export function repository(): string {
  return packageJson()
    .repository.url.replace(/^git\+/, '')
    .replace(/\.git$/, '');
}

/** Whether the laboratory's commands are here: in a clone of the repository they are, in an installed package not. */
export function hasLab(): boolean {
  return existsSync(new URL('./lab/', import.meta.url));
}

/** What a person gets who calls a command of the laboratory where it is not. */
export function labMissing(command: string): UsageError {
  return new UsageError(
    `"${command}" makes or judges models, and lives in the repository, not in this package: git clone ` +
      `${repository()}, then in it: npm start -- ${command} (a file of that name: lq-stream ./${command})`,
  );
}
