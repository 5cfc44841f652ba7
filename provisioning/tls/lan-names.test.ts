/** What a certificate has to name, and when it has to be another one. */
import { createAuthority, createKeyPairP256, issue } from '@rockpool/signing/x509';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lanNames, sameNames } from '../identity/lan-names.ts';
import { dueOf } from './due.ts';
import { parseTsigKey } from './tsig.ts';

test('a device is reached by its name, the operator’s names and its private addresses', () => {
  const addresses = [
    ...[
      '192.168.7.20',
      '10.0.0.7',
      'fd00:0:0:0::20',
      '127.0.0.1',
      '::1',
      '169.254.3.4',
      'fe80::1',
      'fe80::1%eth0',
    ],
    ...['8.8.8.8', '2001:db8::1', '192.168.7.20', '::ffff:10.0.0.9', 'nonsense'],
  ];
  expect(lanNames('leeds', ['Chat.Example.com', 'leeds.local'], addresses)).toEqual({
    dns: ['leeds.local', 'chat.example.com'],
    ips: ['10.0.0.7', '192.168.7.20', 'fd00::20'],
  });
});

test('the order of interfaces and the spelling of addresses are no reason for another certificate', () => {
  const all = ['10.0.0.7', '192.168.7.20', 'fd00::20'];
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: 3 }), (shuffled) => {
      expect(sameNames(lanNames('leeds', [], shuffled), lanNames('leeds', [], all))).toBe(true);
    }),
  );
  expect(sameNames({ dns: [], ips: ['FD00:0:0:0:0:0:0:20'] }, { dns: [], ips: ['fd00::20'] })).toBe(true);
  expect(sameNames(lanNames('leeds', [], ['10.0.0.8']), lanNames('leeds', [], ['10.0.0.7']))).toBe(false);
});

const day = 86_400_000;
const at = new Date('2026-11-22T10:00:00Z');
const root = await createAuthority({ name: 'A', years: 10, at });
const other = await createAuthority({ name: 'A', years: 10, at });
const names = lanNames('leeds', [], ['10.0.0.7', 'fd00::20']);
const chain = [
  await issue(root, createKeyPairP256().publicKey, {
    cn: 'leeds',
    ...names,
    days: 90,
    usages: ['server'],
    at,
  }),
];
const wanted = { names, root: root.certificate };

describe('a certificate is due', () => {
  test.each<[string, number]>([
    ['when it was made', 0],
    ['a day before two thirds of its time', 58],
  ])('not %s', (_, days) => {
    expect(dueOf(chain, wanted, at.getTime() + days * day)).toBeNull();
  });

  test('when there is none', () => {
    expect(dueOf(null, wanted, at.getTime())).toBe('missing');
    expect(dueOf([], wanted, at.getTime())).toBe('missing');
  });
  test('when two thirds of its time are over', () =>
    expect(dueOf(chain, wanted, at.getTime() + 61 * day)).toBe('aged'));
  test('when it ended', () => expect(dueOf(chain, wanted, at.getTime() + 91 * day)).toBe('ended'));
  test('when a clock that ran ahead made it', () =>
    expect(dueOf(chain, wanted, at.getTime() - day)).toBe('not-yet'));
  test('when the device has another address', () => {
    const moved = { ...wanted, names: lanNames('leeds', [], ['10.0.0.8']) };
    expect(dueOf(chain, moved, at.getTime())).toBe('names');
  });
  test('when somebody else is to vouch for it', () => {
    expect(dueOf(chain, { ...wanted, root: other.certificate }, at.getTime())).toBe('issuer');
  });
});

describe('a key for updates of a zone', () => {
  const secret = Buffer.alloc(32, 7).toString('base64');
  test('is read as tsig-keygen writes it', () => {
    expect(parseTsigKey(`key "acme" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`)).toEqual({
      name: 'acme',
      algorithm: 'hmac-sha256',
      secret,
    });
  });
  test.each([
    ['by MD5', `key "acme" { algorithm hmac-md5; secret "${secret}"; };`],
    ['with a line of its own', `key "acme\nserver evil" { algorithm hmac-sha256; secret "${secret}"; };`],
    [
      'twice',
      `key "a" { algorithm hmac-sha256; secret "${secret}"; }; key "b" { algorithm hmac-sha256; secret "${secret}"; };`,
    ],
    ['alone', secret],
  ])('%s is refused, and not told', (_, text) => {
    expect(() => parseTsigKey(text)).toThrow('tsig-keygen');
    expect(() => parseTsigKey(text)).not.toThrow(secret);
  });
});
