// The WebSocket feed as a sink. Its server, clients and replays are told in feed/.
import { z } from 'zod';
import { UsageError } from '../base/errors.js';
import { packageJson } from '../base/package-json.js';
import { parseListen } from './feed/listen.js';
import type { Metrics } from './feed/metrics.js';
import type { FeedServer } from './feed/server.js';
import { readTokenFile, tokenOfEnvironment } from './feed/token.js';
import type { Watch } from './page/watch.js';
import { sink, sinkKind, type RunInfo, type Sink } from './sink.js';
import type { EndReason } from '../types.js';

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
      help: 'a page on http://HOST:PORT and a WebSocket feed on /feed (default host: 127.0.0.1)',
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
    edit: {
      flag: 'edit',
      value: 'FILE.yaml',
      help: 'the page may change the pipeline while it runs, and saves it in this file',
      schema: z.string().min(1),
    },
    crops: {
      flag: 'crops',
      value: 'FOLDER',
      help: 'crops that are marked on the page go here, for train --data',
      schema: z.string().min(1),
    },
  },
  enabledBy: 'serve',
  create: async ({ serve, token, tokenFile, edit, crops }) => {
    const named = token !== undefined || tokenFile !== undefined;
    const shown = named ? token : tokenOfEnvironment(process.env);
    return createFeed({ serve, tokenFile, token: shown, edit: edit !== undefined, crops });
  },
  async check({ serve = 0 }) {
    const { tryPort } = await import('./feed/try-port.js');
    return await tryPort(parseListen(String(serve)));
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
  /** The run is edited on the page: it is shown whole pictures. Default false. */
  readonly edit?: boolean | undefined;
  /** Where crops go that are marked on the page. Default: none can be. */
  readonly crops?: string | undefined;
  /** Called with the feed's address, such as `ws://127.0.0.1:8080/feed`, when it listens. Default: people are told. */
  readonly listening?: ((url: string) => void) | undefined;
}

/**
 * Serves the predictions of the run, and the page. It may be late: each client has a bounded buffer, and a slow one is
 * cut.
 */
export function createFeed({ serve: where = 0, token: given, tokenFile, edit, crops, listening }: FeedOptions): Sink {
  let server: FeedServer | undefined;
  let metrics: Metrics | undefined;
  let watch: Watch | undefined;
  let digits = true;
  return sink({
    pace: 'late',
    failure: 'goes-on',
    fullDetail: edit === true,
    async open(run) {
      const { identity, thresholds, readings, stats, lost, past, say, setup } = run;
      digits = readings !== 'only';
      const token = tokenFile === undefined ? given : await tokenFrom(tokenFile, given, say);
      const [{ serve }, { statusRoutes }, { readinessOf }, { openPage }] = await Promise.all([
        import('./feed/server.js'),
        import('./feed/status.js'),
        import('./feed/readiness.js'),
        import('./page/page.js'),
      ]);
      metrics = await metricsOf(run, () => server?.clients ?? 0);
      const page = await openPage({ run, token, crops });
      watch = page.watch;
      server = await serve({
        ...parseListen(String(where)),
        ...(token !== undefined && { token }),
        run: () => {
          const { ratio, range } = setup?.editing?.settings.now.thresholds ?? thresholds;
          return { ...identity, ...pipelineOf(run), thresholds: { ratio, range } };
        },
        stats,
        past: past(),
        routes: [...statusRoutes({ metrics, readiness: () => readinessOf(stats(), lost()) }), ...page.routes],
        sockets: page.sockets,
      });
      if (listening) listening(server.url);
      else say(`feed: ${server.url}\npage: ${server.url.replace(/^ws(.*)\/feed$/, 'http$1/')}\n`);
    },
    async frame(published) {
      const { outgoing, numbers } = published;
      metrics?.frame(published);
      watch?.frame(published);
      if (digits)
        for (const one of outgoing) if (one.message.type === 'prediction') server?.publish(one.message, one.bytes);
      for (const { message, bytes } of numbers)
        if (message.type !== 'reading-refused') server?.publishNumber(message, bytes);
    },
    async stats(figures) {
      watch?.stats(figures);
      server?.tell(figures);
    },
    async state(change) {
      metrics?.state(change);
      watch?.state(change);
      server?.tellSource(change);
    },
    end: ({ reason }) => ended(reason),
    abort: () => ended('failed'),
  });

  async function ended(reason: EndReason): Promise<void> {
    await Promise.all([watch?.end(reason), server?.end(reason)]);
  }
}

/** The hash of the configuration in force, where that may change. */
function pipelineOf({ setup }: RunInfo): { readonly pipeline?: string } {
  return setup?.editing ? { pipeline: setup.editing.settings.now.pipeline } : {};
}

async function metricsOf(run: RunInfo, clients: () => number): Promise<Metrics> {
  const made = await import('./feed/metrics.js');
  const { name, identity, stats, lost } = run;
  const { version } = packageJson();
  const build = () => ({ version, ...identity, ...pipelineOf(run) });
  return new made.Metrics({ name, build, stats, clients, lost, now: Date.now });
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
