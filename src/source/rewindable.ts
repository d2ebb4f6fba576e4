// Owns reading a byte stream twice: ffprobe looks at its head, then ffmpeg gets all of it. Holds only the head.
import { PassThrough, type Readable } from 'node:stream';
import { SourceError } from '../base/errors.js';
import { heldBytes, type Bytes } from './bytes.js';

// ffprobe decides within 5 MB; an mp4 with its index at the end is read to that index. More than this is not worth
// holding.
const HEAD_LIMIT = 64 * 1024 * 1024;

/** A stream whose head can be looked at before it is read. */
export class RewindableInput {
  #head: Buffer[] = [];
  #size = 0;
  #looked = false;
  #ended = false;
  #error: Error | undefined;
  #prober: NodeJS.WritableStream | undefined;
  readonly #body = new PassThrough();

  /** @param source is paused until `feed` or `play`; this object destroys it on `stop` */
  constructor(
    private readonly source: Readable,
    private readonly name: string,
  ) {
    source.once('end', this.#onEnd);
    source.on('error', this.#onError);
  }

  /** Sends the stream to a program that looks at its head; what it was sent is remembered. Stops itself at a bound. */
  feed(stdin: NodeJS.WritableStream): void {
    // A program that has seen enough closes its end: that is its right.
    stdin.on('error', () => undefined);
    this.#prober = stdin;
    this.#looked = true;
    this.source.on('data', this.#remember);
    this.source.pipe(stdin);
    // The pipe alone would not end a program that waits for a stream that has broken or ended.
    if (this.#ended || this.#error) stdin.end();
  }

  /** What `feed` has sent, to be looked at once more. To be called before `play`. */
  head(): Bytes {
    return heldBytes(Buffer.concat(this.#head));
  }

  /** The whole stream from its first byte. To be called once, when the program that `feed` served is gone. */
  play(): Readable {
    this.#prober = undefined;
    this.source.off('data', this.#remember);
    this.source.unpipe();
    for (const chunk of this.#head) this.#body.write(chunk);
    this.#head = [];
    if (this.#ended || this.#error) this.#body.end();
    else this.source.pipe(this.#body);
    return this.#body;
  }

  /** Throws SourceError when the stream was empty, too long to look at, or broke. */
  check(): void {
    if (this.#error) throw new SourceError(`${this.name} broke off: ${this.#error.message}.`, { cause: this.#error });
    if (this.#looked && this.#ended && this.#size === 0)
      throw new SourceError(`${this.name} is empty: nothing was piped in.`);
    if (this.#size > HEAD_LIMIT)
      throw new SourceError(
        `${this.name} does not say what it holds within its first 64 MB. Give the file's name, or an mp4 ` +
          `made with -movflags +faststart.`,
      );
  }

  /** Ends reading and drops what is held. Idempotent. */
  stop(): void {
    this.source.off('data', this.#remember).off('end', this.#onEnd);
    this.source.unpipe();
    this.source.destroy();
    this.#body.destroy();
    this.#head = [];
  }

  readonly #remember = (chunk: Buffer): void => {
    this.#head.push(chunk);
    this.#size += chunk.length;
    if (this.#size <= HEAD_LIMIT) return;
    this.source.unpipe().pause();
    this.#prober?.end();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
  };

  readonly #onError = (error: Error): void => {
    this.#error = error;
    this.#prober?.end();
    this.#body.end();
  };
}
