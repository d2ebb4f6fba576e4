// /metrics and /readyz as routes of a server. It must not know what they say.
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';
import type { Route } from './routes.js';

/** What the routes ask. */
export interface StatusOptions {
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly readiness: () => Readiness;
}

const FRESH = { 'Cache-Control': 'no-store' } as const;

/** `/metrics`, which needs the token, and `/readyz`, which like `/healthz` does not: supervisors have none. */
export function statusRoutes({ metrics, readiness }: StatusOptions): readonly Route[] {
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
        const found = readiness();
        response
          .writeHead(found.ready ? 200 : 503, { 'Content-Type': 'application/json', ...FRESH })
          .end(JSON.stringify(found) + '\n');
      },
    },
  ];
}
