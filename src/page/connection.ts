// Owns the connection to one source: what it has said, what is asked of it, and coming back. It must not draw.
import {
  WATCH_CLOSE,
  WATCH_PROTOCOL,
  type ConfigMessage,
  type Crop,
  type CamerasMessage,
  type DistributionMessage,
  type FiguresMessage,
  type FleetCamera,
  type FleetMessage,
  type Looks,
  type NumberEvent,
  type PageMessage,
  type PictureHeader,
  type ProbedWindow,
  type ServerMessage,
  type StateMessage,
  type WelcomeMessage,
} from '../sinks/page/protocol.js';

/** Pictures that can be stepped back to. */
const STEPS = 60;

/** Crops and events that are held, as many as the server has. */
const [MOST_CROPS, MOST_EVENTS] = [400, 1000];

/** Milliseconds until it is tried again, at first and at most. */
const RETRY = [500, 8000] as const;

/** A picture as it came. */
export interface Shown {
  readonly header: PictureHeader;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Milliseconds that it was under way, by the clocks of both, once these were compared. */
  readonly late: number;
}

/** How the connection is doing. */
export type Link = 'connecting' | 'token' | 'open' | 'lost' | 'over' | 'version';

/** An answer that is waited for. */
type Answer = Extract<ServerMessage, { readonly id: number }>;

/** What a refusal throws. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly conflict: boolean,
  ) {
    super(message);
  }
}

/** One source. Everything may be read at any time; whoever wants to hear of changes subscribes. */
export class Connection {
  readonly address: string;
  link: Link = 'connecting';
  /** Why it is not open, in words. */
  reason = '';
  welcome: WelcomeMessage | undefined;
  state: StateMessage | undefined;
  figures: FiguresMessage | undefined;
  config: ConfigMessage | undefined;
  distribution: DistributionMessage | undefined;
  events: readonly NumberEvent[] = [];
  crops: readonly Crop[] = [];
  kept: number | undefined;
  /** Of a gateway: its fleet, and all cameras of it by their id. */
  fleet: FleetMessage | undefined;
  cameras: ReadonlyMap<string, FleetCamera> = new Map();
  around: Pick<CamerasMessage, 'workers' | 'broker'> = { workers: 0, broker: true };
  /** The last pictures, the newest at the end. */
  pictures: readonly Shown[] = [];
  token: string | undefined;
  readonly #subscribers = new Set<() => void>();
  readonly #pictureWatchers = new Set<(shown: Shown) => void>();
  readonly #asked = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #socket: WebSocket | undefined;
  #looks: Looks = { picture: false, distribution: false, crops: false };
  readonly #seen = (): void => this.#sendLooks();
  #retry = 0;
  #next = 1;
  #told = false;
  #closed = false;
  /** What this clock is ahead of the server's, at most, in milliseconds. */
  #ahead = Infinity;

