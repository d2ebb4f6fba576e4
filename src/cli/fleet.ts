// `lq-stream fleet ...`: which of its commands is meant. Each is loaded when it is given.
import type { Option } from '../base/options.js';
import { ACCESS_HELP, ACCESS_OPTIONS } from './fleet-access.js';

/** What `lq-stream fleet --help` says. */
export const FLEET_HELP = `lq-stream fleet: many cameras on many machines, on NATS JetStream (docs/fleet.md)

  lq-stream fleet apply FLEET.yaml    show what is different in the file, and make it so
  lq-stream fleet [FLEET.yaml]        take part: read cameras until SIGTERM, which hands them on
  lq-stream fleet status              who reads what
  lq-stream gateway --serve PORT      the feed of all cameras; see its --help

Every command
${ACCESS_HELP}
apply
  --yes                 without asking

Taking part
  --capacity N          how much this machine does, compared with others    (default: its cores)
  --name NAME           what others call it                                 (default: the host's)
  --spare N             processes that wait, loaded, for a camera; each takes 150 MB  (default: 2)
  --metrics [HOST:]PORT /metrics, /readyz and /healthz there                (default host: 127.0.0.1)
  --token TOKEN, --token-file FILE
                        who asks for metrics must show it; needed beyond loopback; or LQ_TOKEN

status
  --watch               again every 2 s
  --json                one JSON object
`;

/** Options of all its commands: each says which it does not take. */
export const FLEET_OPTIONS = {
  ...ACCESS_OPTIONS,
  yes: { type: 'boolean' },
  capacity: { type: 'string' },
  name: { type: 'string' },
  spare: { type: 'string' },
  metrics: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  watch: { type: 'boolean' },
  json: { type: 'boolean' },
} as const satisfies Readonly<Record<string, Option>>;

/** Runs `lq-stream fleet`; the exit code. */
export async function run(argv: string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === 'apply') return await (await import('./fleet-apply.js')).run(rest);
  if (first === 'status') return await (await import('./fleet-status.js')).run(rest);
  return await (await import('./fleet-worker.js')).run(argv);
}
