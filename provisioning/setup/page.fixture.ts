/** For tests: a setup server as the device runs it, on loopback, with a fake root and a clock of the test's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request as ask } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ephemeralPair } from './certificate.ts';
import { openFakeRoot } from './fake-root.fixture.ts';
import { openGuesses } from './guesses.ts';
import { connectRoot } from './root.ts';
import { createSetupServer, type SetupServer } from './server.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: ReturnType<typeof JSON.parse>;
}

interface Asking {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export async function openSetup({ pageFolder }: { pageFolder?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-setup-'));
  const socket = join(folder, 'provision.sock');
  const root = await openFakeRoot(socket);
  const logged: string[] = [];
  const reported: unknown[] = [];
  const clock = { at: 100 };
  const uptime = { seconds: () => clock.at };
  const pair = await ephemeralPair({ folder, name: 'leeds', addresses: ['127.0.0.1'], now: Date.now() });
  const start = (): SetupServer =>
    createSetupServer({
      ...{ root: connectRoot(socket), pageFolder: pageFolder ?? smallPage(folder), pair, uptime },
      names: new Set(['leeds.local']),
      guesses: openGuesses(join(folder, 'guesses.json'), uptime),
      log: (line) => void logged.push(line),
      report: (error) => void reported.push(error),
    });
  const listen = (server: SetupServer): Promise<number> =>
    new Promise((resolve) =>
      server.https.listen(0, '127.0.0.1', () => resolve((server.https.address() as AddressInfo).port)),
    );
  let server = start();
  let port = await listen(server);

  /** As a program would: no origin, no cookie but those given. */
  const send = (path: string, { method = 'GET', body, headers = {} }: Asking = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const request = ask({
        ...{ host: '127.0.0.1', port, path, method, rejectUnauthorized: false, agent: false },
        headers: {
          host: `leeds.local:${port}`,
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
          resolve({
            ...{ status: response.statusCode ?? 0, headers: response.headers, text },
            json: isJson ? JSON.parse(text) : undefined,
          });
        });
      });
      request.end(payload);
    });

  return {
    folder,
    root,
    clock,
    logged,
    reported,
    send,
    pair,
    port: () => port,
    open: (code: string) => send('/setup/api/open', { method: 'POST', body: { code } }),
    /** As after a crash: a new process on the same folder. */
    async restart(): Promise<void> {
      await server.close();
      server = start();
      port = await listen(server);
    },
    async close(): Promise<void> {
      await server.close();
      await root.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type Setup = Awaited<ReturnType<typeof openSetup>>;

/** What a browser would send back. */
export const cookieOf = (answer: Answer): string => answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

/** Enough of a page to see what is served and what is not. */
function smallPage(folder: string): string {
  const page = join(folder, 'dist');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'setup.html'), '<!doctype html><title>setup</title>');
  writeFileSync(join(page, 'assets/setup-1.js'), 'export {};');
  writeFileSync(join(page, 'assets/setup-1.js.br'), 'compressed');
  writeFileSync(join(page, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'secret.html'), 'not for anyone');
  return page;
}
