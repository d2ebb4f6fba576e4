// Makes a picture of each view of the page in out/page/, and with --docs those in docs/, from a run on a camera that
// looks at a counter; with --fleet of the page of a fleet in its place. Needs a browser: CHROMIUM, or chromium of the
// system; for a fleet nats-server too.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { parse } from 'yaml';
import { freePort } from './free-port.mjs';
import { CELLS, startCounter } from './page/counter.mjs';
import { startFleet } from './page/fleet.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'out', 'page');
const PORT = 8479;
/** Cameras of a fleet that is large. */
const MANY = 40;
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

/**
 * Takes a picture of each view in each look.
 * @param {string} url
 * @param {readonly (readonly [name: string, hash: string])[]} views
 * @param {readonly string[]} inDocs
 * @param {(page: import('playwright-core').Page) => Promise<void>} ready
 */
async function takePictures(url, views, inDocs, ready) {
  const browser = await chromium.launch({
    executablePath: browserProgram(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    for (const [colorScheme, width, height, suffix] of LOOKS) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      for (const [name, hash] of views) {
        await page.goto(`${url}#${hash}`);
        await ready(page);
        await page.waitForTimeout(1500);
        await ACTS[name]?.(page);
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(out, `${name}${suffix}.png`) });
        if (process.argv.includes('--docs') && suffix === '' && inDocs.includes(name))
          await page.screenshot({ path: join(root, 'docs', `page-${name}.png`) });
        await page.goto('about:blank');
      }
      await page.close();
    }
  } finally {
    await browser.close();
  }
  console.error(`pages: ${views.length * LOOKS.length} pictures in out/page/`);
}

mkdirSync(out, { recursive: true });
const begun = performance.now();
// It counts on each second, and now and then a card is covered or jumps.
const value = () => {
  const second = Math.floor((performance.now() - begun) / 1000);
  const shown = String(4168 + second + (second % 9 === 7 ? 3000 : 0)).padStart(5, '0');
  return second % 5 === 3 ? `${shown.slice(0, 4)}-` : shown;
};
const camera = await startCounter({ value });
/** Milliseconds after which figures are worth looking at. */
const LATER = 25_000;

async function ofRun() {
  const folder = mkdtempSync(join(tmpdir(), 'lq-shots-'));
  const program = await startProgram(camera.url, folder);
  try {
    await new Promise((resolve) => setTimeout(resolve, LATER));
    const views = VIEWS.map((view) => /** @type {const} */ ([view, view]));
    await takePictures(`http://127.0.0.1:${PORT}/`, views, ['windows', 'gate'], (page) =>
      page.getByRole('button', { name: /Live$/ }).waitFor(),
    );
  } finally {
    program.kill('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two cameras that are read, one that is away, one that can't be read; then many that nobody reads. */
async function ofFleet() {
  const { regions, readings } = parse(PIPELINE);
  const away = `http://127.0.0.1:${await freePort()}/cam`;
  const clip = join(root, 'fixtures', 'camera.mp4');
  const fleet = await startFleet([
    { id: 'hall', source: camera.url, pipeline: { regions, readings }, labels: { floor: 'first' } },
    { id: 'desk', source: clip, loop: true, pipeline: { source: { realtime: true } }, labels: { floor: 'second' } },
    { id: 'yard', source: away, labels: { floor: 'below' } },
    { id: 'roof', source: 'roof.mp4', labels: { floor: 'third' } },
  ]);
  try {
    await new Promise((resolve) => setTimeout(resolve, LATER));
    const views = [
      /** @type {const} */ (['fleet', 'live']),
      /** @type {const} */ (['fleet-camera', 'live/hall']),
      /** @type {const} */ (['fleet-gate', 'gate/desk']),
      /** @type {const} */ (['fleet-readings', 'readings/hall']),
    ];
    const ready = (/** @type {import('playwright-core').Page} */ page) => page.getByText(/\d+ workers?/).waitFor();
    await takePictures(fleet.url, views, ['fleet'], ready);
    const many = Array.from({ length: MANY }, (_, k) => ({ id: `meter-${k + 1}`, source: away }));
    await fleet.leave(many);
    await takePictures(fleet.url, [['fleet-many', 'live']], [], ready);
  } finally {
    await fleet.end();
  }
}

try {
  await (process.argv.includes('--fleet') ? ofFleet() : ofRun());
} finally {
  await camera.die();
}
