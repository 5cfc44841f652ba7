import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { authorityTypes, bytesOf, readAuthority } from './authority-files.ts';
import { createAuthority, createKeyPairP256, issue } from './x509.ts';

const at = new Date();
const authority = await createAuthority({
  name: 'Harbour & <Sons>',
  years: 1,
  at,
  constraints: { dns: ['local'], networks: [] },
});

test('all three files hold the same certificate, byte for byte', () => {
  const { raw } = new X509Certificate(authority.certificate);
  const files = readAuthority(authority.certificate);
  expect(bytesOf(files, '/ca.crt').equals(raw)).toBe(true);
  expect(bytesOf(files, '/ca.cer').equals(raw)).toBe(true);
  const data = /<data>([^<]+)<\/data>/.exec(bytesOf(files, '/ca.mobileconfig').toString())?.[1] ?? '';
  expect(Buffer.from(data, 'base64').equals(raw)).toBe(true);
  expect(Object.keys(authorityTypes)).toEqual(['/ca.crt', '/ca.cer', '/ca.mobileconfig']);
});

test('the fingerprint is what openssl and browsers show', () => {
  const shown = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], {
    input: authority.certificate,
  });
  const hex = shown.toString().split('=')[1]?.trim().replaceAll(':', '').toLowerCase();
  expect(readAuthority(authority.certificate).sha256).toBe(hex);
});

test('the profile is a property list that Python reads, with names as they are and identifiers that stay', () => {
  const { mobileconfig, name } = readAuthority(authority.certificate);
  const read =
    'import json,plistlib,sys; p=plistlib.loads(sys.stdin.buffer.read()); r=p["PayloadContent"][0]; ' +
    'print(json.dumps([p["PayloadType"],p["PayloadDisplayName"],p["PayloadUUID"],r["PayloadType"],r["PayloadUUID"],len(r["PayloadContent"])]))';
  const [type, shown, id, rootType, rootId, bytes] = JSON.parse(
    execFileSync('python3', ['-c', read], { input: mobileconfig }).toString(),
  );
  expect([type, shown, rootType, bytes]).toEqual([
    ...[
      'Configuration',
      name,
      'com.apple.security.root',
      new X509Certificate(authority.certificate).raw.length,
    ],
  ]);
  expect(name).toBe('Harbour & <Sons>');
  expect(id).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  expect(rootId).not.toBe(id);
  expect(readAuthority(authority.certificate).mobileconfig).toBe(mobileconfig);
});

test('a certificate that signs nobody is not offered as an authority', async () => {
  const leaf = await issue(authority, createKeyPairP256().publicKey, {
    ...{ cn: 'leeds.local', dns: ['leeds.local'], days: 1, usages: ['server'], at },
  });
  expect(() => readAuthority(leaf)).toThrow(/not a certificate authority/);
});
