// `lq-stream fleet [FLEET.yaml]`: argv -> a worker that takes part until it is told to stop; the exit code.
import { availableParallelism, hostname } from 'node:os';
import { EXIT, UsageError } from '../base/errors.js';
import { numberIn, optionValue } from '../base/option-values.js';
import { readOptions, showHelp } from '../base/options.js';
import { printable } from '../base/printable.js';
import { readFleet } from '../fleet/fleet-file.js';
import { processRunner, SPARE } from '../fleet/process/process-runner.js';
import { LookHub } from '../fleet/look/look-hub.js';
import { takePart } from '../fleet/take-part.js';
import { ACCESS_OPTIONS, accessOf, fleetName, servedAt } from './fleet-access.js';
import { FLEET_HELP } from './fleet.js';
import { interruption } from './interrupt.js';

const OPTIONS = {
  ...ACCESS_OPTIONS,
  capacity: { type: 'string' },
  name: { type: 'string' },
  spare: { type: 'string' },
  metrics: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

const capacityRule = numberIn({ above: 0, most: 10_000 });
const spareRule = numberIn({ least: 0, most: 64 });

/** Takes part; the exit code. @throws UsageError for wrong arguments, a wrong file, or a broker that can't carry one. */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream fleet', argv, OPTIONS);
  if (values.help) return showHelp(FLEET_HELP);
  const [path, more] = positionals;
  if (more !== undefined) throw new UsageError(`one file at a time, found "${path}" and "${more}"`);
  const file = path === undefined ? undefined : readFleet(path);
  const capacity = optionValue('capacity', values.capacity, capacityRule) ?? availableParallelism();
  const name = values.name ?? hostname();
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new UsageError(`--name must be 1 to 64 letters, digits, "_", "." or "-", found "${printable(name)}"`);
  const say = (text: string): void => void process.stderr.write(text);
  const { metrics, token, 'token-file': tokenFile } = values;
  if (metrics === undefined && (token ?? tokenFile) !== undefined)
    throw new UsageError('a token is for those who ask for --metrics, which is missing');
  const spare = optionValue('spare', values.spare, spareRule) ?? SPARE;
  const asked = { token, file: tokenFile, option: '--metrics', served: 'metrics', say };
  const served = metrics === undefined ? undefined : await servedAt(metrics, asked);
  using interrupted = interruption();
  const looks = new LookHub();
  await using runner = processRunner({ say, environment: process.env, spare, looks });
  await takePart({
    access: accessOf(values),
    fleet: fleetName(values, file?.name),
    file,
    capacity,
    name,
    require: values.require,
    say,
    interrupted: interrupted.signal,
    runner,
    looks,
    metrics: served,
  });
  return EXIT.done;
}
