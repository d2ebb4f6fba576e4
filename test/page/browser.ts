// A real browser for tests, without a window: Chromium of the system. Holds no tests.
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

/** What went wrong on a page, as the browser's console says it. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return faults;
}
