// One connection to NATS: opened, tried again until it is there, and asked whether the server can do what a fleet needs.
import { readFile } from 'node:fs/promises';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import {
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  type ConnectionOptions,
  type NatsConnection,
} from '@nats-io/transport-node';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { BrokerError } from '../core/broker.js';
import { pause, type FleetClock } from '../core/timing.js';

/** How NATS is reached. */
export interface NatsAccess {
  /** `nats://HOST:PORT` or `tls://HOST:PORT`, one or several of one cluster. */
  readonly servers: readonly string[];
  /** A file with credentials as `nsc` makes them. */
  readonly creds?: string | undefined;
  /** A file with the seed of an NKey. */
  readonly nkey?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Files in PEM form: whom to believe, and what this client shows. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What opening a connection needs. */
export interface ConnectOptions {
  readonly access: NatsAccess;
  /** What the server calls this client. */
  readonly name: string;
  readonly clock: FleetClock;
  /** The first attempt has to work. Otherwise it is tried until it does. */
  readonly require: boolean;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The oldest server that can do all that is needed. */
export const OLDEST: readonly [major: number, minor: number] = [2, 9];

/** Milliseconds that an answer is waited for. */
const PATIENCE = 1_500;

/** Milliseconds between two attempts to open a connection. */
const AGAIN = 1_000;

/** A connection, and what is asked through it. */
export class Connection {
  readonly nats: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The server's version. */
  readonly version: string;
  readonly #back: (() => void)[] = [];
  #connected = true;
  #deniedWhat: string | undefined;

  constructor(nats: NatsConnection, jsm: JetStreamManager, version: string) {
    this.nats = nats;
    this.js = jetstream(nats, { timeout: PATIENCE });
    this.jsm = jsm;
    this.version = version;
    void this.#follow();
  }

  /** Whether there is a server at the other end. */
  get connected(): boolean {
    return this.#connected && !this.nats.isClosed();
  }

  /** What these credentials were not allowed to do; undefined where there was nothing. */
  get denied(): string | undefined {
    return this.#deniedWhat;
  }

  /** Calls back whenever the server is there again. */
  onReturn(back: () => void): void {
    this.#back.push(back);
  }

  /**
   * Throws where there is no server at the other end: what is sent then would be kept by the client, without a bound,
   * and sent when nobody waits for it any more.
   */
  checkConnected(): void {
    if (!this.connected) throw new BrokerError('unavailable', 'there is no connection');
  }

  /** Closes it. Idempotent. */
  async close(): Promise<void> {
    await this.nats.close();
  }

  async #follow(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'disconnect' || status.type === 'reconnecting') this.#connected = false;
      if (status.type === 'error') this.#deniedWhat = status.error.message;
      if (status.type !== 'reconnect') continue;
      this.#connected = true;
      for (const back of this.#back) back();
    }
    this.#connected = false;
  }
}

/**
 * Opens a connection; undefined when the signal is aborted first.
 * @throws UsageError where the server is too old, has no JetStream or refuses the credentials; with `require` also where
 *   there is none.
 */
export async function openConnection(options: ConnectOptions): Promise<Connection | undefined> {
  const { access, clock, require, say, signal } = options;
  const asked = await connectionOptions(access, options.name);
  const shown = access.servers.map((server) => printable(withoutPassword(server))).join(', ');
  for (let said = false; !signal.aborted; said = true) {
    try {
      const connection = await tryOnce(asked, shown);
      if (said) say(`fleet: the broker is there: ${shown}\n`);
      return connection;
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      const why = printable((cause as Error).message);
      if (/authorization|authentication/i.test(why))
        throw new UsageError(`NATS at ${shown} refuses these credentials: ${why}. See --creds, --nkey, LQ_NATS_USER.`);
      if (require) throw new UsageError(`No NATS server at ${shown}: ${why}.`, { cause });
      if (!said) say(`fleet: no NATS server at ${shown} (${why}); it is tried again until there is one\n`);
      await pause(clock, AGAIN, signal);
    }
  }
  return undefined;
}

async function tryOnce(asked: ConnectionOptions, shown: string): Promise<Connection> {
  const nats = await connect(asked);
  try {
    const version = nats.info?.version ?? '0';
    checkVersion(version, shown);
    return new Connection(nats, await managerOf(nats, shown), version);
  } catch (error) {
    await nats.close();
    throw error;
  }
}

async function managerOf(nats: NatsConnection, shown: string): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(nats, { timeout: PATIENCE });
  } catch (cause) {
    if ((cause as Error).name === 'JetStreamNotEnabled' || /not enabled/i.test((cause as Error).message))
      throw new UsageError(
        `NATS at ${shown} has no JetStream, which keeps a fleet's readings: start it with nats-server -js -sd FOLDER.`,
        { cause },
      );
    throw cause;
  }
}

/** @throws UsageError that says what a server of this version can't do. */
export function checkVersion(version: string, shown: string): void {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [needed, neededMinor] = OLDEST;
  if (major > needed || (major === needed && minor >= neededMinor)) return;
  throw new UsageError(
    `NATS at ${shown} is version ${printable(version)}; a fleet needs ${OLDEST.join('.')} or newer: this one can't look ` +
      "for a camera's next record (next_by_subj), with which the gateway answers since, nor end idle consumers by " +
      'themselves.',
  );
}

async function connectionOptions(access: NatsAccess, name: string): Promise<ConnectionOptions> {
  const { creds, nkey, user, password, ca, cert, key } = access;
  const authenticator =
    creds !== undefined
      ? credsAuthenticator(await secret('--creds', creds))
      : nkey !== undefined
        ? nkeyAuthenticator(new TextEncoder().encode(new TextDecoder().decode(await secret('--nkey', nkey)).trim()))
        : undefined;
  const tls = {
    ...(ca !== undefined && { caFile: ca }),
    ...(cert !== undefined && { certFile: cert }),
    ...(key !== undefined && { keyFile: key }),
  };
  return {
    servers: [...access.servers],
    name,
    timeout: 3_000,
    // It never gives up; attempts of many clients do not come at the same moment.
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 2_000,
    maxPingOut: 2,
    ...(authenticator && { authenticator }),
    ...(user !== undefined && { user, pass: password ?? '' }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

async function secret(option: string, file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new UsageError(`${option} ${printable(file)} can't be read: ${(cause as NodeJS.ErrnoException).code}.`, {
      cause,
    });
  }
}

function withoutPassword(server: string): string {
  return server.replace(/\/\/[^@/]*@/, '//***@');
}
