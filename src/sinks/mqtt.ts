// MQTT as a sink: predictions and readings to a broker, and what Home Assistant needs to find them. How it is reached is
// told in mqtt/, how what waits is sent in sending/.
import { z } from 'zod';
import { credentialsOfEnvironment, readCredentials, type Credentials } from '../base/credentials.js';
import type { Clock } from '../base/clock.js';
import { UsageError } from '../base/errors.js';
import { createRandom } from '../base/random.js';
import { HOME_WORD } from '../readings/schema.js';
import { toSourceMessage } from './messages.js';
import { Publisher } from './mqtt/publisher.js';
import { MqttTarget } from './mqtt/target.js';
import { PREFIX, topicsOf } from './mqtt/topics.js';
import { readSinkAddress } from './sending/address.js';
import { duration } from './sending/amounts.js';
import { readAuthorities } from './sending/authority-file.js';
import { readClientCertificate, type ClientCertificate } from './sending/client-certificate.js';
import { Delivery, patienceFor } from './sending/delivery.js';
import { Numbering } from './sending/messages.js';
import { MemoryQueue, type MemoryLimits } from './sending/queue.js';
import { sink, sinkKind, type Sink } from './sink.js';

const SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'] as const;

const prefix = z.string().regex(PREFIX, 'must be levels of a topic such as lq or home/meters, without +, # and spaces');
const word = z.string().regex(HOME_WORD, 'must be a word as Home Assistant has it, such as water');

/** --mqtt: predictions and readings to a broker. */
export const mqtt = sinkKind({
  name: 'mqtt',
  about: 'predictions and readings to an MQTT broker, and to Home Assistant',
  options: {
    url: {
      flag: 'mqtt',
      value: 'mqtt://HOST[:PORT]',
      help: 'predictions and readings to an MQTT broker; mqtts:// with TLS; Home Assistant finds them',
      schema: z.string().min(1).meta({ writeOnly: true }),
    },
    credentials: {
      flag: 'mqtt-credentials',
      value: 'FILE',
      help: 'USER:PASSWORD of the broker; or set LQ_MQTT_USER, LQ_MQTT_PASSWORD',
      schema: z.string().min(1),
    },
    ca: {
      flag: 'mqtt-ca',
      value: 'FILE.pem',
      help: 'the authority that has signed the certificate of the broker',
      schema: z.string().min(1),
    },
    cert: {
      flag: 'mqtt-cert',
      value: 'FILE.pem',
      help: 'the certificate by which the broker knows this program, where it asks for one',
      schema: z.string().min(1),
    },
    key: { flag: 'mqtt-key', value: 'FILE.pem', help: 'the private key of --mqtt-cert', schema: z.string().min(1) },
    prefix: { flag: 'mqtt-prefix', value: 'TOPIC', help: 'topics are TOPIC/NAME/... (default: lq)', schema: prefix },
    version: {
      flag: 'mqtt-version',
      value: '3.1.1|5',
      help: 'which MQTT is spoken (default: 3.1.1)',
      schema: z.enum(['3.1.1', '5'], { error: 'must be 3.1.1 or 5' }),
    },
    discovery: {
      flag: 'mqtt-discovery',
      value: 'TOPIC|off',
      help: 'where Home Assistant looks for devices (default: homeassistant)',
      schema: prefix,
    },
    expire: {
      flag: 'mqtt-expire',
      value: 'TIME|off',
      help: 'Home Assistant shows no reading that was not seen again within TIME (default: 1h)',
      schema: duration.or(z.literal('off')),
    },
    unit: {
      flag: 'mqtt-unit',
      value: 'UNIT',
      help: 'the unit of readings that have none of their own for Home Assistant, such as m³',
      schema: z.string().min(1).max(32),
    },
    deviceClass: {
      flag: 'mqtt-device-class',
      value: 'CLASS',
      help: 'what the readings are for Home Assistant, such as water',
      schema: word,
    },
    stateClass: {
      flag: 'mqtt-state-class',
      value: 'CLASS',
      help: 'how they change for Home Assistant, such as total_increasing',
      schema: word,
    },
  },
  enabledBy: 'url',
  create: async ({ url = '', ...options }) => createMqtt({ url, ...options }),
  async check({ url = '', version, ca, cert, key, ...options }) {
    const address = readSinkAddress('--mqtt', url, SCHEMES);
    const { checkBroker } = await import('./mqtt/check.js');
    return await checkBroker({
      name: address.name,
      url: address.url.href,
      version: version === '5' ? 5 : 4,
      credentials: credentialsOf({ url, ...options }, address.credentials),
      ca: ca === undefined ? undefined : readAuthorities(ca, '--mqtt-ca'),
      certificate: certificateOf({ cert, key }, address.url),
    });
  },
});