  constructor(address: string, token: string | undefined) {
    this.address = address;
    this.token = token;
    this.#connect();
    document.addEventListener('visibilitychange', this.#seen);
  }

  /** Calls back after changes, once a turn, until it is stopped. */
  subscribe(changed: () => void): () => void {
    this.#subscribers.add(changed);
    return () => void this.#subscribers.delete(changed);
  }

  /** Calls back with each picture; the next comes when `drawn` was called. */
  watchPictures(watcher: (shown: Shown) => void): () => void {
    this.#pictureWatchers.add(watcher);
    return () => void this.#pictureWatchers.delete(watcher);
  }

  /** Says what is looked at. */
  look(looks: Looks): void {
    this.#looks = looks;
    this.#sendLooks();
  }

  /** Uses another token, and connects anew. */
  enter(token: string): void {
    this.token = token;
    this.#retry = 0;
    this.#connect();
  }

  /** Asks for something; rejects with {@link Refused}, or an Error when the connection is lost. */
  async ask(question: Question): Promise<Answer> {
    const id = this.#next++;
    return await new Promise<Answer>((resolve, reject) => {
      if (this.link !== 'open') {
        reject(new Error('There is no connection.'));
        return;
      }
      this.#asked.set(id, { resolve, reject });
      this.#send({ ...question, id });
    });
  }

  /** What windows of the newest picture show. */
  async probe(
    question: Omit<Extract<PageMessage, { type: 'probe' }>, 'type' | 'id'>,
  ): Promise<readonly ProbedWindow[]> {
    const answer = await this.ask({ type: 'probe', ...question });
    return answer.type === 'probed' ? answer.windows : [];
  }

  /** Ends it for good. */
  close(): void {
    this.#closed = true;
    this.#socket?.close();
    document.removeEventListener('visibilitychange', this.#seen);
  }

  #connect(): void {
    if (this.#closed) return;
    this.#socket?.close();
    const socket = new WebSocket(this.address);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#become(this.link === 'open' ? 'lost' : 'connecting', '');
    socket.onopen = () => this.#send({ type: 'open', ...(this.token !== undefined && { token: this.token }) });
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      typeof data === 'string' ? this.#hear(JSON.parse(data) as ServerMessage) : this.#see(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lost(code, reason);
  }

  #lost(code: number, reason: string): void {
    for (const { reject } of this.#asked.values()) reject(new Error('The connection was lost.'));
    this.#asked.clear();
    if (this.#closed) return;
    if (code === WATCH_CLOSE.badToken) return this.#become('token', this.token === undefined ? '' : reason);
    if (code === WATCH_CLOSE.badMessage) return this.#become('version', reason);
    if (this.link !== 'over') this.#become('lost', reason);
    const wait = Math.min(RETRY[1], RETRY[0] * 2 ** this.#retry++);
    setTimeout(() => this.#connect(), wait);
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#welcomed(message);
      case 'fleet':
        this.fleet = message;
        return this.#opened(message.protocol);
      case 'cameras':
        this.#list(message);
        break;
      case 'state':
        this.state = message;
        break;
      case 'figures':
        this.figures = message;
        break;
      case 'config':
        this.config = message;
        break;
      case 'distribution':
        this.distribution = message;
        break;
      case 'numbers':
        this.events = [...(message.anew ? [] : this.events), ...message.events].slice(-MOST_EVENTS);
        break;
      case 'crops':
        this.crops = [...(message.anew ? [] : this.crops), ...message.crops].slice(-MOST_CROPS);
        break;
      case 'marked':
        this.kept = message.kept;
        this.crops = this.crops.map((crop) => (crop.n === message.crop ? { ...crop, label: message.label } : crop));
        break;
      case 'over':
        this.#become('over', message.reason);
        break;
      case 'probed':
      case 'done':
      case 'refused':
        return this.#answered(message);
    }
    this.#tell();
  }

  #welcomed(message: WelcomeMessage): void {
    this.welcome = message;
    this.#ahead = Date.now() - message.now;
    this.#opened(message.protocol);
  }

  /** The server has let the page in. */
  #opened(protocol: number): void {
    if (protocol !== WATCH_PROTOCOL) {
      this.#closed = true;
      this.#socket?.close();
      return this.#become('version', 'The server is of another version: load this page again.');
    }
    this.#retry = 0;
    this.#become('open', '');
    this.#sendLooks();
  }

  #list({ anew, cameras, gone, workers, broker }: CamerasMessage): void {
    const all = new Map(anew ? [] : this.cameras);
    for (const id of gone) all.delete(id);
    for (const camera of cameras) all.set(camera.id, camera);
    this.cameras = all;
    this.around = { workers, broker };
  }

  #answered(message: Answer): void {
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (message.type === 'refused') asked?.reject(new Refused(message.message, message.conflict === true));
    else asked?.resolve(message);
  }

  #see(data: ArrayBuffer): void {
    const length = new DataView(data).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as PictureHeader;
    const behind = Date.now() - header.taken;
    // Neither clock is right, but no picture comes before it was taken.
    this.#ahead = Math.min(this.#ahead, behind);
    const shown: Shown = { header, bytes: new Uint8Array(data, 4 + length), late: behind - this.#ahead };
    this.pictures = [...this.pictures.slice(1 - STEPS), shown];
    for (const watcher of this.#pictureWatchers) watcher(shown);
    // A hidden page draws nothing, and asks for nothing more.
    requestAnimationFrame(() => this.#send({ type: 'drawn' }));
    this.#tell();
  }

  #become(link: Link, reason: string): void {
    this.link = link;
    this.reason = reason;
    this.#tell();
  }

  #sendLooks(): void {
    if (this.link !== 'open') return;
    const looks = { ...this.#looks, picture: this.#looks.picture && !document.hidden };
    this.#send({ type: 'look', ...looks });
  }

  #send(message: PageMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      for (const changed of this.#subscribers) changed();
    });
  }
}

/** Of each form of a union its keys without some. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What can be asked. */
export type Question = Without<Extract<PageMessage, { readonly id: number }>, 'id'>;
