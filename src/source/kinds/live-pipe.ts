// Owns the kind `live-pipe`: what a program writes while it happens, through stdin or a FIFO. It can't be asked for it
// again: when it ends the run does.
import { createReadStream, fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import type { SourceKind } from './kind.js';
import { AT_ONCE, CALLS, liveTraits, type LiveInputOf } from './live.js';
import { notATerminal } from './pipe.js';

/** The output of a live program. */
export interface LivePipeInput extends LiveInputOf<'live-pipe'> {
  readonly open: () => Readable;
}

/** Takes `-` and FIFOs where they are said to be live. */
export const livePipe: SourceKind<LivePipeInput> = {
  kind: 'live-pipe',
  waits: false,
  takes: ['live'],
  match: async ({ text, stats, stdin, asked: { live } }) => {
    if (!live) return undefined;
    if (text === '-') {
      const input = stdin();
      refuseFile(input);
      return [piped('stdin', notATerminal(input), true)];
    }
    return (await stats())?.isFIFO() ? [piped(text, () => createReadStream(text), false)] : undefined;
  },
};

function piped(name: string, open: () => Readable, once: boolean): LivePipeInput {
  const traits = liveTraits({ connect: CALLS, hide: (said) => said, hasCredentials: false, once });
  return { kind: 'live-pipe', traits, name: printable(name), url: 'pipe:0', args: AT_ONCE, open };
}

function refuseFile(stdin: Readable & { readonly fd?: unknown }): void {
  const { fd } = stdin;
  if (typeof fd === 'number' && fstatSync(fd).isFile())
    throw new UsageError('stdin is a file, which is not live: leave --live out, or pipe a live program in.');
}
