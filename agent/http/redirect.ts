/** Plain port 80: sends browsers to the page over TLS, and shows a certificate authority its challenge; nothing else. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { hostOf, isOwnHost } from '@rockpool/protocol/own-host';

export interface RedirectOptions {
  /** Names the device answers to. */
  allowedHosts: ReadonlySet<string>;
  /** Where whoever asked for a stranger's name is sent. */
  ownName: string;
  /** Left out, it is the usual one. */
  port?: (() => number | undefined) | undefined;
  /** Where the renewal lays a challenge's answer under its token. */
  challengeFolder: string;
  report(error: unknown): void;
}

export const challengeFolder = '/run/rockpool/acme-challenge';

/** RFC 8555 §8.3: base64url, and nothing that a path could be made of. */
const challengePath = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,256})$/;

export function createRedirect(options: RedirectOptions): Server {
  const limits = { maxHeaderSize: 8 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 };
  const server = createServer(limits, (request, response) => {
    response.setHeader('connection', 'close');
    answer(request, response, options).catch((error: unknown) => {
      options.report(error);
      response.destroy();
    });
  });
  server.maxConnections = 256;
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: RedirectOptions) {
  const token = challengePath.exec(request.url ?? '')?.[1];
  if (token !== undefined) return await challenge(join(options.challengeFolder, token), response);
  const location = `https://${whereTo(request, options)}${pathOf(request.url)}`;
  response.writeHead(308, { location, 'content-length': 0 }).end();
}

/** What was asked for, if we answer to that; else a name that we do answer to. */
function whereTo(
  { headers, socket }: IncomingMessage,
  { allowedHosts, ownName, port }: RedirectOptions,
): string {
  const isOwn = isOwnHost(headers.host, allowedHosts, socket.localAddress);
  const to = (isOwn ? hostOf(headers.host) : undefined) ?? ownName;
  const at = port?.() ?? 443;
  return at === 443 ? to : `${to}:${at}`;
}

/** `http://…` and `*` are forms for proxies and servers; a path that begins with two slashes names another host. */
const pathOf = (url = '/'): string => (/^\/(?![/\\])[\x21-\x7e]*$/.test(url) ? url : '/');

async function challenge(file: string, response: ServerResponse): Promise<void> {
  const body = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  response.writeHead(body ? 200 : 404, { 'content-type': 'text/plain', 'content-length': body?.length ?? 0 });
  response.end(body);
}
