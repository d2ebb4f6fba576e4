#!/usr/bin/env node
// argv -> command -> exit code. The only file that ends the process.
import { failureOf } from './cli/failure.js';
import { hasLab, labMissing } from './cli/package.js';

/** A command: arguments in, exit code out. */
type Command = (argv: string[]) => Promise<number>;

/**
 * The laboratory's commands, beside reading a source; loaded when they are called, for training needs far more than
 * reading. An installed package is without them.
 */
const LAB: Readonly<Record<string, () => Promise<{ run: Command }>>> = {
  train: () => import('./cli/lab/train.js'),
  prune: () => import('./cli/lab/prune.js'),
  calibrate: () => import('./cli/lab/calibrate.js'),
  attack: () => import('./cli/lab/attack.js'),
  report: () => import('./cli/lab/report.js'),
  reproduce: () => import('./cli/lab/reproduce.js'),
  fixtures: () => import('./cli/lab/fixtures.js'),
  replay: () => import('./cli/lab/replay.js'),
  pages: () => import('./cli/lab/pages.js'),
};

/** Commands of every installation beside reading a source; loaded when they are called. */
const COMMANDS: Readonly<Record<string, () => Promise<{ run: Command }>>> = {
  doctor: () => import('./cli/doctor.js'),
  history: () => import('./cli/history.js'),
};

/** Commands about many cameras on many machines; one camera on one machine loads nothing of them. */
const FLEET: Readonly<Record<string, () => Promise<{ run: Command }>>> = {
  fleet: () => import('./cli/fleet.js'),
  gateway: () => import('./cli/gateway.js'),
};

/**
 * Milliseconds after the command's end until the process is ended all the same: a reader that never reads holds stdout
 * open.
 */
const LINGER = 500;

async function main([name = '', ...rest]: string[]): Promise<number> {
  const command = Object.hasOwn(LAB, name) ? LAB[name] : Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) {
    if (Object.hasOwn(LAB, name) && !hasLab()) throw labMissing(name);
    // The reader has what it wanted (`| head -1`); what a command keeps is kept by then. Reading a source ends in its
    // own way.
    process.stdout.on('error', () => process.exit(0));
    return await (await command()).run(rest);
  }
  const fleet = Object.hasOwn(FLEET, name) ? FLEET[name] : undefined;
  if (fleet) return await (await fleet()).run(rest);
  const { run } = await import('./cli/main.js');
  return await run(process.argv.slice(2));
}

/** Says what went wrong, for people; the exit code. */
function report(error: unknown): number {
  const { text, exitCode } = failureOf(error, process.env['LQ_DEBUG'] === '1');
  process.stderr.write(text);
  return exitCode;
}

// Nobody reads what is for people any more: no reason to fail.
process.stderr.on('error', () => {});
process.exitCode = await main(process.argv.slice(2)).catch(report);
setTimeout(() => process.exit(), LINGER).unref();
