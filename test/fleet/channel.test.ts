// Tests of one camera's way into one log: who has said last that it owns the camera writes, and nobody else, whatever
// clocks say and answers get lost.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.js';
import { Channel } from '../../src/fleet/core/channel.js';
import { Outbox } from '../../src/fleet/core/outbox.js';
import { TIMING } from '../../src/fleet/core/timing.js';
import { Clockwork, Machine } from '../../src/fleet/simulation/clockwork.js';
import { SimulatedBroker } from '../../src/fleet/simulation/simulated-broker.js';
import { faultsOf } from '../../src/fleet/simulation/simulated-fleet.js';

function setUp() {
  const clockwork = new Clockwork();
  const broker = new SimulatedBroker(clockwork, createRandom(1));
  const acknowledged = new Set<string>();
  const owner = (name: string, owned = true) => {
    const machine = new Machine(clockwork);
    const outbox = new Outbox();
    let fenced = false;
    const channel = new Channel({
      name: 'readings',
      log: broker.client(machine).logs.readings,
      camera: 'cam',
      owner: name,
      about: { worker: name },
      outbox,
      clock: machine.clock,
      timing: TIMING,
      // A zombie that looks at no clock.
      mayWrite: () => true,
      owned: async () => owned,
      fenced: () => (fenced = true),
      trouble: () => {},
      stored: (id) => acknowledged.add(id),
    });
    const push = (seq: number): void => {
      outbox.push('readings', { first: seq, last: seq, text: JSON.stringify({ type: 'reading', seq }) });
      channel.wake();
    };
    return { machine, outbox, channel, push, fenced: () => fenced };
  };
  const pass = (ms: number): Promise<void> => clockwork.run(clockwork.now + ms);
  const take = async (channel: Channel): Promise<number | undefined> => {
    const taken = channel.take();
    await pass(100);
    return await taken;
  };
  const faults = (): string[] => faultsOf('readings', broker.records.readings, acknowledged);
  const seqs = (): number[] =>
    broker.records.readings.flatMap(({ text }) => (JSON.parse(text) as { seq?: number }).seq ?? []);
  return { broker, owner, pass, take, faults, seqs };
}

it.each([true, false])('refuses who was overtaken (fence: %s)', async (fences) => {
  const { broker, owner, pass, take, faults, seqs } = setUp();
  broker.fences = fences;
  const [old, young] = [owner('old'), owner('young')];
  expect(await take(old.channel)).toBe(0);
  void old.channel.run();
  for (const seq of [1, 2, 3]) old.push(seq);
  await pass(100);
  expect(await take(young.channel)).toBe(3);
  void young.channel.run();
  young.push(4);
  await pass(50);
  old.push(4);
  await pass(100);
  expect(old.fenced()).toBe(fences);
  expect(young.fenced()).toBe(false);
  if (fences) {
    expect(seqs()).toEqual([1, 2, 3, 4]);
    expect(faults()).toEqual([]);
  } else expect(faults().join()).toMatch(/written after young had taken over.*4 after 4/);
});

it('stores once what it has to send again, however long that takes', async () => {
  const { broker, owner, pass, take, faults, seqs } = setUp();
  const one = owner('one');
  await take(one.channel);
  void one.channel.run();
  broker.lost = 1;
  one.push(1);
  await pass(100);
  broker.up = false;
  // Longer than the broker knows ids.
  await pass(200_000);
  broker.up = true;
  broker.lost = 0;
  one.push(2);
  await pass(5_000);
  expect(seqs()).toEqual([1, 2]);
  expect(one.fenced()).toBe(false);
  expect(faults()).toEqual([]);
});

it('takes no camera that another one has claimed since', async () => {
  const { owner, take } = setUp();
  expect(await take(owner('late', false).channel)).toBe(undefined);
});

it('knows its own record again when the answer to it got lost', async () => {
  const { broker, owner, pass } = setUp();
  const one = owner('one');
  broker.lost = 1;
  const taken = one.channel.take();
  await pass(1_000);
  broker.lost = 0;
  await pass(5_000);
  expect(await taken).toBe(0);
  expect(broker.records.readings).toHaveLength(1);
});
