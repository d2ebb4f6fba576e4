// Tests of looking at a camera: nothing is encoded while nobody looks, no more than asked for while somebody does, and
// never so much is under way that a lease would have to wait.
import { beforeEach, describe, expect, it } from 'vitest';
import { CameraLook } from '../../src/fleet/look/camera-look.js';
import { LookHub } from '../../src/fleet/look/look-hub.js';
import { lookIn, shownIn, type ShownKind, type ShownMessage } from '../../src/fleet/look/messages.js';
import { lazyEncoder, type PictureEncoder } from '../../src/sinks/page/picture.js';
import type { Sink } from '../../src/sinks/sink.js';
import { grayFrame, shown, sighting } from '../sinks/drawing/sightings.js';
import { published, testRun } from '../sinks/runs.js';
import { MemoryLine, settle } from './gateway-parts.js';

describe('a camera that can be looked at', () => {
  let [now, encoded, created, index] = [0, 0, 0, 0];
  let sent: { readonly kind: ShownKind; readonly what: Uint8Array | string }[];
  let camera: CameraLook;
  let sink: Sink;
  const encoder: PictureEncoder = {
    encode: async ({ width, height }) => {
      encoded++;
      return { form: 'gray', width, height, bytes: new Uint8Array(width * height) };
    },
  };
  beforeEach(async () => {
    [now, encoded, created, index] = [0, 0, 0, 0];
    sent = [];
    const lazy = lazyEncoder(async () => {
      created++;
      return encoder;
    });
    camera = new CameraLook({
      run: 'run-1',
      encoder: lazy,
      send: (kind, what) => sent.push({ kind, what }),
      now: () => now,
      wall: () => 1000 + now,
    });
    sink = camera.next();
    await sink.open(testRun().info);
  });
  /** So many frames, so many milliseconds apart, each picture gone at once. */
  const pass = async (frames: number, ms: number): Promise<void> => {
    for (let k = 0; k < frames; k++) {
      now += ms;
      const frame = grayFrame(64, 48, 128, { index: index++, time: index / 10 });
      const seen = shown(frame, sighting([4, 4, 20, 28], 7, 18), sighting([34, 4, 20, 28], 3, 1.2, 'ratio'));
      await sink.frame(published([seen])[0]!);
      await settle();
      if (sent.at(-1)?.kind === 'picture') camera.gone('picture');
    }
  };
  const pictures = (): number => sent.filter(({ kind }) => kind === 'picture').length;
  const texts = (): ShownMessage[] => sent.flatMap(({ what }) => (typeof what === 'string' ? [shownIn(what)!] : []));

  it('encodes nothing and loads no encoder while nobody looks', async () => {
    await pass(200, 40);
    expect([encoded, created, sent.length]).toEqual([0, 0, 0]);
  });

  it('shows ten pictures a second, or two, for as long as the question holds', async () => {
    camera.look({ picture: 'fast', run: 'run-1' });
    await pass(100, 40);
    expect(pictures()).toBeGreaterThan(35);
    expect(pictures()).toBeLessThanOrEqual(41);
    // Nobody has asked again for five seconds.
    await pass(50, 40);
    const last = pictures();
    await pass(100, 40);
    expect(pictures()).toBe(last);
    camera.look({ picture: 'slow', run: 'run-1' });
    await pass(100, 40);
    expect(pictures() - last).toBeGreaterThan(6);
    expect(pictures() - last).toBeLessThanOrEqual(9);
    expect(encoded).toBe(pictures());
  });

  it('takes no picture while two are under way', async () => {
    camera.look({ picture: 'fast', run: 'run-1' });
    for (let k = 0; k < 30; k++) {
      now += 100;
      await sink.frame(published([shown(grayFrame(64, 48, 128, { index: k, time: k / 10 }))])[0]!);
      await settle();
    }
    expect(pictures()).toBe(2);
    camera.gone('picture');
    await pass(1, 100);
    expect(pictures()).toBe(3);
  });

  it('has counted all the time what it is asked for later, and tells a new onlooker what it is', async () => {
    await pass(30, 100);
    camera.look({ distribution: true, crops: 1 });
    const [about, distribution, crops] = texts();
    expect(about).toMatchObject({ type: 'about', run: 'run-1', modelName: 'constant', now: 1000 + now });
    expect(distribution).toMatchObject({ type: 'distribution', outcomes: { ratio: [[expect.any(Number), 30]] } });
    // Both say the same all the time, in one region: each after a second at least.
    expect(crops).toMatchObject({ type: 'crops', run: 'run-1' });
    const numbers = crops?.type === 'crops' ? crops.crops.map(({ n }) => n) : [];
    expect(numbers).toEqual(numbers.map((_, k) => k + 1));
    expect(numbers.length).toBeGreaterThan(2);
    // Who knows the run gets what is new, and is not told again what it is.
    now += 1_000;
    camera.look({ crops: numbers.length, run: 'run-1' });
    expect(texts().slice(3)).toMatchObject([{ type: 'crops', crops: [{ n: numbers.length }] }]);
    expect(encoded).toBe(0);
  });
});

describe('the cameras of a worker', () => {
  it('hear what is asked of them from the moment on that there is a broker, and no longer than they are read', async () => {
    const [hub, line] = [new LookHub(), new MemoryLine()];
    const heard: string[] = [];
    const open = (id: string) =>
      hub.open(id, { look: ({ picture }) => heard.push(`${id} ${picture}`), gone: () => undefined });
    const hall = open('hall');
    hub.attach(line);
    open('yard');
    await line.ask('hall', { picture: 'fast' });
    await line.ask('yard', { picture: 'slow' });
    hall.close();
    await line.ask('hall', { picture: 'fast' });
    expect(heard).toEqual(['hall fast', 'yard slow']);
  });

  it('have two parcels under way together, and of what waits the newest of each kind', async () => {
    const [hub, line] = [new LookHub(), new MemoryLine()];
    line.slow = true;
    hub.attach(line);
    const gone: string[] = [];
    const open = (id: string) => hub.open(id, { look: () => undefined, gone: (kind) => gone.push(`${id} ${kind}`) });
    const [hall, yard] = [open('hall'), open('yard')];
    for (let k = 1; k <= 5; k++) {
      hall.show('picture', `hall picture ${k}`);
      yard.show('picture', `yard picture ${k}`);
    }
    yard.show('distribution', 'yard distribution');
    expect(line.shown).toEqual(['hall picture 1', 'yard picture 1']);
    // Those that a newer one has replaced are gone, so that their process takes the next.
    expect(gone).toEqual(['hall', 'yard', 'hall', 'yard', 'hall', 'yard'].map((id) => `${id} picture`));
    line.letThrough();
    await settle();
    expect(line.shown.slice(2)).toEqual(['hall picture 5', 'yard picture 5']);
    line.letThrough();
    await settle();
    expect(line.shown.slice(4)).toEqual(['yard distribution']);
  });
});

describe('what others say', () => {
  it.each(['', '{', '[]', '{"picture":"all"}', '{"crops":0}', '{"distribution":false}'])('is no question: %s', (text) =>
    expect(lookIn(text)).toBe(undefined),
  );

  it.each(['', '{"type":"about"}', '{"type":"crops","run":"a","crops":[{}]}', '{"type":"picture"}'])(
    'shows nothing: %s',
    (text) => expect(shownIn(text)).toBe(undefined),
  );
});
