// Targets for sinks in this process: a web server that notes what it is sent and answers as told, and a broker. No test
// in here.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { Aedes, type AedesPublishPacket } from 'aedes';

/** A request that came whole. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status, a text and headers; or nothing at all. */
export type Answer =
  { readonly status: number; readonly text?: string; readonly headers?: Record<string, string> } | 'hang';

/** A web server of this machine. */
export interface WebTarget extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** How the next requests are answered, one after the other; then with 204. */
  readonly answers: Answer[];
  /** Resolves when so many requests have come. */
  until(count: number): Promise<void>;
}

export async function webTarget(): Promise<WebTarget> {
  const [received, answers, sockets]: [Received[], Answer[], Set<Socket>] = [[], [], new Set()];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() });
      answer(response, answers.shift() ?? { status: 204 });
      for (const look of waiting) look();
    });
  });
  server.on('connection', (socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    until: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

function answer(response: ServerResponse, how: Answer): void {
  if (how !== 'hang') response.writeHead(how.status, how.headers).end(how.text);
}

/** A message that a broker took. */
export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: number;
}

/** A broker of this machine, in this process. */
export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly aedes: Aedes;
  /** What clients have published, wills included, in order. */
  readonly published: Published[];
  /** Resolves when what was published is as wanted. */
  until(wanted: (published: readonly Published[]) => boolean): Promise<void>;
}

/** @param port Default a free one. */
export async function broker(port = 0): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const server = createTcpServer((socket) => void aedes.handle(socket));
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const published: Published[] = [];
  const waiting = new Set<() => void>();
  aedes.on('publish', ({ topic, payload, retain, qos }: AedesPublishPacket) => {
    if (topic.startsWith('$SYS')) return;
    published.push({ topic, payload: payload.toString(), retain, qos });
    for (const look of waiting) look();
  });
  const found = (server.address() as AddressInfo).port;
  return {
    url: `mqtt://127.0.0.1:${found}`,
    port: found,
    aedes,
    published,
    until: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!wanted(published)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      if (server.listening) await once(server.close(), 'close');
    },
  };
}
