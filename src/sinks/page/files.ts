// Owns the files of the page itself: which there are, and how they are sent. They hold nothing of a run, and need no
// token.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Route } from '../feed/routes.js';

/** Where the page's files lie below its address. */
const BELOW = '/page/';

/** What a page may load, and from where: its own files, and pictures of the servers that a person names. */
export const CONTENT_POLICY =
  "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Beside this file when it is built, above it in the sources. */
const FOLDERS = ['../../page/', '../../../dist/page/'].map((place) => fileURLToPath(new URL(place, import.meta.url)));

interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The page as routes; where it was not built, a route that says so. */
export async function pageRoutes(): Promise<Route[]> {
  const folder = FOLDERS.find((one) => existsSync(join(one, 'page')));
  if (folder === undefined) return [{ path: '/', open: true, answer: answerMissing }];
  const index: PageFile = { type: TYPES['.html']!, bytes: await readFile(join(folder, 'index.html')) };
  const files = new Map<string, PageFile>();
  for (const name of await readdir(join(folder, 'page'))) {
    const type = TYPES[extname(name)];
    if (type !== undefined) files.set(`${BELOW}${name}`, { type, bytes: await readFile(join(folder, 'page', name)) });
  }
  return [
    { path: '/', open: true, answer: (_request, response) => send(response, index, 'no-cache') },
    ...[...files].map(([path, file]): Route => ({
      path,
      open: true,
      // Their names hold the hash of what is in them.
      answer: (_request, response) => send(response, file, 'public, max-age=31536000, immutable'),
    })),
  ];
}

function send(response: ServerResponse, { type, bytes }: PageFile, caching: string): void {
  response
    .writeHead(200, {
      'Content-Type': type,
      'Content-Length': bytes.length,
      'Cache-Control': caching,
      'Content-Security-Policy': CONTENT_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
    })
    .end(bytes);
}

function answerMissing(_request: unknown, response: ServerResponse): void {
  response
    .writeHead(404, { 'Content-Type': 'text/plain' })
    .end('The page was not built: npm run build. The feed is at /feed.\n');
}
