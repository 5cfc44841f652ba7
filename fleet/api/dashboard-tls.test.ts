/** The dashboard over TLS: by files of the operator's or by the LAN root, and never for a name that the root may not vouch for. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createAuthority, createKeyPairP256, createSerial, issue, keyToPem } from '@rockpool/signing/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, type Fleet, openFleet } from '../test/fleet.fixture.ts';
import { tlsOfFiles, tlsOfLanRoot } from './dashboard-tls.ts';

let folder: string;
let fleet: Fleet;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-dashboard-tls-'));
  fleet = await openFleet({
    ...{
      dashboard: { host: '0.0.0.0', port: 0 },
      name: 'fleet.local',
      alsoNames: ['192.168.7.2', '8.8.8.8'],
    },
  });
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('anything but loopback speaks TLS 1.3, with a certificate that whoever installed the LAN root trusts', async () => {
  const { dashboard, authority } = fleet.controller;
  expect(dashboard?.url).toBe(`https://fleet.local:${dashboard?.port}`);
  const socket = connect({
    ...{ host: '127.0.0.1', port: dashboard?.port ?? 0, ca: authority.lanCa, servername: 'fleet.local' },
  });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  expect([socket.authorized, socket.getProtocol()]).toEqual([true, 'TLSv1.3']);
  // 8.8.8.8 is none that a LAN root may vouch for: it is left out, and the others stand.
  expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:fleet.local, IP Address:192.168.7.2');
  socket.destroy();
});

test('plain HTTP is not answered there', async () => {
  await expect(fetch(`http://127.0.0.1:${fleet.controller.dashboard?.port}/api/me`)).rejects.toThrow();
});

test('a name that the root may not vouch for is refused at the start, with what to do', async () => {
  const { authority } = fleet.controller;
  const names = ['fleet.example.com'];
  await expect(tlsOfLanRoot(authority, fleet.clock, { names, isBehindTls: false })).rejects.toMatchObject({
    ...{ code: 'bad-request', message: expect.stringContaining('--dashboard-cert') },
  });
  // Behind a proxy no browser sees it.
  const { cert } = (await tlsOfLanRoot(authority, fleet.clock, { names, isBehindTls: true })).current();
  expect(new X509Certificate(cert).subjectAltName).toBe('DNS:controller.local');
});

test('it is signed anew at two thirds of its life, and before that left as it is', async () => {
  const shown = await tlsOfLanRoot(fleet.controller.authority, fleet.clock, {
    ...{ names: ['fleet.local'], isBehindTls: false },
  });
  const first = shown.current().cert;
  fleet.clock.pass(59 * day);
  expect(await shown.refresh()).toBeUndefined();
  fleet.clock.pass(2 * day);
  expect((await shown.refresh())?.cert).not.toBe(first);
  expect(shown.current().cert).not.toBe(first);
});

test('files are read anew when they change, and a pair that does not belong together is not shown', async () => {
  const authority = await createAuthority({ name: 'own', years: 1, at: new Date() });
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const write = async (mtime: number): Promise<string> => {
    const keys = createKeyPairP256();
    const cert = await issue(authority, keys.publicKey, {
      ...{
        cn: 'own',
        dns: ['own.example'],
        days: 3,
        at: new Date(),
        serial: createSerial(),
        usages: ['server'],
      },
    });
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, keyToPem(keys.privateKey));
    for (const file of Object.values(files)) utimesSync(file, mtime, mtime);
    return cert;
  };
  expect(() => tlsOfFiles(files)).toThrow(/make no TLS certificate/);
  const first = await write(1_000);
  const shown = tlsOfFiles(files);
  expect(shown.current().cert).toBe(first);
  expect(await shown.refresh()).toBeUndefined();
  const second = await write(2_000);
  expect((await shown.refresh())?.cert).toBe(second);
  writeFileSync(files.key, keyToPem(createKeyPairP256().privateKey));
  utimesSync(files.key, 3_000, 3_000);
  await expect(shown.refresh()).rejects.toMatchObject({ code: 'bad-request' });
  expect(shown.current().cert).toBe(second);
});
