// Owns a report's folder on disk: whole or not at all, and never in place of something else. It must not measure or
// draw.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../../base/errors.js';
import { oldName, replaceFolder } from '../../base/output/folder.js';
import { renderPage } from './page.js';
import type { Report } from './report.js';

/** What a report's folder holds, and nothing else. */
const PARTS = ['figures', 'index.html', 'report.json'];

/** Form of report.json. */
const FORMAT = 'lq-stream report 1';

/**
 * Refuses a folder that a report can't take, before anything is measured.
 * @throws UsageError when it holds something else than a report, or the folder where an old report would step aside
 *   does.
 */
export async function checkReportFolder(dir: string): Promise<void> {
  await refuseStrangers(dir);
  await refuseStrangers(oldName(path.resolve(dir)));
}

async function refuseStrangers(dir: string): Promise<void> {
  const entries = await readdir(dir).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`The report can't be written to ${dir}: ${error.message}.`, { cause: error });
  });
  const strangers = entries.filter((name) => !PARTS.includes(name));
  if (strangers.length > 0 || (entries.length > 0 && !entries.includes('report.json'))) {
    throw new UsageError(
      `${dir} holds ${(strangers.length > 0 ? strangers : entries).slice(0, 3).join(', ')}, so it is not ` +
        `a report. Give a new folder, or one that holds a report, with --out.`,
    );
  }
}

/**
 * Writes index.html, report.json and figures/. It is made beside `dir` and then takes the place of the report that was
 * there, which steps aside to `dir`.old until then: whatever stops it, one of the two is whole.
 * @returns The page's path.
 * @throws UsageError when the folder holds something else, or can't be written.
 */
export async function writeReport(dir: string, { head, sections }: Report): Promise<string> {
  const target = path.resolve(dir);
  await checkReportFolder(target);
  try {
    await replaceFolder(target, async (fresh) => {
      await mkdir(path.join(fresh, 'figures'));
      for (const block of sections.flatMap(({ blocks }) => blocks)) {
        if (block.kind !== 'figure') continue;
        await writeFile(path.join(fresh, 'figures', `${block.name}.svg`), block.picture.svg);
        await writeFile(path.join(fresh, 'figures', `${block.name}.png`), block.picture.png);
      }
      await writeFile(path.join(fresh, 'index.html'), renderPage(head, sections));
      await writeFile(path.join(fresh, 'report.json'), `${numbersOf({ head, sections })}\n`);
    });
  } catch (cause) {
    throw new UsageError(`The report can't be written to ${dir}: ${(cause as Error).message}.`, { cause });
  }
  return path.join(dir, 'index.html');
}

function numbersOf({ head, sections }: Report): string {
  return JSON.stringify({
    format: FORMAT,
    title: head.title,
    warnings: head.warnings,
    sections: Object.fromEntries(sections.map(({ id, numbers }) => [id, numbers])),
  });
}
