/** The TLS door of an appliance: open before there is an agent behind it, and whoever answers can be changed meanwhile. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Pair } from './pair.ts';
import { passOn } from './proxied.ts';

/** An address, or a socket that systemd opened: then the agent needs no right to low ports. */
export type ListenPlace = { host: string; port: number } | { fd: number };

export type ProxyPlace = { path: string } | { fd: number };

export interface Listener {
  /** For one who answers: never listens itself, and is given the requests while it is whom `answer` named. */
  createBehind(handler: RequestListener): Server;
  /** From now on `behind` answers; what others have begun they finish. */
  answer(behind: Server): void;
  /** For connections from now on; open ones live on with what they were shown. */
  show(pair: Pair): void;
  listen(place: ListenPlace): Promise<AddressInfo>;
  /**
   * Instead of `listen`: a proxy on this device ends TLS and passes on what people ask.
   * @param place the Unix socket that only the proxy may open
   * @param port where the proxy listens
   */
  listenBehindProxy(place: ProxyPlace, port: number): Promise<AddressInfo>;
  /** Undefined until it listens. */
  address(): AddressInfo | undefined;
  /** Takes no more connections and ends idle ones; resolves when the last has ended. */
  close(): Promise<void>;
  closeAllConnections(): void;
}

export const doorTimes = {
  requestTimeout: 600_000, // the largest upload over a slow Wi-Fi; headers have Node's own 60 s
  keepAliveTimeout: 72_000,
} as const;

export function createListener(pair: Pair): Listener {
  const tlsServer: TlsServer = createServer({ ...pair, ...doorTimes, minVersion: 'TLSv1.3' });
  let server: TlsServer | Server = tlsServer;
  let behind: Server | undefined;
  let proxy: AddressInfo | undefined;
  const answer: RequestListener = (request, response) => {
    if (behind) behind.emit('request', request, response);
    else response.writeHead(503, { 'retry-after': '5', 'content-length': 0 }).end();
  };
  const refuse = (error: Error, socket: Duplex): void => {
    if (!behind?.emit('clientError', error, socket)) socket.destroy();
  };
  tlsServer.on('request', answer);
  tlsServer.on('clientError', refuse);
  return {
    createBehind: (handler) => createHttpServer(handler),
    answer(by) {
      behind = by;
    },
    show: ({ cert, key }) => tlsServer.setSecureContext({ cert, key, minVersion: 'TLSv1.3' }),
    async listen(place) {
      await listenOn(server, place);
      return server.address() as AddressInfo;
    },
    async listenBehindProxy(place, port) {
      server = createHttpServer(doorTimes, (request, response) => {
        passOn(request);
        answer(request, response);
      });
      server.on('clientError', refuse);
      await listen(server, place);
      proxy = { address: '::', family: 'IPv6', port };
      return proxy;
    },
    address: () => proxy ?? (server.listening ? (server.address() as AddressInfo) : undefined),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      server.closeIdleConnections();
      await closed.finally(() => clearInterval(idle));
    },
    closeAllConnections: () => server.closeAllConnections(),
  };
}

/** Both families, and IPv4 alone where the kernel knows no other. */
export async function listenOn(server: Server | TlsServer, place: ListenPlace): Promise<void> {
  try {
    await listen(server, place);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EAFNOSUPPORT' || !('host' in place) || place.host !== '::') throw error;
    await listen(server, { ...place, host: '0.0.0.0' });
  }
}

const listen = (server: Server | TlsServer, place: ListenPlace | ProxyPlace): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      server.off('error', reject);
      resolve();
    });
  });
