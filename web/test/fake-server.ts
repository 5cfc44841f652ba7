/** Serves the built page under the real policy, and the fake device behind it. For tests only. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { api } from './fake-api.ts';
import type { FakeDevice } from './fake-device.ts';

export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
const pages = /^\/(?:$|ca$|c\/|settings\/|setup$|login$|join\/)/;

export interface FakeServer {
  url: string;
  device: FakeDevice;
  /** Between two pieces of an answer. */
  pieceMs: number;
  /** Every path that was asked for, to see what was not. */
  asked: string[];
  close(): Promise<void>;
}

/** @param dist where the page was built to */
export async function serve(
  device: FakeDevice,
  dist = join(import.meta.dirname, '../dist'),
): Promise<FakeServer> {
  const fake: FakeServer = { url: '', device, pieceMs: 0, asked: [], close: async () => undefined };
  const http = createServer((request, response) => {
    respond(fake, dist, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  fake.close = () =>
    new Promise((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  return fake;
}

async function respond(
  fake: FakeServer,
  dist: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://device');
  fake.asked.push(`${request.method} ${url.pathname}`);
  if (url.pathname.startsWith('/api/')) return api(fake, request, response, url);
  const page = url.pathname === '/ca' ? '/ca.html' : '/index.html';
  const path = pages.test(url.pathname) ? page : normalize(url.pathname);
  const bytes = await readFile(join(dist, path)).catch(() => null);
  response.writeHead(bytes ? 200 : 404, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes ?? 'no such file');
}
