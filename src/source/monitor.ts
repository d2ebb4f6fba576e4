// Owns what a running source tells about itself: counters, size, children. For the summary, the feed and the tests.
import type { SourceChange, SourceFigures } from '../types.js';
import type { FramePool } from './pool.js';
import type { SourceInfo } from './probe.js';
import { Processes } from './processes.js';

const MOST_REMARKS = 10;

/** Handed to `frames` by the caller, who may look at any time. The source writes, everyone else reads. One per run. */
export class SourceMonitor {
  /** What is known of the source; absent until it was probed or the first image decoded. */
  info: SourceInfo | undefined;
  /**
   * Frames that were decoded. Always: decoded = skipped + overwritten + outdated + delivered + what waits or is being
   * ended.
   */
  decoded = 0;
  /** Frames left out by `fps`. */
  skipped = 0;
  /** Frames passed to the subscriber. */
  delivered = 0;
  /** Frames that a newer one replaced unread (policy `latest`). */
  overwritten = 0;
  /** Frames of a live source that were older than `maxAge` when their turn came. */
  outdated = 0;
  /** What a live source does; absent for others, and before it was found. */
  state: SourceChange | undefined;
  /**
   * The frame buffers of this run: `size` of them, of which `out` are being filled, wait, or are held by a consumer;
   * absent until the source was found. A run that has ended, and whose consumers have released all, has none out.
   */
  buffers: Pick<FramePool, 'size' | 'out'> | undefined;
  /** The children of this run: `pids` for those alive, `idle()` to wait until all are gone. */
  readonly processes = new Processes();
  readonly #remarks = new Set<string>();
  readonly #changed: (change: SourceChange) => void;

  /** @param changed told of each change of a live source. Default: nobody is */
  constructor(changed: (change: SourceChange) => void = () => {}) {
    this.#changed = changed;
  }

  /** How a live source is doing; undefined of others. */
  get figures(): SourceFigures | undefined {
    return this.state && { ...this.state, overwritten: this.overwritten, outdated: this.outdated };
  }

  /** Takes a change of a live source. */
  change(change: SourceChange): void {
    this.state = change;
    this.#changed(change);
  }

  /** What there is to say of the source beside its frames: lines without an end, each once, 10 at most. */
  get remarks(): readonly string[] {
    return [...this.#remarks];
  }

  /** Takes a remark, where there is one that was not made before, and there are not enough. */
  remark(text: string | undefined): void {
    if (text !== undefined && this.#remarks.size < MOST_REMARKS) this.#remarks.add(text);
  }
}
