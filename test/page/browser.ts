// A real browser for tests, without a window: Chromium of the system. Holds no tests.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serverProgram } from '../live-parts/servers.js';

const program = serverProgram('chromium', 'the page in a browser');

/** Whether there is one. */
export const hasBrowser = program !== undefined;

/** Starts it. A user who may do everything has no sandbox. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: program!,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** axe reads pixels of a canvas of its own, and Chromium says how that would be faster; the page itself reads none. */
const OF_AXE = /getImageData.*willReadFrequently/;

/** What went wrong on a page, as the browser's console says it. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('console', (message) => {
    const isFault = message.type() === 'error' || message.type() === 'warning';
    if (isFault && !OF_AXE.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return faults;
}

/** What axe finds, in words. */
export async function violations(page: Page): Promise<string[]> {
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  return await page.evaluate(async () => {
    interface Axe {
      run(): Promise<{
        readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
      }>;
    }
    const { violations: found } = await (globalThis as unknown as { readonly axe: Axe }).axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
}
