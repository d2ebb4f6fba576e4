// One broker as a target: a connection at a time, what is retained told anew on each, messages with an acknowledgement
// for each. It must not wait between attempts, nor know what messages say.
import type { IClientOptions, MqttClient } from 'mqtt';
import type { Credentials } from '../../base/credentials.js';
import { systemClock, type Clock } from '../../base/clock.js';
import { failureText } from '../sending/failures.js';
import type { ClientCertificate } from '../sending/client-certificate.js';
import type { Outcome, Target } from '../sending/delivery.js';

/** Messages in flight at most: they are told apart by the broker's acknowledgement of each. */
const IN_FLIGHT = 16;

/** Milliseconds within which a broker has to take a connection, and to acknowledge what it was sent. */
export const ANSWER_MS = 10_000;

/** Milliseconds for the last word. */
const GOODBYE_MS = 1_000;

/** Milliseconds within which a connection that is cut was none. */
const NEW_MS = 1_000;

/** Seconds without a message after which the broker is asked whether it is there. */
const KEEPALIVE = 15;

/** What a broker needs to be reached. */
export interface MqttTargetOptions {
  /** For messages to people: without user and password. */
  readonly name: string;
  readonly url: string;
  /** Of the protocol: `4` is 3.1.1. */
  readonly version: 4 | 5;
  readonly clientId: string;
  readonly credentials?: Credentials | undefined;
  /** Certificates of authorities, in PEM. Default: those that Node knows. */
  readonly ca?: Buffer | undefined;
  /** What the broker knows this program by. Default: nothing is shown. */
  readonly certificate?: ClientCertificate | undefined;
  /** Where it is told whether the program is there: `online`, `offline`; retained, and the last will. */
  readonly statusTopic: string;
  /** A topic of somebody who asks for all that is retained with `online`. Default: nobody does. */
  readonly birthTopic?: string | undefined;
  /**
   * Topics, with wildcards, of what a run before may have left retained, and who is told of each that is there, at the
   * beginning of every connection. Default: nobody asks.
   */
  readonly keptTopics?: string | undefined;
  readonly kept?: (topic: string) => void;
  /** There is something to send that is not in the queue. */
  readonly nudge: () => void;
  /** Default real time. */
  readonly clock?: Clock | undefined;
}

/** A message as the queue holds it. */
export function mqttMessage(topic: string, payload: string, retain: boolean): string {
  return `${retain ? 'r' : 'e'}${topic}\n${payload}`;
}

/** The broker. */
export class MqttTarget implements Target {
  readonly name: string;
  readonly batch = IN_FLIGHT;
  readonly #options: MqttTargetOptions;
  readonly #clock: Clock;
  /** What is retained, by topic. */
  readonly #state = new Map<string, string>();
  /** Topics of it that hold nothing. */
  readonly #cleared = new Set<string>();
  /** Topics of it whose last value the broker does not have yet. */
  readonly #due = new Set<string>();
  #client: MqttClient | undefined;
  /** The connection over which what is kept is asked for. */
  #asking: MqttClient | undefined;
  #closed = false;
  /** The last connection was cut as soon as it was there. */
  #cutAtOnce = false;

  constructor(options: MqttTargetOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#state.set(options.statusTopic, 'online');
  }

  get restless(): boolean {
    return !this.#closed && (this.#client?.connected !== true || this.#due.size > 0);
  }

