// /metrics and /readyz as routes of the feed's server. What they say is told in metrics and readiness.
import type { Stats } from '../../types.js';
import type { Metrics } from './metrics.js';
import { readinessOf } from './readiness.js';
import type { Route } from './routes.js';

/** What the routes ask. */
export interface StatusOptions {
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly stats: () => Stats;
  /** Names of sinks that were given up. */
  readonly lost: () => readonly string[];
}

const FRESH = { 'Cache-Control': 'no-store' } as const;

/** `/metrics`, which needs the token, and `/readyz`, which like `/healthz` does not: supervisors have none. */
export function statusRoutes({ metrics, stats, lost }: StatusOptions): readonly Route[] {
  return [
    {
      path: '/metrics',
      async answer(_request, response) {
        const text = await metrics.text();
        response.writeHead(200, { 'Content-Type': metrics.contentType, ...FRESH }).end(text);
      },
    },
    {
      path: '/readyz',
      open: true,
      answer(_request, response) {
        const found = readinessOf(stats(), lost());
        response
          .writeHead(found.ready ? 200 : 503, { 'Content-Type': 'application/json', ...FRESH })
          .end(JSON.stringify(found) + '\n');
      },
    },
  ];
}
