// The few errors that callers branch on. Each carries the exit code of the command line that it stands for.
import { printableLines } from './printable.js';

/** Exit codes of `lq-stream`. */
export const EXIT = { done: 0, usage: 2, source: 3, model: 4, interrupted: 130 } as const;

/**
 * An error whose message is written for the user: what, where, what was found, what to do. Never shown with a stack
 * trace. What in it would steer a terminal is escaped; names in it from outside go through `printable`.
 */
export abstract class UserError extends Error {
  abstract readonly exitCode: number;
  constructor(message: string, options?: ErrorOptions) {
    super(printableLines(message), options);
    this.name = new.target.name;
  }
}

/** The command line or a configuration is wrong (exit 2). */
export class UsageError extends UserError {
  readonly exitCode = EXIT.usage;
}

/** The source can't be read, or broke off (exit 3). What was decoded before has been published. */
export class SourceError extends UserError {
  readonly exitCode = EXIT.source;
}

/** A model folder is missing, damaged or does not fit (exit 4). */
export class ModelError extends UserError {
  readonly exitCode = EXIT.model;
}
