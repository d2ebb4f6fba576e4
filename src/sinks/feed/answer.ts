// How a route is answered: who may ask, by which method, and what becomes of an answer that fails. It must not know what
// routes there are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseAccess, refuseStranger, type Refusal } from './access.js';
import { refuse } from './refuse.js';
import type { Route } from './routes.js';

/** Answers a request for a route, or refuses it. Never rejects. */
export async function answerRoute(
  route: Route,
  token: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const refusal = refuseRoute(route, token, request, query);
  if (refusal) return refuse(response, refusal);
  try {
    await route.answer(request, response, query);
  } catch {
    if (response.headersSent) response.destroy();
    else refuse(response, { status: 500, message: 'The answer could not be made.' });
  }
}

function refuseRoute(
  { methods = ['GET'], open = false }: Route,
  token: string | undefined,
  request: IncomingMessage,
  query: URLSearchParams,
): Refusal | undefined {
  if (!methods.includes(request.method ?? '')) {
    const message = `Only ${methods.join(' and ')} ${methods.length > 1 ? 'work' : 'works'} here.`;
    return { status: 405, message, headers: { Allow: methods.join(', ') } };
  }
  return open ? refuseOthers(token, request) : refuseAccess(token, request, query);
}

/** What needs no token, so that a supervisor can ask, is still not for every page that a browser shows. */
export function refuseOthers(
  token: string | undefined,
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
): Refusal | undefined {
  return token === undefined ? refuseStranger(rawHeaders) : undefined;
}
