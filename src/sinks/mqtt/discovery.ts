// What Home Assistant is told of a run: one device, and a component for each number and for what the run does. Words
// only; the topics are those of topics.ts.
import type { Topics } from './topics.js';

/** A number as Home Assistant is told of it. */
export interface NumberFacts {
  readonly id: string;
  readonly unit?: string | undefined;
  readonly deviceClass?: string | undefined;
  readonly stateClass?: string | undefined;
}

/** What the device is made of. */
export interface DeviceFacts {
  /** Of the run. */
  readonly name: string;
  readonly topics: Topics;
  /** Of the model, for people. */
  readonly model: string;
  /** The numbers, in the order in which they were seen. */
  readonly readings: readonly NumberFacts[];
  /** Ids of numbers that are no more: what is there of them goes. Default: none. */
  readonly gone?: readonly string[];
  /** Whether the source is live, and so has states. */
  readonly live: boolean;
  /** Seconds after which a number that was not seen again is no longer shown; undefined: never. */
  readonly expireAfter?: number | undefined;
}

type Component = Readonly<Record<string, unknown>>;

/**
 * The payload of `PREFIX/device/ID/config`. Every component says itself when it is available: what is shared would be
 * put into all.
 */
export function deviceConfig(facts: DeviceFacts): string {
  const { name, model, topics } = facts;
  const id = deviceId(name);
  const components: readonly (readonly [key: string, Component])[] = [
    ...facts.readings.map((reading) => [`reading_${reading.id}`, readingSensor(facts, reading)] as const),
    // A component that says no more than its platform is removed.
    ...(facts.gone ?? []).map((id) => [`reading_${id}`, { platform: 'sensor' }] as const),
    ...(facts.live ? sourceSensors(id, topics) : []),
    ['fps', fpsSensor(id, topics)],
  ];
  return JSON.stringify({
    device: { identifiers: [id], name, manufacturer: 'lq-stream', model },
    origin: { name: 'lq-stream', support_url: 'https://github.com/lq-stream/lq-stream' },
    qos: 1,
    components: Object.fromEntries(components),
  });
}

/** The id of the device, and the start of those of its components. */
export function deviceId(name: string): string {
  return `lq_${name}`;
}

function readingSensor({ name, topics, live, expireAfter }: DeviceFacts, reading: NumberFacts): Component {
  const { id, unit, deviceClass, stateClass } = reading;
  return {
    platform: 'sensor',
    unique_id: `${deviceId(name)}_reading_${id}`,
    name: id,
    state_topic: topics.reading(id),
    // Too many digits for a number: the text.
    value_template: '{{ value_json.number | default(value_json.value) }}',
    json_attributes_topic: topics.reading(id),
    availability: [
      { topic: topics.status },
      // A source that is not live shows nothing new: an old number is no answer.
      ...(live
        ? [{ topic: topics.source, value_template: "{{ 'online' if value_json.state == 'live' else 'offline' }}" }]
        : []),
    ],
    availability_mode: 'all',
    ...(expireAfter !== undefined && { expire_after: expireAfter }),
    ...(unit !== undefined && { unit_of_measurement: unit }),
    ...(deviceClass !== undefined && { device_class: deviceClass }),
    ...(stateClass !== undefined && { state_class: stateClass }),
  };
}

function fpsSensor(id: string, topics: Topics): Component {
  return {
    platform: 'sensor',
    unique_id: `${id}_fps`,
    name: 'Frames a second',
    entity_category: 'diagnostic',
    state_class: 'measurement',
    unit_of_measurement: 'fps',
    state_topic: topics.stats,
    value_template: '{{ value_json.fps | round(1) }}',
    availability: [{ topic: topics.status }],
  };
}

function sourceSensors(id: string, topics: Topics): [string, Component][] {
  const shared = {
    entity_category: 'diagnostic',
    state_topic: topics.source,
    json_attributes_topic: topics.source,
    availability: [{ topic: topics.status }],
  };
  return [
    [
      'source',
      {
        platform: 'binary_sensor',
        unique_id: `${id}_source`,
        name: 'Source',
        device_class: 'connectivity',
        value_template: "{{ 'ON' if value_json.state == 'live' else 'OFF' }}",
        ...shared,
      },
    ],
    [
      'source_state',
      {
        platform: 'sensor',
        unique_id: `${id}_source_state`,
        name: 'Source state',
        value_template: '{{ value_json.state }}',
        ...shared,
      },
    ],
  ];
}
