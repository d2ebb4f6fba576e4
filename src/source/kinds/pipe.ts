// Owns the kind `pipe`: bytes that come once, from stdin or a FIFO. It is probed by its head, it waits, and it has an
// end to reach.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { judgeRecording, unreadable } from './ending.js';
import type { InputOf, SourceKind, Traits } from './kind.js';

/** Bytes that come once. */
export interface PipeInput extends InputOf<'pipe'> {
  readonly open: () => Readable;
}

// gif and tiff, for example, have to be sought in.
const HINT = " Some formats can't be read from a pipe: give the file's name instead.";

const STREAM: Traits = {
  timed: true,
  paced: true,
  log: ({ format }) => (format === 'mpegts' ? 'transport' : 'file'),
  unreadable: (name, line) => unreadable(name, line, HINT),
  judge: (ending) => judgeRecording(ending, { hint: HINT }),
};

/** Takes `-` and FIFOs. */
export const pipe: SourceKind<PipeInput> = {
  kind: 'pipe',
  waits: true,
  match: async ({ text, stats, stdin }) => {
    if (text === '-') return [piped('stdin', notATerminal(stdin()))];
    return (await stats())?.isFIFO() ? [piped(text, () => createReadStream(text))] : undefined;
  },
};

function piped(name: string, open: () => Readable): PipeInput {
  return { kind: 'pipe', traits: STREAM, name: printable(name), url: 'pipe:0', args: [], open };
}

/** Opens stdin, unless somebody would have to type a video. */
export function notATerminal(stdin: Readable): () => Readable {
  if ((stdin as Readable & { isTTY?: boolean }).isTTY)
    throw new UsageError(
      'The source - reads a video from stdin, but stdin is a terminal. Pipe a file in, or give its name.',
    );
  return () => stdin;
}
