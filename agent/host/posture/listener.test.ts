import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type SecureVersion, type TlsOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askListener, judgeListener } from './listener.ts';

let folder: string;
let pair: { cert: string; key: string };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-listener-'));
  const [cert, key] = [join(folder, 'cert'), join(folder, 'key')];
  const subject = ['-subj', '/CN=leeds.local', '-addext', 'subjectAltName=DNS:leeds.local'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'];
  execFileSync('openssl', ['req', '-x509', ...made, ...subject, '-out', cert, '-keyout', key], {
    stdio: 'ignore',
  });
  pair = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
});
afterAll(() => rmSync(folder, { recursive: true }));

async function askOf(options: TlsOptions, ca?: string) {
  const server = createTlsServer({ ...pair, ...options }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await askListener({ host: '127.0.0.1', port, servername: 'leeds.local', ca });
  } finally {
    server.close();
  }
}

test('a listener that speaks TLS 1.3 only is good, and every older version was refused by itself', async () => {
  const seen = await askOf({ minVersion: 'TLSv1.3' }, pair.cert);
  expect(seen.spoken.map(({ version, answer }) => [version, answer])).toEqual([
    ['TLSv1', 'refused'],
    ['TLSv1.1', 'refused'],
    ['TLSv1.2', 'refused'],
    ['TLSv1.3', 'spoken'],
  ]);
  expect(judgeListener(seen)).toMatchObject({ state: 'good', cure: null });
  expect(seen.distrust).toBeUndefined();
  expect(seen.certificate?.checkHost('leeds.local')).toBe('leeds.local');
});

test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const satisfies SecureVersion[])(
  'one that still speaks %s is found out',
  async (version) => {
    const seen = await askOf({ minVersion: version, ciphers: 'ALL:@SECLEVEL=0' });
    expect(judgeListener(seen)).toMatchObject({ state: 'bad', says: expect.stringContaining(version) });
  },
);

test('one that speaks TLS 1.2 only is bad', async () => {
  const seen = await askOf({ maxVersion: 'TLSv1.2' });
  expect(judgeListener(seen).says).toMatch(/^nobody answers with TLS 1\.3/);
});

test('the listener of another program is judged the same: OpenSSL with TLS 1.2 and 1.3', async () => {
  const port = await freePort();
  const files = ['-cert', join(folder, 'cert'), '-key', join(folder, 'key')];
  const server = spawn('openssl', ['s_server', '-accept', String(port), ...files, '-quiet'], {
    stdio: 'ignore',
  });
  try {
    const place = { host: '127.0.0.1', port, servername: 'leeds.local' };
    await expect.poll(async () => (await askListener(place)).certificate, { timeout: 10_000 }).toBeDefined();
    expect(judgeListener(await askListener(place))).toMatchObject({
      state: 'bad',
      says: 'the listener still speaks TLSv1.2.',
    });
  } finally {
    server.kill();
  }
});

test('nobody there is bad, and one that hangs up on old versions has not said that it refuses them', async () => {
  const nobody = await askListener({ host: '127.0.0.1', port: await freePort(), servername: 'leeds.local' });
  expect(judgeListener(nobody)).toMatchObject({
    state: 'bad',
    says: expect.stringContaining('ECONNREFUSED'),
  });
  const unclear = [
    { version: 'TLSv1.2', answer: 'unclear', says: 'ECONNRESET' },
    { version: 'TLSv1.3', answer: 'spoken', says: 'TLSv1.3' },
  ] as const;
  expect(judgeListener({ spoken: [...unclear] }).state).toBe('warning');
});

test('one that never answers is given up on', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen = await askListener({ host: '127.0.0.1', port, servername: 'leeds.local', timeoutMs: 50 });
  server.close();
  expect(judgeListener(seen).state).toBe('bad');
});

test('a certificate under a name that it is not for, or of an unknown signer, is not trusted', async () => {
  expect((await askOf({ minVersion: 'TLSv1.3' })).distrust).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  const server = createTlsServer({ ...pair, minVersion: 'TLSv1.3' }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen = await askListener({ host: '127.0.0.1', port, servername: 'york.local', ca: pair.cert });
  server.close();
  expect(seen.distrust).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
