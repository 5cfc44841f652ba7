import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRedirect } from './redirect.ts';

let folder: string;
let server: ReturnType<typeof createRedirect>;
const reported: unknown[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-redirect-'));
  const names = new Set(['leeds.local']);
  const report = (error: unknown) => void reported.push(error);
  server = createRedirect({
    names,
    home: 'leeds.local',
    challengeFolder: join(folder, 'challenges'),
    report,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
  expect(reported).toEqual([]);
});

const send = (path: string, host: string): Promise<[number, string | undefined, string]> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port, path, headers: { host }, method: 'GET', agent: false });
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, response.headers.location, text]));
    });
    asked.end();
  });

test.each([
  ['its own name', 'leeds.local', 'https://leeds.local/'],
  ['its own name and a port', 'LEEDS.local:80', 'https://LEEDS.local/'],
  ['the address that was reached', '127.0.0.1', 'https://127.0.0.1/'],
  ["a stranger's name", 'evil.example', 'https://leeds.local/'],
  ["a stranger's address", '192.0.2.1', 'https://leeds.local/'],
  ['no name at all', 'a b', 'https://leeds.local/'],
])('whoever asks in the clear for %s is sent to TLS, and nowhere else', async (_, host, to) => {
  for (const path of ['/', '/setup', '//evil.example/', '/?code=7KQM-2XWR']) {
    expect(await send(path, host)).toEqual([308, to, '']);
  }
});

test('a certificate authority finds its challenge, and nothing beside it', async () => {
  writeFileSync(join(folder, 'secret'), 'not for anyone');
  expect((await send('/.well-known/acme-challenge/token-1', 'leeds.local'))[0]).toBe(404);
  mkdirSync(join(folder, 'challenges'));
  writeFileSync(join(folder, 'challenges/token-1'), 'token-1.thumbprint');
  expect(await send('/.well-known/acme-challenge/token-1', 'chat.example.com')).toEqual([
    200,
    undefined,
    'token-1.thumbprint',
  ]);
  for (const path of ['../secret', '..%2fsecret', '%2e%2e/secret', '.', '..', 'a/b', '']) {
    const [status, , text] = await send(`/.well-known/acme-challenge/${path}`, 'leeds.local');
    expect([path, status === 200, text]).toEqual([path, false, '']);
  }
});
