// Owns the list of all kinds of source. The only file that knows every one.
import { file } from './file.js';
import { image } from './image.js';
import type { SourceKind } from './kind.js';
import { live } from './live.js';
import { pipe } from './pipe.js';

/** All kinds in order of preference: the first that takes an argument, or knows a file by its bytes, has it. */
export const KINDS = [pipe, live, image, file] as const;

type InputOfKind<S> = S extends SourceKind<infer I> ? I : never;

/** One thing that ffmpeg opens: a union by `kind`. */
export type Input = InputOfKind<(typeof KINDS)[number]>;
