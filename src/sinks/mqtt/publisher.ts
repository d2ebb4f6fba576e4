// Owns what of a run goes to a broker, and under which topic: messages, what is retained, what Home Assistant is told, and
// what of these is taken back when a number is no more. It must not reach a broker.
import type { AskedReading } from '../../readings/readings.js';
import type { Stats } from '../../types.js';
import { statsFields } from '../messages.js';
import { secondsOf } from '../sending/amounts.js';
import type { Delivery } from '../sending/delivery.js';
import { numberOf, sentOf, type Numbering, type SentMessage } from '../sending/messages.js';
import type { PublishedFrame, RunInfo } from '../sink.js';
import { deviceConfig, deviceId, type NumberFacts } from './discovery.js';
import { mqttMessage, type MqttTarget } from './target.js';
import type { Topics } from './topics.js';

/** Numbers that Home Assistant is told of, and that are shown again while they are seen, at most. */
const MOST_NUMBERS = 64;

/** Numbers that are no more, and are kept in mind so that nothing is left of them, at most; the oldest are forgotten. */
const MOST_GONE = 256;

/** Seconds between two figures. */
const STATS_EVERY = 10;

/** What a publisher is asked for. */
export interface PublisherOptions {
  readonly discovery?: string | undefined;
  readonly expire?: string | number | undefined;
  readonly unit?: string | undefined;
  readonly deviceClass?: string | undefined;
  readonly stateClass?: string | undefined;
}

/** What a publisher needs. */
export interface PublisherParts {
  readonly run: RunInfo;
  readonly options: PublisherOptions;
  readonly topics: Topics;
  readonly numbering: Numbering;
  readonly target: Pick<MqttTarget, 'retain' | 'clear' | 'restore'>;
  readonly delivery: Delivery;
}

