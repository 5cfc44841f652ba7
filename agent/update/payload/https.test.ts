import { createServer } from 'node:https';
import { createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';
import { afterEach, expect, test } from 'vitest';
import { createHttps, type Https } from './https.ts';
import { startMirror, type TestMirror } from './mirror.fixture.ts';
import { modelOf, removeTestFolders, sha256, someBytes, testPayload } from './payload.fixture.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await removeTestFolders();
});

async function secureMirror(
  bytes: Buffer,
  newest: 'TLSv1.2' | 'TLSv1.3',
): Promise<{ mirror: TestMirror; ca: string }> {
  const root = await createAuthority({ name: 'Fleet', years: 1, at: new Date() });
  const keys = createKeyPairP256();
  const cert = await issue(root, keys.publicKey, {
    cn: 'mirror',
    ips: ['127.0.0.1'],
    days: 1,
    usages: ['server'],
    at: new Date(),
  });
  const key = keyToPem(keys.privateKey);
  const mirror = await startMirror(
    new Map([[sha256(bytes), bytes]]),
    undefined,
    (listener) => createServer({ cert, key, maxVersion: newest }, listener),
    'https',
  );
  closers.push(() => mirror.close());
  return { mirror, ca: root.certificate };
}

function https(ca: string): Https {
  const made = createHttps({ ca });
  closers.push(() => made.close());
  return made;
}

test('over TLS 1.3, from who has a certificate of the fleet', async () => {
  const bytes = someBytes();
  const { mirror, ca } = await secureMirror(bytes, 'TLSv1.3');
  const { fetch, payload } = await testPayload([mirror.url], { read: https(ca).read });
  await fetch(modelOf(bytes));
  await payload.verify(modelOf(bytes), new AbortController().signal);
});

test('an older TLS gives nothing, nor does a certificate of somebody else', async () => {
  const bytes = someBytes();
  const old = await secureMirror(bytes, 'TLSv1.2');
  const other = await secureMirror(bytes, 'TLSv1.3');
  for (const url of [old.mirror.url, other.mirror.url]) {
    const { fetch } = await testPayload([url], { read: https(old.ca).read });
    await expect(fetch(modelOf(bytes))).rejects.toMatchObject({ reason: 'mirrors' });
  }
  expect([...old.mirror.requests, ...other.mirror.requests]).toEqual([]);
});

test('a server that takes a request and says nothing is given up', async () => {
  const bytes = someBytes();
  const { mirror, ca } = await secureMirror(bytes, 'TLSv1.3');
  mirror.behave = () => undefined;
  const made = createHttps({ ca, answerMs: 20 });
  closers.push(() => made.close());
  const { fetch } = await testPayload([mirror.url], { read: made.read });
  await expect(fetch(modelOf(bytes))).rejects.toMatchObject({ reason: 'mirrors' });
});
