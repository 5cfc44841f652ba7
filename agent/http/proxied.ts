/**
 * Requests that a reverse proxy on this device passed on. Whose they are it says in headers, and only what came over its
 * own Unix socket is believed: over TCP the same headers are anybody's.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';

interface Passed {
  /** Undefined when the proxy did not say: then nobody is served, or all would share one throttle. */
  client: string | undefined;
  /** The device's address that the client came to. */
  reached: string | undefined;
}

const passed = new WeakMap<IncomingMessage, Passed>();

/** For every request of the proxy's socket, before anyone reads it; the proxy has ended TLS. */
export function passOn(request: IncomingMessage): void {
  const { 'x-forwarded-for': client, 'x-rockpool-reached': reached } = request.headers;
  passed.set(request, { client: addressIn(client), reached: addressIn(reached) });
  // The proxy writes it, and whoever reads it otherwise would take its client for a proxy.
  delete request.headers['x-forwarded-for'];
}

const addressIn = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && isIP(header) !== 0 ? header : undefined;

/** The first hook of all: throttles, logs and guards read who asks, and how. */
export function heedProxy(app: App): void {
  app.addHook('onRequest', async (request) => {
    const known = passed.get(request.raw);
    if (!known) return;
    if (known.client === undefined)
      throw new Refusal('bad-request', 'The proxy must say whose request it passes on, in x-forwarded-for.');
    Object.defineProperty(request, 'ip', { value: known.client });
    Object.defineProperty(request, 'protocol', { value: 'https' });
  });
}

/** The address of ours that was dialled, by whoever dialled it. */
export const reachedAddress = (request: FastifyRequest): string | undefined =>
  passed.has(request.raw) ? passed.get(request.raw)?.reached : request.socket.localAddress;
