// Files that grow with the frames, as sinks: what ends them, and when they are given up. It writes nothing itself.
import { PATIENCE, type FinishOptions } from '../base/output/file.js';
import type { FrameSightings } from '../types.js';
import { sink, type Ending, type Sink } from './sink.js';

/** A file that is written while frames come; it stands under its name when it is closed, not before. */
export interface FrameFile {
  /** Takes a frame; resolves when there is room for the next. */
  frame(sightings: FrameSightings): Promise<void>;
  /** Finishes the file and gives it its name. Idempotent. */
  close(options?: FinishOptions): Promise<void>;
  /** Leaves no file. Idempotent; does nothing after `close`. */
  abort(): Promise<void>;
}

/** How long a file's reader is waited for: whoever interrupts a run does not want to wait for one that is not there. */
export function finishAfter({ reason }: Pick<Ending, 'reason'>): FinishOptions {
  return { patience: reason === 'interrupted' ? PATIENCE.stopped : PATIENCE.ended };
}

/** The file as a sink: finished also when the run broke off, unless that was before its first frame. */
export function fileSink(file: FrameFile, { fullDetail = false }: Pick<Sink, 'fullDetail'> = {}): Sink {
  return sink({
    pace: 'waits',
    failure: 'ends-run',
    fullDetail,
    frame: (published) => file.frame(published),
    end: (ending) =>
      ending.error !== undefined && ending.counts.frames === 0 ? file.abort() : file.close(finishAfter(ending)),
    abort: () => file.abort(),
  });
}
