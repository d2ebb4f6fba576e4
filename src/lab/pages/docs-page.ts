// Owns putting figures into a page of docs/, between markers, with the command that makes them. It measures nothing.
import path from 'node:path';
import { UsageError } from '../../base/errors.js';

/** The page on which a judging is kept. */
export const FOOTAGE_PAGE = 'docs/footage.md';

/** What stands between markers there. */
export type FootageBlock = 'kinds' | 'pages' | 'labels';

/**
 * The page with `content` between `<!-- NAME -->` and `<!-- /NAME -->`, each of which stands once and alone on a line.
 * @throws UsageError where they don't.
 */
export function fillPage(page: string, name: FootageBlock, content: string): string {
  const lines = page.split('\n');
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [lines.indexOf(open), lines.indexOf(close)];
  if (start < 0 || end < start || lines.lastIndexOf(open) !== start || lines.lastIndexOf(close) !== end)
    throw new UsageError(
      `${FOOTAGE_PAGE} must have the lines ${open} and ${close}, once each and in this order: is this a clone?`,
    );
  return [...lines.slice(0, start + 1), '', content, '', ...lines.slice(end)].join('\n');
}

/** What is said of figures: the command that makes them again, before a table. */
export function withCommand(commands: readonly string[], tables: string): string {
  return `Made with\n\n${commands.map((command) => `    npx ${command}`).join('\n')}\n\n${tables}`;
}

/** How a folder is named where it must not tell whose machine it is on: as it was given, unless from the root. */
export function shownFolder(folder: string): string {
  return path.isAbsolute(folder) ? path.basename(folder) : folder;
}

/** The kinds as a table. */
export function kindsTable(kinds: readonly { readonly name: string; readonly about: string }[]): string {
  return [
    '| kind | what it shows |',
    '| --- | --- |',
    ...kinds.map(({ name, about }) => `| \`${name}\` | ${about} |`),
  ].join('\n');
}
