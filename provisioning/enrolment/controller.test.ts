/** Who answers at the controller's address is known by its key, before a byte is said. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { type Authority, createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';
import { spkiPin } from '@rockpool/signing/x509-chain';
import { afterEach, describe, expect, test } from 'vitest';
import { openController } from './controller.ts';
import { EnrolmentRefused } from './refused.ts';

const root = await createAuthority({ name: 'Fleet', years: 1, at: new Date() });
const evil = await createAuthority({ name: 'Fleet', years: 1, at: new Date() });
const body = { version: 1, device: 'leeds', claim: 'RP-00000-00000-00000-00000' } as never;

const opened: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(opened.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
async function listening(server: Server): Promise<string> {
  opened.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // a client that turns away resets it
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function pair(
  authority: Authority,
  wish: { ips?: string[]; usages?: ('server' | 'client')[] } = {},
): Promise<{ key: string; cert: string; pin: string }> {
  const keys = createKeyPairP256();
  const { ips = ['127.0.0.1'], usages = ['server'] } = wish;
  const cert = await issue(authority, keys.publicKey, {
    cn: 'controller',
    ips,
    days: 30,
    usages,
    at: new Date(),
  });
  return { key: keyToPem(keys.privateKey), cert, pin: spkiPin(keys.publicKey) };
}

/** Counts what a client says inside TLS. */
async function listener(
  options: TlsOptions,
): Promise<{ url: string; heard: () => number; connections: () => number }> {
  let heard = 0;
  let connections = 0;
  const server = createServer(options, (socket) => {
    socket.on('data', (piece) => {
      heard += piece.length;
    });
    socket.on('error', () => undefined);
  });
  server.on('connection', () => {
    connections += 1;
  });
  return { url: await listening(server), heard: () => heard, connections: () => connections };
}

async function web(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; pin: string }> {
  const { key, cert, pin } = await pair(root);
  return { url: await listening(createHttpsServer({ key, cert, minVersion: 'TLSv1.3' }, answer)), pin };
}

const refusal = async (work: Promise<unknown>): Promise<EnrolmentRefused> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EnrolmentRefused)) throw error ?? new Error('it was not refused');
  return error;
};

describe('a wrong controller hears nothing', () => {
  test.each<[string, () => Promise<{ key: string; cert: string }>]>([
    ['with a key of its own', () => pair(evil)],
    ['with a certificate by the fleet’s root, but another key than the pinned one', () => pair(root)],
  ])('%s', async (_, made) => {
    const { url, heard, connections } = await listener({ ...(await made()), minVersion: 'TLSv1.3' });
    const { pin } = await pair(root);
    const refused = await refusal(openController({ url, pin }).enrol(body));
    expect(refused.code).toBe('wrong-controller');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard()).toBe(0);
    expect(connections()).toBe(1);
  });
});

test('one that speaks TLS 1.2 only hears nothing, though its key is right', async () => {
  const { key, cert, pin } = await pair(root);
  const { url, heard } = await listener({ key, cert, maxVersion: 'TLSv1.2' });
  expect((await refusal(openController({ url, pin }).enrol(body))).code).toBe('unreachable');
  expect(heard()).toBe(0);
});

describe('a device that is enrolled knows its controller by the fleet’s root too', () => {
  const somePin = `sha256/${Buffer.alloc(32).toString('base64')}`;
  const nonce = Buffer.alloc(32, 3).toString('base64');

  test('so that it may have a new key', async () => {
    const { url } = await web((_, response) => response.end(JSON.stringify({ nonce })));
    const controller = openController({ url, pin: somePin, fleetCa: root.certificate });
    expect((await controller.nonce()).nonce).toBe(nonce);
  });

  test.each<[string, () => ReturnType<typeof pair>]>([
    ['by another root of the same name', () => pair(evil)],
    ['for another address', () => pair(root, { ips: ['127.0.0.2'] })],
    ['of a device of the fleet', () => pair(root, { usages: ['client'] })],
  ])('but not with a certificate %s', async (_, made) => {
    const { url, heard } = await listener({ ...(await made()), minVersion: 'TLSv1.3' });
    const controller = openController({ url, pin: somePin, fleetCa: root.certificate });
    expect((await refusal(controller.nonce())).code).toBe('wrong-controller');
    expect(heard()).toBe(0);
  });
});

describe('what it answers is understood or thrown away', () => {
  test.each<[string, number, string, string]>([
    ['a page of a proxy', 502, '<html>Bad gateway</html>', 'answer-not-acceptable'],
    ['no JSON', 200, '{', 'answer-not-acceptable'],
    [
      'a field too many',
      200,
      JSON.stringify({ nonce: Buffer.alloc(32).toString('base64'), more: 1 }),
      'answer-not-acceptable',
    ],
    ['a code that is not known', 403, '{"error":{"code":"because","message":"no"}}', 'answer-not-acceptable'],
    ['a megabyte', 200, JSON.stringify({ nonce: 'A'.repeat(1_000_000) }), 'answer-not-acceptable'],
    ['a redirect', 302, '', 'answer-not-acceptable'],
    ['a refusal', 403, '{"error":{"code":"claim-revoked","message":"by its operator"}}', 'claim-revoked'],
  ])('%s', async (_, status, text, code) => {
    const { url, pin } = await web((_request, response) => {
      response.writeHead(status, status === 302 ? { location: 'https://elsewhere.example/' } : {}).end(text);
    });
    expect((await refusal(openController({ url, pin }).nonce())).code).toBe(code);
  });

  test('how long to wait is taken from it', async () => {
    const { url, pin } = await web((_, response) =>
      response
        .writeHead(429, { 'retry-after': '7' })
        .end('{"error":{"code":"too-many-requests","message":"slower"}}'),
    );
    expect((await refusal(openController({ url, pin }).nonce())).retryAfterS).toBe(7);
  });

  test('and what time it is there', async () => {
    const { url, pin } = await web((_, response) => {
      response.setHeader('date', 'Sun, 22 Nov 2026 10:00:00 GMT');
      response.end(JSON.stringify({ nonce: Buffer.alloc(32).toString('base64') }));
    });
    expect((await openController({ url, pin }).nonce()).at?.toISOString()).toBe('2026-11-22T10:00:00.000Z');
  });
});

test('a port where somebody speaks no TLS, and one where nobody speaks, are unreachable', async () => {
  const url = await listening(createTcpServer((socket) => socket.end('220 ready\r\n')));
  const pin = `sha256/${Buffer.alloc(32).toString('base64')}`;
  expect((await refusal(openController({ url, pin }).nonce())).code).toBe('unreachable');
  expect((await refusal(openController({ url: 'https://127.0.0.1:9', pin }).nonce())).code).toBe(
    'unreachable',
  );
});

test('whoever gives up is not told that the controller can not be reached', async () => {
  const url = await listening(createTcpServer(() => undefined));
  const pin = `sha256/${Buffer.alloc(32).toString('base64')}`;
  const stop = new AbortController();
  const asking = openController({ url, pin }).nonce(stop.signal);
  setTimeout(() => stop.abort(new Error('the person left')), 30);
  await expect(asking).rejects.toThrow('the person left');
});
