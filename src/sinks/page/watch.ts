// Owns what pages see of a run and ask of it: who is connected, what each is sent, and what becomes of what they say. It
// must not judge, nor wait for a page.
import type { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../base/clock.js';
import { UserError } from '../../base/errors.js';
import { EditConflict } from '../../pipeline/editing.js';
import { match } from '../../truth/match.js';
import type { Truth } from '../../truth/truth.js';
import type { EndReason, SourceChange, Stats } from '../../types.js';
import { RATIO_CAP } from '../messages.js';
import type { PublishedFrame, RunInfo } from '../sink.js';
import { CameraView } from './camera-view.js';
import { closeAll, WatchClient, type Rights } from './client.js';
import { configMessage } from './config-message.js';
import { Distribution } from './distribution.js';
import { bytesOf, Gallery } from './gallery.js';
import type { MarkFolder } from './marks.js';
import { NumberHistory } from './numbers.js';
import type { PictureEncoder } from './picture.js';
import { receive } from './reception.js';
import {
  WATCH_CLOSE,
  WATCH_PROTOCOL,
  type FiguresMessage,
  type PageMessage,
  type ProbedWindow,
  type ServerMessage,
  type StateMessage,
  type WelcomeMessage,
} from './protocol.js';

/** Pages at once. */
export const MOST_PAGES = 32;

/** Milliseconds between two pings. */
const PING_EVERY_MS = 30_000;

/** What pages are served with. */
export interface WatchOptions {
  readonly run: RunInfo;
  readonly encoder: PictureEncoder;
  /** Where marked crops go; undefined where nobody asked for it. */
  readonly marks?: MarkFolder | undefined;
  /** Whether a page shows what it must: the token, where there is one. */
  readonly mayEnter: (token: string | undefined) => boolean;
  /** Default real time. */
  readonly clock?: Clock;
  /** Milliseconds of a clock that never goes back, and since 1970. Default real time. */
  readonly now?: () => number;
  readonly wall?: () => number;
}

/** A connection that has yet to show what it must. */
export interface Visitor {
  /** Whether it comes from a page of this very server, or from no page: others may look, and change nothing. */
  readonly own: boolean;
  /** It has shown it: nobody ends its connection for being silent any more. */
  enter(): void;
}

/** Serves pages of one run. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #wall: () => number;
  readonly #clients = new Set<WatchClient>();
  readonly #view: CameraView;
  readonly #distribution: Distribution;
  readonly #gallery: Gallery;
  readonly #numbers = new NumberHistory();
  readonly #truth: ReadonlyMap<number, Truth['frames'][number]['digits']> | undefined;
  readonly #stop: (() => void)[] = [];
  #state: StateMessage;
  #stats: Stats | undefined;
  #ended = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#now = options.now ?? (() => performance.now());
    this.#wall = options.wall ?? Date.now;
    const seconds = (): number => this.#now() / 1000;
    this.#distribution = new Distribution(seconds);
    this.#gallery = new Gallery(seconds);
    this.#view = new CameraView({
      encoder: options.encoder,
      now: this.#now,
      wall: this.#wall,
      watched: () => this.#anyReady(),
      show: (picture) => this.#show(picture),
    });
    const { truth, setup } = options.run;
    const editing = setup?.editing;
    this.#truth = truth && new Map(truth.truth.frames.map(({ frame, digits }) => [frame, digits]));
    this.#state = { type: 'state', state: 'file', at: this.#wall(), reconnects: 0 };
    this.#stop.push(this.#clock.every(PING_EVERY_MS, () => this.#each((client) => client.ping())));
    if (editing) {
      const watching = editing.watch(() => this.#sayAll(this.#config()));
      this.#stop.push(() => watching[Symbol.dispose]());
    }
  }

  /** Pages that are connected. */
  get pages(): number {
    return this.#clients.size;
  }

  /** Takes a frame: counts it, keeps what is new, and shows it where somebody looks. Returns before the frame is reused. */
  frame(published: PublishedFrame): void {
    this.#count(published);
    this.#gallery.frame(published.frame, published.sightings);
    for (const { message } of published.numbers) this.#numbers.add(message);
    this.#view.frame(published);
  }

  /** Takes the figures of a second, and sends what is new to each page. */
  stats(figures: Stats): void {
    this.#stats = figures;
    if (this.#clients.size === 0) return;
    const message = JSON.stringify(this.#figures(figures));
    let distribution: string | undefined;
    this.#each((client) => {
      client.say(message);
      if (client.looks.distribution) client.say((distribution ??= JSON.stringify(this.#distributed())));
      this.#sayNews(client);
    });
  }

  /** Takes what a live source does. */
  state({ state, reason, at, reconnects }: SourceChange): void {
    this.#state = { type: 'state', state, at, reconnects, ...(reason !== undefined && { reason }) };
    this.#sayAll(this.#state);
  }

  /** Tells all pages that the run is over, and closes. Idempotent. */
  async end(reason: EndReason): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const stop of this.#stop) stop();
    this.#sayAll({ type: 'over', reason });
    await closeAll(this.#clients, WATCH_CLOSE.done, 'the run has ended', this.#clock);
  }

  /** Takes a connection over, which has to show the token first. */
  take(socket: WebSocket, visitor: Visitor): void {
    receive<WatchClient>(socket, {
      mayEnter: this.#options.mayEnter,
      full: () =>
        this.#ended
          ? 'the run has ended'
          : this.#clients.size >= MOST_PAGES
            ? `all ${MOST_PAGES} places are taken`
            : undefined,
      admitted: () => {
        visitor.enter();
        const client = new WatchClient(socket, this.#rights(visitor));
        this.#clients.add(client);
        this.#greet(client);
        return client;
      },
      hear: (client, message) => this.#hear(client, message),
      left: (client) => this.#clients.delete(client),
    });
  }

  #rights({ own }: Visitor): Rights {
    const { run, marks } = this.#options;
    const other = 'This page came from another server: open the page of this source itself.';
    return {
      edit: !run.setup?.editing ? 'Start with --edit FILE.yaml to change the pipeline here.' : own || other,
      mark: !marks ? 'Start with --crops FOLDER to keep marked crops.' : own || other,
    };
  }

  #greet(client: WatchClient): void {
    const { run } = this.#options;
    const welcome: WelcomeMessage = {
      type: 'welcome',
      protocol: WATCH_PROTOCOL,
      model: run.identity.model,
      pipeline: run.identity.pipeline,
      source: run.source,
      modelName: run.model.name,
      file: run.pipeline.file,
      edit: client.rights.edit,
      mark: client.rights.mark,
      truth: run.truth !== undefined,
      now: this.#wall(),
    };
    client.say(welcome);
    client.say(this.#state);
    client.say(this.#config());
    client.say({ type: 'numbers', anew: true, events: this.#numbers.since(1) });
    client.events = this.#numbers.next;
    if (this.#stats) client.say(this.#figures(this.#stats));
  }

  #hear(client: WatchClient, message: PageMessage): void {
    switch (message.type) {
      case 'open':
        return;
      case 'look':
        return this.#look(client, message);
      case 'drawn':
        return client.drawn();
      case 'probe':
        return void this.#answer(client, message.id, client.rights.edit, () => this.#probe(client, message));
      case 'change':
      case 'undo':
      case 'save':
        return void this.#answer(client, message.id, client.rights.edit, () => this.#edit(client, message));
      case 'mark':
        return void this.#answer(client, message.id, client.rights.mark, () => this.#mark(client, message));
      default:
        return message satisfies never;
    }
  }

  #look(client: WatchClient, { picture, distribution, crops }: Extract<PageMessage, { type: 'look' }>): void {
    const before = client.looks;
    client.looks = { picture, distribution, crops };
    if (picture && !before.picture) this.#view.lookAgain((shown) => client.ready && client.show(shown));
    if (distribution && !before.distribution) client.say(this.#distributed());
    if (crops && !before.crops) {
      client.say({ type: 'crops', anew: true, crops: this.#gallery.since(1) });
      client.crops = this.#gallery.next;
    }
  }

  /** Does what was asked; what the user can mend is told. */
  async #answer(client: WatchClient, id: number, right: true | string, work: () => Promise<void>): Promise<void> {
    if (right !== true) return client.say({ type: 'refused', id, message: right });
    try {
      await work();
    } catch (error) {
      const conflict = error instanceof EditConflict;
      const message = error instanceof UserError ? error.message : 'This failed for a reason that only the log knows.';
      if (!(error instanceof UserError)) this.#options.run.say(`page: ${String(error)}\n`);
      client.say({ type: 'refused', id, message, ...(conflict && { conflict }) });
    }
  }

  async #probe(
    client: WatchClient,
    { id, windows, thresholds }: Extract<PageMessage, { type: 'probe' }>,
  ): Promise<void> {
    const { taken } = this.#view;
    const editing = this.#options.run.setup?.editing;
    if (!taken || !editing || client.probing)
      return client.say({
        type: 'refused',
        id,
        message: taken ? 'The last question is not answered yet.' : NO_PICTURE,
      });
    client.probing = true;
    try {
      const { frame } = taken;
      const seen = await editing.probe(taken, windows, thresholds);
      client.say({
        type: 'probed',
        id,
        frame,
        windows: seen.map(({ digit, outputs, verdict }): ProbedWindow => ({
          id: digit.region.id,
          pixels: Buffer.from(bytesOf(digit.pixels)).toString('base64'),
          outputs: Array.from(outputs, (value) => (Number.isFinite(value) ? value : null)),
          digit: verdict.digit,
          ratio: Math.min(verdict.ratio, RATIO_CAP),
          top: Number.isFinite(verdict.top) ? verdict.top : null,
          ...(verdict.accepted ? {} : { rejected: verdict.rejected }),
        })),
      });
    } finally {
      client.probing = false;
    }
  }

  async #edit(client: WatchClient, message: Extract<PageMessage, { base: number }>): Promise<void> {
    const editing = this.#options.run.setup!.editing!;
    const { taken } = this.#view;
    if (message.type === 'save') await editing.save(message.base);
    // A window that is not inside the picture would end the run.
    else if (!taken) return client.say({ type: 'refused', id: message.id, message: NO_PICTURE });
    else if (message.type === 'change') editing.change(message.change, message.base, taken);
    else editing.undo(message.base, taken);
    client.say({ type: 'done', id: message.id });
  }

  async #mark(client: WatchClient, { id, crop, label }: Extract<PageMessage, { type: 'mark' }>): Promise<void> {
    const marks = this.#options.marks!;
    const pixels = this.#gallery.pixels(crop);
    if (!pixels)
      return client.say({
        type: 'refused',
        id,
        message: 'This crop is no longer kept: newer ones have taken its place.',
      });
    await marks.mark(crop, pixels, label);
    this.#gallery.label(crop, label);
    this.#sayAll({ type: 'marked', crop, label, kept: marks.count });
    client.say({ type: 'done', id });
  }

  /** Counts regions by ratio and top output, and of a run with a truth which are wrong. */
  #count({ frame, sightings }: PublishedFrame): void {
    if (!this.#truth) {
      for (const sighting of sightings) this.#distribution.add(sighting);
      return;
    }
    const boxed = sightings.map((sighting) => ({ box: sighting.digit.region.box, sighting }));
    const { digits, stray } = match(this.#truth.get(frame.index) ?? [], boxed);
    this.#distribution.addTruth(digits.length);
    for (const { digit, sightings: own } of digits)
      for (const { sighting } of own) this.#distribution.add(sighting, sighting.verdict.digit !== digit.label);
    for (const { sighting } of stray) this.#distribution.add(sighting);
  }

  #distributed(): ServerMessage {
    return this.#distribution.message(this.#truth !== undefined);
  }

  #figures({ frames, truncated, regions, accepted, rejected, fps, lag, truth }: Stats): FiguresMessage {
    const counts = { frames, truncated, regions, accepted, rejected, fps, lag };
    return { type: 'figures', ...counts, watchers: this.#clients.size, ...(truth && { truth }) };
  }

  #config(): ServerMessage {
    return configMessage(this.#options.run);
  }

  #sayNews(client: WatchClient): void {
    const events = this.#numbers.since(client.events);
    if (events.length > 0) client.say({ type: 'numbers', anew: false, events });
    client.events = this.#numbers.next;
    if (!client.looks.crops) return;
    const crops = this.#gallery.since(client.crops);
    if (crops.length > 0) client.say({ type: 'crops', anew: false, crops });
    client.crops = this.#gallery.next;
  }

  #show(picture: Buffer): void {
    this.#each((client) => client.ready && client.show(picture));
  }

  #anyReady(): boolean {
    for (const client of this.#clients) if (client.ready) return true;
    return false;
  }

  #sayAll(message: ServerMessage): void {
    const text = JSON.stringify(message);
    this.#each((client) => client.say(text));
  }

  #each(act: (client: WatchClient) => void): void {
    for (const client of this.#clients) act(client);
  }
}

const NO_PICTURE = 'There was no picture yet to look at.';
