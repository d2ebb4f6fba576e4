// The WebSocket feed as a sink. Its server, clients and replays are told in feed/.
import { z } from 'zod';
import { UsageError } from '../base/errors.js';
import { parseListen } from './feed/listen.js';
import type { FeedServer } from './feed/server.js';
import { readTokenFile, tokenOfEnvironment } from './feed/token.js';
import { sink, sinkKind, type Sink } from './sink.js';

const rule = 'must be [HOST:]PORT, such as 8080, localhost:8080 or "[::1]:8080"';

const address = z.union([z.string(), z.int()], { error: rule }).refine(
  (value) => {
    try {
      return Boolean(parseListen(String(value)));
    } catch {
      return false;
    }
  },
  { error: rule },
);

/** --serve: predictions to every program that connects. */
export const feed = sinkKind({
  name: 'feed',
  about: 'a WebSocket feed of the predictions',
  options: {
    serve: {
      flag: 'serve',
      value: '[HOST:]PORT',
      help: 'a WebSocket feed on ws://HOST:PORT/feed (default host: 127.0.0.1)',
      schema: address,
    },
    token: {
      flag: 'token',
      value: 'TOKEN',
      help: 'clients of the feed must show it; needed for a host beyond loopback',
      schema: z.string().min(1).meta({ writeOnly: true }),
    },
    tokenFile: {
      flag: 'token-file',
      value: 'FILE',
      help: 'a file with the token, which ps does not show as it does --token; or set LQ_TOKEN',
      schema: z.string().min(1),
    },
  },
  enabledBy: 'serve',
  create: async ({ serve, token, tokenFile }) => {
    const named = token !== undefined || tokenFile !== undefined;
    return createFeed({ serve, tokenFile, token: named ? token : tokenOfEnvironment(process.env) });
  },
});

/** Options of {@link createFeed}. */
export interface FeedOptions {
  /** `[HOST:]PORT`. Default: a free port of this machine only. */
  readonly serve?: string | number | undefined;
  /** What clients must show. Default: none, which a host beyond loopback refuses. */
  readonly token?: string | undefined;
  /** A file to read the token from, in place of `token`. */
  readonly tokenFile?: string | undefined;
  /** Called with the feed's address, such as `ws://127.0.0.1:8080/feed`, when it listens. Default: people are told. */
  readonly listening?: ((url: string) => void) | undefined;
}

/** Serves the predictions of the run. It may be late: each client has a bounded buffer, and a slow one is cut. */
export function createFeed({ serve: where = 0, token: given, tokenFile, listening }: FeedOptions): Sink {
  let server: FeedServer | undefined;
  let digits = true;
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open({ identity, thresholds: { ratio, range }, readings, stats, say }) {
      digits = readings !== 'only';
      const token = tokenFile === undefined ? given : await tokenFrom(tokenFile, given, say);
      const { serve } = await import('./feed/server.js');
      const run = { ...identity, thresholds: { ratio, range } };
      server = await serve({ ...parseListen(String(where)), ...(token !== undefined && { token }), run, stats });
      if (listening) listening(server.url);
      else say(`feed: ${server.url}\n`);
    },
    async frame({ outgoing, numbers }) {
      if (digits)
        for (const one of outgoing) if (one.message.type === 'prediction') server?.publish(one.message, one.bytes);
      for (const { message, bytes } of numbers)
        if (message.type !== 'reading-refused') server?.publishNumber(message, bytes);
    },
    async stats(figures) {
      server?.tell(figures);
    },
    async state(change) {
      server?.tellSource(change);
    },
    end: async ({ reason }) => server?.end(reason),
    abort: async () => server?.end('failed'),
  });
}

/**
 * The token of a file, where none was given otherwise.
 * @throws UsageError when there are two, or the file holds none.
 */
export async function tokenFrom(file: string, given: string | undefined, say: (text: string) => void): Promise<string> {
  if (given !== undefined)
    throw new UsageError("The feed's token is given twice: keep one of --token and --token-file.");
  const { token, warning } = await readTokenFile(file);
  if (warning !== undefined) say(`${warning}\n`);
  return token;
}
