// Owns how stages take the place of others while frames go through: what is inside comes out first. It must not know what
// stages do.
import { Observable, Subject, type OperatorFunction } from 'rxjs';

/**
 * Sends everything through the stages that `make` gives for the key in force when it comes; with another key (by
 * identity) the stages are made anew, after those before have given all that they hold. What comes meanwhile waits, in
 * order; there is no more of it than the source has buffers.
 */
export function swapping<K, In, Out>(
  key: () => K,
  make: (key: K) => OperatorFunction<In, Out>,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable((subscriber) => {
      let inlet: { readonly key: K; readonly into: Subject<In>; closing: boolean } | undefined;
      let waiting: In[] = [];
      let over = false;

      function begin(now: K): Subject<In> {
        const into = new Subject<In>();
        inlet = { key: now, into, closing: false };
        subscriber.add(
          into.pipe(make(now)).subscribe({
            next: (value) => subscriber.next(value),
            error: (error: unknown) => subscriber.error(error),
            complete: emptied,
          }),
        );
        return into;
      }

      function emptied(): void {
        inlet = undefined;
        const held = waiting;
        waiting = [];
        for (const value of held) feed(value);
        if (over) finish();
      }

      function feed(value: In): void {
        if (inlet?.closing) {
          waiting.push(value);
          return;
        }
        const now = key();
        if (inlet && inlet.key !== now) {
          waiting.push(value);
          inlet.closing = true;
          inlet.into.complete();
          return;
        }
        (inlet?.into ?? begin(now)).next(value);
      }

      function finish(): void {
        if (!inlet) subscriber.complete();
        else if (!inlet.closing) {
          inlet.closing = true;
          inlet.into.complete();
        }
      }

      subscriber.add(
        source.subscribe({
          next: feed,
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            over = true;
            finish();
          },
        }),
      );
    });
}