  /** Keeps what a topic holds up to date: now, or when there is a connection; only the last value counts. */
  retain(topic: string, payload: string): void {
    if (this.#state.get(topic) === payload) return;
    this.#state.set(topic, payload);
    this.#due.add(topic);
    this.#options.nudge();
  }

  /** Has a topic hold nothing: also where what waits in the queue would put something there again. */
  clear(topic: string): void {
    this.#cleared.add(topic);
    this.retain(topic, '');
  }

  /** A topic that was cleared is used again, or no longer looked after. */
  restore(topic: string): void {
    if (!this.#cleared.delete(topic)) return;
    this.#state.delete(topic);
    this.#due.delete(topic);
  }

  async send(messages: readonly string[], signal: AbortSignal): Promise<Outcome> {
    if (this.#cutAtOnce) {
      this.#cutAtOnce = false;
      return { is: 'later', why: 'it cuts the connection as soon as it is there' };
    }
    try {
      const client = await this.#connected(signal);
      await this.#publishDue(client, signal);
      await this.#heardAll(client, signal);
      return messages.length === 0 ? { is: 'sent' } : await this.#publishAll(client, messages, signal);
    } catch (error) {
      this.#drop();
      return { is: 'later', why: reasonOf(error) };
    }
  }

  async close(graceful: boolean): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    if (!client) return;
    if (graceful && client.connected) {
      let stopTimer = (): void => {};
      const patience = new Promise<void>((resolve) => (stopTimer = this.#clock.after(GOODBYE_MS, resolve)));
      const goodbye = client
        .publishAsync(this.#options.statusTopic, 'offline', { qos: 1, retain: true })
        // With a word of leave the broker does not send the will.
        .then(() => client.endAsync(false))
        .catch(() => undefined);
      await Promise.race([goodbye, patience]);
      stopTimer();
    }
    this.#drop();
  }

  async #connected(signal: AbortSignal): Promise<MqttClient> {
    if (this.#client?.connected === true) return this.#client;
    this.#drop();
    const { default: mqtt } = await import('mqtt');
    if (signal.aborted) throw new Error('given up');
    const client = mqtt.connect(this.#options.url, this.#clientOptions());
    this.#client = client;
    let stopWaiting = (): void => {};
    await settled(client, signal, (resolve, reject) => {
      stopWaiting = this.#clock.after(ANSWER_MS, () => reject(new Error('no answer')));
      client.once('connect', () => resolve());
    }).finally(() => stopWaiting());
    let isNew = true;
    const stopTimer = this.#clock.after(NEW_MS, () => (isNew = false));
    client.once('close', () => {
      stopTimer();
      if (this.#client !== client) return;
      this.#cutAtOnce = isNew;
      this.#options.nudge();
    });
    for (const topic of this.#state.keys()) this.#due.add(topic);
    await this.#listen(client, signal);
    return client;
  }

  #clientOptions(): IClientOptions {
    const { version, clientId, credentials, ca, certificate, statusTopic } = this.#options;
    return {
      protocolVersion: version,
      clientId,
      clean: true,
      keepalive: KEEPALIVE,
      // Ours comes first.
      connectTimeout: 2 * ANSWER_MS,
      // Its own attempts and its own queue have no bound that can be told.
      reconnectPeriod: 0,
      queueQoSZero: false,
      ...(credentials && { username: credentials.user, password: credentials.password }),
      ...(ca && { ca }),
      ...certificate,
      will: { topic: statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true },
    };
  }

  async #listen(client: MqttClient, signal: AbortSignal): Promise<void> {
    const { birthTopic, keptTopics, kept } = this.#options;
    const under = keptTopics?.replace(/\+$/, '');
    client.on('message', (topic, payload, { retain }) => {
      if (keptTopics !== undefined && under !== undefined && topic.startsWith(under)) {
        if (retain && payload.length > 0) kept?.(topic);
        return;
      }
      // What is retained was said before: all is told anyway on a new connection.
      if (topic !== birthTopic || retain || payload.toString() !== 'online') return;
      for (const each of this.#state.keys()) this.#due.add(each);
      this.#options.nudge();
    });
    const asked = {
      ...(birthTopic !== undefined && { [birthTopic]: { qos: 1 as const } }),
      // All at once: of more certain ones brokers hold back what is not yet acknowledged.
      ...(keptTopics !== undefined && { [keptTopics]: { qos: 0 as const } }),
    };
    if (Object.keys(asked).length === 0) return;
    await settled(client, signal, (resolve, reject) => {
      // Who may not listen may still tell.
      client.subscribe(asked, (error) => (error && !client.connected ? reject(error) : resolve()));
    });
    this.#asking = keptTopics === undefined ? undefined : client;
  }

  /** What is kept at the broker came before it acknowledged anything after the question; our own words are not asked for. */
  async #heardAll(client: MqttClient, signal: AbortSignal): Promise<void> {
    const { keptTopics } = this.#options;
    if (this.#asking !== client || keptTopics === undefined) return;
    this.#asking = undefined;
    await settled(client, signal, (resolve) => void client.unsubscribe(keptTopics, () => resolve()));
  }

  async #publishDue(client: MqttClient, signal: AbortSignal): Promise<void> {
    for (const topic of [...this.#due]) {
      const payload = this.#state.get(topic) ?? '';
      await this.#acknowledged(client, [publication(topic, payload, true)], signal, ANSWER_MS);
      if (this.#state.get(topic) === payload) this.#due.delete(topic);
    }
  }

  async #publishAll(client: MqttClient, messages: readonly string[], signal: AbortSignal): Promise<Outcome> {
    const acknowledged: boolean[] = messages.map(() => false);
    const publications = messages.map(parsed).map((one) => (this.#cleared.has(one.topic) ? passing(one) : one));
    try {
      await this.#acknowledged(client, publications, signal, ANSWER_MS, (i) => (acknowledged[i] = true));
      return { is: 'sent' };
    } catch (error) {
      const first = acknowledged.indexOf(false);
      const done = first < 0 ? messages.length : first;
      if (error instanceof NotTaken) return { is: 'refused', why: error.message, done };
      this.#drop();
      return { is: 'later', why: reasonOf(error), done };
    }
  }

  /** Publishes in order, and resolves when each is acknowledged. */
  #acknowledged(
    client: MqttClient,
    all: readonly Publication[],
    signal: AbortSignal,
    patience: number,
    each: (i: number) => void = () => {},
  ): Promise<void> {
    let stopTimer = (): void => {};
    return settled(client, signal, (resolve, reject) => {
      let left = all.length;
      stopTimer = this.#clock.after(patience, () => reject(new Error('it acknowledges nothing')));
      all.forEach(({ topic, payload, retain }, i) => {
        client.publish(topic, payload, { qos: 1, retain }, (error) => {
          if (error) return reject(isRefusal(error) ? new NotTaken(`${topic}: ${error.message}`) : error);
          each(i);
          if (--left === 0) resolve();
        });
      });
    }).finally(() => stopTimer());
  }

  /** Cuts the connection: the broker sends the will. */
  #drop(): void {
    const client = this.#client;
    this.#client = undefined;
    // Whoever drops it has a reason to tell.
    this.#cutAtOnce = false;
    client?.end(true);
  }
}

interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

const publication = (topic: string, payload: string, retain: boolean): Publication => ({ topic, payload, retain });

/** The same, for who listens now alone. */
const passing = ({ topic, payload }: Publication): Publication => publication(topic, payload, false);

function parsed(message: string): Publication {
  const end = message.indexOf('\n');
  return publication(message.slice(1, end), message.slice(end + 1), message.startsWith('r'));
}

/** The broker is there, and does not take a message. */
class NotTaken extends Error {}

/** MQTT 5: an acknowledgement with a reason of 0x80 or above; a message of this kind is never taken. */
function isRefusal(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && code >= 0x80;
}

/** Work with a connection that ends with it, or when the signal fires. */
function settled(
  client: MqttClient,
  signal: AbortSignal,
  work: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  let undo = (): void => {};
  return new Promise<void>((resolve, reject) => {
    const closed = (): void => reject(new Error('the connection was cut'));
    const aborted = (): void => reject(new Error('given up'));
    client.on('error', reject);
    client.once('close', closed);
    signal.addEventListener('abort', aborted, { once: true });
    undo = () => {
      client.off('close', closed);
      client.off('error', reject);
      // Without one an error that comes later would end the program.
      if (client.listenerCount('error') === 0) client.on('error', () => {});
      signal.removeEventListener('abort', aborted);
    };
    work(resolve, reject);
  }).finally(() => undo());
}

/** What brokers say when they let nobody in: 3.1.1, then MQTT 5. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of MQTT; try --mqtt-version',
  2: 'it does not take the name of this client',
  3: 'it is not available',
  4: 'it refuses user or password',
  5: 'it lets nobody in without a user and a password that it knows',
  132: 'it does not speak this version of MQTT; try --mqtt-version 3.1.1',
  133: 'it does not take the name of this client',
  134: 'it refuses user or password',
  135: 'it lets nobody in without a user and a password that it knows',
  136: 'it is not available',
  137: 'it is busy',
};

/** Why a broker let nobody in, in words. */
export function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  const refusal = typeof code === 'number' ? REFUSALS[code] : undefined;
  return refusal ?? failureText(error);
}
