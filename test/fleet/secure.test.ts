// Connections that are encrypted and shown with keys: a real server with a certificate of an authority of its own, users
// by NKey and by credentials as nsc makes them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnection, type NatsAccess } from '../../src/fleet/nats/connection.js';
import { fleetTime as clock } from '../../src/fleet/take-part.js';
import { freePort, serverProgram, startServer, type RunningServer } from '../live-parts/servers.js';

const program = serverProgram('nats-server', 'TLS and keys of a fleet');
const openssl = serverProgram('openssl', 'TLS and keys of a fleet');

type KeyPair = ReturnType<typeof nkeys.createUser>;

const base64url = (data: string | Uint8Array): string => Buffer.from(data).toString('base64url');
const seedOf = (pair: KeyPair): string => Buffer.from(pair.getSeed()).toString();

/** A claim of NATS's own kind of JWT. */
function claim(by: KeyPair, of: KeyPair, nats: Readonly<Record<string, unknown>>): string {
  const head = base64url(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' }));
  const [sub, iss] = [of.getPublicKey(), by.getPublicKey()];
  const body = { jti: sub, iat: 1_700_000_000, iss, name: 'test', sub, nats: { version: 2, ...nats } };
  const text = `${head}.${base64url(JSON.stringify(body))}`;
  return `${text}.${base64url(by.sign(Buffer.from(text)))}`;
}

describe.skipIf(program === undefined || openssl === undefined)('a connection with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-secure-'));
  const at = (name: string): string => join(folder, name);
  const servers: RunningServer[] = [];
  const [user, stranger] = [nkeys.createUser(), nkeys.createUser()];

  const ssl = (...words: string[]): void =>
    void execFileSync(openssl!, words, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
  const certificate = (name: string, ...extensions: string[]): void => {
    ssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(at(`${name}.ext`), extensions.join('\n'));
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    ssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...by);
  };
  const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const serve = async (name: string, tls: string, users: string): Promise<number> => {
    const port = await freePort();
    const text = [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: "${at(name)}" }`,
      `tls { cert_file: "${at('localhost.pem')}", key_file: "${at('localhost.key')}", ca_file: "${at('ca.pem')}"${tls} }`,
      users,
    ].join('\n');
    writeFileSync(at(`${name}.conf`), text);
    servers.push(await startServer(program!, ['-c', at(`${name}.conf`)], port));
    return port;
  };
  const open = async (port: number, access: Partial<NatsAccess>, scheme = 'tls'): Promise<string> => {
    const connection = await openConnection({
      access: { servers: [`${scheme}://127.0.0.1:${port}`], ...access },
      name: 'test',
      clock,
      require: true,
      say: () => {},
      signal: new AbortController().signal,
    });
    const { streams } = await connection!.jsm.getAccountInfo();
    await connection!.close();
    return `${streams} streams`;
  };

  beforeAll(() => {
    ssl('req', '-x509', ...KEY, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority');
    certificate('localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    certificate('worker', 'extendedKeyUsage=clientAuth');
    writeFileSync(at('user.nk'), `${seedOf(user)}\n`);
    writeFileSync(at('stranger.nk'), seedOf(stranger));
  });
  afterAll(async () => {
    for (const server of servers) await server.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('believes the authority that it is given, and no other; shows its own certificate where that is asked', async () => {
    const port = await serve('mutual', ', verify: true', '');
    const own = { cert: at('worker.pem'), key: at('worker.key') };
    expect(await open(port, { ca: at('ca.pem'), ...own })).toBe('0 streams');
    await expect(open(port, own)).rejects.toThrow(/^No NATS server at tls:.*certificate/);
    await expect(open(port, { ca: at('ca.pem') })).rejects.toThrow(/^No NATS server at tls:/);
  });

  it('is let in by the NKey that the server knows', async () => {
    const port = await serve('keys', '', `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`);
    const ca = at('ca.pem');
    expect(await open(port, { ca, nkey: at('user.nk') })).toBe('0 streams');
    await expect(open(port, { ca, nkey: at('stranger.nk') })).rejects.toThrow(/refuses these credentials/);
    await expect(open(port, { ca })).rejects.toThrow(/refuses these credentials/);
  });

  it('is let in by credentials of an account', async () => {
    const [operator, account, system] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
    const names = ['subs', 'data', 'payload', 'imports', 'exports', 'conn', 'leaf'];
    const storage = ['mem_storage', 'disk_storage', 'streams', 'consumer'];
    const limits = Object.fromEntries([...names, ...storage].map((name) => [name, -1]));
    // JetStream needs the server's own account beside that of the fleet.
    const accounts = [
      `${account.getPublicKey()}: ${claim(operator, account, { type: 'account', limits: { ...limits, wildcards: true } })}`,
      `${system.getPublicKey()}: ${claim(operator, system, { type: 'account' })}`,
    ];
    const ofUser = (by: KeyPair): string => claim(by, user, { type: 'user', subs: -1, data: -1, payload: -1 });
    const trust = `operator: ${claim(operator, operator, { type: 'operator' })}`;
    const resolver = ['resolver: MEMORY', 'resolver_preload {', ...accounts, '}'];
    const lines = [trust, `system_account: ${system.getPublicKey()}`, ...resolver];
    const port = await serve('jwt', '', lines.join('\n'));
    const creds = (name: string, jwt: string): string => {
      const parts = [
        ['USER JWT', jwt],
        ['USER NKEY SEED', seedOf(user)],
      ].map(([kind, text]) => `-----BEGIN NATS ${kind}-----\n${text}\n------END NATS ${kind}------\n`);
      writeFileSync(at(name), parts.join('\n'));
      return at(name);
    };
    const ca = at('ca.pem');
    expect(await open(port, { ca, creds: creds('user.creds', ofUser(account)) })).toBe('0 streams');
    const forged = creds('forged.creds', ofUser(nkeys.createAccount()));
    await expect(open(port, { ca, creds: forged })).rejects.toThrow(/refuses these credentials/);
  });
});
