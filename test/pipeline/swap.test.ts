// Tests of swapping stages: order, each value once, what is inside comes out first, and nothing stays subscribed.
import { concatMap, delay, EMPTY, finalize, map, Subject, take, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';
import { swapping } from '../../src/pipeline/swap.js';

/** Stages that hold each value until they are told to let it go. */
function held(gate: Subject<void>, name: string): OperatorFunction<number, string> {
  return concatMap((value) =>
    gate.pipe(
      take(1),
      map(() => `${name}${value}`),
    ),
  );
}

it('sends each value through the stages of the key in force when it comes, in order', () => {
  let key = 'a';
  const source = new Subject<number>();
  const seen: string[] = [];
  source
    .pipe(
      swapping(
        () => key,
        (name) => map((value: number) => `${name}${value}`),
      ),
    )
    .subscribe((out) => seen.push(out));
  source.next(1);
  key = 'b';
  source.next(2);
  source.next(3);
  key = 'a';
  source.next(4);
  expect(seen).toEqual(['a1', 'b2', 'b3', 'a4']);
});

it('lets what is inside the old stages out before anything goes through the new ones', () => {
  let key = 'a';
  const [source, gate] = [new Subject<number>(), new Subject<void>()];
  const seen: string[] = [];
  let complete = false;
  source
    .pipe(
      swapping(
        () => key,
        (name) => held(gate, name),
      ),
    )
    .subscribe({
      next: (out) => seen.push(out),
      complete: () => (complete = true),
    });
  source.next(1);
  source.next(2);
  key = 'b';
  source.next(3);
  source.complete();
  expect([seen, complete]).toEqual([[], false]);
  for (const wanted of [['a1'], ['a1', 'a2'], ['a1', 'a2', 'b3']]) {
    gate.next();
    expect(seen).toEqual(wanted);
  }
  expect(complete).toBe(true);
});

it('passes failures on, of the source and of a stage', () => {
  const failed: unknown[] = [];
  const wrong = new Error('wrong');
  const source = new Subject<number>();
  const stage = map((value: number) => {
    if (value === 2) throw wrong;
    return value;
  });
  source
    .pipe(
      swapping(
        () => 'a',
        () => stage,
      ),
    )
    .subscribe({ error: (error: unknown) => failed.push(error) });
  source.next(2);
  const other = new Subject<number>();
  other
    .pipe(
      swapping(
        () => 'a',
        () => stage,
      ),
    )
    .subscribe({ error: (error: unknown) => failed.push(error) });
  other.error('gone');
  expect(failed).toEqual([wrong, 'gone']);
});

it('ends the stages when nobody listens any more', () => {
  const source = new Subject<number>();
  let ended = 0;
  const stages: OperatorFunction<number, number> = (inner) =>
    inner.pipe(
      delay(0),
      finalize(() => ended++),
    );
  const subscription = source
    .pipe(
      swapping(
        () => 'a',
        () => stages,
      ),
    )
    .subscribe();
  source.next(1);
  subscription.unsubscribe();
  expect([ended, source.observed]).toEqual([1, false]);
});

it('makes no stages for a source without values', () => {
  let [made, complete] = [0, false];
  EMPTY.pipe(
    swapping(
      () => 'a',
      () => (made++, map((value: number) => value)),
    ),
  ).subscribe({ complete: () => (complete = true) });
  expect([made, complete]).toEqual([0, true]);
});
