// The options that all commands of a fleet share: which broker, which fleet, with what credentials. It connects to
// nothing.
import { UsageError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import type { Option } from '../base/options.js';
import { tokenFrom } from '../sinks/feed.js';
import { checkToken, parseListen, type ListenAddress } from '../sinks/feed/listen.js';
import { tokenOfEnvironment } from '../sinks/feed/token.js';
import { readAuthorities } from '../sinks/sending/authority-file.js';
import { readClientCertificate } from '../sinks/sending/client-certificate.js';
import type { NatsAccess } from '../fleet/nats/connection.js';
import { DEFAULT_FLEET, NAME, NAME_RULE } from '../fleet/names.js';

/** Options about the broker. */
export const ACCESS_OPTIONS = {
  nats: { type: 'string' },
  fleet: { type: 'string' },
  creds: { type: 'string' },
  nkey: { type: 'string' },
  'tls-ca': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  require: { type: 'boolean' },
} as const satisfies Readonly<Record<string, Option>>;

/** What `--help` says of them. */
export const ACCESS_HELP = `  --nats URL[,URL]      nats://HOST:PORT or tls://HOST:PORT, or LQ_NATS     (default: nats://127.0.0.1)
  --fleet NAME          which fleet of this account                          (default: the file's, or lq)
  --creds FILE          credentials as nsc makes them; or LQ_NATS_USER and LQ_NATS_PASSWORD
  --nkey FILE           the seed of an NKey
  --tls-ca FILE, --tls-cert FILE, --tls-key FILE
                        whom to believe, and what to show (PEM)
  --require             fails where there is no broker, in place of waiting for one
`;

/** Their values. */
export interface AccessValues {
  readonly nats?: string | undefined;
  readonly fleet?: string | undefined;
  readonly creds?: string | undefined;
  readonly nkey?: string | undefined;
  readonly 'tls-ca'?: string | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
}

/**
 * How the broker is reached. Files for TLS are looked into here, for a worker that waits for its broker would not say
 * what is wrong with them; the connection reads them again, so that new ones in their place count.
 * @throws UsageError for a wrong address, credentials that don't fit together, or files that are not what they should
 *   be.
 */
export function accessOf(
  values: AccessValues,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NatsAccess {
  const { creds, nkey, 'tls-ca': ca, 'tls-cert': cert, 'tls-key': key } = values;
  const text = values.nats ?? environment['LQ_NATS'] ?? 'nats://127.0.0.1:4222';
  const servers = text.split(',').map((server) => server.trim());
  for (const server of servers) checkServer(server);
  if (creds !== undefined && nkey !== undefined) throw new UsageError('Keep one of --creds and --nkey.');
  if (ca !== undefined) readAuthorities(ca, '--tls-ca');
  readClientCertificate({ cert: { option: '--tls-cert', file: cert }, key: { option: '--tls-key', file: key } });
  const user = environment['LQ_NATS_USER'];
  const password = environment['LQ_NATS_PASSWORD'];
  if (password !== undefined && user === undefined)
    throw new UsageError('LQ_NATS_PASSWORD is set and LQ_NATS_USER is not: set both, or neither.');
  return { servers, creds, nkey, ca, cert, key, user, password };
}

function checkServer(server: string): void {
  const rule = 'expected nats://HOST:PORT or tls://HOST:PORT, with commas between several';
  if (/^(?:nats|tls):\/\/[^@/]*@/.test(server))
    throw new UsageError('--nats holds a password, which ps shows to everybody: use LQ_NATS_USER, --creds or --nkey.');
  if (!/^(?:(?:nats|tls):\/\/)?(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?\/?$/i.test(server))
    throw new UsageError(`--nats ${rule}; found "${printable(server)}".`);
}

/** The fleet's name. @param own What the fleet's file calls it. @throws UsageError for what can't be one. */
export function fleetName({ fleet }: Pick<AccessValues, 'fleet'>, own = DEFAULT_FLEET): string {
  if (fleet !== undefined && !NAME.test(fleet))
    throw new UsageError(`--fleet ${NAME_RULE}, found "${printable(fleet)}".`);
  return fleet ?? own;
}

/**
 * Where something is served and what must be shown there: refused at once, before anything is waited for, such as a
 * broker.
 * @param option What errors call the place.
 * @param served What they call the thing.
 * @throws UsageError for no place, a token that does not fit, or none where others can reach it.
 */
export async function servedAt(
  place: string,
  {
    token,
    file,
    option,
    served,
    say,
  }: {
    readonly token: string | undefined;
    readonly file: string | undefined;
    readonly option: string;
    readonly served: string;
    readonly say: (text: string) => void;
  },
): Promise<ListenAddress & { readonly token: string | undefined }> {
  const listen = parseListen(place, option);
  const shown = await tokenOf(token, file, say);
  checkToken(listen.host, shown, served);
  return { ...listen, token: shown };
}

/** The token of what is served: the option, the file, or LQ_TOKEN. @throws UsageError for two, or a file without one. */
async function tokenOf(
  token: string | undefined,
  file: string | undefined,
  say: (text: string) => void,
): Promise<string | undefined> {
  return file === undefined ? (token ?? tokenOfEnvironment(process.env)) : await tokenFrom(file, token, say);
}
