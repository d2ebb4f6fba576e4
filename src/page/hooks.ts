// Owns how what changes elsewhere makes the page draw itself again. It must not know what is drawn.
import { useEffect, useReducer } from 'preact/hooks';

/** Draws a component again when something that can be subscribed to has changed. */
export function useChanges(source: { subscribe(changed: () => void): () => void }): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => source.subscribe(() => again(undefined)), [source]);
}

/** As `useChanges`, at most once in so many milliseconds: for what changes ten times a second. */
export function useSlowChanges(source: { subscribe(changed: () => void): () => void }, ms: number): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = source.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        again(undefined);
      }, ms);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [source, ms]);
}
