// Owns the list of all kinds of source. The only file that knows every one.
import { device } from './device.js';
import { file } from './file.js';
import { http } from './http.js';
import { image } from './image.js';
import type { SourceKind } from './kind.js';
import { livePipe } from './live-pipe.js';
import { pipe } from './pipe.js';
import { rtmp } from './rtmp.js';
import { rtsp } from './rtsp.js';
import { snapshot } from './snapshot.js';
import { srt } from './srt.js';
import { udp } from './udp.js';

/** All kinds in order of preference: the first that takes an argument, or knows a file by its bytes, has it. */
export const KINDS = [livePipe, pipe, rtsp, snapshot, http, rtmp, srt, udp, device, image, file] as const;

type InputOfKind<S> = S extends SourceKind<infer I> ? I : never;

/** One thing that ffmpeg opens: a union by `kind`. */
export type Input = InputOfKind<(typeof KINDS)[number]>;
