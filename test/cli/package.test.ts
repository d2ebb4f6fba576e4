// Tests of src/cli/package.ts and of what is said where the laboratory is missing. That an installed package says it
// is checked on one (scripts/check-package.mjs).
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { HELP, helpWithoutLab } from '../../src/cli/help.js';
import { hasLab, labMissing, repository, version } from '../../src/cli/package.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly repository: { readonly url: string };
};

it('takes version and address from package.json, the address as a browser takes it', () => {
  expect(version()).toBe(manifest.version);
  expect(repository()).toMatch(/^https:\/\/[^+]+[^.]$/);
  expect(manifest.repository.url).toContain(repository());
});

it('finds the laboratory in the repository', () => {
  expect(hasLab()).toBe(true);
});

it('says in one line where a command lives, and how a file of that name is read', () => {
  const error = labMissing('train');
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toMatch(/^"train" [^\n]*$/);
  expect(error.message).toContain(`git clone ${repository()}`);
  expect(error.message).toContain('npm start -- train');
  expect(error.message).toContain('lq-stream ./train');
});

it('promises no command in the help that is not there, and leaves the rest as it is', () => {
  const url = 'https://example.org/somewhere';
  const help = helpWithoutLab(url);
  expect(help.match(/^ {2}lq-stream \S+/gm)).toEqual(
    HELP.match(/^ {2}lq-stream \S+/gm)!.filter((line) => !/ (train|replay|calibrate|attack|report|pages)$/.test(line)),
  );
  expect(help).toContain(url);
  const options = (text: string): string => text.slice(text.indexOf('What to read'));
  expect(options(help)).toBe(options(HELP));
});
