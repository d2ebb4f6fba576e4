// The handover: order, the newest wins, no frame is lost or given back twice.
import { expect, test } from 'vitest';
import { Handover } from '../../src/source/handover.js';
import type { Frame } from '../../src/types.js';

function setup(room: () => boolean): {
  handover: Handover;
  offer: (index: number) => void;
  delivered: number[];
  released: number[];
  overwritten: () => number;
} {
  const delivered: number[] = [];
  const released: number[] = [];
  let overwritten = 0;
  const handover = new Handover(
    room,
    (frame) => delivered.push(frame.index),
    () => (overwritten += 1),
  );
  const offer = (index: number): void =>
    handover.offer({ index, release: () => released.push(index) } as unknown as Frame);
  return { handover, offer, delivered, released, overwritten: () => overwritten };
}

test('delivers at once where there is room', () => {
  const { offer, delivered, overwritten, handover } = setup(() => true);
  [0, 1, 2].forEach(offer);
  expect(delivered).toEqual([0, 1, 2]);
  expect(overwritten()).toBe(0);
  expect(handover.empty).toBe(true);
});

test('keeps the newest where there is none, releasing and counting the others', () => {
  let room = false;
  const { handover, offer, delivered, released, overwritten } = setup(() => room);
  [0, 1, 2].forEach(offer);
  expect([delivered, released, overwritten()]).toEqual([[], [0, 1], 2]);
  room = true;
  handover.drain();
  expect(delivered).toEqual([2]);
  expect(handover.empty).toBe(true);
});

test('clear gives back what waits, once', () => {
  const { handover, offer, released } = setup(() => false);
  offer(7);
  handover.clear();
  handover.clear();
  expect(released).toEqual([7]);
});

test('a consumer that drains from within its own delivery does not recurse', () => {
  let depth = 0;
  let deepest = 0;
  const handover: Handover = new Handover(
    () => true,
    (frame) => {
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (frame.index < 50) handover.offer({ index: frame.index + 1, release: () => undefined } as unknown as Frame);
      depth -= 1;
    },
    () => undefined,
  );
  handover.offer({ index: 0, release: () => undefined } as unknown as Frame);
  expect(deepest).toBe(1);
});
