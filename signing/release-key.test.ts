/** Keys that sign releases: two libraries agree on what a signature is, and a key file opens with its passphrase alone. */
import { describe, expect, test } from 'vitest';
import { SignatureError } from './identity.ts';
import {
  demandReleaseKey,
  isSignedBy,
  openReleaseKey,
  openSeed,
  SealedSeed,
  sealSeed,
} from './release-key.ts';

const seed = Buffer.alloc(32, 7);

test('what tweetnacl signs, OpenSSL accepts: the first vector of RFC 8032', () => {
  const key = openReleaseKey(
    Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'),
  );
  expect(key.publicKey).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  expect(key.sign(Buffer.alloc(0))).toBe(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  );
});

test('a signature holds for its bytes and its key, and malleated it holds for nobody', () => {
  const key = openReleaseKey(seed);
  const bytes = Buffer.from('a release');
  const signature = key.sign(bytes);
  expect(isSignedBy(key.publicKey, bytes, signature)).toBe(true);
  expect(isSignedBy(key.publicKey, Buffer.from('another'), signature)).toBe(false);
  expect(isSignedBy(openReleaseKey(Buffer.alloc(32, 8)).publicKey, bytes, signature)).toBe(false);
  expect(isSignedBy(key.publicKey, bytes, signature.slice(2))).toBe(false);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.slice(64), 'hex').reverse().toString('hex')}`) + order;
  const malleated =
    signature.slice(0, 64) + Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
  expect(isSignedBy(key.publicKey, bytes, malleated)).toBe(false);
});

test.each([
  ['the identity', `01${'00'.repeat(31)}`],
  ['a point of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['a second spelling', `f0${'ff'.repeat(30)}7f`],
  ['upper case', 'D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A'],
])('case 5: %s is no key', (_, hex) => {
  expect(() => demandReleaseKey(hex)).toThrow(SignatureError);
});

describe('a sealed seed', () => {
  const sealed = sealSeed(seed, 'correct horse battery');

  test('opens with its passphrase, however it is composed, and with no other', () => {
    expect(openSeed(sealed, 'correct horse battery')).toEqual(Uint8Array.from(seed));
    expect(openSeed(sealed, 'correct horse batterx')).toBeNull();
    const composed = sealSeed(seed, 'pässphräse long');
    expect(openSeed(composed, 'pässphräse long'.normalize('NFD'))).not.toBeNull();
  });

  test('is never twice the same, shows nothing, and one changed letter spoils it', () => {
    expect(sealSeed(seed, 'correct horse battery').box).not.toBe(sealed.box);
    expect(JSON.stringify(sealed)).not.toContain(seed.toString('base64').slice(0, 12));
    const box = Buffer.from(sealed.box, 'base64');
    box[3] = (box[3] ?? 0) ^ 1;
    expect(openSeed({ ...sealed, box: box.toString('base64') }, 'correct horse battery')).toBeNull();
    expect(SealedSeed.safeParse({ ...sealed, kdf: { ...sealed.kdf, N: 2 } }).success).toBe(false);
  });
});
