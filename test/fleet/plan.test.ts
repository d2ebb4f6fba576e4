// Tests of the plan of a fleet, against what a plan must be, whatever it is made of: whole, fair, and no more moves than
// it needs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFleet, type PlannedCamera, type PlannedWorker } from '../../src/fleet/core/plan.js';

const workersOf = (capacities: readonly number[]): PlannedWorker[] =>
  capacities.map((capacity, k) => ({ id: `w${k}`, capacity }));
const camerasOf = (costs: readonly number[], owner?: (k: number) => string | undefined): PlannedCamera[] =>
  costs.map((cost, k) => ({ id: `c${k}`, cost, owner: owner?.(k) }));

/** Cost by capacity of each worker, summed up the slow way. */
function shares(
  cameras: readonly PlannedCamera[],
  workers: readonly PlannedWorker[],
  plan: ReadonlyMap<string, string>,
) {
  return workers.map(({ id, capacity }) => {
    const own = cameras.filter((camera) => plan.get(camera.id) === id);
    return own.reduce((sum, { cost }) => sum + cost, 0) / capacity;
  });
}

const capacities = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 12 });
const costs = fc.array(fc.double({ min: 0.05, max: 3, noNaN: true }), { maxLength: 150 });

describe('planFleet', () => {
  it('gives every camera to one worker, and differs by no more than one camera makes up', () => {
    fc.assert(
      fc.property(capacities, costs, fc.nat(), (some, all, seed) => {
        const workers = workersOf(some);
        const cameras = camerasOf(all, (k) => ((k * 7 + seed) % 3 === 0 ? `w${(k + seed) % some.length}` : undefined));
        const plan = planFleet(cameras, workers);
        expect([...plan.keys()].sort()).toEqual(cameras.map(({ id }) => id).sort());
        // Of no worker a camera could go to another, who were then less full by what is worth a move.
        const full = shares(cameras, workers, plan);
        const worth = (0.05 * all.reduce((a, b) => a + b, 0)) / some.reduce((a, b) => a + b, 0);
        const [most, least] = [full.indexOf(Math.max(...full)), full.indexOf(Math.min(...full))];
        for (const { id, cost } of cameras)
          if (plan.get(id) === `w${most}` && most !== least)
            expect(full[least]! + cost / some[least]!).toBeGreaterThanOrEqual(full[most]! - worth - 1e-9);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('is the same in whatever order it is told', () => {
    fc.assert(
      fc.property(capacities, costs, (some, all) => {
        const [workers, cameras] = [workersOf(some), camerasOf(all, (k) => (k % 2 ? 'w0' : undefined))];
        const plan = planFleet(cameras, workers);
        expect(new Map(planFleet([...cameras].reverse(), [...workers].reverse()))).toEqual(new Map(plan));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('moves nothing once it has come about', () => {
    fc.assert(
      fc.property(capacities, costs, (some, all) => {
        const workers = workersOf(some);
        const plan = planFleet(camerasOf(all), workers);
        const again = planFleet(
          camerasOf(all, (k) => plan.get(`c${k}`)),
          workers,
        );
        expect(new Map(again)).toEqual(new Map(plan));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('moves only what a dead worker had', () => {
    const workers = workersOf([1, 1, 1, 1]);
    const before = planFleet(camerasOf(Array<number>(40).fill(1)), workers);
    const after = planFleet(
      camerasOf(Array<number>(40).fill(1), (k) => before.get(`c${k}`)),
      workers.slice(1),
    );
    for (const [camera, worker] of before) if (worker !== 'w0') expect(after.get(camera)).toBe(worker);
  });

  it('gives a new worker its part, and takes it from all evenly', () => {
    const owner = (k: number): string => `w${k % 4}`;
    const cameras = camerasOf(Array<number>(200).fill(1), owner);
    const plan = planFleet(cameras, workersOf([1, 1, 1, 1, 1]));
    const moved = cameras.filter(({ id }, k) => plan.get(id) !== owner(k));
    expect(moved.length).toBeLessThanOrEqual(40);
    const full = shares(cameras, workersOf([1, 1, 1, 1, 1]), plan);
    expect(Math.max(...full) - Math.min(...full)).toBeLessThanOrEqual(4);
  });

  it('has nobody read anything where nobody is there', () => {
    expect(planFleet(camerasOf([1, 2]), []).size).toBe(0);
  });
});
