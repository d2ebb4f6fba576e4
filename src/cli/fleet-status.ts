// `lq-stream fleet status`: argv -> who reads what, once or again and again; the exit code.
import { EXIT, UsageError } from '../base/errors.js';
import { readOptions, showHelp } from '../base/options.js';
import { printableLines } from '../base/printable.js';
import { pause } from '../fleet/core/timing.js';
import { natsBroker } from '../fleet/nats/broker.js';
import { openConnection } from '../fleet/nats/connection.js';
import { isLaidOut } from '../fleet/nats/layout.js';
import { namesOf } from '../fleet/names.js';
import { StatusBoard, statusText } from '../fleet/status.js';
import { fleetTime } from '../fleet/take-part.js';
import { ACCESS_OPTIONS, accessOf, fleetName } from './fleet-access.js';
import { FLEET_HELP } from './fleet.js';
import { interruption } from './interrupt.js';

const OPTIONS = { ...ACCESS_OPTIONS, watch: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** Milliseconds between two looks. */
const WATCH_EVERY = 2_000;

/** Shows a fleet; the exit code. @throws UsageError for wrong arguments, no broker, or no such fleet. */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream fleet status', argv, OPTIONS);
  if (values.help) return showHelp(FLEET_HELP);
  if (positionals.length > 0) throw new UsageError(`status takes no file, found "${positionals[0]}"; see --fleet`);
  using interrupted = interruption();
  const { signal } = interrupted;
  const say = (text: string): void => void process.stderr.write(text);
  const access = accessOf(values);
  const fleet = fleetName(values);
  const connection = await openConnection({
    access,
    name: 'lq-stream fleet status',
    clock: fleetTime,
    require: !values.watch,
    say,
    signal,
  });
  if (!connection) return EXIT.interrupted;
  try {
    const names = namesOf(fleet);
    if (!(await isLaidOut(connection, names)))
      throw new UsageError(`There is no fleet "${fleet}" at this broker; --fleet names another.`);
    using board = new StatusBoard(connection, names, natsBroker(connection, names, fleetTime), fleetTime);
    await board.settled();
    for (;;) {
      const status = board.status();
      const clear = values.watch && !values.json && process.stdout.isTTY ? '\x1b[H\x1b[2J' : '';
      const text = values.json ? `${JSON.stringify(status)}\n` : printableLines(statusText(status));
      process.stdout.write(clear + text);
      if (!values.watch) return EXIT.done;
      await pause(fleetTime, WATCH_EVERY, signal);
      if (signal.aborted) return EXIT.interrupted;
    }
  } finally {
    await connection.close();
  }
}
