// `lq-stream fleet apply FLEET.yaml`: argv -> the difference, and what becomes of it; the exit code.
import { createInterface } from 'node:readline/promises';
import { EXIT, UsageError } from '../base/errors.js';
import { readOptions, showHelp } from '../base/options.js';
import { printableLines } from '../base/printable.js';
import { appliedCameras, applyDifference, difference, differenceText, isSame } from '../fleet/apply.js';
import { BrokerError } from '../fleet/core/broker.js';
import { readFleet } from '../fleet/fleet-file.js';
import { natsBroker } from '../fleet/nats/broker.js';
import { openConnection } from '../fleet/nats/connection.js';
import { asBrokerError } from '../fleet/nats/faults.js';
import { isLaidOut, layOut } from '../fleet/nats/layout.js';
import { namesOf } from '../fleet/names.js';
import { fleetTime } from '../fleet/take-part.js';
import { ACCESS_OPTIONS, accessOf, fleetName } from './fleet-access.js';
import { FLEET_HELP } from './fleet.js';

const OPTIONS = { ...ACCESS_OPTIONS, yes: { type: 'boolean' } } as const;

/** Applies a file; the exit code. @throws UsageError for wrong arguments, a wrong file, or a broker that refuses. */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream fleet apply', argv, OPTIONS);
  if (values.help) return showHelp(FLEET_HELP);
  const [path, more] = positionals;
  if (path === undefined || more !== undefined)
    throw new UsageError('which file? For example: lq-stream fleet apply fleet.yaml');
  const file = readFleet(path);
  const fleet = fleetName(values, file.name);
  const say = (text: string): void => void process.stderr.write(printableLines(text));
  const connection = await openConnection({
    access: accessOf(values),
    name: 'lq-stream fleet apply',
    clock: fleetTime,
    require: true,
    say,
    signal: new AbortController().signal,
  });
  if (!connection) return EXIT.interrupted;
  try {
    const names = namesOf(fleet);
    const { cameras } = natsBroker(connection, names, fleetTime);
    const there = await isLaidOut(connection, names);
    const applied = there ? await appliedCameras(cameras) : new Map<string, never>();
    const found = difference(file.cameras, applied);
    if (!there) say(`Fleet ${fleet} is not there yet.\n`);
    say(isSame(found) ? 'The cameras are what the file says.\n' : differenceText(found));
    // New cameras alone take nothing from anybody.
    const asks = found.changed.length + found.removed.length > 0;
    if (asks && !values.yes && !(await agreed())) {
      say('Nothing was changed.\n');
      return EXIT.usage;
    }
    await layOut(connection, names, file);
    const clashes = await applyDifference(cameras, found);
    if (clashes.length > 0)
      throw new UsageError(
        `Somebody else has changed these meanwhile, they are as they were left: ${clashes.join(', ')}`,
      );
    say(`Applied: ${file.cameras.length} cameras.\n`);
    return EXIT.done;
  } catch (error) {
    throw asUsage(asBrokerError(error));
  } finally {
    await connection.close();
  }
}

function asUsage(error: unknown): unknown {
  return error instanceof BrokerError
    ? new UsageError(`The broker did not do it (${error.fault}): ${error.message}`, { cause: error })
    : error;
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('Cameras would be changed or removed: --yes says that this is meant (there is no terminal).');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question('Make it so? (y/N) ')).trim());
  } finally {
    asking.close();
  }
}
