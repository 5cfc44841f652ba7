/** Driver for Node's HTTP clients: one GET that follows nothing and decodes nothing. */
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Get } from './transport.ts';

export interface HttpOptions {
  /** PEM: whom servers have to be certified by, instead of whom the system trusts. */
  ca?: string;
  /** Names that a certificate may be for are the system's business unless it is a fleet's own. */
  servername?: string;
  /** `http://` too: for a repository on this machine, or where everything is signed and nothing is secret. */
  plain?: boolean;
}

export function createHttpGet({ ca, servername, plain = false }: HttpOptions = {}): Get & { close(): void } {
  // Hundreds of roots are fetched one after the other: over one connection.
  const agent = new Agent({
    ...{ keepAlive: true, maxSockets: 2, minVersion: 'TLSv1.3' },
    ...(ca === undefined ? {} : { ca }),
    ...(servername === undefined ? {} : { servername }),
  });
  const get: Get = (url, signal) =>
    new Promise((resolve, reject) => {
      const to = new URL(url);
      if (to.protocol !== 'https:' && !(plain && to.protocol === 'http:')) {
        reject(new Error(`${to.protocol} is not spoken here`));
        return;
      }
      const options = { signal, headers: { 'accept-encoding': 'identity', 'user-agent': 'rockpool' } };
      const asked =
        to.protocol === 'https:' ? httpsRequest(to, { ...options, agent }) : httpRequest(to, options);
      asked.once('error', reject);
      asked.once('response', (response) => {
        resolve({
          status: response.statusCode ?? 0,
          encoding: response.headers['content-encoding'],
          body: response,
          discard: () => void response.destroy(),
        });
      });
      asked.end();
    });
  return Object.assign(get, { close: () => agent.destroy() });
}
