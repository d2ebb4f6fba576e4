// What the pages of one gateway see of one camera: what they look at is asked of the camera's process, once for all of
// them, and what comes is passed on. It keeps what pages that come later need; there is no desk for a camera that nobody
// looks at.
import { z } from 'zod';
import type { WatchClient } from '../../sinks/page/client.js';
import { NumberHistory, KEPT_EVENTS } from '../../sinks/page/numbers.js';
import { KEPT_CROPS } from '../../sinks/page/gallery.js';
import {
  WATCH_PROTOCOL,
  type Crop,
  type DistributionMessage,
  type FiguresMessage,
  type PageMessage,
  type StateMessage,
  type WelcomeMessage,
} from '../../sinks/page/protocol.js';
import type { NumberMessage } from '../../sinks/messages.js';
import { recordIn } from '../core/records.js';
import type { LookLine } from '../look/look-line.js';
import { ASK_EVERY, PICTURE_EVERY, shownIn, type AboutMessage, type Look } from '../look/messages.js';
import type { CameraStatus } from '../status.js';
import { stateOf } from './camera-row.js';
import { linesOf, startAfter, type LogReader } from './replay.js';

/** Why nothing can be changed on a gateway's page. */
const READ_ONLY = "What holds for a camera of a fleet is changed in the fleet's file, with lq-stream fleet apply.";
const NO_MARKS = 'Crops can be marked where a camera is read by itself: lq-stream SOURCE --serve 8080 --crops FOLDER.';

const figuresSchema = z.object({
  frames: z.number(),
  truncated: z.number(),
  regions: z.number(),
  accepted: z.number(),
  rejected: z.record(z.string(), z.number()),
  fps: z.number(),
  lag: z.number(),
});

/** The pipeline of a record, where it is named. */
const pipelineSchema = z.object({ pipeline: z.string() });

const numberSchema = z.object({ id: z.string(), value: z.string(), time: z.number(), at: z.string().optional() });

/** What a desk needs. */
export interface CameraDeskOptions {
  readonly camera: string;
  readonly line: LookLine;
  readonly readings: LogReader;
  /** The camera's row now; undefined where it is no longer of the fleet. */
  readonly row: () => CameraStatus | undefined;
  /** What is told of it, with what reads it. */
  readonly told: () => Readonly<Record<string, unknown>> | undefined;
  /** Its record, as it was applied. */
  readonly applied: () => string | undefined;
  /** Milliseconds, of a clock that never goes back, and since 1970. */
  readonly now: () => number;
  readonly wall: () => number;
}

/** One camera's desk. */
export class CameraDesk {
  readonly #options: CameraDeskOptions;
  readonly #clients = new Set<WatchClient>();
  /** When each client was shown a picture last. */
  readonly #shownAt = new WeakMap<WatchClient, number>();
  readonly #over = new AbortController();
  readonly #stopHearing: () => void;
  readonly #numbers = new NumberHistory();
  #readsNumbers = false;
  #about: AboutMessage | undefined;
  /** Milliseconds that this clock is ahead of the one that pictures are stamped with. */
  #ahead = 0;
  #crops: readonly Crop[] = [];
  #distribution: DistributionMessage | undefined;
  #picture: Buffer | undefined;
  #state: StateMessage;
  /** A question is on its way: no other is asked, so that a slow line is not filled. */
  #asking = false;
  #askedAt = -Infinity;

