// The page of a fleet as users have it: the built program as worker and as gateway, a real NATS server, a camera that looks
// at a counter and one that is not there, and a real browser.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { freePort, serverProgram, startServer, type RunningServer } from '../live-parts/servers.js';
import { faultsOf, hasBrowser, startBrowser, violations } from '../page/browser.js';
import { CELLS, startCounter, type CounterCamera } from '../page/counter-run.js';

const program = serverProgram('nats-server', 'the page of a fleet');
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const TOKEN = 'correct-horse-battery';

/** Milliseconds after which something never comes: machines of tests are slow at times. */
const PATIENCE = 120_000;

describe.skipIf(program === undefined || !hasBrowser)(
  'the page of a fleet',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'lq-fleet-page-'));
    const children: ChildProcess[] = [];
    let [broker, url] = ['', ''];
    let server: RunningServer;
    let camera: CounterCamera;
    let worker: ChildProcess;
    let gateway: ChildProcess;
    let browser: Browser;
    let page: Page;
    let faults: string[];
    let gone = '';
    let cameras: object[] = [];

    /** Starts the program; resolves when it has said so. */
    const run = async (said: string, ...words: string[]): Promise<ChildProcess> => {
      const env = { ...process.env, LQ_NATS: broker, LQ_TOKEN: TOKEN };
      const child = spawn(process.execPath, [cli, ...words], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
      children.push(child);
      let text = '';
      await new Promise<void>((resolve, reject) => {
        child.stderr.on('data', (data: Buffer) => {
          text += data.toString();
          if (text.includes(said)) resolve();
        });
        child.once('exit', (code) => reject(new Error(`${words.join(' ')} ended with ${code}: ${text}`)));
      });
      return child;
    };
    const end = async (child: ChildProcess): Promise<void> => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    };

    beforeAll(async () => {
      const [port, serve] = [await freePort(), await freePort()];
      [broker, url] = [`nats://127.0.0.1:${port}`, `http://127.0.0.1:${serve}/`];
      server = await startServer(program!, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], port);
      camera = await startCounter({ value: () => '04173' });
      const list = CELLS.map(([x, y, w, h], k) => ({ id: `w${k + 1}`, box: [x + 4, y + 4, w - 8, h - 8] }));
      const pipeline = {
        regions: { mode: 'fixed', units: 'pixels', list },
        readings: [{ id: 'meter', windows: list.map(({ id }) => id), decimals: 1 }],
      };
      gone = `http://127.0.0.1:${await freePort()}/cam`;
      cameras = [
        { id: 'hall', source: camera.url, pipeline, labels: { floor: 'first' } },
        { id: 'yard', source: gone, pipeline: 'default' },
      ];
      writeFileSync(join(folder, 'fleet.yaml'), JSON.stringify({ name: 'lq', cameras }));
      worker = await run('takes part', 'fleet', 'fleet.yaml', '--name', 'w1');
      gateway = await run('page: ', 'gateway', '--serve', String(serve));
      browser = await startBrowser();
      page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
      page.setDefaultTimeout(PATIENCE);
      faults = faultsOf(page);
    }, PATIENCE);
    afterAll(async () => {
      await browser.close();
      for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await camera.die();
      await server.signal('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });

    const tile = (id: string) => page.locator('a.tile', { hasText: id });
    /** No fault that axe finds, and nothing wider than the screen. */
    const isWhole = async (): Promise<void> => {
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    };

    it('asks for the token, and shows all cameras side by side, the one that is not well large', async () => {
      await page.goto(url);
      await page.getByLabel('Token').fill(TOKEN);
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByText('fleet lq · 1 worker · 2 cameras').waitFor();
      await tile('yard')
        .locator('.loud', { hasText: /Retrying|Connecting/ })
        .waitFor();
      await tile('hall').getByText('0417.3').waitFor();
      // It is drawn: a picture of the counter has light cards on dark ground.
      const brightest = () =>
        page.evaluate<number>(`(() => {
        const canvas = document.querySelector('a.tile[href="#live/hall"] canvas');
        if (!canvas || canvas.width === 0) return 0;
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((most, value, at) => (at % 4 === 0 ? Math.max(most, value) : most), 0);
      })()`);
      await expect.poll(brightest, { timeout: PATIENCE }).toBeGreaterThan(150);
      await isWhole();
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 390, height: 844 });
      await isWhole();
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1400, height: 900 });
    });

    it('shows one camera with what is read in it, its gate, readings and crops, and changes nothing', async () => {
      await tile('hall').click();
      await page.getByText(/frame \d+/).waitFor();
      const side = page.getByRole('region', { name: 'What is read' });
      for (const digit of '04173') await side.locator('td.digit', { hasText: digit }).first().waitFor();
      // What a run of one's own could be started with, nobody can ask of a fleet.
      await page.getByText('A run of its own on this camera, with --edit FILE.yaml, shows all of it.').waitFor();
      expect(await page.getByText('Start with --edit').count()).toBe(0);
      await isWhole();
      await page.getByRole('link', { name: 'Gate' }).click();
      await page.getByRole('slider', { name: 'Smallest accepted ratio' }).waitFor();
      await page.getByText(/changed in the fleet's file, with lq-stream fleet apply/).waitFor();
      expect(await page.getByRole('button', { name: 'Apply' }).count()).toBe(0);
      expect(await page.getByText('--truth').count()).toBe(0);
      await isWhole();
      await page.getByRole('link', { name: 'Readings' }).click();
      await page.getByRole('cell', { name: '0417.3' }).first().waitFor();
      await isWhole();
      await page.getByRole('link', { name: 'Crops' }).click();
      await page.locator('.crop').first().waitFor();
      await isWhole();
      expect(await page.getByRole('link', { name: 'Windows' }).count()).toBe(0);
      await page.getByLabel('Camera').selectOption('yard');
      await page.locator('.state .loud', { hasText: /Retrying|Connecting/ }).waitFor();
      expect(faults).toEqual([]);
    });

    it('says that nobody reads a camera, and a new gateway serves it out of the log', async () => {
      await page.goto(`${url}#live`);
      await end(worker);
      await tile('hall').locator('.loud', { hasText: 'Not read' }).waitFor();
      await page.getByText('No worker takes part.').waitFor();
      // Among many, some are found by label, name and state.
      const many = Array.from({ length: 40 }, (_, k) => ({ id: `m${k}`, source: gone, labels: { row: `r${k % 10}` } }));
      writeFileSync(join(folder, 'fleet.yaml'), JSON.stringify({ name: 'lq', cameras: [...cameras, ...many] }));
      await run('Applied: ', 'fleet', 'apply', 'fleet.yaml', '--yes');
      await page.getByText('42 of 42 cameras').waitFor();
      await page.getByLabel('Search').fill('row:r7');
      await page.getByText('4 of 42 cameras').waitFor();
      expect(await page.locator('a.tile .name').allTextContents()).toEqual(['m7', 'm17', 'm27', 'm37']);
      await page.getByLabel('Search').fill('m3');
      await page.getByLabel('State').selectOption({ label: 'not read (11)' });
      await page.getByText('11 of 42 cameras').waitFor();
      await page.getByLabel('Search').fill('');
      // Those that are not in view ask for nothing: there is no connection for them.
      await page.getByText('42 of 42 cameras').waitFor();
      await isWhole();
      const health = await (await fetch(`${url}metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } })).text();
      expect(Number(/^lq_page_connections (\d+)$/m.exec(health)?.[1])).toBeLessThan(42);
      await page.goto('about:blank');
      const port = new URL(url).port;
      await end(gateway);
      gateway = await run('page: ', 'gateway', '--serve', port);
      const ready = (await (await fetch(`${url}readyz`)).json()) as object;
      expect(ready).toMatchObject({ ready: true, reasons: [expect.stringMatching(/no worker/), expect.anything()] });
      const socket = new WebSocket(`${url.replace('http', 'ws')}feed?camera=hall&since=0`, {
        headers: { Authorization: `Bearer ${TOKEN}` },
      });
      const heard: { readonly type: string; readonly model?: string; readonly value?: string }[] = [];
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('message', (data: Buffer) => {
          heard.push(JSON.parse(data.toString()) as (typeof heard)[number]);
          if (heard.some(({ type }) => type === 'prediction')) resolve();
        });
      });
      socket.terminate();
      expect(heard[0]).toMatchObject({ type: 'hello', thresholds: { ratio: expect.any(Number) as number } });
      expect(heard[0]?.model).toMatch(/^[0-9a-f]{12}$/);
      expect(heard.some(({ value }) => value === '0417.3')).toBe(true);
    });
  },
  4 * PATIENCE,
);
