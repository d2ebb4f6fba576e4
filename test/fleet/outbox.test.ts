// Tests of a camera's outbox: bounded, predictions go first, readings last, and everything that goes is counted.
import { expect, it } from 'vitest';
import { Outbox, type Parcel } from '../../src/fleet/core/outbox.js';

const parcel = (first: number, last = first, text = 'x'): Parcel => ({ first, last, text });

it('keeps to its bound, drops the oldest predictions first, and counts them', () => {
  const outbox = new Outbox({ messages: 5, size: 1_000 });
  for (const seq of [1, 2, 3]) expect(outbox.push('predictions', parcel(seq))).toBe(false);
  for (const seq of [1, 2]) expect(outbox.push('readings', parcel(seq))).toBe(false);
  expect(outbox.push('readings', parcel(3))).toBe(true);
  expect(outbox.figures).toEqual({ waiting: 5, dropped: { predictions: 1, readings: 0 } });
  expect(outbox.next('predictions')?.first).toBe(2);
});

it('drops the oldest readings only when there are no predictions left', () => {
  const outbox = new Outbox({ messages: 3, size: 1_000 });
  outbox.push('predictions', parcel(1));
  for (const seq of [1, 2, 3, 4, 5]) outbox.push('readings', parcel(seq));
  expect(outbox.figures).toEqual({ waiting: 3, dropped: { predictions: 1, readings: 2 } });
  expect(outbox.next('readings')?.first).toBe(3);
});

it('keeps what is being sent, for it may be stored already', () => {
  const outbox = new Outbox({ messages: 2, size: 1_000 });
  outbox.push('readings', parcel(1));
  expect(outbox.next('readings')?.first).toBe(1);
  for (const seq of [2, 3, 4]) outbox.push('readings', parcel(seq));
  expect(outbox.next('readings')?.first).toBe(1);
  outbox.sent('readings');
  expect(outbox.next('readings')?.first).toBe(4);
});

it('is bounded by size too', () => {
  const outbox = new Outbox({ messages: 1_000, size: 10 });
  for (const seq of [1, 2, 3]) outbox.push('predictions', parcel(seq, seq, 'xxxx'));
  expect(outbox.figures).toEqual({ waiting: 2, dropped: { predictions: 1, readings: 0 } });
});

it('sends predictions that follow each other together, but none across a hole', () => {
  const outbox = new Outbox();
  outbox.push('predictions', parcel(1, 2, 'a\nb'));
  outbox.push('predictions', parcel(3, 3, 'c'));
  outbox.push('predictions', parcel(5, 5, 'e'));
  expect(outbox.next('predictions')).toEqual({ first: 1, last: 3, text: 'a\nb\nc' });
  outbox.push('predictions', parcel(6, 6, 'f'));
  outbox.sent('predictions');
  expect(outbox.next('predictions')).toEqual({ first: 5, last: 6, text: 'e\nf' });
  expect(outbox.figures.waiting).toBe(2);
});
