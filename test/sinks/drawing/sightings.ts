// Owns hand-made frames and sightings for the tests of views. No test in here.
import type { Box, DigitClass, Frame, FrameSightings, Sighting, Rejection } from '../../../src/types.js';

/** A flat gray frame. */
export function grayFrame(width: number, height: number, value: number, more: Partial<Frame> = {}): Frame {
  return {
    index: 0,
    time: 0,
    width,
    height,
    left: 0,
    top: 0,
    scale: 1,
    gray: new Uint8Array(width * height).fill(value),
    retain() {
      return this;
    },
    release: () => undefined,
    ...more,
  };
}

export function sighting(
  box: Box,
  digit: DigitClass,
  ratio: number,
  rejected?: Rejection,
  pixels: Float32Array = new Float32Array(784),
): Sighting {
  const evidence = { digit, ratio, top: 0.9, second: 0.9 / ratio };
  return {
    digit: { region: { id: 'r0', box, polarity: 'dark-on-light' }, pixels },
    outputs: new Float32Array(10),
    verdict:
      rejected === undefined
        ? { ...evidence, accepted: true }
        : { ...evidence, accepted: false, rejected, distance: 1 },
  };
}

export function shown(frame: Frame, ...sightings: Sighting[]): FrameSightings {
  return { frame, sightings };
}