/** Turns what leaves the run into messages and into what is retained. */
export class Publisher {
  readonly delivery: Delivery;
  readonly #parts: PublisherParts;
  /** Seconds after which a reading in sight is told again; undefined: never. */
  readonly #refresh: number | undefined;
  readonly #expire: number | undefined;
  /** Last messages of numbers by their id, as lines, and whether they were in sight since they were told. */
  readonly #numbers = new Map<string, { line: string; value: string; seen: boolean }>();
  /** Ids of numbers that were told before, by this run or one of its name, and are no more; the newest last. */
  readonly #gone = new Set<string>();
  /** The stages that the numbers are of, where they may change. */
  #stages: unknown;
  #pipeline: string | undefined;
  #live = false;
  #ticks = 0;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.delivery = parts.delivery;
    this.#stages = parts.run.setup?.editing?.settings.now.stages;
    const expire = parts.options.expire ?? '1h';
    this.#expire = expire === 'off' ? undefined : Math.ceil(secondsOf(expire));
    this.#refresh = this.#expire === undefined ? undefined : Math.max(1, Math.floor(this.#expire / 3));
    this.#announce();
  }

  /** Takes a frame: what is told in it, and whether numbers are others from it on. */
  frame(published: PublishedFrame): void {
    this.#followChange(published.pipeline);
    for (const one of sentOf(published, this.#parts.run.readings)) this.#publish(one);
    for (const { id, shown } of published.readings?.views ?? []) {
      const known = this.#numbers.get(id);
      if (known?.value === shown) known.seen = true;
    }
  }

  /** Takes the figures of a second. */
  stats(figures: Stats): void {
    const tick = this.#ticks++;
    if (tick % STATS_EVERY === 0)
      this.#parts.target.retain(this.#parts.topics.stats, JSON.stringify(statsFields(figures)));
    if (this.#refresh === undefined || tick % this.#refresh !== 0) return;
    for (const [id, number] of this.#numbers) {
      if (number.seen) this.#send(this.#parts.topics.reading(id), number.line, true, number.value);
      number.seen = false;
    }
  }

  /**
   * A broker keeps something under the topic of a reading: of a run of this name before, where this one has no such
   * number. Lines that are found are numbers of their run alone.
   */
  kept(topic: string): void {
    const { run, topics } = this.#parts;
    const id = topic.slice(topics.reading('').length);
    if (!run.setup || this.#numbers.has(id) || this.#gone.has(id) || this.#named(id)) return;
    this.#forget([id]);
  }

  /** Takes what a live source does, as JSON. */
  source(state: string): void {
    this.#parts.target.retain(this.#parts.topics.source, state);
    if (!this.#live) {
      this.#live = true;
      this.#announce();
    }
  }

  #publish({ message, line }: SentMessage): void {
    const { topics } = this.#parts;
    if (message.type === 'prediction') return this.#send(topics.prediction, line, false);
    if (message.type !== 'reading') return this.#send(topics.doubt(message.id), line, false);
    const isNew = !this.#numbers.has(message.id);
    if (!isNew || this.#numbers.size < MOST_NUMBERS)
      this.#numbers.set(message.id, { line, value: message.value, seen: false });
    if (this.#gone.delete(message.id)) this.#parts.target.restore(topics.reading(message.id));
    if (isNew) this.#announce();
    this.#send(topics.reading(message.id), line, true, message.value);
  }

  /** With stages that are made anew, numbers go but for those with a name that is still there. */
  #followChange(pipeline: string | undefined): void {
    if (pipeline === this.#pipeline) return;
    const now = this.#parts.run.setup?.editing?.settings.now;
    // Changed once more since this frame was judged: the next ones tell.
    if (now?.pipeline !== pipeline) return;
    this.#pipeline = pipeline;
    if (now?.stages === this.#stages) return;
    this.#stages = now?.stages;
    this.#forget([...this.#numbers.keys()].filter((id) => !this.#named(id)));
  }

  /** Takes numbers back: nothing of them is left at the broker, nor in Home Assistant. */
  #forget(ids: readonly string[]): void {
    const { target, topics } = this.#parts;
    for (const id of ids) {
      this.#numbers.delete(id);
      this.#gone.add(id);
      target.clear(topics.reading(id));
    }
    for (const id of [...this.#gone].slice(0, Math.max(0, this.#gone.size - MOST_GONE))) {
      this.#gone.delete(id);
      target.restore(topics.reading(id));
    }
    this.#announce();
  }

  #named(id: string): boolean {
    return this.#asked().some((one) => one.id === id && one.windows !== 'auto');
  }

  /** The numbers that are asked for now. */
  #asked(): readonly AskedReading[] {
    const { setup } = this.#parts.run;
    return (setup?.editing?.settings.now.config ?? setup?.config)?.readings ?? [];
  }

  /** What Home Assistant is told of a number: its own words, or else those for all. */
  #factsOf(id: string): NumberFacts {
    const { unit, deviceClass, stateClass } = this.#parts.options;
    const asked = this.#asked();
    const own = asked.find((one) => one.id === id) ?? asked.find(({ windows }) => windows === 'auto');
    return {
      id,
      unit: own?.unit ?? unit,
      deviceClass: own?.deviceClass ?? deviceClass,
      stateClass: own?.stateClass ?? stateClass,
    };
  }

  #send(topic: string, line: string, retain: boolean, value?: string): void {
    const number = value === undefined ? undefined : numberOf(value);
    const { text } = this.#parts.numbering.number(line, number === undefined ? {} : { number });
    this.delivery.add(mqttMessage(topic, text, retain));
  }

  /** Tells Home Assistant what there is. */
  #announce(): void {
    const { run, options, topics, target } = this.#parts;
    const { discovery = 'homeassistant' } = options;
    if (discovery === 'off') return;
    const config = deviceConfig({
      name: run.name,
      topics,
      model: `${run.model.name} (${run.identity.model})`,
      readings: [...this.#numbers.keys()].map((id) => this.#factsOf(id)),
      gone: [...this.#gone],
      live: this.#live,
      expireAfter: this.#expire,
    });
    target.retain(`${discovery}/device/${deviceId(run.name)}/config`, config);
  }
}
