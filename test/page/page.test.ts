// Tests of the page in a real browser, on a real run: what a person does, and what comes of it in the pipeline.
import { gzipSync } from 'node:zlib';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePipeline } from '../../src/config.js';
import { faultsOf, hasBrowser, startBrowser, violations } from './browser.js';
import { CELLS, startCounterRun, type CounterRun } from './counter-run.js';

const built = fileURLToPath(new URL('../../dist/page', import.meta.url));
const TOKEN = 'correct-horse-battery';

describe('the built page', () => {
  const files = readdirSync(join(built, 'page')).map((name) => readFileSync(join(built, 'page', name)));
  const index = readFileSync(join(built, 'index.html'));

  it('is small: less than 120 kB, each file packed as a proxy would', () => {
    const bytes = [index, ...files].reduce((sum, file) => sum + gzipSync(file).length, 0);
    expect(bytes).toBeLessThan(120_000);
  });

  it('holds no script and no style within the HTML, and no address of another host', () => {
    const html = index.toString();
    expect(html).not.toMatch(/<style|style=|<script[^>]*>[^<]/);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });
});

describe.skipIf(!hasBrowser)('the page', () => {
  let browser: Browser;
  let run: CounterRun;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];
  const shown = '04173';
  beforeAll(async () => {
    [browser, run] = await Promise.all([startBrowser(), startCounterRun({ token: TOKEN, value: () => shown })]);
  });
  afterAll(async () => {
    await browser.close();
    await run.end();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    faults = faultsOf(page);
  });
  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  /** Opens a view with the right token. */
  async function open(view: string, on = page): Promise<void> {
    await on.goto(`${run.url}#${view}`);
    await on.getByLabel('Token').fill(TOKEN);
    await on.getByRole('button', { name: 'Open' }).click();
    await on.getByRole('button', { name: /cam Live$/ }).waitFor();
  }

  it('asks for the token, keeps it for the session, and never shows it in the address', async () => {
    await page.goto(run.url);
    await page.getByLabel('Token').fill('wrong-horse-battery');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').getByText('does not take this token').waitFor();
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText(/frame \d+/).waitFor();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('websocket', (socket) => requests.push(socket.url()));
    await page.reload();
    await page.getByText(/frame \d+/).waitFor();
    expect([page.url(), ...requests].filter((url) => url.includes(TOKEN))).toEqual([]);
    expect(requests.some((url) => url.startsWith('ws://'))).toBe(true);
  });

  it('says in text what is read in the picture', async () => {
    await open('live');
    const side = page.getByRole('region', { name: 'What is read' });
    for (const digit of shown) await side.locator('td.digit', { hasText: digit }).first().waitFor();
  });

  it('freezes, and steps back through the last pictures', async () => {
    await open('live');
    const frame = async (): Promise<number> =>
      Number(/frame (\d+)/.exec((await page.locator('.when').textContent()) ?? '')?.[1]);
    await expect.poll(frame).toBeGreaterThan(0);
    const first = await frame();
    await expect.poll(frame).toBeGreaterThan(first + 6);
    await page.getByRole('button', { name: 'Freeze' }).click();
    const frozen = await frame();
    await page.getByRole('button', { name: 'One picture back' }).click();
    await expect.poll(frame).toBeLessThan(frozen);
    await page.getByRole('button', { name: 'One picture on' }).click();
    await expect.poll(frame).toBe(frozen);
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(frame).toBeGreaterThan(frozen + 3);
  });

  it('grows under two fingers, and shrinks again', async () => {
    const phone = await browser.newContext({ viewport: { width: 390, height: 800 }, hasTouch: true });
    const touched = await phone.newPage();
    await open('live', touched);
    await touched.getByText(/frame \d+/).waitFor();
    const box = (await touched.locator('.stage canvas').first().boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const cdp = await phone.newCDPSession(touched);
    const at = (apart: number) => [x - apart, x + apart].map((left, id) => ({ x: left, y, id }));
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: ReturnType<typeof at>) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints });
    const smaller = touched.getByRole('button', { name: 'Smaller' });
    expect(await smaller.isDisabled()).toBe(true);
    await send('touchStart', at(20).slice(0, 1));
    await send('touchStart', at(20));
    for (const apart of [30, 50, 80]) await send('touchMove', at(apart));
    await expect.poll(() => smaller.isDisabled()).toBe(false);
    for (const apart of [50, 30, 15]) await send('touchMove', at(apart));
    await send('touchEnd', []);
    await expect.poll(() => smaller.isDisabled()).toBe(true);
    await phone.close();
  });

  it('draws a row of windows, shows what is in them, makes a reading of them, applies and saves it', async () => {
    await open('windows');
    const before = run.editing.settings.now.pipeline;
    await page.getByLabel('Cells in a drawn rectangle').fill('5');
    await drawOver(page, [CELLS[0]!, CELLS[4]!]);
    const windows = page.locator('[data-window]');
    await expect.poll(() => windows.count()).toBe(5);
    // What stands in the list is what the camera shows.
    for (const [k, digit] of Array.from(shown).entries())
      await page
        .getByRole('button', { name: new RegExp(`^w${k + 1}\\s*${digit} ×`) })
        .first()
        .waitFor();
    // A nudge by a key is a pixel, and is taken back.
    const first = page.locator('[data-window="w1"] rect');
    const x = Number(await first.getAttribute('x'));
    await first.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => first.getAttribute('x')).toBe(String(x + 1));
    await page.keyboard.press('Control+z');
    await expect.poll(() => first.getAttribute('x')).toBe(String(x));
    await page.getByRole('button', { name: 'Tick all' }).click();
    await page.getByLabel('Reading', { exact: true }).fill('meter');
    await page.getByLabel('decimals').fill('1');
    await page.getByRole('button', { name: 'Make a reading' }).click();
    // What lasts and what does not is said at each step.
    await page.getByText(/^Not applied: /).waitFor();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/^Applied: /).waitFor();
    await page.getByText(/^Applied, not saved: .*mine\.yaml/).waitFor();
    expect(await page.getByText(/^Not applied: /).count()).toBe(0);
    // It holds in the run itself: other regions, another hash, and numbers.
    await expect
      .poll(() => run.frames.at(-1)?.sightings.map(({ digit }) => digit.region.id))
      .toEqual(['w1', 'w2', 'w3', 'w4', 'w5']);
    const { pipeline } = run.frames.at(-1)!;
    expect(pipeline).not.toBe(before);
    expect(run.frames.at(-1)!.outgoing[0]!.message.pipeline).toBe(pipeline);
    await expect
      .poll(() => run.frames.flatMap(({ numbers }) => numbers.map(({ message }) => `${message.id} ${message.value}`)), {
        timeout: 30_000,
      })
      .toContain('meter 0417.3');
    await page.getByRole('button', { name: /^Save in/ }).click();
    await page.getByText(/^Saved in/).waitFor();
    const text = await run.saved();
    expect(text).toContain('# The counter in the hall.');
    expect(text).toContain('# Set by hand in spring.');
    const { regions, readings } = parsePipeline(text, 'saved');
    expect(regions.mode === 'fixed' && regions.list.map(({ id }) => id)).toEqual(['w1', 'w2', 'w3', 'w4', 'w5']);
    expect(readings?.map(({ id, windows, decimals }) => ({ id, windows, decimals }))).toEqual([
      { id: 'meter', windows: ['w1', 'w2', 'w3', 'w4', 'w5'], decimals: 1 },
    ]);
    // The reading is shown, in text, in its own view.
    await page.getByRole('link', { name: 'Readings' }).click();
    await page.getByRole('cell', { name: '0417.3' }).first().waitFor();
  });

  it('goes back to digits that are found, every line a reading, once all windows are removed', async () => {
    const before = run.editing.settings.now.config;
    expect(before.regions.mode).toBe('fixed');
    await open('windows');
    const windows = page.locator('[data-window]');
    await expect.poll(() => windows.count()).toBe(5);
    for (let left = 5; left > 0; left--) {
      await windows.first().locator('rect').first().focus();
      await page.keyboard.press('Delete');
      await expect.poll(() => windows.count()).toBe(left - 1);
    }
    const make = page.getByRole('button', { name: 'Make every line a reading' });
    await make.click();
    await page.getByText('Every line of digits is a reading.').waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await make.click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/^Applied: /).waitFor();
    const { regions, readings } = run.editing.settings.now.config;
    expect(regions.mode).toBe('auto');
    expect(readings).toEqual(parsePipeline('readings: auto', 'auto').readings);
    await page.getByRole('button', { name: 'Undo applied' }).click();
    await page.getByText('taken back').waitFor();
    expect(run.editing.settings.now.config).toEqual(before);
  });

  it('tells the second of two editors, changes nothing by it, and shows what holds', async () => {
    await open('gate');
    const other = await context.newPage();
    await open('gate', other);
    const line = page.getByRole('slider', { name: 'Smallest accepted ratio' });
    const otherLine = other.getByRole('slider', { name: 'Smallest accepted ratio' });
    await line.focus();
    await page.keyboard.press('PageUp');
    await otherLine.focus();
    await other.keyboard.press('ArrowUp');
    // Both start from one revision: what the first says must not have come to the second yet.
    const revision = run.editing.state.revision;
    await holdBack(other);
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/^Applied: /).waitFor();
    const holds = run.editing.settings.now.thresholds.ratio;
    await other.getByRole('button', { name: 'Apply' }).click();
    await other.getByText(/was changed in another window meanwhile/).waitFor();
    expect(run.editing.settings.now.thresholds.ratio).toBe(holds);
    expect(run.editing.state.revision).toBe(revision + 1);
    await page.getByRole('button', { name: 'Undo applied' }).click();
    await page.getByText('taken back').waitFor();
    expect(run.editing.settings.now.thresholds.ratio).not.toBe(holds);
  });

  it('counts at once what a dragged threshold would accept, and applies it', async () => {
    await open('gate');
    const line = page.getByRole('slider', { name: 'Smallest accepted ratio' });
    const chart = (await page.getByRole('group', { name: 'Regions by ratio' }).boundingBox())!;
    await expect.poll(async () => (await line.boundingBox())!.x).toBeGreaterThan(chart.x + 60);
    const box = (await line.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(chart.x + chart.width * 0.8, box.y + 60, { steps: 8 });
    await page.mouse.up();
    await expect.poll(async () => Number(await line.getAttribute('aria-valuetext'))).toBeGreaterThan(100);
    const ratio = Number(await line.getAttribute('aria-valuetext'));
    const said = async (): Promise<number> =>
      Number.parseFloat((await page.locator('[data-figure=coverage]').textContent()) ?? '');
    // Counted by hand, of every region of the run that has ink.
    const wanted = (): number => {
      const seen = run.frames.flatMap(({ sightings }) => sightings.map(({ verdict }) => verdict));
      const inked = seen.filter((one) => one.accepted || one.rejected !== 'blank');
      const passes = inked.filter((one) => one.accepted && one.ratio >= ratio);
      return (100 * passes.length) / inked.length;
    };
    await expect.poll(async () => Math.abs((await said()) - wanted()), { timeout: 10_000 }).toBeLessThan(2);
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/^Applied: /).waitFor();
    expect(run.editing.settings.now.thresholds.ratio).toBe(ratio);
    await expect
      .poll(() => run.frames.at(-1)!.sightings.some(({ verdict }) => verdict.accepted && verdict.ratio < ratio), {
        timeout: 10_000,
      })
      .toBe(false);
    await page.getByRole('button', { name: 'Undo applied' }).click();
    await page.getByText('taken back').waitFor();
  });

  it('keeps a crop as what a person says it is, in files that training takes', async () => {
    await open('crops');
    const card = page.locator('.crop > button').first();
    await card.click();
    await page.keyboard.press('7');
    await page.getByText('Kept as a 7.').waitFor();
    await page.getByRole('button', { name: 'no digit' }).click();
    await page.getByText('Kept as no digit.').waitFor();
    const images = readFileSync(join(run.folder, 'crops', 'no-digit-images-idx3-ubyte'));
    expect([...images.subarray(0, 16)]).toEqual([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28]);
    expect(images.subarray(16).some((pixel) => pixel > 128)).toBe(true);
  });

  it('says large that the source is gone, and goes on when it is back', async () => {
    await open('live');
    await page.getByText(/frame \d+/).waitFor();
    await run.camera.die();
    await page.locator('.loud', { hasText: 'Retrying' }).waitFor();
    await run.camera.live();
    await page.locator('.loud').waitFor({ state: 'detached' });
    const frame = async (): Promise<string | null> => await page.locator('.when').textContent();
    const before = await frame();
    await expect.poll(frame).not.toBe(before);
  });

  it('shows several sources side by side, each with its own token', async () => {
    const second = await startCounterRun({ value: () => '99999' });
    try {
      await open('live');
      await page.getByRole('button', { name: 'Add a source' }).click();
      await page.getByLabel('Address of another feed').fill(new URL(second.url).host);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await expect.poll(() => page.getByText(/frame \d+/).count()).toBe(2);
      // Only the page of that server itself may change it.
      await page.getByRole('link', { name: 'Windows' }).click();
      await page.getByRole('button', { name: new RegExp(new URL(second.camera.url).host) }).click();
      await page.getByText(/came from another server/).waitFor();
    } finally {
      await second.end();
    }
    faults.length = 0;
  });

  describe.each([
    ['light', 1400],
    ['dark', 1400],
    ['light', 390],
  ] as const)('in %s, %i pixels wide', (colorScheme, width) => {
    it.each(['live', 'windows', 'gate', 'readings', 'crops'])(
      '%s has no fault that axe finds, and is no wider than the screen',
      async (view) => {
        await page.setViewportSize({ width, height: 850 });
        await page.emulateMedia({ colorScheme });
        await open(view);
        await page.locator('h1').first().waitFor();
        if (view === 'windows') await page.locator('.editing canvas').waitFor();
        if (view === 'gate') await page.getByRole('slider').first().waitFor();
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      },
    );
  });
});

/** Draws around two cells and all between them, with the mouse. */
async function drawOver(page: Page, cells: readonly (readonly [number, number, number, number])[]): Promise<void> {
  const area = (await page.locator('.drawing').boundingBox())!;
  const scale = area.width / 960;
  const [from, to] = [cells[0]!, cells.at(-1)!];
  await page.mouse.move(area.x + (from[0] + 3) * scale, area.y + (from[1] + 4) * scale);
  await page.mouse.down();
  await page.mouse.move(area.x + 480 * scale, area.y + 300 * scale, { steps: 4 });
  await page.mouse.move(area.x + (to[0] + to[2] - 3) * scale, area.y + (to[1] + to[3] - 4) * scale, { steps: 4 });
  await page.mouse.up();
}

/** What the server says of the configuration from now on, this page does not hear. */
async function holdBack(page: Page): Promise<void> {
  await page.evaluate(() => {
    const own = JSON.parse.bind(JSON);
    JSON.parse = (text: string) => {
      const value = own(text) as { readonly type?: string };
      return value.type === 'config' ? { type: 'other' } : value;
    };
  });
}
