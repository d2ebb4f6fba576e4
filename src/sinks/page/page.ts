// The page of the feed's server, put together: its files, its WebSocket, and what stands behind that.
import type { Route, SocketRoute } from '../feed/routes.js';
import { isOwnPage, sameSecret } from '../feed/access.js';
import type { RunInfo } from '../sink.js';
import { pageRoutes } from './files.js';
import { MarkFolder } from './marks.js';
import { MOST_MESSAGE } from './page-message.js';
import { createEncoder } from './picture.js';
import { Watch, type WatchOptions } from './watch.js';

/** What the page is made with. */
export interface PageOptions extends Partial<Pick<WatchOptions, 'clock' | 'now' | 'wall' | 'encoder'>> {
  readonly run: RunInfo;
  /** What pages must show. Default: nothing. */
  readonly token?: string | undefined;
  /** Where marked crops go. Default: none can be marked. */
  readonly crops?: string | undefined;
}

/** The page, for the feed's server. */
export interface Page {
  readonly watch: Watch;
  readonly routes: readonly Route[];
  readonly sockets: readonly SocketRoute[];
}

/** Makes the page. Throws UsageError for a folder of crops that can't be used. */
export async function openPage({ token, crops, encoder, ...options }: PageOptions): Promise<Page> {
  const watch = new Watch({
    ...options,
    encoder: encoder ?? (await createEncoder()),
    marks: crops === undefined ? undefined : MarkFolder.open(crops),
    mayEnter: (given) => token === undefined || (given !== undefined && sameSecret(given, token)),
  });
  return {
    watch,
    routes: await pageRoutes(),
    sockets: [
      {
        path: '/watch',
        maxPayload: MOST_MESSAGE,
        take: (socket, { rawHeaders }, enter) => watch.take(socket, { own: isOwnPage(rawHeaders), enter }),
      },
    ],
  };
}