/** Options of {@link createMqtt}. */
export interface MqttOptions {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, with or without `USER:PASSWORD@`. */
  readonly url: string;
  /** A file with USER:PASSWORD. Default: those of the address, else of LQ_MQTT_USER and LQ_MQTT_PASSWORD. */
  readonly credentials?: string | undefined;
  /** A file with certificates of authorities, PEM. Default: those that Node knows. */
  readonly ca?: string | undefined;
  /** Files with the certificate by which the broker knows this program and with its key, PEM. Default: it shows none. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** What topics begin with. Default `lq`. */
  readonly prefix?: string | undefined;
  /** Default `3.1.1`. */
  readonly version?: '3.1.1' | '5' | undefined;
  /** Where Home Assistant looks for devices, or `off`. Default `homeassistant`. */
  readonly discovery?: string | undefined;
  /** Such as `1h`: see `expire_after` of Home Assistant; or `off`. Default `1h`. */
  readonly expire?: string | number | undefined;
  /** What Home Assistant is told of the readings. Default: nothing. */
  readonly unit?: string | undefined;
  readonly deviceClass?: string | undefined;
  readonly stateClass?: string | undefined;
  /** What may wait while the broker is away. Default `MEMORY_LIMITS`. */
  readonly limits?: MemoryLimits | undefined;
  /** Of the run, in every message. Default: of chance. */
  readonly run?: string | undefined;
  /** Default real time. */
  readonly clock?: Clock | undefined;
}

/**
 * Publishes predictions and readings with QoS 1 in order; what waits for the broker is bounded, and the oldest is
 * dropped beyond. Readings, source, figures and status are retained.
 * @throws UsageError for an address, a file or a user that can't be used.
 */
export function createMqtt(options: MqttOptions): Sink {
  const address = readSinkAddress('--mqtt', options.url, SCHEMES);
  const credentials = credentialsOf(options, address.credentials);
  const ca = options.ca === undefined ? undefined : readAuthorities(options.ca, '--mqtt-ca');
  const certificate = certificateOf(options, address.url);
  let publisher: Publisher | undefined;
  return sink({
    pace: 'late',
    failure: 'goes-on',
    async open(run) {
      const numbering = new Numbering(options.run);
      const topics = topicsOf(options.prefix ?? 'lq', run.name);
      const birthTopic = options.discovery === 'off' ? undefined : `${options.discovery ?? 'homeassistant'}/status`;
      const target: MqttTarget = new MqttTarget({
        name: address.name,
        url: address.url.href,
        version: options.version === '5' ? 5 : 4,
        clientId: `lq-stream-${run.name}-${numbering.run}`,
        credentials,
        ca,
        certificate,
        statusTopic: topics.status,
        birthTopic,
        keptTopics: topics.reading('+'),
        kept: (topic) => publisher?.kept(topic),
        nudge: () => delivery?.nudge(),
        clock: options.clock,
      });
      const delivery: Delivery | undefined = new Delivery({
        sink: 'mqtt',
        queue: new MemoryQueue(options.limits),
        target,
        say: run.say,
        random: createRandom(0).fork(`mqtt ${run.name}`),
        ...(options.clock && { clock: options.clock }),
      });
      publisher = new Publisher({ run, options, topics, numbering, target, delivery });
      run.say(
        `mqtt: ${address.name}, topics ${topicsOf(options.prefix ?? 'lq', run.name).status.replace(/status$/, '#')}\n`,
      );
    },
    frame: async (published) => publisher?.frame(published),
    stats: async (figures) => publisher?.stats(figures),
    async state(change) {
      const { type: _, ...state } = toSourceMessage(change);
      publisher?.source(JSON.stringify(state));
    },
    async end({ reason }) {
      await publisher?.delivery.end(patienceFor(reason));
    },
    abort: async () => publisher?.delivery.abort(),
    figures: () => (publisher ? { sinks: { mqtt: publisher.delivery.figures } } : {}),
  });
}

function certificateOf({ cert, key }: Pick<MqttOptions, 'cert' | 'key'>, url: URL): ClientCertificate | undefined {
  const found = readClientCertificate({
    cert: { option: '--mqtt-cert', file: cert },
    key: { option: '--mqtt-key', file: key },
  });
  if (found && !['mqtts:', 'wss:'].includes(url.protocol))
    throw new UsageError(
      `--mqtt-cert is shown over TLS only, and ${url.protocol}// has none: write mqtts:// or wss://, or leave it out.`,
    );
  return found;
}

function credentialsOf({ credentials: file }: MqttOptions, own: Credentials | undefined): Credentials | undefined {
  if (file !== undefined && own)
    throw new UsageError("The broker's user and password are given twice: in the address, and by --mqtt-credentials.");
  if (file !== undefined) return readCredentials(file, '--mqtt-credentials');
  return own ?? credentialsOfEnvironment(process.env, 'LQ_MQTT');
}
