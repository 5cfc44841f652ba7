/** Plain port 80: sends browsers to the page over TLS, and shows a certificate authority its challenge; nothing else. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { isOwnHost } from '@rockpool/protocol/own-host';

export interface RedirectOptions {
  /** Names the device answers to; the first is where a stranger's name is sent. */
  names: ReadonlySet<string>;
  home: string;
  challengeFolder: string;
  report(error: unknown): void;
}

/** RFC 8555 §8.3: base64url, and nothing that a path could be made of. */
const challengePath = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,256})$/;

export function createRedirect({ names, home, challengeFolder, report }: RedirectOptions): Server {
  return createServer(
    { maxHeaderSize: 8 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        report(error);
        response.destroy();
      });
    },
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('connection', 'close');
    const token = challengePath.exec(request.url ?? '')?.[1];
    if (token !== undefined) return await challenge(token, response);
    const { host } = request.headers;
    const isOwn = isOwnHost(host, names, request.socket.localAddress);
    const to = isOwn ? host?.replace(/:\d+$/, '') : home;
    // Without the path: nothing of this page lies deeper, and what was typed in the clear is not sent on.
    response.writeHead(308, { location: `https://${to}/`, 'content-length': 0 }).end();
  }

  async function challenge(token: string, response: ServerResponse): Promise<void> {
    const body = await readFile(join(challengeFolder, token)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    response.writeHead(body ? 200 : 404, {
      'content-type': 'text/plain',
      'content-length': body?.length ?? 0,
    });
    response.end(body ?? undefined);
  }
}
