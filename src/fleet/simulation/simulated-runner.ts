// A run without a picture: it reads something at a steady pace, by the clock of its machine.
import type { Clock } from '../../base/clock.js';
import type { PreparedRun, Run, RunEvents, Runner, RunStart } from '../core/runner.js';

/** How cameras behave. */
export interface SimulatedRunnerOptions {
  readonly clock: Clock;
  /** Milliseconds between two frames, each of which gives a prediction. */
  readonly every: number;
  /** Of so many frames one gives a reading. */
  readonly readingEvery: number;
  /** Milliseconds until it reads. */
  readonly start: number;
  /** What a camera costs in cores. */
  readonly cores?: (camera: string) => number;
}

/** Reads nothing, at a pace. */
export function simulatedRunner({ clock, every, readingEvery, start, cores }: SimulatedRunnerOptions): Runner {
  return {
    prepare({ id }, reads): PreparedRun {
      let begun: { readonly after: { predictions: number; readings: number }; readonly events: RunEvents } | undefined;
      let frames = 0;
      let stopFrames = (): void => {};
      const frame = (): void => {
        if (!begun) return;
        const { after, events } = begun;
        frames++;
        const seq = ++after.predictions;
        const text = JSON.stringify({ type: 'prediction', seq, frame: frames });
        events.parcel('predictions', { first: seq, last: seq, text });
        if (frames % readingEvery === 0) {
          const number = ++after.readings;
          const reading = JSON.stringify({ type: 'reading', seq: number, frame: frames });
          events.parcel('readings', { first: number, last: number, text: reading });
          events.memory(JSON.stringify({ number }));
        }
        if (cores && frames % 10 === 0) events.stats({ frames }, cores(id));
      };
      const stopStart = clock.after(start, () => {
        stopFrames = clock.every(every, frame);
        reads();
      });
      const kill = (): void => {
        stopStart();
        stopFrames();
      };
      return {
        begin: ({ after }: RunStart, events: RunEvents): Run => {
          begun = { after: { ...after }, events };
          return { kill, stop: async () => kill(), closed: Promise.resolve() };
        },
        kill: () => {
          if (!begun) kill();
        },
      };
    },
  };
}
