// What looking at a camera through a gateway costs and how old its pictures are: `npm run drill -- --fleet-page`. A camera
// of 960x540 at 15 pictures a second, read by a worker; pages are plain WebSockets. It prints rows for docs/fleet.md.
// Needs nats-server.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { build } from './build.mjs';
import { startCounter } from './page/counter.mjs';
import { startFleet } from './page/fleet.mjs';

/** Seconds that are measured. */
const SPAN = 20;

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * Seconds of processor time of the worker and of the processes that read its cameras, without ffmpeg.
 * @param {number} worker
 */
function cpuSeconds(worker) {
  const children = readdirSync(`/proc/${worker}/task`).flatMap((task) =>
    readFileSync(`/proc/${worker}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [worker, ...children].reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

/**
 * A page that draws each picture at once; resolves with the first.
 * @param {string} url
 */
async function openPage(url) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}watch?camera=hall`);
  /** @type {number[]} */
  const ages = [];
  let begun = 0;
  await once(socket, 'open');
  const first = new Promise((resolve) => {
    socket.on('message', (/** @type {Buffer} */ data, binary) => {
      if (!binary) return;
      const { taken } = JSON.parse(data.subarray(4, 4 + data.readUInt32LE(0)).toString());
      ages.push(Date.now() - taken);
      if (ages.length === 1) resolve(performance.now() - begun);
      socket.send('{"type":"drawn"}');
    });
  });
  begun = performance.now();
  socket.send('{"type":"open"}');
  socket.send('{"type":"look","picture":true,"distribution":false,"crops":false}');
  return { socket, ages, first: await first };
}

build();
const camera = await startCounter();
const fleet = await startFleet([{ id: 'hall', source: camera.url, pipeline: 'default' }]);
try {
  for (;;) {
    const answer = await fetch(`${fleet.url}cameras`);
    const { cameras } = /** @type {{ cameras: { state: string, fps: number }[] }} */ (await answer.json());
    const [first] = cameras;
    if (first?.state === 'live' && first.fps > 0) break;
    await pause(0.5);
  }
  // What is loaded for later is loaded by then.
  await pause(10);
  console.log('| watched by | CPU of a core | pictures a second | first picture | age of a picture, median |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const pages of [0, 1, 10, 0]) {
    const open = [];
    for (let k = 0; k < pages; k++) open.push(await openPage(fleet.url));
    for (const { ages } of open) ages.length = 0;
    const [began, before] = [performance.now(), cpuSeconds(fleet.worker)];
    await pause(SPAN);
    const span = (performance.now() - began) / 1000;
    const cpu = `${((100 * (cpuSeconds(fleet.worker) - before)) / span).toFixed(1)} %`;
    const firsts = open.map(({ first }) => Math.round(first)).sort((a, b) => a - b);
    const [least, most] = [firsts[0] ?? NaN, firsts.at(-1) ?? NaN];
    const age = median(open.flatMap(({ ages }) => ages));
    const rate = open.reduce((sum, { ages }) => sum + ages.length, 0) / pages / span;
    const looked = [rate.toFixed(1), least === most ? `${least} ms` : `${least} to ${most} ms`, `${age} ms`];
    const who = pages === 0 ? 'nobody' : `${pages} page${pages > 1 ? 's' : ''}`;
    console.log(`| ${[who, cpu, ...(pages === 0 ? ['-', '-', '-'] : looked)].join(' | ')} |`);
    for (const { socket } of open) socket.close();
    // Until the last question no longer holds.
    await pause(6);
  }
} finally {
  await fleet.end();
  await camera.die();
}
