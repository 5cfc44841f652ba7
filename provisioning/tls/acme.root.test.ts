/** Certificates by ACME, from an authority that really asks: over the server of port 80, and over the zone of the name. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedirect } from '@rockpool/agent/http/redirect.ts';
import { verifyChain } from '@rockpool/signing/x509-chain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../exec.ts';
import { openCredentials } from '../identity/credentials.ts';
import { openDeviceFolder } from '../identity/device-folder.ts';
import { openPairs } from '../identity/pairs.ts';
import { sealedFiles } from '../identity/sealed-files.ts';
import { createRedirect as createSetupRedirect } from '../setup/redirect.ts';
import { type AcmeWorld, openAcme } from './acme.fixture.ts';
import { certifyLan, type TlsParts, type TlsSettings } from './certify.ts';
import { settledBy } from './name-servers.ts';
import { dnsChallenges } from './nsupdate.ts';
import { TlsRefused } from './refused.ts';
import { parseTsigKey } from './tsig.ts';

const { signal } = new AbortController();
const sealer = sealedFiles(Buffer.alloc(32, 1));
const folderOf = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-`));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
let acme: AcmeWorld;
beforeAll(async () => {
  acme = await openAcme();
});
afterAll(() => acme?.close());

const challengeFolder = folderOf('challenges');
function device(): TlsParts {
  const path = folderOf('device');
  return {
    credentials: openCredentials(path, sealer),
    folder: openDeviceFolder(path),
    pairs: openPairs(path, sealer),
    clock: { now: () => Date.now() },
    floorMs: 0,
    run,
    settled: settledBy(pause, [acme.nameServer]),
    fleet: null,
    challengeFolder,
  };
}
const settings = (challenge: 'http-01' | 'dns-01', names: string[]): TlsSettings => ({
  mode: 'acme',
  names,
  acme: {
    directory: acme.directory,
    root: acme.webRoot,
    email: 'operator@example.com',
    challenge,
    rfc2136: { server: acme.nameServer, zone: 'example.com' },
  },
});
const certify = (parts: TlsParts, tls: TlsSettings): Promise<void> =>
  certifyLan(parts, { name: 'leeds', tls, addresses: ['10.0.0.7'] }, signal);

async function demandServed(parts: TlsParts, dns: string): Promise<void> {
  const pair = (await parts.pairs.load('lan'))!;
  const root = await acme.issuingRoot();
  const publicKey = pair.keys.publicKey;
  expect(verifyChain(pair.chain, root, { at: new Date(), dns, usage: 'server', publicKey })).toBeUndefined();
  // The names of the LAN are nothing that a public authority could vouch for.
  expect(new X509Certificate(pair.chain[0]!).subjectAltName).not.toMatch(/local|IP Address/);
  expect(parts.folder.load('lan.json')?.mode).toBe('acme');
}

describe.each<[string, () => Server]>([
  [
    'the agent',
    () => createRedirect({ allowedHosts: new Set(), ownName: 'leeds.local', challengeFolder, report: fail }),
  ],
  [
    'the setup page',
    () => createSetupRedirect({ names: new Set(), home: 'leeds.local', challengeFolder, report: fail }),
  ],
])('HTTP-01, while port 80 belongs to %s', (_, open) => {
  let server: Server;
  beforeAll(async () => {
    server = open();
    await new Promise<void>((resolve) => server.listen(acme.httpPort, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('yields a certificate for both names, and leaves no answer behind', { timeout: 60_000 }, async () => {
    const parts = device();
    await certify(parts, settings('http-01', ['chat.example.com', 'files.example.com']));
    await demandServed(parts, 'chat.example.com');
    await demandServed(parts, 'files.example.com');
    expect(readdirSync(challengeFolder)).toEqual([]);
  });
});

test('HTTP-01 with nobody at port 80 is refused with what to do, and what was there stays', {
  timeout: 60_000,
}, async () => {
  const parts = device();
  const asking = certify(parts, settings('http-01', ['chat.example.com']));
  await expect(asking).rejects.toThrow('resolves to this device');
  await expect(asking).rejects.toThrow(TlsRefused);
  expect(await parts.pairs.load('lan')).toBeNull();
});

describe('DNS-01', () => {
  const withKey = async (text: string): Promise<TlsParts> => {
    const parts = device();
    await parts.credentials.save('acme-tsig-key', Buffer.from(text));
    return parts;
  };
  const txt = async (): Promise<string> =>
    (await run('dig', [`@${acme.nameServer}`, '+short', 'TXT', '_acme-challenge.chat.example.com'])).stdout;

  test('yields a certificate, renews it with the same key and account, and leaves no record behind', {
    timeout: 90_000,
  }, async () => {
    const parts = await withKey(acme.tsigKey);
    await certify(parts, settings('dns-01', ['chat.example.com']));
    await demandServed(parts, 'chat.example.com');
    const first = (await parts.pairs.load('lan'))!;
    const account = await parts.credentials.load('acme-account-key');
    await certify(parts, settings('dns-01', ['chat.example.com']));
    const second = (await parts.pairs.load('lan'))!;
    expect(second.keys.publicKey.equals(first.keys.publicKey)).toBe(true);
    expect(second.chain[0]).not.toBe(first.chain[0]);
    expect(await parts.credentials.load('acme-account-key')).toEqual(account);
    expect(await txt()).toBe('');
  });

  test('a record is shown when the update returns, and gone when it is hidden', async () => {
    const challenges = dnsChallenges(
      { run, settled: settledBy(pause, [acme.nameServer]) },
      { server: acme.nameServer, zone: 'example.com', key: parseTsigKey(acme.tsigKey) },
    );
    const asked = { name: 'chat.example.com', token: 't', answer: 'a-digest_in-base64url' };
    await challenges.show(asked, signal);
    expect(await txt()).toBe('"a-digest_in-base64url"\n');
    await challenges.hide(asked, signal);
    expect(await txt()).toBe('');
  });

  test('a key that may not change this record is refused by the name server, and not told in the refusal', async () => {
    const secret = Buffer.alloc(32, 9).toString('base64');
    const parts = await withKey(acme.tsigKey.replace(/secret "[^"]+"/, `secret "${secret}"`));
    const asking = certify(parts, settings('dns-01', ['chat.example.com']));
    await expect(asking).rejects.toThrow('did not take the update');
    await asking.catch((error: unknown) => expect(String(error)).not.toContain(secret));
    const other = await withKey(acme.tsigKey);
    await expect(certify(other, settings('dns-01', ['files.example.com']))).rejects.toThrow(
      'did not take the update',
    );
  });

  test('without a key, or with something else for one, it says how to give it', async () => {
    await expect(certify(device(), settings('dns-01', ['chat.example.com']))).rejects.toThrow(
      'rockpool-provision tsig-key',
    );
    const parts = await withKey('secret "abc"');
    await expect(certify(parts, settings('dns-01', ['chat.example.com']))).rejects.toThrow('tsig-keygen');
  });

  test('a name that would be a line of its own in the update is no name', async () => {
    const { show } = dnsChallenges(
      { run, settled: async () => undefined },
      { server: acme.nameServer, zone: 'example.com', key: parseTsigKey(acme.tsigKey) },
    );
    for (const asked of [
      { name: 'a.example.com\nupdate delete example.com', token: 't', answer: 'd' },
      { name: 'chat.example.com', token: 't', answer: 'd"\nsend' },
    ]) {
      await expect(show(asked, signal)).rejects.toThrow(RangeError);
    }
  });
});

test('an authority whose own certificate is not by the named root is not spoken to', {
  timeout: 120_000,
}, async () => {
  const tls = settings('http-01', ['chat.example.com']);
  const elsewhere = { ...tls, acme: { ...tls.acme!, root: await acme.issuingRoot() } };
  await expect(certify(device(), elsewhere)).rejects.toThrow('can not be reached');
});

function fail(error: unknown): void {
  throw error;
}
