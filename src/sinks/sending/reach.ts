// Tries whether somebody is there: a connection, with TLS where the address asks for it, or a question over HTTP. It sends
// nothing that anybody keeps.
import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { EXIT, UserError } from '../../base/errors.js';
import { failureText } from './failures.js';

/** Milliseconds to reach something. */
export const REACH_MS = 5_000;

/** Nobody is there, or they are not who they should be. */
export class Unreached extends UserError {
  readonly exitCode = EXIT.source;
}

/**
 * Connects, and closes again.
 * @param port Where the address names none.
 * @param ca Certificates of authorities, PEM. Default: those that Node knows.
 * @returns `HOST:PORT takes connections`.
 * @throws Unreached.
 */
export async function reachHost(url: URL, port: number, ca?: Buffer): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const at = { host, port: Number(url.port) || port };
  const isSecure = /^(https|mqtts|wss):$/.test(url.protocol);
  const isName = !/^[\d.]+$|:/.test(host);
  const socket = isSecure
    ? connectTls({ ...at, ...(isName && { servername: host }), ...(ca && { ca }) })
    : createConnection(at);
  try {
    await once(socket, isSecure ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(REACH_MS) });
    return `${url.hostname}:${at.port} takes connections${isSecure ? ' over TLS' : ''}`;
  } catch (error) {
    throw unreached(`${url.hostname}:${at.port}`, error);
  } finally {
    socket.destroy();
  }
}

/**
 * Asks for a page without a body; its status.
 * @throws Unreached where nobody answers.
 */
export async function askStatus(url: URL, ca?: Buffer): Promise<number> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const asked = request(url, { method: 'GET', signal: AbortSignal.timeout(REACH_MS), ...(ca && { ca }) });
  try {
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.statusCode ?? 0;
  } catch (error) {
    throw unreached(url.host, error);
  } finally {
    asked.on('error', () => {}).destroy();
  }
}

function unreached(shown: string, error: unknown): Unreached {
  const { name } = error as Error;
  const late = name === 'AbortError' || name === 'TimeoutError';
  const why = late ? `no answer within ${REACH_MS / 1000} s` : failureText(error);
  return new Unreached(`${shown}: ${why}; is it on, and is the address right?`, { cause: error });
}
