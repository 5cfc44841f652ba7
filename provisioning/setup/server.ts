/** The setup page over TLS 1.3: what is served before the agent can be, by a program without any right of its own. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { Refusal } from '@rockpool/protocol/refusal';
import type { SetupProgress } from '@rockpool/protocol/setup';
import {
  type AuthorityPath,
  authorityTypes,
  bytesOf,
  readAuthority,
} from '@rockpool/signing/authority-files';
import { apiRoutes, type Route } from './api.ts';
import type { ServerPair } from './certificate.ts';
import { headers, refuseForeignOrigin, refuseUnknownHost, sendError } from './door.ts';
import { createEvents } from './events.ts';
import { followRoot } from './following.ts';
import type { Guesses, Uptime } from './guesses.ts';
import { openPage } from './page.ts';
import type { Root } from './root.ts';
import { createSessions, type Sessions } from './sessions.ts';

export interface SetupServerParts {
  root: Root;
  /** What Vite built. */
  pageFolder: string;
  /** The certificate until the device has one. */
  pair: ServerPair;
  /** Names the device answers to, lower case; the one that root's side gives it comes in here, its addresses need not. */
  names: Set<string>;
  guesses: Guesses;
  uptime: Uptime;
  log(line: string): void;
  report(error: unknown): void;
}

export interface SetupServer {
  /** It listens when the caller says so. */
  readonly https: Server;
  close(): Promise<void>;
}

export function createSetupServer(parts: SetupServerParts): SetupServer {
  const { root, pair, names, uptime, report } = parts;
  const following = followRoot(root, report);
  const events = createEvents(following);
  const sessions = createSessions(uptime);
  const page = openPage(parts.pageFolder);
  const routes: Record<string, Route> = {
    ...apiRoutes({ ...parts, following, events, sessions }),
    ...authorityRoutes(() => following.now().authority?.pem),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    refuseUnknownHost(request, names);
    refuseForeignOrigin(request);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (!route) return await sendPage(path, method, request, response);
    if (method !== route.method) {
      response.setHeader('allow', route.method);
      throw new Refusal('method-not-allowed', `Use ${route.method} for this address.`);
    }
    if (route.access !== 'public' && !sessions.isOpen(request.headers.cookie)) {
      throw new Refusal('not-signed-in', 'Enter the code on the label first.');
    }
    await route.answer(request, response);
  };

  async function sendPage(
    path: string,
    method: string | undefined,
    ...rest: [IncomingMessage, ServerResponse]
  ) {
    if (method === 'GET' && (await page.send(path, ...rest))) return;
    throw new Refusal('not-found', 'There is nothing under this address.');
  }

  const listener: RequestListener = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!isGone(error)) sendError(error, response, report);
    });
  };
  const https = createServer({ ...pair, ...limits }, listener);
  https.maxConnections = 256;
  https.on('tlsClientError', () => undefined); // browsers that don't trust us yet end the handshake; so do scanners
  const closing = new AbortController();
  following.listen(({ name }) => void names.add(name).add(`${name}.local`), closing.signal);
  following.listen(switchWhenAlone({ https, root, sessions, report }), closing.signal);

  return {
    https,
    async close() {
      closing.abort();
      events.close();
      await following.close();
      const closed = new Promise((resolve) => https.close(resolve));
      https.closeAllConnections();
      await closed;
    },
  };
}

const limits = {
  minVersion: 'TLSv1.3',
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  handshakeTimeout: 10_000,
} as const;

/** Public: it is what people install, and holds no secret. */
function authorityRoutes(pem: () => string | undefined): Record<string, Route> {
  const send = (path: AuthorityPath): Route['answer'] => {
    return (_, response) => {
      const authority = pem();
      if (!authority)
        throw new Refusal('not-found', 'There is no certificate to install yet; finish the setup first.');
      const bytes = bytesOf(readAuthority(authority), path);
      const disposition = path === '/ca.mobileconfig' ? 'inline' : 'attachment';
      response.writeHead(200, {
        'content-type': authorityTypes[path],
        'content-length': bytes.length,
        'content-disposition': `${disposition}; filename="rockpool${path.slice(3)}"`,
      });
      response.end(bytes);
    };
  };
  const paths = Object.keys(authorityTypes) as AuthorityPath[];
  return Object.fromEntries(
    paths.map((path) => [path, { method: 'GET', access: 'public', answer: send(path) } as const]),
  );
}

/**
 * To the device's own certificate, as soon as there is one and nobody has the page open: browsers remember that a
 * person let one certificate pass, and a page whose certificate changes under it is cut off from its device.
 */
function switchWhenAlone({
  https,
  root,
  sessions,
  report,
}: {
  https: Server;
  root: Root;
  sessions: Sessions;
  report(error: unknown): void;
}): (progress: SetupProgress) => void {
  let phase = '';
  return (progress) => {
    const isNew = progress.phase !== phase;
    phase = progress.phase;
    if (!isNew || sessions.count() > 0) return;
    root.certificate().then((pair) => {
      if (pair && sessions.count() === 0) https.setSecureContext({ ...pair, minVersion: 'TLSv1.3' });
    }, report);
  };
}

/** Its asker left in the middle. */
const isGone = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');
