import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@rockpool/signing/x509';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor } from '../door.fixture.ts';
import { authorityRoutes } from './authority.ts';

let folder: string;
let file: string;
let door: Door;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-authority-'));
  file = join(folder, 'lan-ca.crt');
  door = await openDoor({ routes: (app) => authorityRoutes(app, { file }) });
});
afterEach(async () => {
  await door.close();
  rmSync(folder, { recursive: true });
});

const made = (constraints?: { dns: string[]; networks: string[] }) =>
  createAuthority({ name: 'Leeds', years: 1, at: new Date(), ...(constraints ? { constraints } : {}) });

test('where browsers know the device already there is nothing to install', async () => {
  for (const path of ['/api/authority', '/ca.crt', '/ca.cer', '/ca.mobileconfig']) {
    const answer = await door.ask('GET', path);
    expect([path, answer.statusCode, answer.json().error.code]).toEqual([path, 404, 'not-found']);
  }
});

test('anyone may install the authority, and see its fingerprint and what it may vouch for', async () => {
  const { certificate } = await made({ dns: ['leeds.local'], networks: ['10.0.0.0/8'] });
  writeFileSync(file, certificate);
  const { raw, fingerprint256 } = new X509Certificate(certificate);
  expect((await door.ask('GET', '/api/authority')).json()).toEqual({
    name: 'Leeds',
    sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    constraints: ['leeds.local', '10.0.0.0/8'],
  });
  for (const path of ['/ca.crt', '/ca.cer']) {
    const answer = await door.ask('GET', path);
    expect([path, answer.rawPayload.equals(raw), answer.headers['content-disposition']]).toEqual([
      ...[path, true, `attachment; filename="rockpool${path.slice(3)}"`],
    ]);
  }
  const profile = await door.ask('GET', '/ca.mobileconfig');
  expect(profile.headers['content-type']).toBe('application/x-apple-aspen-config');
  expect(profile.body).toContain(raw.toString('base64'));
});

test('an authority that may vouch for everything is told as such', async () => {
  writeFileSync(file, (await made()).certificate);
  expect((await door.ask('GET', '/api/authority')).json().constraints).toEqual([]);
});