  constructor(options: CameraDeskOptions) {
    this.#options = options;
    this.#state = this.#stateNow();
    this.#stopHearing = options.line.hearShown(options.camera, {
      picture: (bytes) => this.#show(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      text: (text) => this.#hear(text),
    });
  }

  /** Pages that look. */
  get pages(): number {
    return this.#clients.size;
  }

  /** A page comes. */
  join(client: WatchClient): void {
    this.#clients.add(client);
    client.say(this.#welcome());
    client.say(this.#state);
    if (this.#about) client.say(this.#about.config);
    this.#ask();
  }

  /** A page is gone. */
  leave(client: WatchClient): void {
    this.#clients.delete(client);
  }

  /** What a page says. */
  hear(client: WatchClient, message: PageMessage): void {
    switch (message.type) {
      case 'open':
        return;
      case 'drawn':
        return client.drawn();
      case 'look':
        return this.#look(client, message);
      case 'mark':
        return client.say({ type: 'refused', id: message.id, message: NO_MARKS });
      case 'probe':
      case 'change':
      case 'undo':
      case 'save':
        return client.say({ type: 'refused', id: message.id, message: READ_ONLY });
      default:
        return message satisfies never;
    }
  }

  /** A second has passed. */
  tick(): void {
    const state = this.#stateNow();
    const isNew = state.state !== this.#state.state || state.reason !== this.#state.reason;
    if (isNew) this.#state = state;
    const figures = this.#figures();
    for (const client of this.#clients) {
      if (isNew) client.say(state);
      if (figures) client.say(figures);
      if (client.looks.numbers) this.#sayNumbers(client);
    }
    if (this.#options.now() - this.#askedAt >= ASK_EVERY) this.#ask();
  }

  /** Hears and asks no more. */
  close(): void {
    this.#over.abort();
    this.#stopHearing();
  }

  #look(client: WatchClient, { type: _, ...looks }: Extract<PageMessage, { type: 'look' }>): void {
    const before = client.looks;
    client.looks = looks;
    if (looks.picture && !before.picture && this.#picture && client.ready) this.#showTo(client, this.#picture);
    if (looks.distribution && this.#distribution) client.say(this.#distribution);
    if (looks.crops && !before.crops) this.#sayCrops(client, this.#crops, true);
    if (looks.numbers && !before.numbers) {
      if (!this.#readsNumbers) void this.#readNumbers();
      client.events = 1;
      this.#sayNumbers(client);
    }
    this.#ask();
  }

  /** Asks for what all pages together look at. */
  #ask(): void {
    if (this.#asking) return;
    const look = this.#wanted();
    this.#asking = true;
    this.#askedAt = this.#options.now();
    const asked = this.#options.line.ask(this.#options.camera, look);
    // Without a broker there is nothing to be had; it is asked again.
    void asked
      .catch(() => undefined)
      .then(() => {
        this.#asking = false;
        // What is looked at may be something else by now.
        if (this.#clients.size > 0 && JSON.stringify(this.#wanted()) !== JSON.stringify(look)) this.#ask();
      });
  }

  #wanted(): Look {
    const all = [...this.#clients].map(({ looks }) => looks);
    const pictures = all.filter(({ picture }) => picture);
    return {
      ...(pictures.length > 0 && { picture: pictures.every(({ slow }) => slow) ? 'slow' : 'fast' }),
      ...(all.some(({ distribution }) => distribution) && { distribution: true }),
      ...(all.some(({ crops }) => crops) && { crops: (this.#crops.at(-1)?.n ?? 0) + 1 }),
      ...(this.#about && { run: this.#about.run }),
    };
  }

  #show(picture: Buffer): void {
    this.#picture = picture;
    for (const client of this.#clients) {
      if (!client.ready) continue;
      const since = this.#options.now() - (this.#shownAt.get(client) ?? -Infinity);
      // Half of it, as on average so many come.
      if (client.looks.slow && since < PICTURE_EVERY.slow / 2) continue;
      this.#showTo(client, picture);
    }
  }

  #showTo(client: WatchClient, picture: Buffer): void {
    this.#shownAt.set(client, this.#options.now());
    client.show(picture);
  }

  #hear(text: string): void {
    const message = shownIn(text);
    switch (message?.type) {
      case 'about':
        return this.#known(message);
      case 'distribution':
        this.#distribution = message;
        for (const client of this.#clients) if (client.looks.distribution) client.say(text);
        return;
      case 'crops':
        return this.#addCrops(message.run, message.crops);
      case undefined:
        return;
    }
  }

  /** Another run has begun to read the camera, or this is the first that is heard of it. */
  #known(about: AboutMessage): void {
    if (about.run === this.#about?.run) return;
    this.#about = about;
    this.#ahead = this.#options.wall() - about.now;
    this.#crops = [];
    this.#distribution = undefined;
    for (const client of this.#clients) {
      client.say(this.#welcome());
      client.say(about.config);
      if (client.looks.crops) this.#sayCrops(client, [], true);
    }
  }

  #addCrops(run: string, crops: readonly Crop[]): void {
    if (run !== this.#about?.run) return;
    const last = this.#crops.at(-1)?.n ?? 0;
    const added = crops.filter(({ n }) => n > last);
    if (added.length === 0) return;
    this.#crops = [...this.#crops, ...added].slice(-2 * KEPT_CROPS);
    for (const client of this.#clients) if (client.looks.crops) this.#sayCrops(client, added, false);
  }

  #sayCrops(client: WatchClient, crops: readonly Crop[], anew: boolean): void {
    if (anew || crops.length > 0) client.say({ type: 'crops', anew, crops });
  }

  #sayNumbers(client: WatchClient): void {
    const events = this.#numbers.since(client.events);
    if (events.length > 0 || client.events === 1)
      client.say({ type: 'numbers', anew: client.events === 1, events: [...events] });
    client.events = this.#numbers.next;
  }

  /** The last numbers that the log has, and those to come. */
  async #readNumbers(): Promise<void> {
    this.#readsNumbers = true;
    const { camera, readings } = this.#options;
    const { signal } = this.#over;
    try {
      const latest = await readings.latest(camera);
      const from = latest ? await startAfter(readings, camera, latest.last - KEPT_EVENTS) : 1;
      for await (const record of readings.follow(camera, from, signal))
        for (const { line } of linesOf(record)) {
          const read = recordIn(numberSchema, line);
          if (!read) continue;
          const at = read.at ?? new Date(record.at).toISOString();
          this.#numbers.add({ ...read, type: 'reading', at } as NumberMessage);
        }
    } catch (error) {
      // The broker is away: the next page that looks begins anew.
      this.#readsNumbers = false;
      if (!(error instanceof Error)) throw error;
    }
  }

  #welcome(): WelcomeMessage {
    const { camera, told, applied, wall } = this.#options;
    const read: { readonly model?: string; readonly pipeline?: string } = this.#about?.config ?? told() ?? {};
    const { model = '', pipeline = '' } = read;
    return {
      type: 'welcome',
      protocol: WATCH_PROTOCOL,
      model,
      pipeline,
      source: camera,
      modelName: this.#about?.modelName ?? '',
      file: recordIn(pipelineSchema, applied() ?? '')?.pipeline ?? '',
      edit: READ_ONLY,
      mark: NO_MARKS,
      truth: false,
      now: wall() - this.#ahead,
    };
  }

  #stateNow(): StateMessage {
    const { row, told, wall } = this.#options;
    const now = row();
    const { reconnects = 0, at } = (told()?.['source'] ?? {}) as { readonly reconnects?: number; readonly at?: string };
    const shown = now ? stateOf(now) : { state: 'unowned' as const, reason: 'It is not of the fleet any more.' };
    return { type: 'state', ...shown, reconnects, at: Date.parse(at ?? '') || wall() };
  }

  #figures(): FiguresMessage | undefined {
    const { row, told } = this.#options;
    // What is old says nothing of now.
    if (row()?.fps === undefined) return undefined;
    const read = figuresSchema.safeParse(told());
    if (!read.success) return undefined;
    const rejected = read.data.rejected as FiguresMessage['rejected'];
    return { type: 'figures', ...read.data, rejected, watchers: this.#clients.size };
  }
}
