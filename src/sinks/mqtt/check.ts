// Tries whether a broker lets a run in: connects and says goodbye. It publishes nothing and leaves no will.
import type { Credentials } from '../../base/credentials.js';
import { printable } from '../../base/printable.js';
import type { ClientCertificate } from '../sending/client-certificate.js';
import { REACH_MS, Unreached } from '../sending/reach.js';
import { reasonOf } from './target.js';

/** What a broker is tried with. */
export interface BrokerToTry {
  /** For messages: without user and password. */
  readonly name: string;
  readonly url: string;
  readonly version: 4 | 5;
  readonly credentials?: Credentials | undefined;
  readonly ca?: Buffer | undefined;
  /** What the broker knows this program by. Default: nothing is shown. */
  readonly certificate?: ClientCertificate | undefined;
}

/**
 * Connects as a run would.
 * @returns `mqtt://HOST lets us in`.
 * @throws Unreached where it does not.
 */
export async function checkBroker({ name, url, version, credentials, ca, certificate }: BrokerToTry): Promise<string> {
  const { default: mqtt } = await import('mqtt');
  const client = mqtt.connect(url, {
    protocolVersion: version,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: REACH_MS,
    ...(credentials && { username: credentials.user, password: credentials.password }),
    ...(ca && { ca }),
    ...certificate,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.on('error', reject);
      client.once('close', () => reject(new Error(`no answer as a broker gives one, within ${REACH_MS / 1000} s`)));
    });
    return `${name} lets us in`;
  } catch (error) {
    const why = printable(reasonOf(error), 200);
    throw new Unreached(`${name}: ${why}; is it on, and are address, user and certificate right?`, { cause: error });
  } finally {
    client.end(true);
  }
}
