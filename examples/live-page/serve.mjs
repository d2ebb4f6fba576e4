// A live page of your own: serves page.html, which shows the digits as they are read, and the feed that it listens to.
//
//     node live-page/serve.mjs camera.mp4 [PORT]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createFeed, readInto } from 'lq-stream';

const [source, port = '8080'] = process.argv.slice(2);
if (source === undefined) throw new Error('which clip? node live-page/serve.mjs CLIP [PORT]');

let feed = '';
const page = createServer(async (request, response) => {
  if (request.url !== '/') return void response.writeHead(404).end();
  const text = await readFile(new URL('./page.html', import.meta.url), 'utf8');
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(text.replace('FEED_ADDRESS', feed));
});

/** The page goes up as soon as there is a feed for it to listen to. */
function listening(url) {
  feed = url;
  page.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${page.address().port}/`));
}

await readInto(source, { feed: createFeed({ listening }) }, { realtime: true });
page.close();
page.closeAllConnections();
