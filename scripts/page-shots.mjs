// Makes a picture of each view of the page in out/page/, and with --docs the two in docs/, from a run on a camera that
// looks at a counter. Needs a browser: CHROMIUM, or chromium of the system.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { CELLS, startCounter } from './page/counter.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'out', 'page');
const PORT = 8479;
const VIEWS = ['live', 'windows', 'gate', 'readings', 'crops'];
/** @type {readonly (readonly ['light' | 'dark', number, number, string])[]} */
const LOOKS = [
  ['light', 1280, 820, ''],
  ['dark', 1280, 820, '-dark'],
  ['light', 390, 844, '-phone'],
];

/** Five windows on the counter, and a reading of them. */
const PIPELINE = `# A counter with five windows.
regions:
  mode: fixed
  units: pixels
  list:
${CELLS.map(([x = 0, y = 0, w = 0, h = 0], k) => `    - { id: w${k + 1}, box: [${x + 4}, ${y + 4}, ${w - 8}, ${h - 8}] }`).join('\n')}
readings:
  - id: meter
    windows: [w1, w2, w3, w4, w5]
    decimals: 1
    agree: { frames: 4, of: 5, seconds: 0.2 }
    rules: { change: { most: 2, per: 1 } }
`;

function browserProgram() {
  const named = process.env['CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = named ?? folders.map((folder) => join(folder, 'chromium')).find((file) => existsSync(file));
  if (found === undefined) throw new Error('there is no chromium: npm run setup -- --all, or CHROMIUM=/path/to/it');
  return found;
}

/** Starts the program; resolves when it serves the page. @param {string} source @param {string} folder */
async function startProgram(source, folder) {
  const file = join(folder, 'counter.yaml');
  writeFileSync(file, PIPELINE);
  const cli = join(root, 'dist', 'cli.js');
  const words = [cli, source, '--serve', String(PORT), '--edit', 'counter.yaml', '--crops', 'crops'];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the program ended with ${code}`)));
    child.stderr.on('data', (text) => String(text).includes('page:') && resolve(undefined));
  });
  return child;
}

/** What is done in a view before its picture is taken. @type {Record<string, (page: import('playwright-core').Page) => Promise<void>>} */
const ACTS = {
  windows: async (page) => {
    await page.locator('[data-window=w4] rect').first().focus();
    await page.locator('[data-verdict]').waitFor();
  },
  gate: async (page) => {
    await page.getByRole('slider').first().focus();
    for (let k = 0; k < 7; k++) await page.keyboard.press('PageUp');
  },
};

const folder = mkdtempSync(join(tmpdir(), 'lq-shots-'));
mkdirSync(out, { recursive: true });
const begun = performance.now();
// It counts on each second, and now and then a card is covered or jumps.
const value = () => {
  const second = Math.floor((performance.now() - begun) / 1000);
  const shown = String(4168 + second + (second % 9 === 7 ? 3000 : 0)).padStart(5, '0');
  return second % 5 === 3 ? `${shown.slice(0, 4)}-` : shown;
};
const camera = await startCounter({ value });
const program = await startProgram(camera.url, folder);
const browser = await chromium.launch({
  executablePath: browserProgram(),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  // Long enough for figures to be worth looking at.
  await new Promise((resolve) => setTimeout(resolve, 25_000));
  for (const [colorScheme, width, height, suffix] of LOOKS) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    for (const view of VIEWS) {
      await page.goto(`http://127.0.0.1:${PORT}/#${view}`);
      await page.getByRole('button', { name: /Live$/ }).waitFor();
      await page.waitForTimeout(1500);
      await ACTS[view]?.(page);
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(out, `${view}${suffix}.png`) });
      if (process.argv.includes('--docs') && suffix === '' && (view === 'windows' || view === 'gate'))
        await page.screenshot({ path: join(root, 'docs', `page-${view}.png`) });
      await page.goto('about:blank');
    }
    await page.close();
  }
  console.error(`pages: ${VIEWS.length * LOOKS.length} pictures in out/page/`);
} finally {
  await browser.close();
  program.kill('SIGINT');
  await camera.die();
  rmSync(folder, { recursive: true, force: true });
}
