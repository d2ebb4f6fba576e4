// `lq-stream gateway --serve`: argv -> the feed and the page of a fleet until it is told to stop; the exit code.
import { EXIT, UsageError } from '../base/errors.js';
import { readOptions, showHelp } from '../base/options.js';
import { serveFleet } from '../fleet/serve-fleet.js';
import { ACCESS_HELP, ACCESS_OPTIONS, accessOf, fleetName, servedAt } from './fleet-access.js';
import { interruption } from './interrupt.js';

const HELP = `lq-stream gateway: the feed and the page of all cameras of a fleet (docs/fleet.md)

  lq-stream gateway --serve [HOST:]PORT [options]

http://HOST:PORT/ is a page, ws://HOST:PORT/feed?camera=ID&since=SEQ a camera's feed as docs/feed.md
has it; /cameras is who reads what, /healthz how it goes, /metrics and /readyz are as
docs/metrics.md has them. Any number of gateways may run.

  --serve [HOST:]PORT   where it listens                                (default host: 127.0.0.1)
  --token TOKEN, --token-file FILE
                        clients must show it; needed for a host beyond loopback; or LQ_TOKEN
${ACCESS_HELP}`;

const OPTIONS = {
  ...ACCESS_OPTIONS,
  serve: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

/** Serves; the exit code. @throws UsageError for wrong arguments, no such fleet, or a port that is taken. */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream gateway', argv, OPTIONS);
  if (values.help) return showHelp(HELP);
  if (positionals.length > 0) throw new UsageError(`a gateway takes no file, found "${positionals[0]}"; see --fleet`);
  if (values.serve === undefined) throw new UsageError('where does it listen? For example: --serve 8080');
  const { token, 'token-file': file } = values;
  const say = (text: string): void => void process.stderr.write(text);
  const asked = { token, file, option: '--serve', served: 'feed', say };
  const { token: shown, ...listen } = await servedAt(values.serve, asked);
  using interrupted = interruption();
  await serveFleet({
    access: accessOf(values),
    fleet: fleetName(values),
    listen,
    token: shown,
    require: values.require,
    say,
    interrupted: interrupted.signal,
  });
  return EXIT.done;
}
