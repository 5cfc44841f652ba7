/** What a person's browser sends to a device, over the port that stands for the LAN. */
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request } from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: unknown;
  text: string;
  protocol: string | null;
  certificate: PeerCertificate;
}

export interface BrowserOptions {
  port: number;
  /** The name in the address bar. */
  name: string;
  /** Roots that this browser knows; left out, its person went past the warning. */
  roots?: string;
}

export interface Browser {
  get(path: string): Promise<Reply>;
  post(path: string, body: unknown): Promise<Reply>;
}

/** Keeps its cookies, as browsers do. */
export function openBrowser({ port, name, roots }: BrowserOptions): Browser {
  const cookies = new Map<string, string>();
  const send = (method: string, path: string, body?: unknown): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const asked = request({
        ...{ host: '127.0.0.1', port, method, path, servername: name, agent: false },
        ...(roots === undefined ? { rejectUnauthorized: false } : { ca: roots }),
        headers: {
          host: name,
          ...(cookies.size > 0 ? { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } : {}),
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      });
      asked.setTimeout(60_000, () => asked.destroy(new Error(`no answer to ${method} ${path} within 60 s`)));
      asked.on('error', reject);
      asked.on('response', (answer) => {
        const socket = answer.socket as TLSSocket;
        const seen = { protocol: socket.getProtocol(), certificate: socket.getPeerCertificate(true) };
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => {
          for (const cookie of answer.headers['set-cookie'] ?? []) {
            const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
            cookies.set(key, value);
          }
          const said = Buffer.concat(pieces).toString('utf8');
          resolve({
            ...{ status: answer.statusCode ?? 0, headers: answer.headers, text: said, body: parsed(said) },
            ...seen,
          });
        });
      });
      asked.end(text);
    });
  return { get: (path) => send('GET', path), post: (path, body) => send('POST', path, body) };
}

/** Plain HTTP, for what it answers there. */
export function getPlain(
  port: number,
  name: string,
): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = plainRequest({ host: '127.0.0.1', port, path: '/', headers: { host: name }, agent: false });
    asked.on('error', reject);
    asked.on('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, location: answer.headers.location });
    });
    asked.end();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page, and no answer of an API
  }
}
