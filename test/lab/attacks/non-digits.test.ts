// Tests of src/lab/attacks/non-digits.ts: pictures in the form of MNIST, and no two alike. What they look like, people
// must judge.
import { describe, expect, it } from 'vitest';
import { nonDigits } from '../../../src/lab/attacks/non-digits.js';
import { createRandom } from '../../../src/base/random.js';
import { blobs, contextOf, patterns } from './victims.js';

const { victim } = patterns(1);
const COUNT = 80;
const training = {
  count: 20,
  images: Uint8Array.from(blobs(20, createRandom(3)), (value) => Math.round(255 * value)),
  labels: new Uint8Array(20),
};
const make = async (count: number, start: number, seed = 1, from = training): Promise<Float32Array> =>
  (await nonDigits.prepare(contextOf(victim, 0, { training: from, random: createRandom(seed) }))).perturb(
    blobs(count, createRandom(2)),
    new Uint8Array(count),
    start,
  );

/** Width and height of the box of the ink above a level, and the centre of mass. */
function measure(image: Float32Array): { box: number; mass: number; centre: [number, number]; peak: number } {
  const at = Array.from({ length: 784 }, (_, p) => p);
  const ink = at.filter((p) => image[p]! > 0.35);
  const [xs, ys] = [ink.map((p) => p % 28), ink.map((p) => Math.floor(p / 28))];
  const mass = image.reduce((sum, value) => sum + value, 0);
  const centre = [1, 28].map(
    (unit) => at.reduce((sum, p) => sum + image[p]! * ((Math.floor(p / unit) % 28) + 0.5), 0) / mass,
  ) as [number, number];
  return {
    box: Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) + 1,
    mass,
    centre,
    peak: Math.max(...image),
  };
}

describe('non-digits', () => {
  it('fit the 20x20 box, are centred by mass and have about as much ink as digits, up to solid textures', async () => {
    const pixels = await make(COUNT, 0);
    expect(pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
    for (let i = 0; i < COUNT; i++) {
      const { box, mass, centre, peak } = measure(pixels.subarray(i * 784, (i + 1) * 784));
      expect(box, `image ${i}`).toBeGreaterThanOrEqual(17);
      expect(box, `image ${i}`).toBeLessThanOrEqual(21);
      expect(Math.max(...centre.map((c) => Math.abs(c - 14))), `image ${i}`).toBeLessThan(0.6);
      // MNIST: 20 (thin 1s) to 310.
      expect(mass, `image ${i}`).toBeGreaterThan(15);
      expect(mass, `image ${i}`).toBeLessThan(320);
      expect(peak, `image ${i}`).toBeGreaterThan(0.9);
    }
  });

  it('differ from each other and keep nothing of the images they replace', async () => {
    const pixels = await make(COUNT, 0);
    const alike: string[] = [];
    for (let i = 0; i < COUNT; i++) {
      for (let k = 0; k < i; k++) {
        let squared = 0;
        for (let p = 0; p < 784; p++) squared += (pixels[i * 784 + p]! - pixels[k * 784 + p]!) ** 2;
        if (squared < 1) alike.push(`${i} and ${k}`);
      }
    }
    expect(alike).toEqual([]);
    const others = (await nonDigits.prepare(contextOf(victim, 0, { training }))).perturb(
      new Float32Array(3 * 784),
      new Uint8Array(3),
      0,
    );
    expect(await others).toEqual(pixels.subarray(0, 3 * 784));
  });

  it('are the same in every cut, others from another seed, and need no training digits', async () => {
    const pixels = await make(4, 10);
    expect(await make(2, 12)).toEqual(pixels.subarray(2 * 784));
    expect(await make(4, 10, 2)).not.toEqual(pixels);
    const none = { count: 0, images: new Uint8Array(0), labels: new Uint8Array(0) };
    expect(measure((await make(1, 0, 1, none)).subarray(0, 784)).mass).toBeGreaterThan(15);
  });
});
